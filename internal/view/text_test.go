package view

import (
	"strings"
	"testing"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// moved is a turn in which one step moved.
func moved(after time.Duration, m runner.Transition) record.Turn {
	return record.Turn{At: at0.Add(after), Event: runner.ClockReached{}, Decision: runner.Decision{Moves: []runner.Transition{m}}}
}

var at0 = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func TestAHealedStepSaysSoWhereverItIsShown(t *testing.T) {
	b := fold.NewBuilder("r", nil)
	b.Turn(moved(0, runner.Transition{Step: "load", From: runner.Waiting, To: runner.Requesting}))
	b.Turn(moved(time.Minute, runner.Transition{Step: "load", From: runner.Watching, To: "failed", Why: "batch_failed: it failed"}))
	b.Turn(moved(time.Hour, runner.Transition{Step: "load", From: "failed", To: "failed", Why: "healed by repair", Mark: "healed", By: "repair"}))
	s := b.Run().Steps[0]
	if verdict(s.State, s.Mark, s.By) != "failed (healed by repair)" || s.Why != "batch_failed: it failed" || s.Elapsed != fold.Seconds(time.Minute) || s.Bad() {
		t.Errorf("got %q, %q, %v, bad %v", verdict(s.State, s.Mark, s.By), s.Why, s.Elapsed, s.Bad())
	}
	if got := b.Run().Counts(); got[fact.Failed] != 1 {
		t.Errorf("got %v", got)
	}
}

func TestRunsTable(t *testing.T) {
	runs := []fold.Overview{
		{Run: "20261122T020000Z-nightly-0001", State: "failed", MISDate: "2026-11-19", Target: "prod", Span: fold.Span{StartedAt: at0.AddDate(0, 0, -1), Elapsed: fold.Seconds(51 * time.Minute)}, Steps: map[fact.Outcome]int{fact.Failed: 1, fact.Blocked: 2}},
		{Run: "20261123T020000Z-nightly-0002", State: fold.Unended, Target: "prod", Span: fold.Span{StartedAt: at0, Elapsed: fold.Seconds(time.Second)}},
		{Run: "20261123T020000Z-nightly-0003", State: fold.Unended, Target: "prod\x1b[2J", Span: fold.Span{StartedAt: at0}},
		{Run: "20261123T020000Z-nightly-0004", State: fold.Unended, Trouble: "it has no record"},
	}
	for i, by := range []string{"", "", "process 7 on node1 (boot 8a5d)", ""} {
		runs[i].Seen(by, at0.Add(20*time.Second))
	}
	golden(t, "runs.txt", text(t, func(b *strings.Builder) error { return Runs(b, Style{}, runs) }))
}

func TestColourOnlyWhereItIsAskedFor(t *testing.T) {
	for _, name := range journals {
		if got := printed(t, name); strings.ContainsRune(got, '\x1b') {
			t.Errorf("%s: an escape code was printed", name)
		}
	}
	r := read(t, "failed")
	got := text(t, func(b *strings.Builder) error { return Show(b, Style{Color: true}, r, "") })
	if !strings.Contains(got, "\x1b[31mfailed\x1b[0m") || !strings.Contains(got, "\x1b[32msucceeded\x1b[0m") {
		t.Errorf("got %q", got)
	}
}

func TestEveryLineOfASimulatedRunSaysSo(t *testing.T) {
	for line := range strings.Lines(printed(t, "simulated")) {
		if line != "\n" && !strings.HasPrefix(line, "==") && !strings.HasPrefix(line, "simulated:") {
			t.Errorf("got %q", line)
		}
	}
}

func TestALongRunIsSummedUpShortly(t *testing.T) {
	b := fold.NewBuilder("r", nil)
	for i := range 100 {
		b.Turn(moved(0, runner.Transition{Step: "s" + string(rune('a'+i/26)) + string(rune('a'+i%26)), From: runner.Waiting, To: "failed"}))
	}
	r := b.Run()
	summary := text(t, func(b *strings.Builder) error { return Summary(b, Style{}, r, "") })
	if n := strings.Count(summary, "\n"); n > mostShown+5 || !strings.Contains(summary, "and 80 more: ofsplan show r") {
		t.Errorf("got %d lines:\n%s", n, summary)
	}
	card := text(t, func(b *strings.Builder) error { return Card(b, Style{}, r, Repeat{}) })
	if !strings.Contains(card, "and 95 more steps failed") {
		t.Errorf("got\n%s", card)
	}
}

func TestCommandsCanBeTypedAsTheyStand(t *testing.T) {
	r := read(t, "detached")
	r.Started.Target.Name = "it's prod"
	for _, c := range Commands(r, Repeat{StateDir: "/var/lib/my runs", Config: "o f s.yaml"}) {
		if c.Does == "" || !strings.Contains(c.Line, `--state-dir '/var/lib/my runs'`) {
			t.Errorf("got %+v", c)
		}
		if strings.Contains(c.Line, " batch ") && !strings.Contains(c.Line, `--target 'it'\''s prod' --config 'o f s.yaml'`) {
			t.Errorf("got %s", c.Line)
		}
	}
	for _, c := range Commands(read(t, "simulated"), Repeat{}) {
		if !strings.HasSuffix(c.Line, " --simulated") {
			t.Errorf("a simulated run is looked up elsewhere: %s", c.Line)
		}
	}
}
