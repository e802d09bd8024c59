package drive_test

import (
	"errors"
	"fmt"
	"net"
	"net/http"
	"slices"
	"strings"
	"sync/atomic"
	"syscall"
	"testing"
	"time"

	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// fan is a plan of n batches that start at once.
func fan(n int) string {
	var b strings.Builder
	b.WriteString("version: 1\nname: fan\nsteps:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - id: s%d\n    needs: []\n    trigger: {batch: B%d}\n", i, i)
	}
	return b.String()
}

// down is a scheduler nobody can reach from a time on.
func down(at, lasting time.Duration) sim.Fault {
	from := opening.Add(at)
	return sim.Fault{At: &sim.Clock{Hour: from.Hour(), Minute: from.Minute(), Second: from.Second()}, For: lasting, Do: sim.Down}
}

// noWay lets no trigger of a batch through until a time.
func noWay(code string, until time.Duration) func(asked) (*http.Response, error) {
	return func(a asked) (*http.Response, error) {
		if a.Op == "trigger" && a.Code == code && a.At < until {
			return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
		}
		return nil, nil
	}
}

func TestLostContactOnlyWaits(t *testing.T) {
	sc := lasting(30 * time.Minute)
	sc.Faults = []sim.Fault{down(10*time.Minute, 5*time.Hour)}
	everyWorld(t, night{scenario: sc, options: sim.Options{TokenLife: 24 * time.Hour}}, func(t *testing.T, s *stage) {
		s.mustEnd(fan(20), fact.Succeeded)
		lost, back := s.notesOf(record.ContactLost), s.notesOf(record.ContactBack)
		if len(lost) != 1 || len(back) != 1 {
			t.Fatalf("lost %v, back %v", lost, back)
		}
		if since, told := lost[0].Since.Sub(opening), lost[0].At.Sub(opening); since != 10*time.Minute || told > since+2*time.Second {
			t.Errorf("lost after %s, told after %s", since, told)
		}
		if got := back[0].At.Sub(opening) - 310*time.Minute; got < 0 || got > 2*time.Minute {
			t.Errorf("back %s after the scheduler", got)
		}
		tries := 0
		for _, a := range s.wire.of("status") {
			if a.At > 11*time.Minute && a.At < 310*time.Minute {
				tries++
			}
		}
		if tries < 200 || tries > 400 {
			t.Errorf("%d looks in five hours without contact: one a minute is wanted, not one for each batch", tries)
		}
	})
}

// A request that cannot be sent is tried silently until its time is over, and then reported once.
func TestARequestThatCannotBeSentIsReportedOnce(t *testing.T) {
	everyWorld(t, night{scenario: lasting(10 * time.Second)}, func(t *testing.T, s *stage) {
		s.wire.meet = noWay("LOAD", 2*time.Hour)
		s.mustEnd(chain, fact.Failed)
		want := []string{"request.not_sent"}
		if got := s.events("load"); !slices.Equal(got, want) {
			t.Errorf("load: got %v, want %v\n%s", got, want, s.journal)
		}
		end := s.turns[len(s.turns)-1]
		sent := end.Event.(runner.RequestNotSent)
		if waited := end.At.Sub(opening); waited < 30*time.Minute || waited > 32*time.Minute || !strings.Contains(sent.Message, "no contact with the scheduler for") {
			t.Errorf("reported after %s: %s", waited, sent.Message)
		}
		if tries := len(s.wire.of("trigger")); tries < 10 || tries > 80 {
			t.Errorf("%d tries in half an hour", tries)
		}
	})
}

func TestARequestGoesThroughOnceTheSchedulerIsBack(t *testing.T) {
	everyWorld(t, night{scenario: lasting(10 * time.Second)}, func(t *testing.T, s *stage) {
		s.wire.meet = noWay("LOAD", 20*time.Minute)
		s.mustEnd(chain, fact.Succeeded)
		if got := len(s.sim.Carried()); got != 3 {
			t.Errorf("%d requests carried out, want 3", got)
		}
	})
}

// An answer that was lost is never asked for by sending the request again.
func TestALostAnswerIsInDoubt(t *testing.T) {
	for _, deed := range []sim.Deed{sim.DropAnswer, sim.DropRequest, sim.Reset, sim.Hang, sim.Truncate, sim.HTML} {
		t.Run(string(deed), func(t *testing.T) {
			sc := lasting(10 * time.Second)
			sc.Faults = []sim.Fault{{On: "trigger", Batch: "LOAD", Nth: 1, Do: deed}}
			everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
				s.mustEnd(chain, fact.InDoubt)
				if got := s.events("load"); !slices.Equal(got, []string{"request.sent", "request.in_doubt"}) {
					t.Errorf("got %v", got)
				}
				if got := s.wire.of("trigger"); len(got) != 2 {
					t.Errorf("%d triggers, want 2", len(got))
				}
			})
		})
	}
}

// A scheduler that lost one answer is asked something harmless before it is sent more.
func TestOutOfContactALookIsTheProbe(t *testing.T) {
	const text = `
version: 1
name: two
steps:
  - id: long
    needs: []
    trigger: {batch: LONG}
  - id: first
    needs: []
    trigger: {batch: FIRST}
  - id: second
    needs: [first]
    trigger: {batch: SECOND}
`
	sc := lasting(time.Minute)
	sc.Batches = map[string]sim.Batch{"LONG": {Duration: sim.Lasting(2 * time.Hour)}}
	sc.Faults = []sim.Fault{{On: "status", At: &sim.Clock{Minute: 1}, For: 10 * time.Minute, Do: sim.HTTPStatus, Status: 503}}
	everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
		s.mustEnd(text, fact.Succeeded)
		for _, a := range s.wire.of("trigger") {
			if a.At > time.Minute && a.At < 11*time.Minute {
				t.Errorf("%s was triggered after %s, while the scheduler was not itself", a.Code, a.At)
			}
		}
	})
}

func TestObjectDoesNotExistIsNoOutcome(t *testing.T) {
	everyWorld(t, night{scenario: lasting(10 * time.Minute)}, func(t *testing.T, s *stage) {
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "status" && a.At > time.Minute && a.At < 5*time.Minute {
				return answer(200, `{"status":"failed","statusCode":"-3","summary":"no such run"}`), nil
			}
			return nil, nil
		}
		s.mustEnd(one, fact.Succeeded)
		if got := s.notesOf(record.LookRefused); len(got) != 1 || got[0].Key.Step != "load" {
			t.Errorf("notes: %v", got)
		}
		if got := s.notesOf(record.LookAnswered); len(got) != 1 || got[0].Key.Step != "load" {
			t.Errorf("notes: %v", got)
		}
	})
}

// A single look waits too when the scheduler does not know a batch run it gave us, and fails when it does not know
// one that somebody named.
func TestASingleLookAtNoObject(t *testing.T) {
	const text = `
version: 1
name: look
steps:
  - id: load
    trigger: {batch: LOAD, wait: false}
  - id: ours
    status: {step: load}
  - id: named
    status: {batch: OTHER, run: OTHER_2026-11-20_1795222800000_1}
`
	everyWorld(t, night{scenario: lasting(10 * time.Minute)}, func(t *testing.T, s *stage) {
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "status" && a.At < 5*time.Minute {
				return answer(200, `{"status":"failed","statusCode":"-3","summary":"no such run"}`), nil
			}
			return nil, nil
		}
		s.mustEnd(text, fact.Failed)
		if got := s.events("ours"); !slices.Equal(got, []string{"batch.observed"}) {
			t.Errorf("ours: %v", got)
		}
		if got := s.events("named"); !slices.Equal(got, []string{"look.failed"}) {
			t.Errorf("named: %v", got)
		}
	})
}

func TestWithoutFirstContactNothingIsStarted(t *testing.T) {
	for name, c := range map[string]struct {
		fault sim.Fault
		opts  sim.Options
		want  string
	}{
		"the scheduler is away":        {sim.Fault{}, sim.Options{}, "the scheduler: "},
		"the identity service is away": {sim.Fault{On: "token", Do: sim.Down}, sim.Options{}, "the identity service: "},
		"a wrong password":             {sim.Fault{}, sim.Options{Credentials: sim.Credentials{Password: "another"}}, "the identity service: "},
	} {
		t.Run(name, func(t *testing.T) {
			n := night{options: c.opts}
			if c.fault.Do != "" {
				n.scenario.Faults = []sim.Fault{c.fault}
			}
			everyWorld(t, n, func(t *testing.T, s *stage) {
				s.wire.meet = func(a asked) (*http.Response, error) {
					if a.Op == "token" {
						return nil, nil
					}
					return nil, &net.OpError{Op: "dial", Net: "tcp", Err: syscall.EHOSTUNREACH}
				}
				_, err := s.run(chain)
				if !errors.Is(err, drive.ErrNoContact) || !strings.Contains(err.Error(), c.want) {
					t.Fatalf("got %v", err)
				}
				if got, want := s.events(""), []string{"run.started", "run.detached"}; !slices.Equal(got, want) {
					t.Errorf("recorded %v, want %v", got, want)
				}
				if len(s.sim.Carried()) != 0 || len(s.notesOf(record.ContactLost)) != 1 || s.journal.durable != len(s.journal.entries) {
					t.Errorf("carried %v, noted %v, %d of %d durable", s.sim.Carried(), s.notes, s.journal.durable, len(s.journal.entries))
				}
			})
		})
	}
}

func TestCallsLeaveAtTheirPace(t *testing.T) {
	for _, perSecond := range []float64{0.5, 1, 1.5, 2, 50} {
		t.Run(fmt.Sprint(perSecond), func(t *testing.T) {
			gap := time.Duration(float64(time.Second) / perSecond)
			n := night{scenario: lasting(time.Minute), limits: drive.Limits{RequestsPerSecond: perSecond}}
			everyWorld(t, n, func(t *testing.T, s *stage) {
				s.mustEnd(fan(20), fact.Succeeded)
				var at []time.Duration
				for _, a := range s.wire.asked {
					if a.Op == "trigger" || a.Op == "status" {
						at = append(at, a.At)
					}
				}
				slices.Sort(at)
				for i := 3; i < len(at); i++ {
					if at[i]-at[i-3] < 2*gap {
						t.Fatalf("four calls between %s and %s", at[i-3], at[i])
					}
				}
				triggers := s.wire.of("trigger")
				if got := triggers[len(triggers)-1].At; got > 20*gap {
					t.Errorf("the last trigger left after %s: looks went before it, or the pace is too slow", got)
				}
			})
		})
	}
}

func TestNoMoreCallsThanAllowedAreUnderWay(t *testing.T) {
	sc := lasting(time.Minute)
	sc.Faults = []sim.Fault{{On: "trigger", Do: sim.Slow, Delay: 5 * time.Second}, {On: "status", Do: sim.Slow, Delay: time.Second}}
	for _, most := range []int{1, 2, 3} {
		t.Run(fmt.Sprint(most), func(t *testing.T) {
			everyWorld(t, night{scenario: sc, limits: drive.Limits{ConcurrentCalls: most}}, func(t *testing.T, s *stage) {
				s.mustEnd(fan(20), fact.Succeeded)
				if s.wire.most != most {
					t.Errorf("%d calls at once, want %d", s.wire.most, most)
				}
			})
		})
	}
}

// Without a limit of the target's, calls still do not flood this machine: 256 at once, and 32 of them that only look.
func TestWhatProtectsThisMachine(t *testing.T) {
	everyWorld(t, night{scenario: lasting(time.Minute)}, func(t *testing.T, s *stage) {
		var looks, most atomic.Int64
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op != "status" {
				return nil, s.wait(a.ctx, 20*time.Second)
			}
			if n := looks.Add(1); n > most.Load() {
				most.Store(n)
			}
			defer looks.Add(-1)
			return nil, s.wait(a.ctx, 10*time.Second)
		}
		s.mustEnd(fan(300), fact.Succeeded)
		if s.wire.most != 256 || most.Load() != 32 {
			t.Errorf("%d calls at once, and %d that only look; want 256 and 32", s.wire.most, most.Load())
		}
	})
}

// A process that may open few files makes few calls at once: the audit log needs some of them.
func TestAFewFilesAreEnough(t *testing.T) {
	for files, most := range map[int]int{16: 1, 30: 3, 80: 20, 100000: 20} {
		n := night{scenario: lasting(time.Minute), limits: drive.Limits{OpenFiles: files}}
		n.scenario.Faults = []sim.Fault{{On: "trigger", Do: sim.Slow, Delay: 5 * time.Second}}
		everyWorld(t, n, func(t *testing.T, s *stage) {
			s.mustEnd(fan(20), fact.Succeeded)
			if s.wire.most != most {
				t.Errorf("%d files: %d calls at once, want %d", files, s.wire.most, most)
			}
		})
	}
}

// A request whose command was dropped while it dialed finds its gate shut, and nothing is recorded of it.
func TestTheMachineCanKeepAGateShut(t *testing.T) {
	const text = `
version: 1
name: runaway
steps:
  - id: load
    poll: 1s
    watch:
      - if: elapsed > duration("10s")
        do: interrupt
    trigger: {batch: LOAD}
  - id: publish
    trigger: {batch: PUBLISH}
  - id: report
    trigger: {batch: REPORT}
`
	everyWorld(t, night{scenario: lasting(15 * time.Second)}, func(t *testing.T, s *stage) {
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "interrupt" && a.Code == "LOAD" {
				return nil, s.wait(a.ctx, 20*time.Second) // the dial takes its time
			}
			return nil, nil
		}
		s.mustEnd(text, fact.Succeeded)
		if got := s.sim.Asked().Interrupt; got != 0 {
			t.Errorf("%d interrupts reached the scheduler", got)
		}
		if got := s.journal.sentDurably(); !slices.Equal(got, []string{"load/1/trigger/1", "publish/1/trigger/1", "report/1/trigger/1"}) {
			t.Errorf("sent: %v", got)
		}
	})
}

// A transport that answers without opening the gate breaks the one law everything rests on.
func TestAnAnswerWithoutAGateStopsTheRun(t *testing.T) {
	everyWorld(t, night{}, func(t *testing.T, s *stage) {
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "trigger" {
				return answer(200, `{"status":"success","statusCode":"0","batchRunId":"X_2026-11-20_1795222800000_1"}`), nil
			}
			return nil, nil
		}
		if _, err := s.run(chain); !errors.Is(err, ofs.ErrBroken) {
			t.Errorf("got %v", err)
		}
		if got := s.events("extract"); len(got) != 0 {
			t.Errorf("recorded %v", got)
		}
	})
}
