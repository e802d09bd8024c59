package drive_test

import (
	"context"
	"errors"
	"slices"
	"strings"
	"sync"
	"testing"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// people are those whom a night tells something: each channel does what is said of it.
type people struct {
	stage *stage
	does  func(ctx context.Context, m runner.Message, try int) error // nil: every message is taken
	mu    sync.Mutex
	tries []try
}

// try is one message that came.
type try struct {
	key  runner.Key
	at   time.Duration
	took bool
	runner.Message
}

// Tell takes a message, or does not.
func (p *people) Tell(ctx context.Context, k runner.Key, m runner.Message) error {
	p.mu.Lock()
	n := 1
	for _, t := range p.tries {
		if t.key == k {
			n++
		}
	}
	i := len(p.tries)
	p.tries = append(p.tries, try{key: k, at: p.stage.world.Now().Sub(opening), Message: m})
	p.mu.Unlock()
	var err error
	if p.does != nil {
		err = p.does(ctx, m, n)
	}
	p.mu.Lock()
	p.tries[i].took = err == nil
	p.mu.Unlock()
	return err
}

// words are the tries, as channel and text, in order.
func (p *people) words() (out []string) {
	for _, t := range p.tries {
		out = append(out, t.Channel+": "+t.Text)
	}
	return out
}

// once checks that no channel took a message of one key twice.
func (p *people) once(t *testing.T) {
	t.Helper()
	took := map[runner.Key]bool{}
	for _, one := range p.tries {
		if one.took && took[one.key] {
			t.Errorf("%s was taken twice", one.key)
		}
		took[one.key] = took[one.key] || one.took
	}
}

// tell gives a stage its people.
func (s *stage) tell(does func(context.Context, runner.Message, int) error) *people {
	p := &people{stage: s, does: does}
	s.cfg.Teller = p
	return p
}

// again is a failure that another try may mend.
func again(text string) error { return &drive.TryAgain{Err: errors.New(text)} }

const telling = `version: 1
name: night
alert: [ops, mail]
defaults: {timeout: 3h}
steps:
  - id: load
    trigger: {batch: LOAD}
  - id: loaded
    notify: {to: ops, text: "load ${{ steps.load.outcome }}"}
  - id: publish
    trigger: {batch: PUBLISH}
`

func TestPeopleAreToldInOrderAndOnce(t *testing.T) {
	everyWorld(t, night{}, func(t *testing.T, s *stage) {
		p := s.tell(nil)
		s.mustEnd(telling, fact.Succeeded)
		want := []string{"ops: load succeeded", "ops: is over: it has succeeded", "mail: is over: it has succeeded"}
		if got := p.words(); len(got) != 3 || got[0] != want[0] || !slices.Contains(got, want[1]) || !slices.Contains(got, want[2]) {
			t.Errorf("told %q, want %q", got, want)
		}
		p.once(t)
		if got := s.events("")[len(s.events(""))-2:]; !slices.Equal(got, []string{"notice.sent", "notice.sent"}) {
			t.Errorf("the log ends with %q", got)
		}
		if s.journal.durable != len(s.journal.entries) {
			t.Errorf("%d of %d records are durable", s.journal.durable, len(s.journal.entries))
		}
	})
}

// Nothing is sent that is not on disk as ordered: who goes on after a crash sends it under the same key.
func TestAMessageIsOrderedOnDiskBeforeItIsSent(t *testing.T) {
	s := virtualStage(t, night{}) // where a message is sent in the goroutine of the loop
	s.tell(func(_ context.Context, m runner.Message, _ int) error {
		for _, e := range s.journal.entries[:s.journal.durable] {
			if strings.Contains(string(e.Decided), `"text":"`+m.Text) {
				return nil
			}
		}
		t.Errorf("%q was sent, and is not on disk as ordered", m.Text)
		return nil
	})
	s.mustEnd(telling, fact.Succeeded)
}

// A channel that hangs, or fails each time, delays no batch and no other channel, and fails no night.
func TestAChannelThatHangsDelaysNoBatch(t *testing.T) {
	const plan = `version: 1
name: night
alert: [ops, mail]
concurrency: 1
defaults: {timeout: 3h}
steps:
  - id: begins
    notify: {to: ops, text: begins}
  - id: load
    needs: []
    trigger: {batch: LOAD}
  - id: publish
    needs: load
    trigger: {batch: PUBLISH}
`
	everyWorld(t, night{scenario: lasting(10 * time.Second)}, func(t *testing.T, s *stage) {
		p := s.tell(func(ctx context.Context, m runner.Message, _ int) error {
			if m.Channel == "ops" {
				_ = s.wait(ctx, 30*time.Second)
				return again("no answer in 30s")
			}
			return nil
		})
		result := s.mustEnd(plan, fact.Succeeded)
		var begun []time.Duration
		for _, a := range s.wire.of("trigger") {
			begun = append(begun, a.At)
		}
		if len(begun) != 2 || begun[0] > time.Second || begun[1] > time.Minute {
			t.Errorf("the batches began at %v", begun)
		}
		last := s.turns[len(s.turns)-1]
		if failed, ok := last.Event.(runner.NoticeFailed); !ok || failed.Channel != "ops" || !strings.Contains(failed.Message, "the run was over") {
			t.Errorf("the last turn is %+v", last.Event)
		}
		if waited := last.At.Sub(result.At); waited > time.Minute {
			t.Errorf("the end waited for its messages for %s", waited)
		}
		if !slices.ContainsFunc(p.tries, func(one try) bool { return one.Channel == "mail" && one.at == result.At.Sub(opening) }) {
			t.Errorf("the other channel was not told at the end: %q", p.words())
		}
		if took := s.turnOf("begins"); took == nil || took.At.Sub(opening) != 102*time.Second || took.Decision.Moves[0].Mark != runner.MarkAllowed {
			t.Errorf("the message of the step ended with %+v", took)
		}
		p.once(t)
	})
}

// turnOf is the turn in which a step ended; nil: it did not.
func (s *stage) turnOf(step string) *record.Turn {
	for i, t := range s.turns {
		for _, m := range t.Decision.Moves {
			if _, ended := m.To.Outcome(); ended && m.Step == step {
				return &s.turns[i]
			}
		}
	}
	return nil
}

// A message is tried again with growing gaps, and as a channel asks for it; what is refused for good is not.
func TestAMessageIsTriedAgain(t *testing.T) {
	const plan = `version: 1
name: night
alert: [ops, mail]
defaults: {timeout: 9h}
steps:
  - id: late
    expect: 1h
    trigger: {batch: LATE}
`
	everyWorld(t, night{scenario: lasting(3 * time.Hour)}, func(t *testing.T, s *stage) {
		p := s.tell(func(_ context.Context, m runner.Message, n int) error {
			switch {
			case m.Event != runner.WorthLate:
				return nil
			case m.Channel == "mail":
				return errors.New("HTTP 404")
			case n == 1:
				return &drive.TryAgain{Err: errors.New("HTTP 429"), After: 30 * time.Second}
			}
			return again("HTTP 500")
		})
		s.mustEnd(plan, fact.Succeeded)
		var at []time.Duration
		mails := 0
		for _, one := range p.tries {
			switch {
			case one.Event != runner.WorthLate:
			case one.Channel == "mail":
				mails++
			default:
				at = append(at, one.at-p.tries[0].at)
			}
		}
		min := time.Minute
		want := []time.Duration{0, 30 * time.Second, 40 * time.Second, 100 * time.Second, 100*time.Second + 5*min, 100*time.Second + 20*min}
		if !slices.Equal(at, want) {
			t.Errorf("tried after %v, want %v", at, want)
		}
		if mails != 1 {
			t.Errorf("what was refused for good was tried %d times", mails)
		}
	})
}

// A process that leaves says so, waits a little, and leaves the rest to whoever resumes the run.
func TestWhoLeavesLeavesTheRestToTheNext(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Hour)}, func(t *testing.T, s *stage) {
		s.after(10*time.Minute, func() { s.cancel(errSignal) })
		p := s.tell(func(_ context.Context, m runner.Message, _ int) error {
			if m.Channel == "mail" {
				return again("connection refused")
			}
			return nil
		})
		m := machine(t, telling)
		result, err := drive.Run(s.ctx, s.world, m, s.cfg)
		if err != nil || !result.Detached {
			t.Fatalf("got %+v, %v", result, err)
		}
		if got := p.words(); !slices.Contains(got, "ops: was left, and its batches go on: it waits to be resumed") {
			t.Errorf("told %q", got)
		}
		if notes := s.notesOf(record.Finishing); len(notes) != 1 || notes[0].Message != "1 message to people is not sent yet, and waited for until 00:10:10Z; a second signal leaves at once" {
			t.Errorf("said while waiting: %+v", notes)
		}
		if took := s.world.Now().Sub(opening); took > 10*time.Minute+11*time.Second {
			t.Errorf("it left after %s", took)
		}
		open := 0
		for _, c := range m.Status().Pending {
			if c.Key.Op == runner.OpAlert {
				open++
			}
		}
		if open != 1 {
			t.Errorf("%d messages are open, want that to mail", open)
		}
	})
}

// Lost contact is told once, 15 minutes after it was lost.
func TestLostContactIsTold(t *testing.T) {
	clock := sim.Clock{Minute: 20}
	sc := lasting(3 * time.Hour)
	sc.Faults = []sim.Fault{{At: &clock, For: time.Hour, Do: sim.Down}}
	everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
		p := s.tell(nil)
		s.mustEnd(strings.Replace(telling, "timeout: 3h", "timeout: 9h", 1), fact.Succeeded)
		var at []time.Duration
		for _, one := range p.tries {
			if one.Event == runner.WorthContact && one.Channel == "ops" && strings.Contains(one.Text, "scheduler") {
				at = append(at, one.at)
			}
		}
		if len(at) != 1 || at[0] < 35*time.Minute || at[0] > 37*time.Minute {
			t.Errorf("told at %v", at)
		}
	})
}

// Without anybody to tell, each message ends at once, and the log says why.
func TestWhereNobodyIsToldNothingIsSent(t *testing.T) {
	everyWorld(t, night{}, func(t *testing.T, s *stage) {
		s.cfg.Withheld = "the scheduler is simulated"
		s.mustEnd(telling, fact.Succeeded)
		n := 0
		for _, turn := range s.turns {
			if e, ok := turn.Event.(runner.NoticeSent); ok {
				if n++; e.Withheld != "the scheduler is simulated" || e.Tries != 0 {
					t.Errorf("got %+v", e)
				}
			}
		}
		if n != 3 {
			t.Errorf("%d messages ended, want 3", n)
		}
	})
}
