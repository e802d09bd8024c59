package sweep_test

import (
	"fmt"
	"os"
	"slices"
	"strings"
	"sync/atomic"
	"testing"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/fold"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/incident"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/rehearse/sweep"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

// gist is what two nights that went the same way have in common.
func gist(r rehearse.Result) string {
	var b strings.Builder
	run := fold.Turns(r.Resolved.Plan, r.Turns)
	outcome := "none"
	if r.End != nil {
		outcome = string(r.End.Outcome)
	}
	fmt.Fprintf(&b, "%s, exit code %d\n", outcome, r.Exit)
	for _, s := range run.Steps {
		kind := ""
		if s.Failure != nil {
			kind = string(s.Failure.Kind)
		}
		fmt.Fprintf(&b, "%s: %s, attempts %d, %s %s %s %s\n", s.ID, s.State, s.Attempts, kind, s.Mark, s.By, strings.Join(run.Notices(s.ID), " "))
	}
	for _, made := range fold.Requests(r.Turns) {
		if !made.TurnedAway {
			fmt.Fprintf(&b, "%s %s for %s\n", made.Op, made.About.Code, made.Key.Step)
		}
	}
	return b.String()
}

// sayable reports whether a scenario can say how the night went.
func sayable(p *incident.Past) bool {
	return !slices.ContainsFunc(p.Unsure, func(text string) bool { return strings.Contains(text, "in the same second") })
}

// Every night of a sweep of every example: its audit log becomes a scenario that is read back as it was written and goes
// the same way, and a test that passes.
func TestANightIsReproducedFromItsAuditLog(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	files, err := os.ReadDir("../../../examples/plans")
	if err != nil {
		t.Fatal(err)
	}
	var all, left atomic.Int64 // nights that are reproduced, and that cannot be said
	t.Cleanup(func() {         // of every plan together, where few nights of each are played
		if all.Load() < 5*left.Load() {
			t.Errorf("only %d nights are reproduced, %d cannot be said", all.Load(), left.Load())
		}
	})
	for _, file := range files {
		name := file.Name()
		if file.IsDir() || strings.HasSuffix(name, "_test.yaml") {
			continue
		}
		t.Run(name, func(t *testing.T) {
			t.Parallel()
			p, err := plan.Load(os.DirFS("../../../examples/plans"), name, name)
			if err != nil {
				t.Fatal(err)
			}
			usual := rehearse.Night{Plan: p, Scenario: sim.Demo()}
			reproduced, unsayable := 0, 0
			for i, one := range sweep.Nights(t, usual) {
				if i%slower != 0 {
					continue
				}
				if reproduce(t, one) {
					reproduced++
				} else {
					unsayable++
				}
			}
			all.Add(int64(reproduced))
			left.Add(int64(unsayable))
			if slower == 1 && reproduced < 5*unsayable {
				t.Errorf("only %d nights are reproduced, %d cannot be said", reproduced, unsayable)
			}
		})
	}
}

// reproduce takes a night from its audit log. False means that a scenario cannot say how it went, and that the past
// says so.
func reproduce(t *testing.T, one sweep.Trial) bool {
	t.Helper()
	what := one.Step + ": " + one.Change
	r, err := one.Night.Run()
	if r.Resolved == nil {
		t.Fatalf("%s: %v", what, err)
	}
	past, readErr := incident.Read(r.Journal)
	if readErr != nil {
		t.Fatalf("%s: %v", what, readErr)
	}
	text := scenario.Text(past.Scenario, past.Note())
	back, readErr := scenario.Read("from.yaml", text)
	if diff := cmp.Diff(past.Scenario, back); diff != "" || readErr != nil {
		t.Errorf("%s: read back as %v %s\n%s", what, readErr, diff, text)
		return true
	}
	again, againErr := past.Night().Run()
	diff := "it cannot be played"
	if again.Resolved != nil {
		diff = cmp.Diff(gist(r), gist(again))
	}
	if diff != "" {
		if sayable(past) {
			t.Errorf("%s: %v %s\n%s", what, againErr, diff, text)
		}
		return false
	}
	test, err := past.TestText("plan.yaml")
	if err != nil {
		t.Fatalf("%s: %v", what, err)
	}
	if differs, err := past.TryTest(t.Context(), "from_test.yaml", test); err != nil || differs != "" {
		t.Errorf("%s: %v %s\n%s", what, err, differs, test)
	}
	return true
}
