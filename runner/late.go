package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
)

// How a run stands to its plan's deadline. Nothing is stopped by it. Whoever drives the machine learns that the deadline has passed from
// the clock, and that it will from a forecast, which it makes with [Machine.Expected] and tells as a [ForecastMade]: so what was forecast
// stands in the record, and a replay forecasts nothing.

// The kinds of notices about a run as a whole, which have no step.
const (
	NoticeRunLate      = "run_late"        // the deadline has passed, and the run goes on
	NoticeRunMayBeLate = "run_may_be_late" // it is expected to be over after its deadline
	NoticeRunInTime    = "run_in_time"     // it is expected to be over in time again
)

// RunNoticeKinds are the kinds of notices about a run as a whole.
func RunNoticeKinds() []string {
	return []string{NoticeRunLate, NoticeRunMayBeLate, NoticeRunInTime}
}

// The kinds of notices about how long a step takes.
const (
	NoticeLate  = "late"  // it goes on after its expect
	NoticeEarly = "early" // it succeeded before its min_expect
)

// lateness is how a run stands to its deadline.
type lateness struct {
	told    bool               // that it has passed
	risk    bool               // a forecast put the end behind it, and none has taken that back
	made    bool               // there was a forecast
	usual   map[usualKey]Usual // what history says; nil: nothing
	objects []fact.BatchRef    // by step, what it is about as far as the plan tells; nil: nobody asked yet
}

// late reports whether the deadline has passed: a run that ends at that very moment is in time.
func (m *Machine) late() bool { return !m.r.DueAt.IsZero() && m.at.After(m.r.DueAt) }

// tellLate tells people once that the deadline has passed while the run goes on. Going is true when it went on before this turn.
func (m *Machine) tellLate(going bool) {
	if m.lateness.told || !m.late() || !going && (!m.started || m.ended) {
		return
	}
	m.lateness.told = true
	m.noticeOfRun(NoticeRunLate, "the deadline, "+m.dueText()+", has passed"+m.notOver())
}

// noticeOfRun tells people something about the run as a whole.
func (m *Machine) noticeOfRun(kind, message string) {
	m.d.Notices = append(m.d.Notices, Notice{Kind: kind, Message: message})
}

// dueText is the deadline as people read it, on the clocks of the plan's zone.
func (m *Machine) dueText() string { return m.clockTime(m.r.DueAt) }

func (m *Machine) clockTime(t time.Time) string {
	return readable.WeekdayClock(t.In(m.r.Calendar.Location())) + " (" + m.r.Calendar.Location().String() + ")"
}

// notOver says what is not over: which steps run, and how many are to come.
func (m *Machine) notOver() string {
	var run []string
	come := 0
	for i := range m.steps {
		switch s := &m.steps[i]; m.placeOf(i, s.state) {
		case runs, rests:
			run = append(run, s.def.ID)
		case waits, queues:
			if !s.def.Whole() { // its items are
				come++
			}
		}
	}
	var parts []string
	if len(run) > 0 {
		parts = append(parts, "not over: "+readable.List(run, 5))
	}
	if come > 0 {
		parts = append(parts, readable.Count(come, "step")+" to come")
	}
	if len(parts) == 0 {
		return " before the run was over"
	}
	return ", and the run goes on: " + strings.Join(parts, "; ")
}

// early tells people that step i has succeeded sooner than its work can be done.
func (m *Machine) early(i int) {
	s := &m.steps[i]
	if s.def.MinExpect == 0 || s.begun.IsZero() {
		return
	}
	if took := m.at.Sub(s.begun); took < s.def.MinExpect {
		m.notice(i, NoticeEarly, fmt.Sprintf("over after %s, and it takes %s at least: has it done its work?", readable.Duration(took.Round(time.Second)), readable.Duration(s.def.MinExpect)))
	}
}

// HistoryRead says how long the batches of the plan took in earlier runs. It decides nothing by itself: forecasts go by it.
type HistoryRead struct {
	Runs  int     `json:"runs"` // in how many it was looked
	Usual []Usual `json:"usual,omitempty"`
}

// Usual is how long a batch or group usually takes.
type Usual struct {
	Object    fact.Object `json:"object"`
	Code      string      `json:"code"`
	Restarted bool        `json:"restarted,omitempty"` // what a restart took to its end; else a whole run, from a trigger or rerun
	Times     int         `json:"times"`               // how many runs of it that is told of
	Median    int64       `json:"median_s"`
	Most      int64       `json:"most_s"` // nineteen of twenty take no longer
}

// ForecastMade says when the run is expected to be over, as [Machine.Expected] had it.
type ForecastMade struct {
	Expected time.Time `json:"expected"` // when what is to come takes as long as it usually does
	Most     time.Time `json:"most"`     // when each batch takes as long as in the slowest of twenty runs
	// Unknown are the steps to come of which nobody knows how long they take, the first few, and UnknownSteps how many there are: the
	// run is over no earlier than Expected then, and may well be later.
	Unknown      []string `json:"unknown,omitempty"`
	UnknownSteps int      `json:"unknown_steps,omitempty"`
	// Slow are the steps that run and have taken longer than they usually do, the first few.
	Slow []string `json:"slow,omitempty"`
}

// Type names the record.
func (HistoryRead) Type() string  { return "history.read" }
func (ForecastMade) Type() string { return "forecast.made" }

// Subject is the key the event is about.
func (HistoryRead) Subject() Key  { return Key{} }
func (ForecastMade) Subject() Key { return Key{} }

// acceptsForecast checks that the run has a deadline, and is one that goes on.
func (m *Machine) acceptsForecast(e Event) error {
	if m.r.DueAt.IsZero() || !m.started {
		return fmt.Errorf("%w: %s, and the run has no deadline", ErrUnexpected, e.Type())
	}
	return nil
}

// forecast tells people when the expected end crosses the deadline, and when it comes back.
func (m *Machine) forecast(e ForecastMade) {
	m.lateness.made = true
	risk := m.Outlook().Risky(e.Expected)
	if m.lateness.told || m.late() || m.ended || risk == m.lateness.risk {
		return
	}
	m.lateness.risk = risk
	if risk {
		m.noticeOfRun(NoticeRunMayBeLate, fmt.Sprintf("expected to be over at %s, %s after the deadline, %s%s",
			m.clockTime(e.Expected), readable.Duration(e.Expected.Sub(m.r.DueAt).Round(time.Second)), m.dueText(), e.besides()))
		return
	}
	m.noticeOfRun(NoticeRunInTime, fmt.Sprintf("expected to be over at %s, before the deadline, %s%s", m.clockTime(e.Expected), m.dueText(), e.besides()))
}

// besides says what takes longer than usual, and what the forecast does not know.
func (e ForecastMade) besides() string {
	text := ""
	if len(e.Slow) > 0 {
		text = "; longer than usual: " + readable.List(e.Slow, someNamed)
	}
	if e.UnknownSteps > 0 {
		text += fmt.Sprintf("; not known how long it takes: %s", readable.List(e.Unknown, someNamed))
		if n := e.UnknownSteps - len(e.Unknown); n > 0 {
			text += fmt.Sprintf(", %d more", n)
		}
	}
	return text
}

// Outlook is how a run stands to its deadline.
type Outlook struct {
	DueAt    time.Time // zero: it has none
	Passed   bool      // people were told that it has passed
	AtRisk   bool      // people were told that the end is expected behind it
	Forecast bool      // there was a forecast
	slack    time.Duration
}

// Risky reports whether a run that is expected to be over then is at risk of missing its deadline. One that was comes back only when there is
// some time to spare, so that an end close to the deadline is not told of again and again.
func (o Outlook) Risky(end time.Time) bool {
	if o.AtRisk {
		return end.After(o.DueAt.Add(-o.slack))
	}
	return end.After(o.DueAt)
}

// The time to spare: a part of what there is from the start of the run to its deadline, and no more than some minutes.
const (
	slackPart = 20
	mostSlack = 5 * time.Minute
)

// Outlook is how the run stands to its deadline.
func (m *Machine) Outlook() Outlook {
	slack := min(max(0, m.r.DueAt.Sub(m.r.StartedAt)/slackPart), mostSlack)
	return Outlook{m.r.DueAt, m.lateness.told, m.lateness.risk, m.lateness.made, slack}
}

// Steps is how many steps the plan has.
func (m *Machine) Steps() int { return len(m.steps) }

// learnUsual keeps what history says.
func (m *Machine) learnUsual(e HistoryRead) {
	m.usual = make(map[usualKey]Usual, len(e.Usual))
	for _, u := range e.Usual {
		m.usual[usualKey{u.Object, u.Code, u.Restarted}] = u
	}
}

// usualKey is what history tells apart.
type usualKey struct {
	object    fact.Object
	code      string
	restarted bool
}

// someNamed is how many steps of a kind a forecast names.
const someNamed = 3

// firstOf are the first few names.
func firstOf(names []string) []string { return slices.Clone(names[:min(len(names), someNamed)]) }

// Made is the expectation as an event.
func (e Expectation) Made() ForecastMade {
	return ForecastMade{Expected: e.End, Most: e.Most, Unknown: firstOf(e.Unknown), UnknownSteps: len(e.Unknown), Slow: firstOf(e.Slow)}
}
