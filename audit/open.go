package audit

import (
	"errors"
	"fmt"
	"io"
	"path/filepath"
)

// A Reopening says how a journal is taken up again. The zero Reopening is how [Open] does it.
type Reopening struct {
	// Head was kept elsewhere. A journal that ends before it, or differs there, is broken: it was cut, or is an old
	// copy that was put back. Nil: none is known.
	Head *Head
	// AcceptTail sets aside a bad last line that has its newline, on the word of somebody who has looked what
	// happened. Such a line may have been durable, so the caller must take what was pending then for done.
	AcceptTail bool
	// AcceptCopy takes up a journal that is not the file it was, on the word of somebody who knows that nobody went on
	// with the run since it was copied. See [Folder.Resume].
	AcceptCopy bool
}

// Open takes a journal up again: it verifies every record, sets a torn last line aside, makes the rest
// durable and goes on after it. Its records come back in order, notes included. The caller holds the run's
// lock. A damaged journal is an error that wraps ErrBroken, and is not touched.
func Open(disk Disk, dir, run string) (*Journal, []Record, error) {
	return Reopening{}.Open(disk, dir, run)
}

// Open takes a journal up again as [Open] does, with more known or allowed.
func (how Reopening) Open(disk Disk, dir, run string) (*Journal, []Record, error) {
	path := filepath.Join(dir, FileName)
	c := newChecker(Expect{Run: run, Head: how.Head})
	var records []Record
	c.keep = func(r Record) { records = append(records, r) }
	if err := c.read(disk, path); err != nil {
		return nil, nil, fmt.Errorf("open the audit log of run %q: %w", run, err)
	}
	v := c.verdict()
	accept := how.AcceptTail && v.Problem != nil && v.Problem.Last && v.Problem.Damage == BadTail
	if err := v.Err(); err != nil && !accept {
		return nil, nil, fmt.Errorf("open %s: %w", path, err)
	}
	j := &Journal{disk: disk, path: path, written: v.Head, synced: v.Head}
	if err := j.setAside(disk, dir, v.Problem, c.bad); err != nil {
		return nil, nil, fmt.Errorf("set the last line of %s aside: %w", path, err)
	}
	f, err := disk.Append(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open the audit log of run %q: %w", run, err)
	}
	if v.Problem != nil {
		err = f.Truncate(v.Head.Size)
	}
	// What a killed process wrote and never synced is read back from memory: it is no more durable than before. What
	// was unsynced when a sync failed would not even become so by another sync.
	if err == nil {
		err = again(disk, path, c.unsure(), v.Head.Size)
	}
	if err = errors.Join(err, f.Sync(), disk.SyncDir(dir)); err != nil {
		return nil, nil, fmt.Errorf("open the audit log of run %q: %w", run, errors.Join(err, f.Close()))
	}
	j.file = f
	return j, records, nil
}

// again writes the bytes of a file between two offsets once more. They stay what they are, so that dying in it harms
// nothing.
func again(disk Disk, path string, from, to int64) error {
	if from >= to {
		return nil
	}
	f, err := disk.Read(path)
	if err != nil {
		return err
	}
	same := make([]byte, to-from)
	_, err = io.CopyN(io.Discard, f, from)
	if err == nil {
		_, err = io.ReadFull(f, same)
	}
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	return disk.Overwrite(path, from, same)
}

// read takes every line of a file.
func (c *checker) read(disk Disk, path string) error {
	f, err := disk.Read(path)
	if err != nil {
		return err
	}
	for line, err := range Scan(f) {
		if err != nil {
			return errors.Join(err, f.Close())
		}
		c.take(line)
	}
	return f.Close()
}
