// Package statetest holds whatever keeps runs to what package state promises of a [state.Store]. Each store's own tests call
// [Run] with a way to make a fresh [Host]; what only one kind of store can do stands in that store's tests.
package statetest

import (
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
)

// A Host is where the stores of one kind keep their runs.
type Host struct {
	// Store is what one process finds there; another call is another process. Required.
	Store func() state.Store
	// Simulated is the root of simulated runs beside it. Required.
	Simulated func() state.Store
	// Crash takes the power away, and gives the host with what is left: of the bytes that were not synced as many as luck
	// says. Nil: it cannot be tried here.
	Crash func(luck func(unsynced int) int) Host
	// Alone: no other process comes to such a host, so nothing is locked.
	Alone bool
}

// Run holds the stores of fresh hosts to what package state promises.
func Run(t *testing.T, fresh func(t *testing.T) Host) {
	for _, c := range []struct {
		name string
		test func(*testing.T, Host)
	}{
		{"runs begin, are listed and found", runsAreFound},
		{"what was recorded comes back", recordsComeBack},
		{"a log is read while it is written", logsAreRead},
		{"a run is one process's own", runsAreLocked},
		{"a log that ends before its head is not taken up", oldCopies},
		{"what is missing is known", losses},
		{"letters wait until they are removed", letters},
		{"a ledger keeps the newest head of each run", heads},
		{"a once key is one process's own", onces},
		{"claims are the runs of a key", claims},
		{"the key of digests is made once", keys},
		{"simulated runs count for nothing", simulated},
		{"what is no id and no key is refused", invalidNames},
	} {
		t.Run(c.name, func(t *testing.T) { c.test(t, fresh(t)) })
	}
	if fresh(t).Crash == nil {
		return
	}
	for _, c := range []struct {
		name string
		test func(*testing.T, Host)
	}{
		{"a run that began is there", crashAfterBegin},
		{"what was synced is there", crashAfterSync},
		{"a lock is not", crashUnlocks},
		{"a head that was kept is there", crashAfterKeep},
		{"a word about a loss is there", crashAfterAcknowledge},
		{"a letter is there", crashAfterPut},
		{"a removed letter is there or not", crashAfterRemove},
		{"the key of digests is there", crashAfterKey},
	} {
		t.Run("after a crash "+c.name, func(t *testing.T) { c.test(t, fresh(t)) })
	}
}

// The runs of the tests, in order.
const (
	first  = "20261122T020000Z-nightly_aml-0001"
	second = "20261123T020000Z-nightly_aml-7f3c"
	third  = "20261123T020000Z-nightly_aml-7f3d"
)

var start = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// none is the luck of who loses every byte that was not synced.
func none(int) int { return 0 }

// must stops a test at what was not to fail.
func must(t *testing.T, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// entry is the n-th record of a run.
func entry(n int) audit.Entry {
	return audit.Entry{Time: start.Add(time.Duration(n) * time.Second), Type: "clock.reached", Data: json.RawMessage(fmt.Sprintf(`{"n":%d}`, n))}
}

// begin makes a run of n records, durable, and does not let go of it.
func begin(t *testing.T, s state.Store, run string, n int) *state.Run {
	t.Helper()
	r, err := s.Begin(run)
	must(t, err)
	for i := range n {
		must(t, r.Append(entry(i+1)))
	}
	must(t, r.Sync())
	return r
}

// begun makes a run of n records and lets go of it; its head is what was durable.
func begun(t *testing.T, s state.Store, run string, n int) audit.Head {
	t.Helper()
	r := begin(t, s, run, n)
	must(t, r.Close())
	return r.Head()
}

// takenUp wants a run to be taken up with n records, and lets go of it again.
func takenUp(t *testing.T, s state.Store, run string, n int) {
	t.Helper()
	r, records, err := s.TakeUp(run, state.Accept{})
	if err != nil {
		t.Errorf("%s is not taken up: %v", run, err)
		return
	}
	if len(records) != n {
		t.Errorf("%s has %d records, want %d", run, len(records), n)
	}
	must(t, r.Close())
}

// headOf is a head as a ledger may keep it, with no audit log behind it.
func headOf(run string, n int64) audit.Head {
	return audit.Head{Run: run, Count: n, Hash: fmt.Sprintf("%064d", n), Size: n * 100, Time: start.Add(time.Duration(n) * time.Second)}
}

func runsAreFound(t *testing.T, h Host) {
	s := h.Store()
	if ids, err := s.Runs(); len(ids) != 0 || err != nil {
		t.Errorf("an empty store: got %v, %v", ids, err)
	}
	if _, err := state.Find(s, state.Last); !errors.Is(err, state.ErrNoRun) || !strings.Contains(err.Error(), s.Where()) {
		t.Errorf("the last of none: got %v", err)
	}
	for _, id := range []string{third, first, second} {
		begun(t, s, id, 0)
	}
	begun(t, h.Simulated(), "20261124T020000Z-nightly_aml-ffff", 0)
	if _, err := s.Begin(second); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an id that is taken: got %v, want fs.ErrExist", err)
	}
	if ids, err := h.Store().Runs(); !slices.Equal(ids, []string{first, second, third}) || err != nil {
		t.Errorf("got %v, %v", ids, err)
	}
	for word, want := range map[string]string{
		second: second, state.Last: third, "20261122": first, third[:len(third)-1] + "d": third,
		"20261123": "", "20261124": "", "": "", "..": "",
	} {
		got, err := state.Find(s, word)
		if got != want || (want == "") != errors.Is(err, state.ErrNoRun) {
			t.Errorf("find %q: got %q, %v, want %q", word, got, err, want)
		}
	}
}

func recordsComeBack(t *testing.T, h Host) {
	head := begun(t, h.Store(), first, 3)
	r, records, err := h.Store().TakeUp(first, state.Accept{})
	must(t, err)
	if len(records) != 3 || string(records[2].Data) != `{"n":3}` || r.Head() != head || r.Copied {
		t.Errorf("got %d records, head %+v", len(records), r.Head())
	}
	must(t, errors.Join(r.Append(entry(4)), r.Sync(), r.Close()))
	takenUp(t, h.Store(), first, 4)
	if _, _, err := h.Store().TakeUp(second, state.Accept{}); err == nil {
		t.Error("a run that nobody began is taken up")
	}
}

func logsAreRead(t *testing.T, h Host) {
	s := h.Store()
	for what, err := range map[string]error{"open": second2(s.Open(first)), "size": second2(s.Size(first))} {
		if !errors.Is(err, fs.ErrNotExist) {
			t.Errorf("%s of a run that is not there: got %v, want fs.ErrNotExist", what, err)
		}
	}
	r := begin(t, s, first, 2)
	log, err := h.Store().Open(first)
	must(t, err)
	must(t, errors.Join(r.Append(entry(3)), r.Sync()))
	b, err := io.ReadAll(log)
	must(t, err)
	verdict, err := audit.Verify(strings.NewReader(string(b)), audit.Expect{Run: first})
	if err != nil || verdict.Head.Count != 2 || verdict.Problem != nil || int64(len(b)) != log.Size() {
		t.Errorf("got %d bytes of %d, %+v, %v", len(b), log.Size(), verdict, err)
	}
	tail := make([]byte, 10)
	if _, err := log.ReadAt(tail, log.Size()-10); err != nil && !errors.Is(err, io.EOF) || string(tail) != string(b[len(b)-10:]) {
		t.Errorf("read at its end: got %q, %v", tail, err)
	}
	must(t, log.Close())
	if size, err := s.Size(first); size != r.Head().Size || err != nil {
		t.Errorf("got size %d, %v, want %d", size, err, r.Head().Size)
	}
	if !strings.Contains(s.WhereLog(first), first) {
		t.Errorf("where its log is: %q", s.WhereLog(first))
	}
	must(t, r.Close())
}

// second2 is the error of a pair.
func second2[T any](_ T, err error) error { return err }

func runsAreLocked(t *testing.T, h Host) {
	if h.Alone {
		t.Skip("no other process comes here")
	}
	one, other := h.Store(), h.Store()
	free := func(when string) {
		t.Helper()
		if _, locked, err := other.Locked(first); locked || err != nil {
			t.Errorf("%s: locked is %v, %v", when, locked, err)
		}
	}
	free("before it began")
	r := begin(t, one, first, 1)
	taken := func(when string) {
		t.Helper()
		by, locked, err := other.Locked(first)
		if !locked || err != nil {
			t.Errorf("%s: locked is %v, %v", when, locked, err)
		}
		_, _, err = other.TakeUp(first, state.Accept{})
		who, ok := errors.AsType[*state.LockedError](err)
		if !ok || !errors.Is(err, state.ErrLocked) || who.Holder != by {
			t.Errorf("%s: taken up: got %v, want a LockedError by %v", when, err, by)
		}
	}
	taken("once it began")
	must(t, r.Close())
	free("when it was let go of")
	r, _, err := other.TakeUp(first, state.Accept{})
	must(t, err)
	taken("once it was taken up")
	must(t, r.Close())
	free("in the end")
}

func oldCopies(t *testing.T, h Host) {
	s := h.Store()
	head := begun(t, s, first, 2)
	more := head
	more.Count, more.Size = 3, head.Size+100
	must(t, s.Ledger().Keep(more, ""))
	if _, _, err := s.TakeUp(first, state.Accept{}); !errors.Is(err, audit.ErrBroken) {
		t.Errorf("got %v, want audit.ErrBroken", err)
	}
	if _, locked, err := s.Locked(first); locked || err != nil {
		t.Errorf("after it was refused: locked is %v, %v", locked, err)
	}
}

func losses(t *testing.T, h Host) {
	s := h.Store()
	must(t, s.Ledger().Keep(begun(t, s, first, 2), ""))
	if all, err := state.Losses(s); len(all) != 0 || err != nil {
		t.Errorf("nothing is lost: got %+v, %v", all, err)
	}
	cut := begun(t, s, second, 1)
	left := cut.Size
	cut.Count, cut.Size = 2, left+1
	gone := headOf(third, 4)
	must(t, errors.Join(s.Ledger().Keep(cut, ""), s.Ledger().Keep(gone, "")))
	all, err := state.Losses(h.Store())
	if err != nil || len(all) != 2 || all[0].Head != cut || all[1].Head != gone {
		t.Fatalf("got %+v, %v", all, err)
	}
	if !strings.Contains(all[0].What, "old copy") || !strings.Contains(all[1].What, "gone") {
		t.Errorf("got %q, %q", all[0].What, all[1].What)
	}
	ack := state.Acknowledgment{By: "ops@batch01", Reason: `the "{"run":"` + `" of a test`, At: start}
	if err := state.Acknowledge(s, first, ack); !errors.Is(err, state.ErrNoRun) {
		t.Errorf("nothing is missing of it: got %v, want ErrNoRun", err)
	}
	must(t, errors.Join(state.Acknowledge(s, second, ack), state.Acknowledge(s, third, ack)))
	all, err = state.Losses(s)
	if err != nil || len(all) != 2 || all[0].Acknowledged == nil || all[1].Acknowledged == nil {
		t.Fatalf("acknowledged: got %+v, %v", all, err)
	}
	if ack.Size = left; *all[0].Acknowledged != ack {
		t.Errorf("got %+v, want %+v", *all[0].Acknowledged, ack)
	}
	if ack.Size = 0; *all[1].Acknowledged != ack {
		t.Errorf("got %+v, want %+v", *all[1].Acknowledged, ack)
	}
	if head, err := state.HeadOf(s.Ledger(), second); err != nil || *head != cut {
		t.Errorf("a word about it hides its head: %+v, %v", head, err)
	}
}

func letters(t *testing.T, h Host) {
	s := h.Store()
	begun(t, s, first, 0)
	begun(t, s, second, 0)
	in := s.Inbox(first)
	if got, err := in.Letters(); err != nil || len(got) != 0 {
		t.Errorf("an inbox nobody wrote to: got %v, %v", got, err)
	}
	for _, id := range []string{"2", "1"} {
		must(t, in.Put(id, []byte("word "+id)))
	}
	if err := in.Put("2", nil); !errors.Is(err, fs.ErrExist) {
		t.Errorf("an id that is taken: got %v, want fs.ErrExist", err)
	}
	got, err := h.Store().Inbox(first).Letters()
	if err != nil || len(got) != 2 || got[0].ID != "1" || string(got[1].Data) != "word 2" {
		t.Fatalf("got %v, %v, want the letters 1 and 2 in order", got, err)
	}
	if waits, err := in.Waits("1"); !waits || err != nil {
		t.Errorf("waits is %v, %v", waits, err)
	}
	if got, err := s.Inbox(second).Letters(); len(got) != 0 || err != nil {
		t.Errorf("another run has %v, %v", got, err)
	}
	for range 2 {
		must(t, in.Remove("1"))
	}
	if waits, err := in.Waits("1"); waits || err != nil {
		t.Errorf("once it is removed: waits is %v, %v", waits, err)
	}
	if got, err := in.Letters(); err != nil || len(got) != 1 || got[0].ID != "2" {
		t.Errorf("got %v, %v, want letter 2 alone", got, err)
	}
	must(t, in.Put("3", []byte(strings.Repeat("x", 1<<20))))
	if got, err := in.Letters(); err != nil || len(got) != 2 || len(got[1].Data) >= 1<<20 {
		t.Errorf("a letter that is too large: got %d letters, %v", len(got), err)
	}
}

func heads(t *testing.T, h Host) {
	ledger := h.Store().Ledger()
	if all, err := ledger.Heads(); len(all) != 0 || err != nil {
		t.Errorf("a ledger that keeps nothing: got %v, %v", all, err)
	}
	key := strings.Repeat("a", 64)
	must(t, errors.Join(
		ledger.Keep(headOf(second, 1), key), ledger.Keep(headOf(first, 1), ""), ledger.Keep(headOf(second, 7), ""),
		ledger.Keep(headOf(first, 3), ""), ledger.Keep(headOf(first, 2), ""),
	))
	all, err := h.Store().Ledger().Heads()
	if err != nil || len(all) != 2 || all[0].Head != headOf(second, 7) || all[1].Head != headOf(first, 3) {
		t.Fatalf("got %+v, %v", all, err)
	}
	if all[0].Once != key || all[1].Once != "" {
		t.Errorf("got once keys %q, %q", all[0].Once, all[1].Once)
	}
	if head, err := state.HeadOf(ledger, first); err != nil || *head != headOf(first, 3) {
		t.Errorf("got %+v, %v", head, err)
	}
	if head, err := state.HeadOf(ledger, third); head != nil || err != nil {
		t.Errorf("a run it does not know: got %+v, %v", head, err)
	}
	if err := ledger.Acknowledge(third, state.Acknowledgment{}); !errors.Is(err, state.ErrNoRun) {
		t.Errorf("a word about a run it does not know: got %v, want ErrNoRun", err)
	}
}

func onces(t *testing.T, h Host) {
	if h.Alone {
		t.Skip("no other process comes here")
	}
	one, other := h.Store(), h.Store()
	keyA, keyB := strings.Repeat("a", 64), strings.Repeat("b", 64)
	if _, locked, err := other.OnceLocked(keyA); locked || err != nil {
		t.Errorf("a key nobody took: locked is %v, %v", locked, err)
	}
	lock, err := one.Once(keyA)
	must(t, err)
	by, locked, err := other.OnceLocked(keyA)
	if !locked || err != nil {
		t.Errorf("locked is %v, %v", locked, err)
	}
	_, err = other.Once(keyA)
	if who, ok := errors.AsType[*state.LockedError](err); !ok || !errors.Is(err, state.ErrLocked) || who.Holder != by {
		t.Errorf("the same key: got %v, want a LockedError by %v", err, by)
	}
	free, err := other.Once(keyB)
	must(t, err)
	must(t, errors.Join(free.Close(), lock.Close()))
	again, err := other.Once(keyA)
	must(t, err)
	must(t, again.Close())
}

// A ledger names runs in the order in which they began; a run it does not name is asked itself, and its id tells its place.
func claims(t *testing.T, h Host) {
	s := h.Store()
	keyA, keyB := strings.Repeat("a", 64), strings.Repeat("b", 64)
	ids := []string{
		"20261123T020000Z-nightly-0001", "20261122T020000Z-nightly-0002", "20261124T020000Z-nightly-0003",
		"20261125T020000Z-nightly-0004", "20261126T020000Z-nightly-0005", "20261127T020000Z-nightly-0006",
	}
	for _, id := range ids[:5] {
		begun(t, s, id, 0)
	}
	ledger := s.Ledger()
	must(t, errors.Join(
		ledger.Keep(headOf(ids[0], 1), keyA), ledger.Keep(headOf(ids[1], 1), keyA), ledger.Keep(headOf(ids[2], 1), keyB),
		ledger.Keep(headOf(ids[0], 5), ""),   // by a process that did not know the key
		ledger.Keep(headOf(ids[5], 3), keyA), // and its audit log is gone
	))
	var asked []string
	all, err := state.Claims(s, keyA, func(run string) (string, error) {
		asked = append(asked, run)
		if run == ids[3] {
			return "", fs.ErrNotExist
		}
		return keyA, nil
	})
	must(t, err)
	var got []string
	for _, c := range all {
		got = append(got, c.Run)
	}
	if want := []string{ids[0], ids[1], ids[4], ids[5]}; !slices.Equal(got, want) {
		t.Fatalf("got %v, want %v", got, want)
	}
	if all[0].Head.Count != 5 || all[3].Head.Count != 3 || all[2].Head != nil {
		t.Errorf("got heads %+v, %+v, %+v", all[0].Head, all[2].Head, all[3].Head)
	}
	if want := ids[3:5]; !slices.Equal(asked, want) {
		t.Errorf("asked %v, want %v", asked, want)
	}
	broken := errors.New("input/output error")
	if _, err := state.Claims(s, keyA, func(string) (string, error) { return "", broken }); !errors.Is(err, broken) {
		t.Errorf("a run that cannot be asked: got %v", err)
	}
}

func keys(t *testing.T, h Host) {
	if _, err := h.Store().KeptKey(); !errors.Is(err, state.ErrNoKey) {
		t.Errorf("before it is needed: got %v, want ErrNoKey", err)
	}
	const many = 16
	digests := make(chan string, many)
	for range many {
		go func() {
			k, err := h.Store().Key()
			if err != nil {
				t.Error(err)
			}
			digests <- k.Digest(first, "pin", "4711")
		}()
	}
	one := <-digests
	for range many - 1 {
		if d := <-digests; d != one {
			t.Errorf("processes that race got several keys: %s and %s", d, one)
		}
	}
	k, err := h.Store().KeptKey()
	must(t, err)
	if k.Digest(first, "pin", "4711") != one || k.Where() == "" {
		t.Errorf("another key is kept, in %q", k.Where())
	}
}

func simulated(t *testing.T, h Host) {
	s := h.Simulated()
	begun(t, s, first, 1)
	if !s.IsSimulated() || h.Store().IsSimulated() || s.Ledger() != nil {
		t.Error("its root is no root of simulated runs")
	}
	takenUp(t, s, first, 1)
	if all, err := state.Losses(s); all != nil || err != nil {
		t.Errorf("losses: got %v, %v", all, err)
	}
	if err := state.Acknowledge(s, first, state.Acknowledgment{}); !errors.Is(err, state.ErrNoRun) {
		t.Errorf("acknowledge: got %v, want ErrNoRun", err)
	}
	if all, err := state.Claims(s, strings.Repeat("a", 64), nil); all != nil || err != nil {
		t.Errorf("claims: got %v, %v", all, err)
	}
	if _, err := h.Store().Open(first); !errors.Is(err, fs.ErrNotExist) {
		t.Errorf("it stands among the real runs too: %v", err)
	}
}

func invalidNames(t *testing.T, h Host) {
	s := h.Store()
	panics := func(what, word string, f func()) {
		t.Helper()
		defer func() {
			if recover() == nil {
				t.Errorf("%s: %q is accepted", what, word)
			}
		}()
		f()
	}
	for _, id := range []string{"", "..", "last", first + "/..", first[:20]} {
		panics("begin", id, func() { s.Begin(id) })
		panics("take up", id, func() { s.TakeUp(id, state.Accept{}) })
		panics("open", id, func() { s.Open(id) })
		panics("size", id, func() { s.Size(id) })
		panics("locked", id, func() { s.Locked(id) })
		panics("inbox", id, func() { s.Inbox(id) })
		panics("where", id, func() { s.WhereLog(id) })
	}
	for _, key := range []string{"", "..", strings.Repeat("a", 63), strings.Repeat("A", 64), strings.Repeat("/", 64)} {
		panics("once", key, func() { s.Once(key) })
		panics("once locked", key, func() { s.OnceLocked(key) })
	}
}
