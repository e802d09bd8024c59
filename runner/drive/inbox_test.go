package drive_test

import (
	"context"
	"errors"
	"slices"
	"sync"
	"testing"
	"time"

	"ofsplan/audit/state"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// box is an inbox in memory.
type box struct {
	mu      sync.Mutex // guards letters
	letters []state.Letter
	removed []string
	fail    error
}

// Letters are the statements that wait.
func (b *box) Letters() ([]state.Letter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	return slices.Clone(b.letters), b.fail
}

// Remove takes one out.
func (b *box) Remove(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.removed = append(b.removed, id)
	b.letters = slices.DeleteFunc(b.letters, func(l state.Letter) bool { return l.ID == id })
	return nil
}

// put leaves a word.
func (b *box) put(t *testing.T, id string, e runner.Event) {
	t.Helper()
	data, err := record.Say(e)
	if err != nil {
		t.Fatal(err)
	}
	b.mu.Lock()
	defer b.mu.Unlock()
	b.letters = append(b.letters, state.Letter{ID: id, Owner: "duty_manager", Data: data})
}

// A statement that lies in the inbox is applied within a second or two, recorded durably under its author's name, and
// only then taken out.
func TestAWordIsHeardWhileTheRunGoesOn(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Hour)}, func(t *testing.T, s *stage) {
		in := &box{}
		s.cfg.Inbox = in
		s.after(10*time.Minute, func() {
			in.put(t, "1", runner.OperatorCanceled{Statement: runner.Statement{By: "somebody else", Reason: "wrong date"}, Interrupt: true})
		})
		s.mustEnd(chain, fact.Canceled)
		turn := s.turns[slices.Index(s.events(""), "operator.canceled")]
		word, ok := turn.Event.(runner.OperatorCanceled)
		if !ok || word.ID != "1" || word.By != "duty_manager" || turn.At.Sub(opening) > 10*time.Minute+2*time.Second {
			t.Errorf("heard %+v at %s", turn.Event, turn.At.Sub(opening))
		}
		if got := s.sim.Carried(); len(got) != 2 || got[1].Op != "interrupt" {
			t.Errorf("carried out %v, want a trigger and an interrupt", got)
		}
		if !slices.Equal(in.removed, []string{"1"}) {
			t.Errorf("removed %v", in.removed)
		}
	})
}

// A statement that does not fit, or is none, is refused on the record; one that was applied before is only taken out.
func TestAWordThatDoesNotFitIsRefused(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Hour)}, func(t *testing.T, s *stage) {
		in := &box{}
		s.cfg.Inbox = in
		say := runner.Statement{Reason: "seen on the monitor"}
		in.put(t, "1", runner.OperatorResolved{Statement: say, Step: "extract", As: runner.AsFailed})
		in.put(t, "2", runner.RunDetached{Reason: "not a word"})
		in.letters = append(in.letters, state.Letter{ID: "3", Data: []byte("{")})
		skip := runner.OperatorMarked{Statement: say, Step: "load", As: runner.AsSkipped}
		in.put(t, "4", skip)
		s.after(time.Minute, func() { in.put(t, "4", skip) })
		s.mustEnd(chain, fact.Succeeded)
		var refused []string
		for _, n := range s.notesOf(record.StatementRefused) {
			refused = append(refused, n.Statement)
		}
		if !slices.Equal(refused, []string{"1", "2", "3"}) {
			t.Errorf("refused %v, want 1, 2 and 3", refused)
		}
		if !slices.Equal(in.removed, []string{"1", "2", "3", "4", "4"}) {
			t.Errorf("removed %v", in.removed)
		}
	})
}

// An inbox that cannot be read is told once, and changes nothing else.
func TestAnInboxThatCannotBeRead(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Minute)}, func(t *testing.T, s *stage) {
		s.cfg.Inbox = &box{fail: errors.New("permission denied")}
		s.mustEnd(chain, fact.Succeeded)
		if got := len(s.notesOf(record.InboxClosed)); got != 1 {
			t.Errorf("told %d times, want once", got)
		}
	})
}

// A word that cannot be read is told of once, left where it is, and keeps no other from being heard.
func TestAWordThatCannotBeReadIsPassedOver(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Hour)}, func(t *testing.T, s *stage) {
		in := &box{letters: []state.Letter{{ID: "0", Owner: "root", Unread: errors.New("permission denied")}}}
		s.cfg.Inbox = in
		s.after(10*time.Minute, func() {
			in.put(t, "1", runner.OperatorCanceled{Statement: runner.Statement{Reason: "wrong date"}})
		})
		s.mustEnd(chain, fact.Canceled)
		notes := s.notesOf(record.InboxClosed)
		if len(notes) != 1 || notes[0].Statement != "0" || notes[0].Message != "a word of root in the inbox cannot be read and is passed over: permission denied" {
			t.Errorf("told %+v", notes)
		}
		if !slices.Equal(in.removed, []string{"1"}) {
			t.Errorf("removed %v", in.removed)
		}
	})
}

// signedOff is a plan in which one batch waits for the word of carol.
const signedOff = `
version: 1
name: signed
steps:
  - {id: sign_off, approve: {message: publish, from: {users: [carol]}}}
  - {id: publish, trigger: {batch: PUBLISH}}
`

// Who leaves a word about an approval is asked for beside the loop: what others say is heard meanwhile. When it cannot be told the word is
// refused, and can be said again.
func TestWhoSpeaksIsAsked(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Minute)}, func(t *testing.T, s *stage) {
		in := &box{}
		s.cfg.Inbox = in
		asked := 0
		s.cfg.Who = func(_ context.Context, uid string, q runner.Inquiry) (*runner.Approver, error) {
			if asked++; uid != "1003" || !slices.Equal(q.Users, []string{"carol"}) {
				t.Errorf("asked for %q, whether it is one of %q", uid, q.Users)
			}
			switch asked {
			case 1:
				return nil, errors.New("the directory is down")
			case 2:
				return &runner.Approver{UID: uid, Name: "dave"}, nil
			}
			return &runner.Approver{UID: uid, Users: []string{"carol"}}, nil
		}
		says := runner.OperatorApproved{
			Statement: runner.Statement{Reason: "it agrees", Approver: &runner.Approver{Users: []string{"carol"}}},
			Step:      "sign_off", Request: runner.Key{Step: "sign_off", Attempt: 1, Op: runner.OpApprove, N: 1},
		}
		for i, id := range []string{"1", "2", "3"} {
			s.after(time.Duration(i+1)*time.Minute, func() {
				in.put(t, id, says)
				in.mu.Lock()
				defer in.mu.Unlock()
				for i := range in.letters {
					in.letters[i].UID = "1003"
				}
			})
		}
		s.mustEnd(signedOff, fact.Succeeded)
		var refused []string
		for _, n := range s.notesOf(record.StatementRefused) {
			refused = append(refused, n.Statement+": "+n.Message)
		}
		want := []string{
			"1: who said it cannot be told: the directory is down: say it again",
			`2: dave may not decide approval "sign_off", which is given by carol`,
		}
		if !slices.Equal(refused, want) {
			t.Errorf("refused %q, want %q", refused, want)
		}
		if !slices.Equal(in.removed, []string{"1", "2", "3"}) || asked != 3 {
			t.Errorf("removed %q after asking %d times", in.removed, asked)
		}
	})
}
