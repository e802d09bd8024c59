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
		{"runs are in the order in which they began", runsAreInOrder},
		{"what was recorded comes back", recordsComeBack},
		{"a log is read while it is written", logsAreRead},
		{"a run is one process's own", runsAreLocked},
		{"a log that ends before its head is not taken up", oldCopies},
		{"what is missing is known", losses},
		{"letters wait until they are removed", letters},
		{"a ledger keeps the newest head of each run", heads},
		{"a once key is one process's own", onces},
		{"claims are the runs of a key", claims},
		{"a run that cannot be asked for its key is an error", claimsUnknown},
		{"the key of digests is made once", keys},
		{"what was drawn from runs is kept", drawn},
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
	if _, err := state.Find(s, first); !errors.Is(err, state.ErrNoRun) || !strings.Contains(err.Error(), s.Where()) {
		t.Errorf("one of none: got %v", err)
	}
	for id, err := range s.Backward() {
		t.Errorf("the newest of none: got %v, %v", id, err)
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
		second: second, "20261122": first, third[:len(third)-1] + "d": third,
		"20261123": "", "20261124": "", "": "", "..": "",
	} {
		got, err := state.Find(s, word)
		if got != want || (want == "") != errors.Is(err, state.ErrNoRun) {
			t.Errorf("find %q: got %q, %v, want %q", word, got, err, want)
		}
	}
}

// The ledger tells which run began first, whatever the clocks said; a run that it does not name has its place by its id, and
// one that never came to a record has none.
func runsAreInOrder(t *testing.T, h Host) {
	s := h.Store()
	const ahead, unnamed, empty, gone = "20291126T020000Z-nightly_aml-0009", "20261124T020000Z-nightly_aml-0001", "20261125T020000Z-nightly_aml-0001", "20261121T020000Z-nightly_aml-0001"
	for _, id := range []string{third, ahead, first} { // as they began
		must(t, s.Ledger().Keep(begun(t, s, id, 1), state.About{}))
	}
	must(t, s.Ledger().Keep(headOf(gone, 3), state.About{}))
	begun(t, s, second, 1)
	begun(t, s, unnamed, 1)
	begun(t, s, empty, 0)
	var got []string
	for id, err := range h.Store().Backward() {
		must(t, err)
		got = append(got, id)
	}
	if want := []string{unnamed, second, gone, first, ahead, third}; !slices.Equal(got, want) {
		t.Errorf("got %v, want %v", got, want)
	}
	for id := range s.Backward() {
		if id != unnamed {
			t.Errorf("the newest is %s, want %s", id, unnamed)
		}
		break
	}
	var among []string
	for id, err := range h.Simulated().Backward() {
		must(t, err)
		among = append(among, id)
	}
	if len(among) != 0 {
		t.Errorf("among the simulated ones are %v", among)
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
	must(t, s.Ledger().Keep(more, state.About{}))
	if _, _, err := s.TakeUp(first, state.Accept{}); !errors.Is(err, audit.ErrBroken) {
		t.Errorf("got %v, want audit.ErrBroken", err)
	}
	if _, locked, err := s.Locked(first); locked || err != nil {
		t.Errorf("after it was refused: locked is %v, %v", locked, err)
	}
}

func losses(t *testing.T, h Host) {
	s := h.Store()
	must(t, s.Ledger().Keep(begun(t, s, first, 2), state.About{}))
	if all, err := state.Losses(s, time.Time{}); len(all) != 0 || err != nil {
		t.Errorf("nothing is lost: got %+v, %v", all, err)
	}
	cut := begun(t, s, second, 1)
	left := cut.Size
	cut.Count, cut.Size = 2, left+1
	gone := headOf(third, 4)
	must(t, errors.Join(s.Ledger().Keep(cut, state.About{}), s.Ledger().Keep(gone, state.About{})))
	all, err := state.Losses(h.Store(), time.Time{})
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
	all, err = state.Losses(s, time.Time{})
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
