package audit

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
)

// What Open says to be durable is so, also what a process that was killed had written and not synced, and the name of a
// journal that such a process had made.
func TestWhatOpenFoundSurvivesACrash(t *testing.T) {
	disk := &Memory{}
	if err := MakeDirs(disk, "runs/a"); err != nil {
		t.Fatal(err)
	}
	f, err := disk.Create("runs/a/" + FileName)
	if err != nil {
		t.Fatal(err)
	}
	b, head := goldenBytes(t)
	if _, err := f.Write(b); err != nil { // and the process is killed
		t.Fatal(err)
	}
	j, records, err := reopen(disk, "runs/a", testRun)
	if err != nil || j.Durable() != head.Count || int64(len(records)) != head.Count {
		t.Fatalf("got %d records, %v", len(records), err)
	}
	_, records, err = reopen(disk.AfterCrash(nil), "runs/a", testRun)
	if err != nil || int64(len(records)) != head.Count {
		t.Errorf("after a loss of power: got %d records, %v", len(records), err)
	}
}

// A last line leaves the journal only once it stands beside it for good, whenever the processes that set it aside are killed,
// one after the other, and the machine loses its power.
func TestALastLineIsNeverLost(t *testing.T) {
	whole, bad := badTail(t, 1)
	const most = 20 // calls, more than it takes
	for name, tail := range map[string][]byte{"torn": bad[len(whole) : len(bad)-1], "accepted": bad[len(whole):]} {
		for first := range most {
			for second := range most {
				disk := &Memory{}
				dir := put(t, disk, append(bytes.Clone(whole), tail...))
				f, err := disk.Append(filepath.Join(dir, FileName))
				if err != nil {
					t.Fatal(err)
				}
				if err := errors.Join(f.Sync(), disk.SyncDir(dir)); err != nil {
					t.Fatal(err)
				}
				for _, calls := range []int{first, second} {
					if _, _, err := (Reopening{AcceptTail: true}).Open(&dying{disk, calls}, dir, testRun); err != nil && !errors.Is(err, errDead) {
						t.Fatal(err)
					}
				}
				after := disk.AfterCrash(nil)
				if !bytes.HasSuffix(readAll(t, after, filepath.Join(dir, FileName)), tail) && !standsBeside(t, after, dir, tail) {
					t.Errorf("%s: killed at the calls %d and %d, the line is gone", name, first+1, second+1)
				}
			}
		}
	}
}

// standsBeside reports whether a file beside the journal holds those bytes.
func standsBeside(t *testing.T, disk Disk, dir string, b []byte) bool {
	t.Helper()
	names, err := disk.List(dir)
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		if name != FileName && bytes.Equal(readAll(t, disk, filepath.Join(dir, name)), b) {
			return true
		}
	}
	return false
}

// A dying disk is that of a process which is killed at one of its calls: that one and all further ones do nothing.
type dying struct {
	*Memory
	left int // calls until then
}

var errDead = errors.New("the process is dead")

func (d *dying) dead() error {
	if d.left--; d.left < 0 {
		return errDead
	}
	return nil
}

func (d *dying) Create(name string) (File, error) {
	if err := d.dead(); err != nil {
		return nil, err
	}
	f, err := d.Memory.Create(name)
	return dyingFile{f, d}, err
}

func (d *dying) Append(name string) (File, error) {
	if err := d.dead(); err != nil {
		return nil, err
	}
	f, err := d.Memory.Append(name)
	return dyingFile{f, d}, err
}

func (d *dying) Overwrite(name string, at int64, same []byte) error {
	return errors.Join(d.dead(), d.Memory.Overwrite(name, at, same)) // it changes no byte
}

func (d *dying) SyncDir(dir string) error {
	if err := d.dead(); err != nil {
		return err
	}
	return d.Memory.SyncDir(dir)
}

type dyingFile struct {
	File
	disk *dying
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

func (f dyingFile) Truncate(size int64) error {
	if err := f.disk.dead(); err != nil {
		return err
	}
	return f.File.Truncate(size)
}
