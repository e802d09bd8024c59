package drive_test

import (
	"context"
	"net/http"
	"regexp"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// told is a note as a person reads it: how long after the opening, and the words.
type told struct {
	kind  record.NoteKind
	after time.Duration // cut to minutes
	words string        // a regular expression for all of it
}

// mustTell wants exactly these notes, heartbeats aside.
func (s *stage) mustTell(want ...told) {
	s.t.Helper()
	i := 0
	for _, n := range s.notes {
		if n.Kind == record.Heartbeat {
			continue
		}
		after := n.At.Sub(opening).Truncate(time.Minute)
		if i >= len(want) {
			s.t.Errorf("also told after %s: %s: %s", after, n.Kind, n.Message)
			continue
		}
		w := want[i]
		i++
		if n.Kind != w.kind || after != w.after || !regexp.MustCompile("^(?:"+w.words+")$").MatchString(n.Message) {
			s.t.Errorf("note %d: after %s %s: %s\nwant after %s %s: %s", i, after, n.Kind, n.Message, w.after, w.kind, w.words)
		}
	}
	for _, w := range want[i:] {
		s.t.Errorf("not told: after %s %s: %s", w.after, w.kind, w.words)
	}
}

// One line when contact is lost, one now and then, and one when it is back, whoever is gone and however many batch
// runs wait.
func TestAnOutageIsToldInFewWords(t *testing.T) {
	for _, c := range []struct {
		peer, on string
		life     time.Duration // of a token
		lost     time.Duration // the first call after the outage began
	}{
		{"scheduler", "", 24 * time.Hour, 10 * time.Minute},
		{"identity service", "token", 20 * time.Minute, 19 * time.Minute},
	} {
		t.Run(c.peer, func(t *testing.T) {
			sc := lasting(30 * time.Minute)
			away := down(10*time.Minute, 3*time.Hour)
			away.On = c.on
			sc.Faults = []sim.Fault{away}
			everyWorld(t, night{scenario: sc, options: sim.Options{TokenLife: c.life}}, func(t *testing.T, s *stage) {
				s.mustEnd(fan(20), fact.Succeeded)
				still := "still no contact with the " + c.peer + ` after \S+ and \d+ failed calls: .*connection refused; ` +
					"the run waits, and can be left with Ctrl-C or SIGTERM and resumed later"
				s.mustTell(
					told{record.ContactLost, c.lost, "no contact with the " + c.peer + ": .*connection refused; " +
						"it is asked again until it answers, no batch run is touched, and nothing new starts"},
					told{record.ContactMissed, c.lost + 15*time.Minute, still},
					told{record.ContactMissed, c.lost + 75*time.Minute, still},
					told{record.ContactMissed, c.lost + 135*time.Minute, still},
					told{record.ContactBack, 190 * time.Minute, "contact with the " + c.peer + ` is back after [23]h\d+m(\d+s)? and \d+ failed calls`},
				)
			})
		})
	}
}

// A batch run that the scheduler forgot for hours is asked for again, and people hear of it now and then: nobody else
// can end that.
func TestAForgottenBatchRunIsToldInFewWords(t *testing.T) {
	everyWorld(t, night{scenario: lasting(10 * time.Minute)}, func(t *testing.T, s *stage) {
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "status" && a.At > 5*time.Minute && a.At < 2*time.Hour {
				return answer(200, `{"status":"failed","statusCode":"-3","summary":"no such run"}`), nil
			}
			return nil, nil
		}
		s.mustEnd(one, fact.Succeeded)
		still := `the scheduler has not told the status of LOAD_\S+ for (1h)?15m(\d+s)? and \d+ failed calls: .*no such run.*; ` +
			"look at its monitor; ofsplan cancel --leave ends the run without it"
		s.mustTell(
			told{record.LookRefused, 5 * time.Minute, `the scheduler does not tell the status of LOAD_\S+: .*no such run.*; that is no outcome, so it is asked again until it does`},
			told{record.LookMissed, 20 * time.Minute, still},
			told{record.LookMissed, 80 * time.Minute, still},
			told{record.LookAnswered, 120 * time.Minute, `the scheduler tells the status of LOAD_\S+ again after 1h55m and \d+ failed calls`},
		)
	})
}

// A scheduler that tells no status at all is told of a few batch runs, not of each.
func TestManyForgottenBatchRunsAreToldInFewWords(t *testing.T) {
	everyWorld(t, night{scenario: lasting(10 * time.Minute)}, func(t *testing.T, s *stage) {
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "status" && a.At > 5*time.Minute && a.At < 10*time.Minute {
				return answer(404, `no such service`), nil
			}
			return nil, nil
		}
		s.mustEnd(fan(20), fact.Succeeded)
		refused, answered := s.notesOf(record.LookRefused), s.notesOf(record.LookAnswered)
		if len(refused) != 6 || len(answered) != 5 || !strings.Contains(refused[5].Message, "more than 5 batch runs") {
			t.Errorf("told %d and %d times: %v", len(refused), len(answered), s.notes)
		}
	})
}

// skewed is a world whose clock is set by somebody.
type skewed struct {
	drive.World
	off *atomic.Int64 // added to the clock, in nanoseconds
}

func (w skewed) Now() time.Time { return w.World.Now().Add(time.Duration(w.off.Load())) }

func (w skewed) Next(ctx context.Context, until time.Time) (drive.Message, bool) {
	if !until.IsZero() {
		until = until.Add(-time.Duration(w.off.Load()))
	}
	return w.World.Next(ctx, until)
}

// A clock that is set back neither repeats nor stalls anything: looks, timeouts and records go on as time passes.
func TestAClockThatIsSetBackChangesNothing(t *testing.T) {
	everyWorld(t, night{scenario: lasting(30 * time.Minute)}, func(t *testing.T, s *stage) {
		off := new(atomic.Int64)
		inner := s.world
		s.world = skewed{inner, off}
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "status" && inner.Now().Sub(opening) >= 10*time.Minute {
				off.Store(int64(-time.Hour))
			}
			return nil, nil
		}
		result := s.mustEnd(one, fact.Succeeded)
		if got := result.At.Sub(opening); got < 30*time.Minute || got > 31*time.Minute {
			t.Errorf("it took %s by its own times", got)
		}
		if got := inner.Now().Sub(opening); got < 30*time.Minute || got > 31*time.Minute {
			t.Errorf("it took %s", got)
		}
		s.mustTell(told{record.ClockJumped, 10 * time.Minute, "the clock of this machine was set back by 1h: the times of this run go on, 1h ahead of it"})
	})
}

// Whoever takes a run up on a machine whose clock is behind goes on from the last record, and says so.
func TestAClockBehindTheLastRecordIsTold(t *testing.T) {
	everyWorld(t, night{scenario: lasting(10 * time.Minute)}, func(t *testing.T, s *stage) {
		s.cfg.After = opening.Add(2 * time.Hour)
		result := s.mustEnd(one, fact.Succeeded)
		if got := result.At.Sub(opening); got < 130*time.Minute || got > 131*time.Minute {
			t.Errorf("it ended at %s by its own times", got)
		}
		s.mustTell(told{record.ClockJumped, 2 * time.Hour, "the clock of this machine is 2h behind the last record of this run: the times of this run go on from there, ahead of it"})
	})
}

// Clocks of two machines differ a little; from a second on people hear of it.
func TestAClockThatIsHardlyBehindIsNotTold(t *testing.T) {
	for behind, notes := range map[time.Duration]int{time.Second - time.Microsecond: 0, time.Second: 1} {
		everyWorld(t, night{scenario: lasting(time.Minute)}, func(t *testing.T, s *stage) {
			s.cfg.After = opening.Add(behind)
			s.mustEnd(one, fact.Succeeded)
			if got := s.notesOf(record.ClockJumped); len(got) != notes {
				t.Errorf("a clock %s behind: %v", behind, got)
			}
		})
	}
}

// What a signal finds under way is waited for and recorded, while out of contact too: leaving needs no scheduler.
func TestARunIsLeftWithoutContact(t *testing.T) {
	sc := lasting(30 * time.Minute)
	sc.Faults = []sim.Fault{down(10*time.Minute, 5*time.Hour)}
	everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
		s.after(time.Hour+time.Second, func() { s.cancel(errSignal) })
		result, err := s.run(fan(3))
		if err != nil || !result.Detached {
			t.Fatalf("got %+v, %v", result, err)
		}
		if got := result.At.Sub(opening); got > time.Hour+2*time.Second {
			t.Errorf("left after %s", got)
		}
		if last := s.turns[len(s.turns)-1].Event; last != (runner.RunDetached{Reason: errSignal.Error()}) || strings.Contains(s.journal.String(), `"failed"`) {
			t.Errorf("recorded %+v\n%s", last, s.journal)
		}
	})
}
