package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
	"path/filepath"
	"strings"
)

// A Reopening says how a journal is taken up again. The zero Reopening knows and allows nothing.
type Reopening struct {
	// Head was kept elsewhere. A journal that ends before it, or differs there, is broken: it was cut, or is an old
	// copy that was put back. Nil: none is known.
	Head *Head
	// AcceptTail sets aside a bad last line that has its newline, for an operator who has found out what
	// happened. Such a line may have been durable, so the caller must take what was pending then for done.
	AcceptTail bool
}

// Open takes a journal up again: it verifies every record, sets a torn last line aside, makes the rest
// durable and goes on after it. Its records come back in order, notes included. The caller has the run's
// lock. A damaged journal is an error that wraps ErrBroken, and is not touched.
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
	// What a killed process wrote and never synced is read back from the kernel's memory, and is no more durable for that. After
	// a sync that failed, the kernel takes those bytes for clean, so that another sync would not write them either. Hence they
	// are written once more before the sync below (law L2).
	if err == nil {
		err = rewriteRange(disk, path, c.unsyncedFrom(), v.Head.Size)
	}
	if err = errors.Join(err, f.Sync(), disk.SyncDir(dir)); err != nil {
		return nil, nil, fmt.Errorf("open the audit log of run %q: %w", run, errors.Join(err, f.Close()))
	}
	j.file = f
	return j, records, nil
}

// rewriteRange writes the bytes of a file between two offsets once more. They stay what they are, so that a crash meanwhile
// does no harm.
func rewriteRange(disk Disk, path string, from, to int64) error {
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

// An Aside is a last line that [Reopening.Open] took out of the journal. The caller writes a note about it.
type Aside struct {
	File   string `json:"file"`             // in the journal's folder, with the bytes as they were
	Record int64  `json:"record"`           // the number the line would have had
	Offset int64  `json:"offset,omitempty"` // where it stood; 0 of one found again
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// removedLines are last lines that were taken out when the journal was opened.
type removedLines struct {
	torn     *Aside // it lacks its newline, as a crash leaves it
	accepted *Aside // bad, taken out because an operator accepted it
}

// Aside is the torn last line that Open set aside; nil when there was none.
func (j *Journal) Aside() *Aside { return j.torn }

// Accepted is the newest line that was set aside because an operator accepted it, now or at an earlier Open, which may
// have been cut short before its caller had noted it; nil when there was none.
func (j *Journal) Accepted() *Aside { return j.accepted }

// setAside keeps the bytes of a bad last line, and finds the newest that was accepted.
func (j *Journal) setAside(disk Disk, dir string, p *Problem, bad []byte) (err error) {
	switch {
	case p == nil:
	case p.Damage == TornTail:
		j.torn, err = setAside(disk, dir, tornPrefix, *p, bad)
	default:
		_, err = setAside(disk, dir, acceptedPrefix, *p, append(bad, '\n'))
	}
	if err == nil {
		j.accepted, err = newestAccepted(disk, dir)
	}
	return err
}

// newestAccepted is the accepted line that stood last.
func newestAccepted(disk Disk, dir string) (*Aside, error) {
	names, err := disk.List(dir)
	if err != nil {
		return nil, err
	}
	newest, tried := "", 0
	var record int64
	for _, name := range names {
		var r int64
		var hash string
		var n int
		if _, err := fmt.Sscanf(strings.ReplaceAll(name, "-", " "), acceptedPrefix+" %d %s %d", &r, &hash, &n); err != nil {
			continue
		}
		if r > record || r == record && n > tried {
			newest, record, tried = name, r, n
		}
	}
	if newest == "" {
		return nil, nil
	}
	f, err := disk.Read(filepath.Join(dir, newest))
	if err != nil {
		return nil, err
	}
	line, err := io.ReadAll(f)
	if err := errors.Join(err, f.Close()); err != nil {
		return nil, err
	}
	sum := sha256.Sum256(line)
	return &Aside{File: newest, Record: record, Bytes: len(line), SHA256: hex.EncodeToString(sum[:])}, nil
}

// The beginnings of the names of files that keep lines which were set aside.
const (
	tornPrefix     = "torn"
	acceptedPrefix = "accepted"
)

// setAside keeps a line's bytes in a file of their own, named by their hash, durable before they leave the
// journal. A crash in between leaves both, and the next Open finds the file there already.
func setAside(disk Disk, dir, prefix string, p Problem, torn []byte) (*Aside, error) {
	sum := sha256.Sum256(torn)
	a := &Aside{Record: p.Record, Offset: p.Offset, Bytes: len(torn), SHA256: hex.EncodeToString(sum[:])}
	for n := 1; ; n++ {
		a.File = fmt.Sprintf("%s-%d-%s-%d", prefix, p.Record, a.SHA256[:12], n)
		path := filepath.Join(dir, a.File)
		if size, err := disk.Size(path); err == nil && size != int64(len(torn)) {
			continue // an earlier attempt was cut short by a crash: leave its file, and take the next name
		} else if err == nil {
			if err := disk.Overwrite(path, 0, torn); err != nil { // its sync may have failed then: see Open
				return nil, err
			}
			f, err := disk.Append(path)
			if err != nil {
				return nil, err
			}
			return a, errors.Join(f.Sync(), f.Close(), disk.SyncDir(dir))
		}
		f, err := disk.Create(path)
		if err != nil {
			return nil, err
		}
		_, err = f.Write(torn)
		return a, errors.Join(err, f.Sync(), f.Close(), disk.SyncDir(dir))
	}
}
