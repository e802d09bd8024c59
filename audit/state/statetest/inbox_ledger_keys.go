package statetest

import (
	"errors"
	"io/fs"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/audit/state"
)

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
	if all, err := state.Heads(ledger); len(all) != 0 || err != nil {
		t.Errorf("a ledger that keeps nothing: got %v, %v", all, err)
	}
	key := strings.Repeat("a", 64)
	about := state.About{Plan: "nightly aml", Once: key}
	must(t, errors.Join(
		ledger.Keep(headOf(second, 1), about), ledger.Keep(headOf(first, 1), state.About{}), ledger.Keep(headOf(second, 7), about),
		ledger.Keep(headOf(first, 3), state.About{}),
	))
	all, err := state.Heads(h.Store().Ledger())
	if err != nil || len(all) != 2 || all[0].Head != headOf(second, 7) || all[1].Head != headOf(first, 3) {
		t.Fatalf("got %+v, %v", all, err)
	}
	if all[0].About != about || all[1].About != (state.About{}) {
		t.Errorf("got %+v and %+v", all[0].About, all[1].About)
	}
	must(t, ledger.Keep(headOf(first, 2), state.About{}))
	if head, err := state.HeadOf(ledger, first); err != nil || *head != headOf(first, 3) {
		t.Errorf("a head that is behind: got %+v, %v", head, err)
	}
	if head, err := state.HeadOf(ledger, third); head != nil || err != nil {
		t.Errorf("a run it does not know: got %+v, %v", head, err)
	}
	end, err := h.Store().Ledger().End()
	verdict, bad := h.Store().Ledger().Verify(&end)
	if err := errors.Join(err, bad); err != nil || end.Number != 5 || verdict.Problem != nil || !verdict.Matched || verdict.Head != end || len(verdict.Kept) != 2 {
		t.Errorf("got the end %+v, %+v, %v", end, verdict, err)
	}
	end.Number++
	if verdict, err := ledger.Verify(&end); err != nil || verdict.Problem == nil || verdict.Matched {
		t.Errorf("a head that is ahead: got %+v, %v", verdict, err)
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
		ledger.Keep(headOf(ids[0], 1), state.About{Once: keyA}), ledger.Keep(headOf(ids[1], 1), state.About{Once: keyA}), ledger.Keep(headOf(ids[2], 1), state.About{Once: keyB}),
		ledger.Keep(headOf(ids[0], 5), state.About{}),           // by a process that did not know the key
		ledger.Keep(headOf(ids[5], 3), state.About{Once: keyA}), // and its audit log is gone
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
	// Once the index is made, nobody is asked again; and the keys of runs that begin from then on stand in it.
	asked = nil
	of := func(run string) (string, error) { asked = append(asked, run); return keyA, nil }
	must(t, state.IndexClaims(s, of))
	made := len(asked)
	again := "20261128T020000Z-nightly-0007"
	must(t, ledger.Keep(headOf(again, 1), state.About{Once: keyA}))
	all, err = state.Claims(h.Store(), keyA, of)
	if err != nil || len(all) != 6 || all[5].Run != again || made != 2 || len(asked) != made {
		t.Errorf("with an index: got %+v, %v; %d were asked for it, %d in all", all, err, made, len(asked))
	}
}

// A run that cannot be asked for its key may be one of any.
func claimsUnknown(t *testing.T, h Host) {
	s := h.Store()
	begun(t, s, first, 0)
	keyA := strings.Repeat("a", 64)
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
	if all, err := state.Losses(s, time.Time{}); all != nil || err != nil {
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
