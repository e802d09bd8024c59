package view

import (
	"testing"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// How a run stands to its deadline, from its beginning to its end, and after an operator has let it go on.
func TestHowARunStandsToItsDeadline(t *testing.T) {
	p, err := plan.Parse("p.yaml", []byte("version: 1\nname: p\ncalendar: {timezone: Europe/London}\ndefaults: {timeout: 1h}\nsteps: [{id: load, trigger: {batch: LOAD}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	start := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	at := func(minutes time.Duration) time.Time { return start.Add(minutes * time.Minute) }
	b := fold.NewBuilder("r", p)
	for _, c := range []struct {
		minutes time.Duration
		event   runner.Event
		decided runner.Decision
		want    string
	}{
		{0, runner.RunStarted{Plan: "p", StartedAt: start, DueAt: at(60)}, runner.Decision{}, "03:00 Mon (Europe/London)"},
		{0, runner.ForecastMade{Expected: at(30), Most: at(30)}, runner.Decision{}, "03:00 Mon (Europe/London); at 02:00:00 expected to be over at 02:30 Mon (Europe/London)"},
		{1, runner.ForecastMade{Expected: at(70), Most: at(90), Unknown: []string{"a", "b", "c"}, UnknownSteps: 5}, runner.Decision{},
			"03:00 Mon (Europe/London); at 02:01:00 expected to be over at 03:10 Mon (Europe/London), and at 03:30 Mon (Europe/London) when all is slow; not known how long it takes: a, b, c and 2 more"},
		{50, runner.ClockReached{}, runner.Decision{End: &runner.End{Outcome: fact.Failed}}, "03:00 Mon (Europe/London), met with 10m to spare"},
		{61, runner.OperatorRetried{Statement: runner.Statement{ID: "w", By: "ops"}, Step: "load"}, runner.Decision{Notices: []runner.Notice{{Kind: runner.NoticeRunLate}}}, "03:00 Mon (Europe/London), has passed"},
		{75, runner.ClockReached{}, runner.Decision{End: &runner.End{Outcome: fact.Succeeded, Late: true}}, "03:00 Mon (Europe/London), missed by 15m"},
	} {
		b.Turn(record.Turn{At: at(c.minutes), Event: c.event, Decision: c.decided})
		if got := due(b.Run()); got != c.want {
			t.Errorf("after %s: got\n%s, want\n%s", c.event.Type(), got, c.want)
		}
	}
}

func TestARunInAListIsLate(t *testing.T) {
	end := time.Date(2026, 11, 23, 5, 30, 0, 0, time.UTC)
	for _, c := range []struct {
		name string
		o    fold.Overview
		by   string
		now  time.Time
		want bool
	}{
		{"no deadline", fold.Overview{State: fold.Unended}, "p", end.Add(time.Hour), false},
		{"over in time", fold.Overview{State: fold.State(fact.Succeeded), Deadline: end, Span: fold.Span{FinishedAt: end}}, "", end.Add(time.Hour), false},
		{"over too late", fold.Overview{State: fold.State(fact.Failed), Deadline: end, Span: fold.Span{FinishedAt: end.Add(time.Second)}}, "", end.Add(time.Hour), true},
		{"it goes on", fold.Overview{State: fold.Unended, Deadline: end}, "p", end.Add(time.Second), true},
		{"it goes on in time", fold.Overview{State: fold.Unended, Deadline: end}, "p", end, false},
		{"left before, and not over", fold.Overview{State: fold.Detached, Deadline: end, Span: fold.Span{FinishedAt: end.Add(-time.Hour)}}, "", end.Add(time.Second), true},
		{"killed", fold.Overview{State: fold.Unended, Deadline: end}, "", end.Add(time.Second), true},
		{"in doubt", fold.Overview{State: fold.State(fact.InDoubt), Deadline: end, Span: fold.Span{FinishedAt: end.Add(-time.Hour)}}, "", end.Add(time.Second), true},
	} {
		c.o.Seen(c.by, c.now)
		if c.o.Late != c.want || (late(&c.o) != "") != c.want {
			t.Errorf("%s: late is %t", c.name, c.o.Late)
		}
	}
}
