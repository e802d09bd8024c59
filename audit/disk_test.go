package audit

import (
	"errors"
	"fmt"
	"io/fs"
	"math/rand/v2"
	"path/filepath"
	"slices"
	"testing"
)

// Both disks behave alike, so what is learned from one holds for the other.
func TestDisksBehaveAlike(t *testing.T) {
	for name, disk := range map[string]Disk{"real": RealDisk{}, "memory": &Memory{}} {
		t.Run(name, func(t *testing.T) {
			root := "root"
			if name == "real" {
				root = t.TempDir()
			}
			dir := filepath.Join(root, "a", "b")
			if err := disk.Mkdir(dir); !errors.Is(err, fs.ErrNotExist) {
				t.Errorf("mkdir below what is missing: got %v", err)
			}
			if err := MakeDirs(disk, dir); err != nil {
				t.Fatal(err)
			}
			if err := disk.Mkdir(dir); !errors.Is(err, fs.ErrExist) {
				t.Errorf("mkdir again: got %v", err)
			}
			file := filepath.Join(dir, "f")
			for what, err := range map[string]error{
				"append": second(disk.Append(file)), "read": second(disk.Read(file)), "size": second(disk.Size(file)),
				"list": second(disk.List(file)), "syncdir": disk.SyncDir(filepath.Join(dir, "none")),
				"overwrite":                    disk.Overwrite(file, 0, []byte("x")),
				"create below what is missing": second(disk.Create(filepath.Join(dir, "none", "f"))),
			} {
				if !errors.Is(err, fs.ErrNotExist) {
					t.Errorf("%s of what is missing: got %v", what, err)
				}
			}
			f, err := disk.Create(file)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(second(f.Write([]byte("one\ntw"))), f.Sync(), f.Truncate(4), f.Close()); err != nil {
				t.Fatal(err)
			}
			if err := second(disk.Create(file)); !errors.Is(err, fs.ErrExist) {
				t.Errorf("create again: got %v", err)
			}
			if err := disk.Mkdir(file); !errors.Is(err, fs.ErrExist) {
				t.Errorf("mkdir over a file: got %v", err)
			}
			if f, err = disk.Append(file); err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(second(f.Write([]byte("three\n"))), f.Sync(), f.Close(), disk.SyncDir(dir)); err != nil {
				t.Fatal(err)
			}
			if got := string(readAll(t, disk, file)); got != "one\nthree\n" {
				t.Errorf("got %q", got)
			}
			if err := disk.Overwrite(file, 4, []byte("three")); err != nil {
				t.Fatal(err)
			}
			if got := string(readAll(t, disk, file)); got != "one\nthree\n" {
				t.Errorf("got %q", got)
			}
			if n, err := disk.Size(file); n != 10 || err != nil {
				t.Errorf("got size %d, %v", n, err)
			}
			if err := disk.Mkdir(filepath.Join(dir, "e")); err != nil {
				t.Fatal(err)
			}
			if names, err := disk.List(dir); !slices.Equal(names, []string{"e", "f"}) || err != nil {
				t.Errorf("got %v, %v", names, err)
			}
		})
	}
}

func second[T any](_ T, err error) error { return err }

func TestMemoryForgetsWhatWasNotSynced(t *testing.T) {
	var disk Memory
	write := func(name string, sync bool) {
		f, err := disk.Create(name)
		if err != nil {
			t.Fatal(err)
		}
		_, err = f.Write([]byte("data"))
		if sync {
			err = errors.Join(err, f.Sync())
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	write("synced", true)
	write("unsynced", false)
	if err := errors.Join(disk.SyncDir("."), disk.Mkdir("sub")); err != nil {
		t.Fatal(err)
	}
	write("nameless", true)

	after := disk.AfterCrash(nil)
	if names, _ := after.List("."); !slices.Equal(names, []string{"synced", "unsynced"}) {
		t.Errorf("got %v", names)
	}
	if n, _ := after.Size("synced"); n != 4 {
		t.Errorf("synced: got %d bytes, want 4", n)
	}
	if n, _ := after.Size("unsynced"); n != 0 {
		t.Errorf("unsynced: got %d bytes, want 0", n)
	}
	if err := after.Mkdir("sub"); err != nil {
		t.Errorf("a directory whose name was not synced is still there: %v", err)
	}
	if n, _ := disk.Size("unsynced"); n != 4 {
		t.Error("the disk that did not crash was changed")
	}
}

// Luck drawn from a seed gives the same disk again, whatever order a map is walked in.
func TestACrashRepeatsBySeed(t *testing.T) {
	var disk Memory
	var files []string
	for d := range 4 {
		dir := fmt.Sprintf("runs/%d", d)
		if err := MakeDirs(&disk, dir); err != nil {
			t.Fatal(err)
		}
		for n := range 8 {
			name := fmt.Sprintf("%s/%d", dir, n)
			f, err := disk.Create(name)
			if err != nil {
				t.Fatal(err)
			}
			if err := errors.Join(second(f.Write([]byte("some bytes that were never synced"))), disk.SyncDir(dir)); err != nil {
				t.Fatal(err)
			}
			files = append(files, name)
		}
	}
	crash := func(seed uint64) (sizes []int64) {
		rng := rand.New(rand.NewPCG(seed, 0))
		after := disk.AfterCrash(func(unsynced int) int { return rng.IntN(unsynced + 1) })
		for _, name := range files {
			size, err := after.Size(name)
			if err != nil {
				t.Fatal(err)
			}
			sizes = append(sizes, size)
		}
		return sizes
	}
	once := crash(7)
	for range 10 {
		if again := crash(7); !slices.Equal(again, once) {
			t.Fatalf("the same seed left %v, and then %v", once, again)
		}
	}
	if slices.Equal(crash(8), once) {
		t.Error("another seed leaves the same disk")
	}
}
