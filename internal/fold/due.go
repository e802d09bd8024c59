package fold

import (
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// Due is how a run stands to its plan's deadline.
type Due struct {
	At time.Time `json:"at"`
	// Late is true when the deadline had passed before the run was over.
	Late bool `json:"late"`
	// Margin is how long before its deadline a run ended; negative: so much too late. Zero while it goes on.
	Margin Seconds `json:"margin_s,omitempty"`
	// Forecast is the last that was recorded; nil: none was made.
	Forecast *Forecast `json:"forecast,omitempty"`
}

// Forecast is when a run was expected to be over.
type Forecast struct {
	MadeAt time.Time `json:"made_at"`
	runner.ForecastMade
}

// due takes what a turn says of the deadline.
func (r *Run) due(t record.Turn) {
	if e, ok := t.Event.(runner.RunStarted); ok && !e.DueAt.IsZero() {
		r.Due = &Due{At: e.DueAt}
	}
	if r.Due == nil {
		return
	}
	if e, ok := t.Event.(runner.ForecastMade); ok {
		r.Due.Forecast = &Forecast{t.At, e}
	}
	for _, n := range t.Decision.Notices {
		r.Due.Late = r.Due.Late || n.Kind == runner.NoticeRunLate
	}
	r.Due.Margin = 0
	if r.ended() && r.State != State(fact.InDoubt) {
		r.Due.Margin = Seconds(r.Due.At.Sub(r.FinishedAt))
	}
}

// Late reports whether the run was not over by its deadline.
func (r *Run) Late() bool { return r.Due != nil && r.Due.Late }

// RunNotices are the kinds of the notices about the run as a whole, in order.
func (r *Run) RunNotices() []string { return r.kinds("", runner.RunNoticeKinds()) }

// late says whether a run that is listed was over by its deadline, or is over by now.
func (o *Overview) late(now time.Time) {
	if o.Deadline.IsZero() {
		return
	}
	end := o.FinishedAt
	if end.IsZero() || o.State == Detached || o.State == Killed || o.State == State(fact.InDoubt) {
		end = now
	}
	o.Late = end.After(o.Deadline)
}
