package view

import (
	"bytes"
	"encoding/json"
	"errors"
	"os"
	"strings"
	"testing"
	"testing/iotest"
	"time"

	"github.com/google/go-cmp/cmp"
	"github.com/google/go-cmp/cmp/cmpopts"

	"ofsplan/audit"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

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
		if diff := cmp.Diff(want, &got, rounded, cmpopts.IgnoreUnexported(Run{}, Step{})); diff != "" {
			t.Errorf("%s: in memory (-), from JSON (+):\n%s", name, diff)
		}
		for _, key := range []string{`"elapsed_s":`, `"started_at":`, `"head":{`} {
			if !strings.Contains(string(b), key) {
				t.Errorf("%s: no %s in %s", name, key, b)
			}
		}
	}
}

func TestAHealedStepSaysSoWhereverItIsShown(t *testing.T) {
	f := NewFold("r", nil)
	f.Turn(moved(0, runner.Transition{Step: "load", From: runner.Waiting, To: runner.Requesting}))
	f.Turn(moved(time.Minute, runner.Transition{Step: "load", From: runner.Watching, To: "failed", Why: "batch_failed: it failed"}))
	f.Turn(moved(time.Hour, runner.Transition{Step: "load", From: "failed", To: "failed", Why: "healed by repair", Mark: "healed", By: "repair"}))
	s := f.Run().Steps[0]
	if s.verdict() != "failed (healed by repair)" || s.Why != "batch_failed: it failed" || s.Elapsed != Seconds(time.Minute) || s.bad() {
		t.Errorf("got %q, %q, %v, bad %v", s.verdict(), s.Why, s.Elapsed, s.bad())
	}
	if got := f.Run().count(); got[fact.Failed] != 1 {
		t.Errorf("got %v", got)
	}
}

func TestAStepThatNeverBeganHasNoTimes(t *testing.T) {
	f := NewFold("r", nil)
	f.Turn(moved(0, runner.Transition{Step: "load", From: runner.Waiting, To: "blocked"}))
	f.Turn(moved(0, runner.Transition{Step: "late", From: runner.Waiting, To: runner.Queued}))
	for _, s := range f.Run().Steps {
		if !s.StartedAt.IsZero() || s.Elapsed != 0 {
			t.Errorf("%s: got %v, %v", s.ID, s.StartedAt, s.Elapsed)
		}
	}
}

func TestARunThatWasResumedHasNoEndUntilItEndsAgain(t *testing.T) {
	f := NewFold("r", nil)
	f.Turn(record.Turn{At: at0, Event: runner.RunStarted{Plan: "p"}})
	f.Turn(record.Turn{At: at0.Add(time.Minute), Event: runner.ClockReached{}, Decision: runner.Decision{End: &runner.End{Outcome: fact.InDoubt}}})
	if r := f.Run(); r.State != "in_doubt" || r.FinishedAt.IsZero() {
		t.Errorf("got %+v", r)
	}
	f.Turn(record.Turn{At: at0.Add(time.Hour), Event: runner.RunResumed{}})
	if r := f.Run(); r.State != Unended || r.End != nil || !r.FinishedAt.IsZero() {
		t.Errorf("got %+v", r)
	}
	f.Turn(record.Turn{At: at0.Add(2 * time.Hour), Event: runner.ClockReached{}, Decision: runner.Decision{End: &runner.End{Outcome: fact.Succeeded}}})
	if r := f.Run(); r.State != "succeeded" || r.Elapsed != Seconds(2*time.Hour) {
		t.Errorf("got %+v", r)
	}
}

func TestADamagedJournalIsShownAsFarAsItGoes(t *testing.T) {
	b, err := os.ReadFile("testdata/failed.jsonl")
	if err != nil {
		t.Fatal(err)
	}
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
	if _, err := r.Graph(); err == nil {
		t.Error("a graph of a plan nobody can read")
	}
	if _, err := Read(strings.NewReader("garbage\n")); err == nil {
		t.Error("garbage is a run")
	}
	boom := errors.New("input/output error")
	if _, err := Read(iotest.ErrReader(boom)); !errors.Is(err, boom) {
		t.Errorf("got %v, want %v", err, boom)
	}
}

func TestGlanceAgreesWithRead(t *testing.T) {
	for _, name := range journals {
		b, err := os.ReadFile("testdata/" + name + ".jsonl")
		if err != nil {
			t.Fatal(err)
		}
		r := read(t, name)
		g, err := Glance(r.ID, bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		want := Glimpse{Run: r.ID, Plan: r.Started.Plan, MISDate: r.Started.MISDate, Target: r.Started.Target.Name, Simulated: r.Started.Simulated, State: r.State, Span: r.Span}
		want.Elapsed = Seconds(r.UpdatedAt.Sub(r.StartedAt))
		if r.End != nil {
			want.Steps = r.End.Steps
		}
		if diff := cmp.Diff(want, g); diff != "" {
			t.Errorf("%s: read (-), glance (+):\n%s", name, diff)
		}
	}
}

func TestGlanceFindsTheEndBehindManyNotes(t *testing.T) {
	var disk audit.Memory
	j, err := audit.Create(&disk, "a", "20261123T234000Z-a-7f3c")
	if err != nil {
		t.Fatal(err)
	}
	start, err := record.Entry(record.Turn{At: at0, Event: runner.RunStarted{Plan: "p"}})
	if err != nil {
		t.Fatal(err)
	}
	left, err := record.Entry(record.Turn{At: at0, Event: runner.RunDetached{Reason: "SIGTERM"}})
	if err != nil {
		t.Fatal(err)
	}
	note, err := record.Note{At: at0.Add(time.Hour), Kind: record.ContactLost, Message: strings.Repeat("x", 1000)}.Entry()
	if err != nil {
		t.Fatal(err)
	}
	err = j.Append(start, left)
	for range 200 {
		err = errors.Join(err, j.Append(note))
	}
	if err := errors.Join(err, j.Sync()); err != nil {
		t.Fatal(err)
	}
	f, err := disk.Read(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	g, err := Glance("r", bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || g.State != Detached || g.Elapsed != Seconds(time.Hour) {
		t.Errorf("got %+v, %v", g, err)
	}
	for what, cut := range map[string]int{"it has no record": 0, "its first record cannot be read": 10} {
		if g, err := Glance("r", bytes.NewReader(b.Bytes()), int64(cut)); err != nil || g.Trouble != what {
			t.Errorf("got %q, %v, want %q", g.Trouble, err, what)
		}
	}
}

func TestRunsTable(t *testing.T) {
	runs := []Glimpse{
		{Run: "20261122T020000Z-nightly-0001", State: "failed", MISDate: "2026-11-19", Target: "prod", Span: Span{StartedAt: at0.AddDate(0, 0, -1), Elapsed: Seconds(51 * time.Minute)}, Steps: map[fact.Outcome]int{fact.Failed: 1, fact.Blocked: 2}},
		{Run: "20261123T020000Z-nightly-0002", State: Unended, Target: "prod", Span: Span{StartedAt: at0, Elapsed: Seconds(time.Second)}},
		{Run: "20261123T020000Z-nightly-0003", State: Unended, Held: "process 7 on node1", Target: "prod\x1b[2J", Span: Span{StartedAt: at0}},
		{Run: "20261123T020000Z-nightly-0004", State: Unended, Trouble: "it has no record"},
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
	got := text(t, func(b *strings.Builder) error { return r.Show(b, Style{Color: true}, "") })
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
	f := NewFold("r", nil)
	for i := range 100 {
		f.Turn(moved(0, runner.Transition{Step: "s" + string(rune('a'+i/26)) + string(rune('a'+i%26)), From: runner.Waiting, To: "failed"}))
	}
	r := f.Run()
	summary := text(t, func(b *strings.Builder) error { return r.Summary(b, Style{}, "") })
	if n := strings.Count(summary, "\n"); n > mostShown+5 || !strings.Contains(summary, "and 80 more: ofsplan show r") {
		t.Errorf("got %d lines:\n%s", n, summary)
	}
	card := text(t, func(b *strings.Builder) error { return r.Card(b, Style{}, Site{}) })
	if !strings.Contains(card, "and 95 more steps failed") {
		t.Errorf("got\n%s", card)
	}
}

func TestCommandsCanBeTypedAsTheyStand(t *testing.T) {
	r := read(t, "detached")
	r.Started.Target.Name = "it's prod"
	for _, c := range r.Commands(Site{StateDir: "/var/lib/my runs", Config: "o f s.yaml"}) {
		if c.Does == "" || !strings.Contains(c.Line, `--state-dir '/var/lib/my runs'`) {
			t.Errorf("got %+v", c)
		}
		if strings.Contains(c.Line, " batch ") && !strings.Contains(c.Line, `--target 'it'\''s prod' --config 'o f s.yaml'`) {
			t.Errorf("got %s", c.Line)
		}
	}
	for _, c := range read(t, "simulated").Commands(Site{}) {
		if !strings.HasSuffix(c.Line, " --simulated") {
			t.Errorf("a simulated run is looked up elsewhere: %s", c.Line)
		}
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
