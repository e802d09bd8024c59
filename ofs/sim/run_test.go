package sim

import (
	"fmt"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// anyBatch draws a batch whose tasks come after earlier ones, and one script.
func anyBatch(t *rapid.T) Batch {
	minutes := rapid.IntRange(0, 20)
	length := func(what string) *Length {
		if rapid.Bool().Draw(t, what+" unmeasured") {
			return nil
		}
		return &Length{Mean: time.Duration(minutes.Draw(t, what)) * time.Minute}
	}
	b := Batch{Duration: length("whole")}
	names := []string{Whole}
	for i := range rapid.IntRange(0, 5).Draw(t, "tasks") {
		task := Task{Code: fmt.Sprintf("T%d", i), Duration: length("task")}
		for _, before := range b.Tasks {
			if rapid.Bool().Draw(t, "after") {
				task.After = append(task.After, before.Code)
			}
		}
		b.Tasks = append(b.Tasks, task)
		names = append(names, task.Code)
	}
	at := time.Duration(minutes.Draw(t, "at")) * time.Minute
	name := rapid.SampledFrom(names).Draw(t, "name")
	script := map[string]Start{
		"nothing": {}, "fails": {Fails: name}, "fails at": {Fails: name, At: at}, "hangs": {Hangs: name},
		"aborts": {AbortsAt: at}, "interrupted": {InterruptedAt: at},
	}
	if name != Whole {
		script["holds"] = Start{Holds: []string{name}}
	}
	kinds := []string{"nothing", "fails", "fails at", "hangs", "aborts", "interrupted"}
	if name != Whole {
		kinds = append(kinds, "holds")
	}
	b.Starts = []Start{script[rapid.SampledFrom(kinds).Draw(t, "script")]}
	return b
}

// Whatever a batch is and however its first start ends: what comes after waits for what comes before, what is
// over stays over, a run that is over has nothing ongoing, and a restart keeps what succeeded and succeeds.
func TestRunsKeepTheRules(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		s, err := New(Scenario{Batches: map[string]Batch{"B": anyBatch(t)}}, Options{})
		if err != nil {
			t.Fatal(err)
		}
		s.start(time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC))
		r, no := s.open(opening{order: &order{code: "B"}, key: "B"})
		if r == nil {
			t.Fatal(no)
		}
		before := make([]int, len(r.unit.names))
		const step = 30 * time.Second
		at := time.Duration(0)
		for ; at < 3*time.Hour; at += step {
			checkMoment(t, r, at, before)
		}
		code := r.at(at)
		if code == codeOngoing {
			r.stop(at, codeInterrupted)
		}
		if code = r.at(at); code == codeSuccess {
			return
		}
		r.number = 2
		s.resume(r, Start{}, at)
		for i, was := range before {
			if was == codeSuccess && r.task(i, at) != codeSuccess {
				t.Fatalf("the restart runs %s again", r.unit.names[i])
			}
		}
		for end := at + 6*time.Hour; at < end; at += time.Minute {
			checkMoment(t, r, at, nil)
		}
		if code := r.at(at); code != codeSuccess {
			t.Fatalf("the restart ended with %d", code)
		}
	})
}

// checkMoment looks at a run once. before holds the codes of the last look, and takes those of this one.
func checkMoment(t *rapid.T, r *run, at time.Duration, before []int) {
	code, open, worst := r.at(at), false, codeSuccess
	for i, name := range r.unit.names {
		task := r.task(i, at)
		open = open || task == codeOngoing
		if task != codeSuccess {
			worst = task
		}
		for _, j := range r.unit.after[i] {
			if task != codeNotStarted && task != codeHeld && r.task(j, at) != codeSuccess {
				t.Fatalf("at %s %s is %d before %s succeeded", at, name, task, r.unit.names[j])
			}
		}
		if before == nil {
			continue
		}
		if was := before[i]; at > 0 && was != codeNotStarted && was != codeOngoing && was != task {
			t.Fatalf("at %s %s went from %d to %d", at, name, was, task)
		}
		before[i] = task
	}
	if open && code != codeOngoing {
		t.Fatalf("at %s the run is %d and a task is ongoing", at, code)
	}
	if code == codeSuccess && worst != codeSuccess {
		t.Fatalf("at %s the run succeeded and a task is %d", at, worst)
	}
}
