package operate

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// A pastRun is a run of plan ingest that stands in a state folder.
type pastRun struct {
	suffix, misdate, once, target string
	skip                          []string
	then                          []runner.Event // what happened after its start
	goesOn                        bool           // its process holds it
}

// waits is the look of the one step of plan ingest.
var waits = runner.Key{Step: "ready", Attempt: 1, Op: runner.OpSense, N: 1}

var (
	succeeds = []runner.Event{runner.SensorAnswered{Key: waits, Sight: fact.Sight{Check: &fact.SeenCheck{Yes: true}}}}
	fails    = []runner.Event{runner.SensorAnswered{Key: waits, Sight: fact.Sight{Trouble: "ended with 2"}, Troubles: 3}}
	canceled = []runner.Event{runner.OperatorCanceled{Statement: runner.Statement{ID: "w1", By: "ops", Reason: "wrong day"}}}
	left     = []runner.Event{runner.RunDetached{Reason: "SIGTERM"}}
)

// keep writes a run into the folder, and returns its id.
func (p pastRun) keep(t *testing.T, folder *state.Folder, n int) string {
	t.Helper()
	id := fmt.Sprintf("20261123T0%d0000Z-ingest-%s", n, p.suffix)
	text := "version: 1\nname: ingest\nsteps:\n  - {id: ready, timeout: 1h, check: landed}\n  - {id: more, needs: [], if: run.id == \"\", sleep: 1m}\n"
	start := runner.RunStarted{
		Plan: "ingest", File: "plan.yaml", MISDate: p.misdate, Target: runner.Target{Name: p.target}, Tool: runner.Tool{Machine: runner.MachineVersion}, Skip: p.skip,
	}
	if p.once != "" {
		start.Once = &runner.Once{Value: p.once}
	}
	parsed, err := plan.Parse("plan.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := parsed.Resolve(plan.Inputs{RunID: id, Target: p.target})
	if err != nil {
		t.Fatal(err)
	}
	journal, err := folder.Begin(id)
	if err != nil {
		t.Fatal(err)
	}
	begun := resume.Replayed{Machine: runner.NewMachine(r), Resolved: r}
	_, err = begun.Tell(journal, time.Unix(1, 0), append([]runner.Event{start, runner.FilePinned{Name: "plan.yaml", Text: text}}, p.then...)...)
	if err == nil {
		err = folder.Ledger().Keep(journal.Head(), resume.AboutRun(start))
	}
	if p.goesOn {
		t.Cleanup(func() { _ = journal.Close() })
	} else {
		err = errors.Join(err, journal.Close())
	}
	if err != nil {
		t.Fatal(err)
	}
	return id
}

// Of the runs of a plan the newest counts that is for the same date, target and value of once, and left nothing out.
func TestTheNewestRunThatCountsIsAwaited(t *testing.T) {
	of := func(then []runner.Event) pastRun {
		return pastRun{suffix: "7f3c", misdate: "2026-11-20", target: "prod", then: then}
	}
	with := func(p pastRun, change func(*pastRun)) pastRun { change(&p); return p }
	good := of(succeeds)
	for _, c := range []struct {
		name  string
		runs  []pastRun // the oldest first
		want  fact.Stands
		which int // of them, from 1
	}{
		{"there is none", nil, "", 0},
		{"it has succeeded", []pastRun{good}, fact.RunSucceeded, 1},
		{"it has failed", []pastRun{of(fails)}, fact.RunFailed, 1},
		{"it was canceled", []pastRun{of(canceled)}, fact.RunCanceled, 1},
		{"it was left", []pastRun{of(left)}, fact.RunLeft, 1},
		{"it was killed", []pastRun{of(nil)}, fact.RunLeft, 1},
		{"it goes on", []pastRun{good, with(of(nil), func(p *pastRun) { p.goesOn = true })}, fact.RunGoesOn, 2},
		{"a newer one has failed", []pastRun{good, of(fails)}, fact.RunFailed, 2},
		{"a newer one has succeeded", []pastRun{of(fails), good}, fact.RunSucceeded, 2},
		{"another date", []pastRun{good, with(of(fails), func(p *pastRun) { p.misdate = "2026-11-19" })}, fact.RunSucceeded, 1},
		{"another target", []pastRun{good, with(of(fails), func(p *pastRun) { p.target = "test" })}, fact.RunSucceeded, 1},
		{"a part", []pastRun{with(good, func(p *pastRun) { p.skip = []string{"more"} })}, "", 0},
		{"a part that has failed", []pastRun{good, with(of(fails), func(p *pastRun) { p.skip = []string{"more"} })}, fact.RunSucceeded, 1},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			folder := state.NewFolder(audit.RealDisk{}, t.TempDir())
			var ids []string
			for i, p := range c.runs {
				ids = append(ids, p.keep(t, folder, i+1))
			}
			a := newAwaited(folder, "prod", "20261123T090000Z-scoring-7f3c")
			for range 2 { // the second time from what is known
				seen, err := a.find(fact.SoughtRun{Plan: "ingest", MISDate: "2026-11-20"})
				switch {
				case err != nil:
					t.Fatal(err)
				case c.want == "" && seen != nil:
					t.Errorf("got %+v, want none", seen)
				case c.want != "" && (seen == nil || seen.Stands != c.want || seen.ID != ids[c.which-1]):
					t.Errorf("got %+v, want %s %s", seen, ids[c.which-1], c.want)
				case c.want != "" && c.want != fact.RunGoesOn && !strings.Contains(seen.Head, ":"):
					t.Errorf("its head is %q", seen.Head)
				}
			}
		})
	}
}

// A run of its own is none that a run waits for, and the value of once has to be named where runs have one.
func TestWhichValueOfOnceIsAwaited(t *testing.T) {
	folder := state.NewFolder(audit.RealDisk{}, t.TempDir())
	emea := pastRun{suffix: "7f3c", misdate: "2026-11-20", target: "prod", once: "EMEA", then: succeeds}.keep(t, folder, 1)
	pastRun{suffix: "7f3d", misdate: "2026-11-20", target: "prod", once: "APAC", then: fails}.keep(t, folder, 2)
	a := newAwaited(folder, "prod", "")
	if seen, err := a.find(fact.SoughtRun{Plan: "ingest", MISDate: "2026-11-20", Once: "EMEA"}); err != nil || seen == nil || seen.ID != emea {
		t.Errorf("EMEA: got %+v, %v", seen, err)
	}
	if seen, err := a.find(fact.SoughtRun{Plan: "ingest", MISDate: "2026-11-20", Once: "AMER"}); err != nil || seen != nil {
		t.Errorf("AMER: got %+v, %v", seen, err)
	}
	_, err := a.find(fact.SoughtRun{Plan: "ingest", MISDate: "2026-11-20"})
	if _, ok := errors.AsType[*onceError](err); !ok {
		t.Errorf("without a value: got %v", err)
	}
	if seen, err := newAwaited(folder, "prod", emea).find(fact.SoughtRun{Plan: "ingest", MISDate: "2026-11-20", Once: "EMEA"}); err != nil || seen != nil {
		t.Errorf("a run that waits for its own: got %+v, %v", seen, err)
	}
}
