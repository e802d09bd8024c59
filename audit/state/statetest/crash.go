package statetest

import (
	"errors"
	"fmt"
	"testing"
	"time"

	"ofsplan/audit/state"
)

// crashAfterBegin: the whole log is gone when its name is.
func crashAfterBegin(t *testing.T, h Host) {
	must(t, errors.Join(begin(t, h.Store(), first, 0).Err()))
	s := h.Crash(none).Store()
	takenUp(t, s, first, 0)
	begin(t, s, second, 2)
	s = h.Crash(none).Store()
	if ids, err := s.Runs(); len(ids) != 1 || err != nil {
		t.Errorf("the host that crashed has %v, %v", ids, err)
	}
}

// crashAfterSync: what was synced is there whatever luck says of the rest, and the run goes on after it.
func crashAfterSync(t *testing.T, h Host) {
	r := begin(t, h.Store(), first, 2)
	must(t, r.Append(entry(3), entry(4)))
	unsynced := -1
	h.Crash(func(n int) int { unsynced = max(unsynced, n); return 0 })
	if unsynced <= 0 {
		t.Fatalf("%d bytes are unsynced", unsynced)
	}
	for _, luck := range []int{0, 1, unsynced / 2, unsynced - 1, unsynced} {
		after := h.Crash(func(n int) int { return min(n, luck) })
		s := after.Store()
		again, records, err := s.TakeUp(first, state.Accept{})
		if err != nil || len(records) < 2 || len(records) > 4 {
			t.Errorf("%d of %d bytes are left: got %d records, %v", luck, unsynced, len(records), err)
			continue
		}
		must(t, errors.Join(again.Append(entry(5)), again.Sync()))
		takenUp(t, after.Crash(none).Store(), first, len(records)+1)
	}
}

func crashUnlocks(t *testing.T, h Host) {
	begin(t, h.Store(), first, 1)
	if _, err := h.Store().Once(fmt.Sprintf("%064d", 1)); err != nil {
		t.Fatal(err)
	}
	s := h.Crash(none).Store()
	takenUp(t, s, first, 1)
	lock, err := s.Once(fmt.Sprintf("%064d", 1))
	if err != nil {
		t.Fatal(err)
	}
	must(t, lock.Close())
}

func crashAfterKeep(t *testing.T, h Host) {
	for n := range int64(2) {
		head := headOf(first, n+1)
		must(t, h.Store().Ledger().Keep(head, state.About{Once: fmt.Sprintf("%064d", 1)}))
		all, err := state.Heads(h.Crash(none).Store().Ledger())
		if err != nil || len(all) != 1 || all[0].Head != head || all[0].Once != fmt.Sprintf("%064d", 1) {
			t.Errorf("got %+v, %v, want %+v", all, err, head)
		}
	}
}

func crashAfterAcknowledge(t *testing.T, h Host) {
	s := h.Store()
	must(t, errors.Join(s.Ledger().Keep(headOf(first, 3), state.About{}), state.Acknowledge(s, first, state.Acknowledgment{By: "ops", At: start})))
	all, err := state.Losses(h.Crash(none).Store(), time.Time{})
	if err != nil || len(all) != 1 || all[0].Acknowledged == nil || all[0].Acknowledged.By != "ops" {
		t.Errorf("got %+v, %v", all, err)
	}
}

// crashAfterPut: who left a letter may go away, so it must not.
func crashAfterPut(t *testing.T, h Host) {
	begun(t, h.Store(), first, 1)
	for i, id := range []string{"1", "2"} {
		must(t, h.Store().Inbox(first).Put(id, []byte("word "+id)))
		got, err := h.Crash(none).Store().Inbox(first).Letters()
		if err != nil || len(got) != i+1 || string(got[i].Data) != "word "+id {
			t.Errorf("got %v, %v, want the letters up to %s", got, err, id)
		}
	}
}

func crashAfterRemove(t *testing.T, h Host) {
	begun(t, h.Store(), first, 1)
	in := h.Store().Inbox(first)
	must(t, errors.Join(in.Put("1", []byte("word 1")), in.Remove("1")))
	in = h.Crash(none).Store().Inbox(first)
	got, err := in.Letters()
	if err != nil || len(got) > 1 || len(got) == 1 && string(got[0].Data) != "word 1" {
		t.Errorf("got %v, %v", got, err)
	}
	must(t, in.Remove("1"))
	if waits, err := in.Waits("1"); waits || err != nil {
		t.Errorf("removed once more: waits is %v, %v", waits, err)
	}
}

// crashAfterKey: a digest that is on record can be asked about.
func crashAfterKey(t *testing.T, h Host) {
	k, err := h.Store().Key()
	must(t, err)
	digest := k.Digest(first, "pin", "4711")
	k, err = h.Crash(none).Store().KeptKey()
	if err != nil {
		t.Fatal(err)
	}
	if same, err := k.Matches(digest, first, "pin", "4711"); !same || err != nil {
		t.Errorf("another key is there: %v, %v", same, err)
	}
}
