package state

import (
	"errors"
	"io/fs"
	"os"
	"os/user"
	"path/filepath"
	"testing"

	"ofsplan/audit"
)

func TestInbox(t *testing.T) {
	f := NewFolder(audit.RealDisk{}, t.TempDir())
	const run = "20261123T020000Z-a-7f3c"
	if err := os.MkdirAll(f.run(run), 0o700); err != nil {
		t.Fatal(err)
	}
	b := f.Inbox(run)
	if got, err := b.Letters(); err != nil || len(got) != 0 {
		t.Fatalf("an inbox nobody wrote to: got %v, %v", got, err)
	}
	for _, id := range []string{"2", "1"} {
		if err := b.Put(id, []byte("word "+id)); err != nil {
			t.Fatal(err)
		}
	}
	// A letter that is still being written, a folder, a stranger's file: none is a letter.
	for _, name := range []string{".3", "notes.txt", ".4.json"} {
		if err := os.WriteFile(filepath.Join(f.run(run), "inbox", name), []byte("half"), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if err := os.Mkdir(filepath.Join(f.run(run), "inbox", "5.json"), 0o700); err != nil {
		t.Fatal(err)
	}
	got, err := b.Letters()
	if err != nil || len(got) != 2 || got[0].ID != "1" || string(got[1].Data) != "word 2" {
		t.Fatalf("got %v, %v, want the letters 1 and 2 in order", got, err)
	}
	if me, err := user.Current(); err == nil && got[0].Owner != me.Username {
		t.Errorf("got owner %q, want %q", got[0].Owner, me.Username)
	}
	for range 2 {
		if err := b.Remove("1"); err != nil {
			t.Fatal(err)
		}
	}
	if got, err := b.Letters(); err != nil || len(got) != 1 || got[0].ID != "2" {
		t.Errorf("got %v, %v, want letter 2 alone", got, err)
	}
}

func TestInboxRefusesAnIDThatIsBeingWritten(t *testing.T) {
	f := NewFolder(audit.RealDisk{}, t.TempDir())
	const run = "20261123T020000Z-a-7f3c"
	if err := os.MkdirAll(f.run(run), 0o700); err != nil {
		t.Fatal(err)
	}
	b := f.Inbox(run).(*inboxFolder)
	if err := b.Put("1", nil); err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(filepath.Join(b.path, ".2"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if err := b.Put("2", nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("got %v, want fs.ErrExist", err)
	}
}
