package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"path/filepath"
)

// An Aside is a torn last line that [Open] took out of the journal. The caller writes a note about it.
type Aside struct {
	File   string `json:"file"`   // beside the journal, holding the bytes as they were
	Record int64  `json:"record"` // the number the line would have had
	Offset int64  `json:"offset"` // where it stood
	Bytes  int    `json:"bytes"`
	SHA256 string `json:"sha256"`
}

// Open takes a journal up again: it verifies every record, sets a torn last line aside, makes the rest
// durable and goes on after it. Its records come back in order, notes included. The caller holds the run's
// lock. A damaged journal is an error that wraps ErrBroken, and is not touched.
func Open(disk Disk, dir, run string) (*Journal, []Record, error) {
	path := filepath.Join(dir, FileName)
	c := newChecker(Expect{Run: run})
	var records []Record
	c.keep = func(r Record) { records = append(records, r) }
	if err := c.read(disk, path); err != nil {
		return nil, nil, fmt.Errorf("open the audit log of run %q: %w", run, err)
	}
	v := c.verdict()
	if err := v.Err(); err != nil {
		return nil, nil, fmt.Errorf("open %s: %w", path, err)
	}
	j := &Journal{path: path, written: v.Head, synced: v.Head}
	if v.Problem != nil {
		aside, err := setAside(disk, dir, *v.Problem, c.torn)
		if err != nil {
			return nil, nil, fmt.Errorf("set the torn last line of %s aside: %w", path, err)
		}
		j.aside = aside
	}
	f, err := disk.Append(path)
	if err != nil {
		return nil, nil, fmt.Errorf("open the audit log of run %q: %w", run, err)
	}
	if j.aside != nil {
		err = f.Truncate(v.Head.Size)
	}
	// What a killed process wrote and never synced is read back from memory: it is no more durable than before.
	if err = errors.Join(err, f.Sync(), disk.SyncDir(dir)); err != nil {
		return nil, nil, fmt.Errorf("open the audit log of run %q: %w", run, errors.Join(err, f.Close()))
	}
	j.file = f
	return j, records, nil
}

// Aside tells about the torn last line that Open set aside; nil when there was none.
func (j *Journal) Aside() *Aside { return j.aside }

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

// setAside keeps torn bytes in a file of their own, named by their hash, durable before they leave the
// journal. A crash in between leaves both, and the next Open finds the file there already.
func setAside(disk Disk, dir string, p Problem, torn []byte) (*Aside, error) {
	sum := sha256.Sum256(torn)
	a := &Aside{Record: p.Record, Offset: p.Offset, Bytes: len(torn), SHA256: hex.EncodeToString(sum[:])}
	for n := 1; ; n++ {
		a.File = fmt.Sprintf("torn-%d-%s-%d", p.Record, a.SHA256[:12], n)
		path := filepath.Join(dir, a.File)
		if size, err := disk.Size(path); err == nil && size != int64(len(torn)) {
			continue // an earlier attempt was itself cut short: leave it, take the next name
		} else if err == nil {
			return a, disk.SyncDir(dir)
		}
		f, err := disk.Create(path)
		if err != nil {
			return nil, err
		}
		_, err = f.Write(torn)
		return a, errors.Join(err, f.Sync(), f.Close(), disk.SyncDir(dir))
	}
}
