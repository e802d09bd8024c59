package audit

import (
	"bytes"
	"errors"
	"path/filepath"
	"testing"
)

// badTail is the golden journal with garbage in place of its last lines.
func badTail(t testing.TB, lost int) (whole, bad []byte) {
	t.Helper()
	b, _ := goldenBytes(t)
	ls := lines(b)
	whole = join(ls[:len(ls)-lost]...)
	bad = bytes.Clone(whole)
	for range lost {
		bad = append(bad, "\x00\x00 what a disk made of it\n"...)
	}
	return whole, bad
}

func TestABadLastLineIsSetAsideOnAWordOnly(t *testing.T) {
	whole, bad := badTail(t, 1)
	var disk Memory
	dir := put(t, &disk, bad)
	if _, _, err := Open(&disk, dir, testRun); !errors.Is(err, ErrBroken) {
		t.Fatalf("without a word: %v", err)
	}
	j, records, err := Reopening{AcceptTail: true}.Open(&disk, dir, testRun)
	if err != nil {
		t.Fatal(err)
	}
	if n := bytes.Count(whole, []byte("\n")); len(records) != n || j.Durable() != int64(n) {
		t.Errorf("%d records, %d durable, want %d", len(records), j.Durable(), n)
	}
	kept := j.Accepted()
	if kept == nil || kept.Record != int64(len(records))+1 || j.Aside() != nil {
		t.Fatalf("accepted %+v, torn %+v", kept, j.Aside())
	}
	if got := readAll(t, &disk, filepath.Join(dir, kept.File)); !bytes.Equal(got, bad[len(whole):]) {
		t.Errorf("aside is %q, want the line as it was", got)
	}
	// Its caller dies before the acceptance is noted, and the machine with it: the next one hears of it still.
	after := disk.AfterCrash(nil)
	again, _, err := Open(after, dir, testRun)
	if err != nil || again.Accepted() == nil || *again.Accepted() != *kept {
		t.Fatalf("after a crash: %v, accepted %+v", err, again.Accepted())
	}
	if err := errors.Join(again.Append(entry(2000, "run.resumed", `{}`)), again.Sync()); err != nil {
		t.Fatal(err)
	}
	if v := verify(t, readAll(t, after, again.Path()), nil); v.Problem != nil {
		t.Errorf("what was written next does not follow: %+v", v.Problem)
	}
}

func TestNoWordAcceptsMoreThanABadLastLine(t *testing.T) {
	_, bad := badTail(t, 1)
	_, worse := badTail(t, 2)
	b, head := goldenBytes(t)
	ls := lines(b)
	corrupt := join(ls[0], []byte("garbage"), ls[2], ls[3], ls[4], ls[5], ls[6])
	for name, c := range map[string]struct {
		bytes []byte
		head  *Head
	}{
		"two lines":                       {worse, nil},
		"a line the ledger knew":          {bad, &head},
		"a record later ones knew":        {corrupt, nil},
		"lines cut off that were durable": {join(ls[:3]...), &head},
	} {
		t.Run(name, func(t *testing.T) {
			var disk Memory
			dir := put(t, &disk, c.bytes)
			if _, _, err := (Reopening{Head: c.head, AcceptTail: true}).Open(&disk, dir, testRun); !errors.Is(err, ErrBroken) {
				t.Errorf("got %v, want ErrBroken", err)
			}
			if got := readAll(t, &disk, filepath.Join(dir, FileName)); !bytes.Equal(got, c.bytes) {
				t.Error("the damaged file was touched")
			}
		})
	}
}

// A process died when it had written a torn line aside and not synced it. The next one finds the file, cuts the line off
// the journal, and the machine loses power: the bytes are still there.
func TestALineFoundAsideIsMadeDurableToo(t *testing.T) {
	b, _ := goldenBytes(t)
	torn := []byte(`{"v":1,"seq":`)
	open := func(disk *Memory, dir string) *Aside {
		j, _, err := Open(disk, dir, testRun)
		if err != nil || j.Aside() == nil {
			t.Fatalf("%v, nothing aside", err)
		}
		return j.Aside()
	}
	var first, disk Memory
	name := open(&first, put(t, &first, append(bytes.Clone(b), torn...))).File
	dir := put(t, &disk, append(bytes.Clone(b), torn...))
	f, err := disk.Create(filepath.Join(dir, name))
	if err == nil {
		_, err = f.Write(torn)
	}
	if err != nil {
		t.Fatal(err)
	}
	kept := open(&disk, dir)
	if got := readAll(t, disk.AfterCrash(nil), filepath.Join(dir, kept.File)); !bytes.Equal(got, torn) {
		t.Errorf("after a crash %s holds %q", kept.File, got)
	}
}
