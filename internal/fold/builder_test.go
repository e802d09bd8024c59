package fold

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// journals are the recorded runs, by name.
var journals = []string{"failed", "doubt", "simulated", "detached"}

// journal reads a recorded journal.
func journal(t testing.TB, name string) []byte {
	t.Helper()
	b, err := os.ReadFile(filepath.Join("..", "view", "testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	return b
}

// read folds a recorded journal.
func read(t testing.TB, name string) *Run {
	t.Helper()
	r, err := Read(bytes.NewReader(journal(t, name)))
	if err != nil {
		t.Fatal(err)
	}
	return r
}

var at0 = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// moved is a turn in which one step moved.
func moved(after time.Duration, m runner.Transition) record.Turn {
	return record.Turn{At: at0.Add(after), Event: runner.ClockReached{}, Decision: runner.Decision{Moves: []runner.Transition{m}}}
}

func TestJSONHoldsTheSameFacts(t *testing.T) {
	for _, name := range journals {
		want := read(t, name)
		b, err := json.Marshal(want)
		if err != nil {
			t.Fatal(err)
		}
		var got Run
		if err := json.Unmarshal(b, &got); err != nil {
			t.Fatal(err)
		}
		rounded := cmp.Comparer(func(a, b Seconds) bool { return (time.Duration(a) - time.Duration(b)).Abs() < time.Millisecond })
		if diff := cmp.Diff(want, &got, rounded, cmpopts.IgnoreUnexported(PinnedPlan{}, Progress{}), cmpopts.IgnoreFields(Progress{}, "Since"), cmpopts.IgnoreFields(Exercised{}, "Judged", "Acted"), cmpopts.IgnoreFields(PinnedPlan{}, "Plan"), cmpopts.IgnoreFields(Step{}, "Def"), cmpopts.IgnoreFields(Doubt{}, "Unsettled")); diff != "" {
			t.Errorf("%s: in memory (-), from JSON (+):\n%s", name, diff)
		}
		for _, key := range []string{`"elapsed_s":`, `"started_at":`, `"head":{`} {
			if !strings.Contains(string(b), key) {
				t.Errorf("%s: no %s in %s", name, key, b)
			}
		}
	}
}

func TestAStepThatNeverBeganHasNoTimes(t *testing.T) {
	b := NewBuilder("r", nil)
	b.Turn(moved(0, runner.Transition{Step: "load", From: runner.Waiting, To: "blocked"}))
	b.Turn(moved(0, runner.Transition{Step: "late", From: runner.Waiting, To: runner.Queued}))
	for _, s := range b.Run().Steps {
		if !s.StartedAt.IsZero() || s.Elapsed != 0 {
			t.Errorf("%s: got %v, %v", s.ID, s.StartedAt, s.Elapsed)
		}
	}
}

func TestARunThatWasResumedHasNoEndUntilItEndsAgain(t *testing.T) {
	b := NewBuilder("r", nil)
	b.Turn(record.Turn{At: at0, Event: runner.RunStarted{Plan: "p"}})
	b.Turn(record.Turn{At: at0.Add(time.Minute), Event: runner.ClockReached{}, Decision: runner.Decision{End: &runner.End{Outcome: fact.InDoubt}}})
	if r := b.Run(); r.State != "in_doubt" || r.FinishedAt.IsZero() {
		t.Errorf("got %+v", r)
	}
	b.Turn(record.Turn{At: at0.Add(time.Hour), Event: runner.RunResumed{}})
	if r := b.Run(); r.State != Unended || r.End != nil || !r.FinishedAt.IsZero() {
		t.Errorf("got %+v", r)
	}
	b.Turn(record.Turn{At: at0.Add(2 * time.Hour), Event: runner.ClockReached{}, Decision: runner.Decision{End: &runner.End{Outcome: fact.Succeeded}}})
	if r := b.Run(); r.State != "succeeded" || r.Elapsed != Seconds(2*time.Hour) {
		t.Errorf("got %+v", r)
	}
}

// The runner may die when a word is on record and run.resumed is not: the run is open then, and not as it had ended.
func TestAWordOpensARunThatHadEnded(t *testing.T) {
	ended := func(o fact.Outcome) runner.Decision { return runner.Decision{End: &runner.End{Outcome: o}} }
	b := NewBuilder("r", nil)
	b.Turn(record.Turn{At: at0, Event: runner.RunStarted{Plan: "p"}})
	b.Turn(record.Turn{At: at0.Add(time.Minute), Event: runner.OperatorCanceled{}, Decision: ended(fact.Canceled)})
	if r := b.Run(); r.State != "canceled" || !r.Canceled {
		t.Errorf("after it was canceled: %+v", r)
	}
	b.Turn(record.Turn{At: at0.Add(time.Hour), Event: runner.OperatorRetried{Step: "a"}})
	if r := b.Run(); r.State != Unended || r.End != nil || !r.FinishedAt.IsZero() || r.Canceled {
		t.Errorf("after a retry: %+v", r)
	}
	b.Turn(record.Turn{At: at0.Add(2 * time.Hour), Event: runner.OperatorMarked{Step: "a", As: runner.AsSucceeded}, Decision: ended(fact.Succeeded)})
	if r := b.Run(); r.State != "succeeded" || r.FinishedAt.IsZero() {
		t.Errorf("after the last word: %+v", r)
	}
}

// What moves a step opens a run that had ended too; what decides nothing does not.
func TestARunThatGoesOnHasNotEnded(t *testing.T) {
	b := NewBuilder("r", nil)
	b.Turn(record.Turn{At: at0, Event: runner.ClockReached{}, Decision: runner.Decision{End: &runner.End{Outcome: fact.Failed}}})
	b.Turn(record.Turn{At: at0, Event: runner.FilePinned{Text: "version: 9"}})
	if r := b.Run(); r.State != "failed" || r.End == nil {
		t.Errorf("a turn that decides nothing: got %+v", r)
	}
	b.Turn(record.Turn{At: at0.Add(time.Minute), Event: runner.OperatorRetried{Step: "load"}, Decision: runner.Decision{Moves: []runner.Transition{
		{Step: "load", From: "failed", To: runner.Waiting}, {Step: "load", From: runner.Waiting, To: runner.Requesting},
	}}})
	if r := b.Run(); r.State != Unended || r.End != nil || !r.FinishedAt.IsZero() {
		t.Errorf("another attempt: got %+v", r)
	}
}

func TestADamagedJournalIsShownAsFarAsItGoes(t *testing.T) {
	b := journal(t, "failed")
	whole := read(t, "failed")
	r, err := Read(bytes.NewReader(b[:len(b)-20]))
	if err != nil || r.Head.Count != whole.Head.Count-1 || len(r.Warnings) != 1 || r.State != Unended {
		t.Errorf("torn: got %d records, %q, %s, %v", r.Head.Count, r.Warnings, r.State, err)
	}
	// Both below are told one thing more: that they are not as they were written.
	unknown := bytes.ReplaceAll(b, []byte(`"type":"batch.observed"`), []byte(`"type":"batch.pondered"`))
	if r, err = Read(bytes.NewReader(unknown)); err != nil || len(r.Warnings) != 4 || r.Head.Count != whole.Head.Count {
		t.Errorf("unknown types: got %q, %v", r.Warnings, err)
	}
	newer := bytes.Replace(b, []byte(`"text":"version: 1`), []byte(`"text":"version: 9`), 1)
	if r, err = Read(bytes.NewReader(newer)); err != nil || len(r.Warnings) != 2 || len(r.Steps) != 5 {
		t.Errorf("a plan of a later release: got %q, %d steps, %v", r.Warnings, len(r.Steps), err)
	}
	if r.Plan != nil {
		t.Error("a plan that nobody can read")
	}
	if _, err := Read(strings.NewReader("garbage\n")); err == nil {
		t.Error("garbage is a run")
	}
	boom := errors.New("input/output error")
	if _, err := Read(iotest.ErrReader(boom)); !errors.Is(err, boom) {
		t.Errorf("got %v, want %v", err, boom)
	}
}

func TestSecondsReadWell(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", 850*time.Millisecond + 300: "850ms", 4249 * time.Millisecond: "4.2s", 40*time.Minute + 12400*time.Millisecond: "40m12s", 2*time.Hour + 12*time.Second: "2h0m12s",
	} {
		if got := Seconds(d).String(); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}
