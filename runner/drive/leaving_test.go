package drive_test

import (
	"errors"
	"io"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

var errSignal = errors.New("SIGTERM")

// answer is what a stand-in for the scheduler says.
func answer(status int, body string) *http.Response {
	return &http.Response{
		StatusCode: status, ProtoMajor: 1, ProtoMinor: 1, Header: http.Header{"Content-Type": {"application/json"}},
		Body: io.NopCloser(strings.NewReader(body)), ContentLength: int64(len(body)),
	}
}

func TestASignalLeavesTheBatchesGoingOn(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Hour)}, func(t *testing.T, s *stage) {
		s.after(10*time.Minute+time.Second, func() { s.cancel(errSignal) })
		result, err := s.run(chain)
		if err != nil || !result.Detached || result.End != nil {
			t.Fatalf("got %+v, %v", result, err)
		}
		last := s.turns[len(s.turns)-1]
		if last.Event != (runner.RunDetached{Reason: "SIGTERM"}) || s.journal.durable != len(s.journal.entries) {
			t.Errorf("the last turn is %+v, %d of %d records are durable", last, s.journal.durable, len(s.journal.entries))
		}
		if got := last.At.Sub(opening); got != 10*time.Minute+time.Second {
			t.Errorf("left after %s", got)
		}
		for _, a := range s.wire.asked {
			if a.At > last.At.Sub(opening) {
				t.Errorf("%s was asked after we left", a.Op)
			}
		}
	})
}

// A request past its gate is finished and recorded, however long its answer takes.
func TestTheCallUnderWayIsFinished(t *testing.T) {
	sc := lasting(time.Hour)
	sc.Faults = []sim.Fault{{On: "trigger", Do: sim.Slow, Delay: time.Minute}}
	everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
		s.after(10*time.Second, func() { s.cancel(errSignal) })
		result, err := s.run(chain)
		if err != nil || !result.Detached {
			t.Fatalf("got %+v, %v", result, err)
		}
		if got, want := s.events(""), []string{"run.started", "request.sent", "run.detached", "request.accepted"}; !slices.Equal(got, want) {
			t.Errorf("recorded %v, want %v", got, want)
		}
		if got := s.turns[len(s.turns)-1].At.Sub(opening); got != time.Minute {
			t.Errorf("the answer was recorded after %s", got)
		}
		s.mustTell(told{record.Finishing, 0, "1 request is under way: the answer is waited for and recorded; a second signal leaves at once, and then it is in doubt"})
	})
}

// A request that still dials when the signal comes is not sent.
func TestADialUnderWayIsGivenUp(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Hour)}, func(t *testing.T, s *stage) {
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "trigger" {
				return nil, s.wait(a.ctx, time.Minute)
			}
			return nil, nil
		}
		s.after(10*time.Second, func() { s.cancel(errSignal) })
		result, err := s.run(chain)
		if err != nil || !result.Detached {
			t.Fatalf("got %+v, %v", result, err)
		}
		if got, want := s.events(""), []string{"run.started", "run.detached"}; !slices.Equal(got, want) {
			t.Errorf("recorded %v, want %v", got, want)
		}
		if got := s.sim.Carried(); len(got) != 0 {
			t.Errorf("carried out: %v", got)
		}
	})
}

// Whatever call of the journal is the first to fail, nothing is sent from then on that is not on disk; and a run resumed
// from what is on disk ends without having carried out anything twice.
func TestAJournalThatStopsStopsTheRun(t *testing.T) {
	n := night{scenario: lasting(45 * time.Second)}
	everyWorld(t, n, func(t *testing.T, s *stage) {
		s.mustEnd(recovering, fact.Succeeded)
		k := 1
		for crashAt(t, s, n, k) {
			k++
		}
		if k < 15 {
			t.Errorf("only %d calls of the journal could fail", k)
		}
	})
}

// recovering is a plan with a fan, a failure and a restart.
const recovering = `
version: 1
name: recovering
defaults: {poll: 30s}
steps:
  - id: extract
    trigger: {batch: EXTRACT}
  - id: load
    needs: [extract]
    trigger: {batch: LOAD}
    on_failure:
      - do: restart
  - id: score
    needs: [extract]
    trigger: {batch: SCORE}
  - id: report
    needs: [load, score]
    trigger: {batch: REPORT}
`

// crashAt plays the night in a world like that of s until the k-th call of the journal fails, and resumes it.
// False means that there is no k-th call.
func crashAt(t *testing.T, like *stage, n night, k int) bool {
	t.Helper()
	var s *stage
	if like.timer == nil {
		s = localStage(t, n)
	} else {
		s = virtualStage(t, n)
	}
	s.t = t
	s.journal.failAt = k
	_, err := s.run(recovering)
	if err == nil {
		return false
	}
	if !errors.Is(err, drive.ErrJournal) || !errors.Is(err, errPaper) {
		t.Fatalf("call %d: got %v", k, err)
	}
	s.lawful()
	m := s.journal.replayed(t, recovering)
	started := s.journal.durable > 0
	s.journal.entries = s.journal.entries[:s.journal.durable]
	s.journal.failAt, s.journal.lost = 0, false
	s.cfg.Desk = s.desk()
	if started {
		s.cfg.Opening = []runner.Event{runner.RunResumed{}}
	}
	if m.Status().Ended {
		return true
	}
	result, err := drive.Run(s.ctx, s.world, m, s.cfg)
	if err != nil {
		t.Fatalf("call %d: resumed: %v\n%s", k, err, s.journal)
	}
	if result.End == nil || result.End.Outcome != fact.Succeeded && result.End.Outcome != fact.InDoubt {
		t.Errorf("call %d: resumed, it ended as %+v\n%s", k, result, s.journal)
	}
	s.lawful()
	triggered := map[string]int{}
	for _, c := range s.sim.Carried() {
		if triggered[c.Code]++; triggered[c.Code] > 1 {
			t.Errorf("call %d: %s was triggered twice\n%s", k, c.Code, s.journal)
		}
	}
	return true
}

// What became of a request that could not be recorded is told to people, for nothing else will tell it.
func TestAnOutcomeThatCannotBeRecordedIsTold(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Hour)}, func(t *testing.T, s *stage) {
		s.journal.failAt = 5 // start: append, sync; request.sent: append, sync; request.accepted: append
		if _, err := s.run(chain); !errors.Is(err, drive.ErrJournal) {
			t.Fatalf("got %v", err)
		}
		if got := len(s.sim.Carried()); got != 1 {
			t.Fatalf("%d requests carried out, want 1", got)
		}
		got := s.notesOf(record.Unrecorded)
		if len(got) != 1 || !strings.Contains(got[0].Message, s.sim.Carried()[0].RunID) {
			t.Errorf("told: %v", got)
		}
	})
}
