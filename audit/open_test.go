package audit

import (
	"bytes"
	"errors"
	"io/fs"
	"path/filepath"
	"testing"
)

// put makes a journal of those bytes on a disk.
func put(t testing.TB, disk Disk, b []byte) string {
	t.Helper()
	dir := filepath.Join("runs", testRun)
	if err := MakeDirs(disk, dir); err != nil {
		t.Fatal(err)
	}
	f, err := disk.Create(filepath.Join(dir, FileName))
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(b); err != nil {
		t.Fatal(err)
	}
	return dir
}

// A journal torn at any byte opens: whole records stay, the rest is set aside as it was, and what is written
// next continues the chain.
func TestOpenAfterATearAtEveryByte(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) { openEveryTear(t, g) })
	}
}

func openEveryTear(t *testing.T, g goldenFile) {
	b := g.b
	for cut := g.lastRecords(); cut <= len(b); cut++ {
		var disk Memory
		dir := put(t, &disk, b[:cut])
		whole := bytes.LastIndexByte(b[:cut], '\n') + 1
		j, records, err := reopen(&disk, dir, g.head.Run)
		if err != nil {
			t.Fatalf("cut at %d: %v", cut, err)
		}
		if n := bytes.Count(b[:cut], []byte("\n")); len(records) != n || j.Durable() != int64(n) {
			t.Fatalf("cut at %d: got %d records, %d durable, want %d", cut, len(records), j.Durable(), n)
		}
		aside := j.Aside()
		if (aside != nil) != (whole < cut) {
			t.Fatalf("cut at %d: got aside %+v", cut, aside)
		}
		if aside != nil {
			if got := readAll(t, &disk, filepath.Join(dir, aside.File)); !bytes.Equal(got, b[whole:cut]) {
				t.Fatalf("cut at %d: got %q aside, want %q", cut, got, b[whole:cut])
			}
		}
		if err := errors.Join(j.Append(entry(2000, "run.resumed", `{}`)), j.Sync(), j.Close()); err != nil {
			t.Fatal(err)
		}
		// The machine loses power right after: everything is there.
		after := disk.AfterCrash(nil)
		got := readAll(t, after, filepath.Join(dir, FileName))
		head := j.Head()
		if v := verify(t, got, &head); v.Problem != nil || !bytes.HasPrefix(got, b[:whole]) {
			t.Fatalf("cut at %d: after the resume: %+v", cut, v)
		}
	}
}

func TestOpenTwiceAfterACrashBetweenSettingAsideAndCutting(t *testing.T) {
	b, _ := goldenBytes(t)
	torn := b[:len(b)-5]
	var disk Memory
	dir := put(t, &disk, torn)
	v := verify(t, torn, nil)
	whole := bytes.LastIndexByte(torn, '\n') + 1
	first, err := setAside(&disk, dir, tornPrefix, *v.Problem, torn[whole:])
	if err != nil {
		t.Fatal(err)
	}
	j, _, err := reopen(&disk, dir, testRun)
	if err != nil {
		t.Fatal(err)
	}
	if *j.Aside() != *first {
		t.Errorf("got %+v, want the file that is there already, %+v", j.Aside(), first)
	}
}

func TestOpenRefusesDamageAndLeavesTheFileAlone(t *testing.T) {
	b, _ := goldenBytes(t)
	bad := bytes.Replace(b, []byte("nightly_aml\"}"), []byte("nightly_amx\"}"), 1)
	var disk Memory
	dir := put(t, &disk, bad)
	if _, _, err := reopen(&disk, dir, testRun); !errors.Is(err, ErrBroken) {
		t.Errorf("got %v, want ErrBroken", err)
	}
	if got := readAll(t, &disk, filepath.Join(dir, FileName)); !bytes.Equal(got, bad) {
		t.Error("the damaged file was touched")
	}
	if _, _, err := reopen(&disk, "runs/none", "none"); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("a run that is not there: got %v, want fs.ErrNotExist", err)
	}
}

// Between a write and its sync the machine may keep any part of what was written, or none. What was synced
// is always there, and what is left opens.
func TestCrashBetweenWriteAndSync(t *testing.T) {
	var disk Memory
	j := golden(t, &disk)
	synced := j.Head()
	if err := j.Append(entry(1600, "a", `{"n":1}`), entry(1601, "b", `{"n":2}`)); err != nil {
		t.Fatal(err)
	}
	if j.Head() != synced {
		t.Fatal("the head is ahead of the disk")
	}
	unsynced := len(readAll(t, &disk, j.Path())) - int(synced.Size)
	for luck := range unsynced + 1 {
		after := disk.AfterCrash(func(n int) int { return min(luck, n) })
		again, records, err := reopen(after, filepath.Dir(j.Path()), testRun)
		if err != nil {
			t.Fatalf("%d of %d bytes kept: %v", luck, unsynced, err)
		}
		if int64(len(records)) < synced.Count || again.Durable() != int64(len(records)) {
			t.Fatalf("%d of %d bytes kept: got %d records, want at least %d", luck, unsynced, len(records), synced.Count)
		}
		if v := verify(t, readAll(t, after, j.Path()), &synced); v.Problem != nil {
			t.Fatalf("%d of %d bytes kept: %+v", luck, unsynced, v.Problem)
		}
	}
}

// A sync has failed, the records are there to be read, and the next sync says that all is well: so a kernel tells it
// whose disk has refused them. Whoever takes the run up on them writes them once more, before power is lost.
func TestAFailedSyncIsNotBelievedByWhoComesNext(t *testing.T) {
	for _, torn := range []int{0, 7} {
		disk := &faulty{Disk: &Memory{}}
		j, err := Create(disk, "runs/a", testRun)
		if err != nil {
			t.Fatal(err)
		}
		if err := errors.Join(j.Append(entry(1, "a", `{}`)), j.Sync(), j.Append(entry(2, "b", `{}`), entry(3, "c", `{}`))); err != nil {
			t.Fatal(err)
		}
		if torn > 0 {
			if _, err := j.file.Write(bytes.Repeat([]byte("x"), torn)); err != nil {
				t.Fatal(err)
			}
		}
		disk.sync = errors.New("input/output error")
		if err := j.Sync(); !errors.Is(err, ErrPoisoned) {
			t.Fatalf("got %v", err)
		}
		disk.sync = nil
		again, records, err := reopen(disk, "runs/a", testRun)
		if err != nil || len(records) != 3 || again.Durable() != 3 {
			t.Fatalf("got %d records, %v", len(records), err)
		}
		if err := errors.Join(again.Append(entry(4, "d", `{}`)), again.Sync()); err != nil {
			t.Fatal(err)
		}
		head := again.Head()
		if v := verify(t, readAll(t, disk.Disk.(*Memory).AfterCrash(nil), j.Path()), &head); v.Problem != nil {
			t.Errorf("%d torn bytes, after a loss of power: %+v", torn, v.Problem)
		}
	}
}

// Only what may not be durable is written once more: what a later record vouches for has been.
func TestWhatIsKnownToBeDurableIsNotWrittenAgain(t *testing.T) {
	disk := &scribe{Disk: &Memory{}}
	j := golden(t, disk)
	if _, _, err := reopen(disk, filepath.Dir(j.Path()), testRun); err != nil {
		t.Fatal(err)
	}
	b, head := goldenBytes(t)
	last := verify(t, b[:disk.at], nil).Head // records 8 and 9 shared a sync, which no record speaks of
	if want := disk.at + int64(disk.n); last.Count != 7 || want != head.Size {
		t.Errorf("%d bytes at %d, behind record %d, were written again", disk.n, disk.at, last.Count)
	}
}

// A scribe notes what is overwritten.
type scribe struct {
	Disk
	at int64
	n  int
}

func (s *scribe) Overwrite(name string, at int64, same []byte) error {
	s.at, s.n = at, len(same)
	return s.Disk.Overwrite(name, at, same)
}

func TestAFreshJournalSurvivesACrash(t *testing.T) {
	var disk Memory
	if _, err := Create(&disk, "state/runs/a", "a"); err != nil {
		t.Fatal(err)
	}
	if _, _, err := reopen(disk.AfterCrash(nil), "state/runs/a", "a"); err != nil {
		t.Errorf("its name was not made durable: %v", err)
	}
}

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
	if _, _, err := reopen(&disk, dir, testRun); !errors.Is(err, ErrBroken) {
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
	again, _, err := reopen(after, dir, testRun)
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
		j, _, err := reopen(disk, dir, testRun)
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

// reopen takes a journal up again with nothing more known or allowed.
func reopen(disk Disk, dir, run string) (*Journal, []Record, error) {
	return Reopening{}.Open(disk, dir, run)
}
