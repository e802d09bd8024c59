package state

import (
	"errors"
	"fmt"
	"testing"

	"ofsplan/audit"
)

// A dyingDisk is the disk of a process that is killed at one of its calls: that one and all further ones do nothing.
type dyingDisk struct {
	*audit.Memory
	left int // calls until then
}

var errDead = errors.New("the process is dead")

func (d *dyingDisk) dead() error {
	if d.left--; d.left < 0 {
		return errDead
	}
	return nil
}

// A dyingFile is a file that such a process has opened.
type dyingFile struct {
	audit.File
	disk *dyingDisk
}

func (d *dyingDisk) opened(f audit.File, err error) (audit.File, error) {
	return dyingFile{f, d}, err
}

func (d *dyingDisk) Create(name string) (audit.File, error) {
	if err := d.dead(); err != nil {
		return nil, err
	}
	return d.opened(d.Memory.Create(name))
}

func (d *dyingDisk) Append(name string) (audit.File, error) {
	if err := d.dead(); err != nil {
		return nil, err
	}
	return d.opened(d.Memory.Append(name))
}

func (d *dyingDisk) Mkdir(name string) error {
	if err := d.dead(); err != nil {
		return err
	}
	return d.Memory.Mkdir(name)
}

func (d *dyingDisk) SyncDir(dir string) error {
	if err := d.dead(); err != nil {
		return err
	}
	return d.Memory.SyncDir(dir)
}

func (d *dyingDisk) Link(name, other string) error {
	if err := d.dead(); err != nil {
		return err
	}
	return d.Memory.Link(name, other)
}

func (d *dyingDisk) Rename(name, other string) error {
	if err := d.dead(); err != nil {
		return err
	}
	return d.Memory.Rename(name, other)
}

func (d *dyingDisk) Remove(name string) error {
	if err := d.dead(); err != nil {
		return err
	}
	return d.Memory.Remove(name)
}

func (f dyingFile) Write(b []byte) (int, error) {
	if err := f.disk.dead(); err != nil {
		return 0, err
	}
	return f.File.Write(b)
}

func (f dyingFile) Sync() error {
	if err := f.disk.dead(); err != nil {
		return err
	}
	return f.File.Sync()
}

// What a process is told to be durable is so whatever a process before it left half done: the names that one made and did
// not live to sync count for nothing.
func TestWhatADeadProcessLeftIsMadeDurableByTheNext(t *testing.T) {
	const other = "20261123T020001Z-nightly_aml-7f3d"
	for _, c := range []struct {
		name  string
		ready func(f *Folder) error           // what stands before either process
		first func(f *Folder) error           // of the process that dies
		next  func(f *Folder) (any, error)    // of the one after it, and what it was told
		there func(f *Folder, told any) error // in the folder that survives
	}{
		{
			"a run",
			func(*Folder) error { return nil },
			func(f *Folder) error { return second(f.Begin(testRun)) },
			func(f *Folder) (any, error) { return nil, second(f.Begin(other)) },
			func(f *Folder, _ any) error { _, _, err := f.TakeUp(other, Accept{}); return err },
		},
		{
			"a head",
			func(*Folder) error { return nil },
			func(f *Folder) error { return f.Ledger().Keep(head(testRun, 1), About{}) },
			func(f *Folder) (any, error) { return nil, f.Ledger().Keep(head(other, 2), About{}) },
			func(f *Folder, _ any) error {
				if h, err := HeadOf(f.Ledger(), other); err != nil || h == nil || *h != head(other, 2) {
					return fmt.Errorf("the ledger keeps %+v, %v", h, err)
				}
				return nil
			},
		},
		{
			"the key of digests",
			func(*Folder) error { return nil },
			func(f *Folder) error { return second(f.Key()) },
			func(f *Folder) (any, error) {
				k, err := f.Key()
				return k.Digest(testRun, "pin", "4711"), err
			},
			func(f *Folder, told any) error {
				k, err := f.KeptKey()
				if err == nil && k.Digest(testRun, "pin", "4711") != told {
					err = errors.New("it is another one")
				}
				return err
			},
		},
		{
			"a letter",
			func(f *Folder) error { return second(f.Begin(testRun)) },
			func(f *Folder) error { return f.Inbox(testRun).Put("1", []byte("word 1")) },
			func(f *Folder) (any, error) { return nil, f.Inbox(testRun).Put("2", []byte("word 2")) },
			func(f *Folder, _ any) error {
				got, err := f.Inbox(testRun).Letters()
				if err == nil && (len(got) == 0 || string(got[len(got)-1].Data) != "word 2") {
					err = fmt.Errorf("the inbox holds %v", got)
				}
				return err
			},
		},
	} {
		t.Run(c.name, func(t *testing.T) {
			for calls := 0; ; calls++ {
				disk := &audit.Memory{}
				folder := func(d Disk) *Folder { return NewFolder(d, "var/lib/ofsplan") }
				if err := c.ready(folder(disk)); err != nil {
					t.Fatal(err)
				}
				died := c.first(folder(&dyingDisk{disk, calls}))
				if died != nil && !errors.Is(died, errDead) {
					t.Fatalf("%d calls: %v", calls, died)
				}
				told, err := c.next(folder(disk))
				if err != nil {
					t.Fatalf("after a process that died at call %d: %v", calls+1, err)
				}
				if err := c.there(folder(disk.AfterCrash(nil)), told); err != nil {
					t.Errorf("after a process that died at call %d, and a loss of power: %v", calls+1, err)
				}
				if died == nil {
					if calls < 4 {
						t.Errorf("it took %d calls: the disk is passed by", calls)
					}
					return
				}
			}
		})
	}
}

// second is the error of a pair.
func second[T any](_ T, err error) error { return err }
