package rehearse

import (
	"errors"
	"io/fs"
	"strings"

	"ofsplan/audit"
)

// A badDisk is a disk under a hardship: every call may be the one at which the runner dies or the disk breaks.
type badDisk struct {
	*hardship
	good *audit.Memory
}

// A badFile is a file on it.
type badFile struct {
	*hardship
	good audit.File
}

func (d badDisk) Create(name string) (f audit.File, err error) {
	if strings.Contains(name, "torn-") {
		d.reached["line set aside"]++
	}
	err = d.call("create", func() error { f, err = d.good.Create(name); return err })
	return badFile{d.hardship, f}, err
}

func (d badDisk) Append(name string) (f audit.File, err error) {
	err = d.call("append", func() error { f, err = d.good.Append(name); return err })
	return badFile{d.hardship, f}, err
}

func (d badDisk) Overwrite(name string, at int64, same []byte) error {
	return d.call("overwrite", func() error { return d.good.Overwrite(name, at, same) })
}

func (d badDisk) Read(name string) (r audit.Reader, err error) {
	err = d.call("read", func() error { r, err = d.good.Read(name); return err })
	return r, err
}

func (d badDisk) Size(name string) (n int64, err error) {
	err = d.call("size", func() error { n, err = d.good.Size(name); return err })
	return n, err
}

func (d badDisk) List(dir string) (names []string, err error) {
	err = d.call("list", func() error { names, err = d.good.List(dir); return err })
	return names, err
}

func (d badDisk) Mkdir(name string) error {
	return d.call("mkdir", func() error { return d.good.Mkdir(name) })
}

func (d badDisk) SyncDir(dir string) error {
	return d.call("a sync of a directory", func() error { return d.good.SyncDir(dir) })
}

// Write may be torn: a part of it is written, and then the runner dies or the disk breaks.
func (f badFile) Write(b []byte) (n int, err error) {
	aimed := f.writing(b)
	if aimed || f.calls+1 == f.next && f.stopped == nil && f.IntN(2) == 0 && len(b) > 1 {
		f.calls++
		if n, err = f.good.Write(b[:1+f.IntN(len(b)-1)]); err != nil {
			return n, err
		}
		if aimed {
			err = f.kill(inTear)
		} else {
			err = f.stop(inTear)
		}
		if f.next > 0 || f.IntN(2) == 0 { // while the torn line is set aside, or cut off
			f.next = f.calls + []int{1 + f.IntN(14), 10, 11}[f.IntN(3)]
		}
		return n, err
	}
	err = f.call("a write", func() error { n, err = f.good.Write(b); return err })
	return n, err
}

// Sync may break the disk. What it should have made durable is then read back, and no later Sync makes it so.
func (f badFile) Sync() error {
	synced := false
	err := f.call("a sync", func() error { synced = true; return f.good.Sync() })
	if errors.Is(err, errBroken) && !synced {
		f.reached["bytes forgotten by a sync"]++
		f.good.(interface{ Forget() }).Forget()
	}
	return err
}

func (f badFile) Truncate(size int64) error {
	return f.call("truncate", func() error { return f.good.Truncate(size) })
}

func (f badFile) Close() error { return f.call("close", f.good.Close) }

func (d badDisk) Lstat(name string) (info fs.FileInfo, err error) {
	err = d.call("lstat", func() error { info, err = d.good.Lstat(name); return err })
	return info, err
}

func (d badDisk) Link(name, other string) error {
	return d.call("link", func() error { return d.good.Link(name, other) })
}

func (d badDisk) Rename(name, other string) error {
	return d.call("rename", func() error { return d.good.Rename(name, other) })
}

func (d badDisk) Remove(name string) error {
	return d.call("remove", func() error { return d.good.Remove(name) })
}
