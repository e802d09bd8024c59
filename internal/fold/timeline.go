package fold

import (
	"slices"
	"time"

	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Timeline is what started when, and where the time of a run went.
type Timeline struct {
	StartedAt  time.Time  `json:"started_at"`
	FinishedAt time.Time  `json:"finished_at"` // of the last turn
	Elapsed    Seconds    `json:"elapsed_s"`
	Steps      []*StepBar `json:"steps"`         // in plan order
	Critical   []Leg      `json:"critical_path"` // the chain of steps that determined the end, first one first
	Spent      Spent      `json:"spent"`         // on the critical path
}

// A StepBar is one step of a timeline.
type StepBar struct {
	ID       string       `json:"id"`
	State    runner.State `json:"state"`
	Attempts int          `json:"attempts,omitempty"`
	// ReadyAt is when the step had nothing more to wait for among its needs.
	ReadyAt time.Time `json:"ready_at,omitzero"`
	Span
	Spent Spent `json:"spent"`
	// Closed are the times in which a closed window held it back.
	Closed []Shut `json:"-"`
	Mark   string `json:"-"` // what qualifies the outcome, as in [Verdict]
	By     string `json:"-"`
}

// Spent is what a step's time went into, from when its needs were met.
type Spent struct {
	Batch    Seconds `json:"batch_s"`    // batch runs going on
	Polls    Seconds `json:"polls_s"`    // from the end of a batch run to the look that showed it; always 0 in a run against a real scheduler, where the end is not known
	Delays   Seconds `json:"delays_s"`   // an on_failure rule's delay, and sleep
	Awaited  Seconds `json:"awaited_s"`  // a file, a check, a run of another plan, or a person: what is not at the scheduler and holds no slot
	Closed   Seconds `json:"closed_s"`   // for the end of a closed window
	Queue    Seconds `json:"queue_s"`    // for a slot of the plan's concurrency
	Requests Seconds `json:"requests_s"` // requests under way, or kept from leaving
	Other    Seconds `json:"other_s"`    // waiting for a runner to come back, or for an operator's statement
}

// A Shut is a time in which a closed window held a step back.
type Shut struct{ From, To time.Time }

// A Leg is one step of the critical path.
type Leg struct {
	Step  string    `json:"step"`
	From  time.Time `json:"from"`
	To    time.Time `json:"to"`
	Spent Spent     `json:"spent"`
}

// NewTimeline folds turns. Ended is, by turn, when the batch run really ended whose end the turn tells, zero for every
// other turn; nil when nobody knows, as of a run against a real scheduler.
func NewTimeline(p *plan.Plan, turns []record.Turn, ended []time.Time) *Timeline {
	b := NewBuilder("", p)
	l := &timeline{plan: p, bars: make([]bar, len(p.Steps)), index: make(map[string]int, len(p.Steps))}
	for i, s := range p.Steps {
		l.index[s.ID], l.bars[i].state = i, runner.Waiting
	}
	for i, t := range turns {
		b.Turn(t)
		if i < len(ended) && !ended[i].IsZero() {
			l.bars[l.index[t.Event.Subject().Step]].spend(t.At, ended[i])
		}
		for _, m := range t.Decision.Moves {
			l.bars[l.index[m.Step]].move(t.At, m)
		}
	}
	run := b.Run()
	out := &Timeline{StartedAt: run.StartedAt, FinishedAt: run.UpdatedAt, Elapsed: Seconds(run.UpdatedAt.Sub(run.StartedAt))}
	for i, s := range run.Steps {
		b := &l.bars[i]
		if !b.ready.IsZero() && b.done.IsZero() {
			b.spend(run.UpdatedAt, time.Time{})
		}
		out.Steps = append(out.Steps, &StepBar{
			ID: s.ID, State: s.State, Attempts: s.Attempts, ReadyAt: b.ready, Span: s.Span, Spent: b.spent, Closed: b.shut, Mark: s.Mark, By: s.By,
		})
	}
	out.Critical = l.critical(out)
	for _, leg := range out.Critical {
		out.Spent.add(leg.Spent)
	}
	return out
}

// timeline is a Timeline being made.
type timeline struct {
	plan  *plan.Plan
	bars  []bar // by plan index
	index map[string]int
}

// bar is one step while turns go by.
type bar struct {
	state runner.State
	since time.Time // of the state, or of what was last counted in it
	ready time.Time
	done  time.Time
	spent Spent
	shut  []Shut
}

// move takes one transition.
func (b *bar) move(at time.Time, m runner.Transition) {
	if m.From == m.To {
		return
	}
	if m.From == runner.Waiting {
		b.ready = at
	} else {
		b.spend(at, time.Time{})
	}
	b.state, b.since = m.To, at
	b.done = time.Time{}
	if _, ended := m.To.Outcome(); ended {
		b.done = at
	}
}

// spend counts the time up to a moment for the state the step is in. With ended the batch run was over by then.
func (b *bar) spend(at, ended time.Time) {
	d := at.Sub(b.since)
	over := time.Duration(0)
	if !ended.IsZero() {
		over = min(d, max(0, at.Sub(ended)))
	}
	if b.state == runner.Closed && at.After(b.since) {
		b.shut = append(b.shut, Shut{b.since, at})
	}
	b.since = at
	s := &b.spent
	switch b.state {
	case runner.Watching, runner.Stopping, runner.Looking:
		s.Batch += Seconds(d - over)
		s.Polls += Seconds(over)
	case runner.Delaying, runner.Sleeping:
		s.Delays += Seconds(d)
	case runner.Sensing, runner.Notifying, runner.Awaiting:
		s.Awaited += Seconds(d)
	case runner.Closed:
		s.Closed += Seconds(d)
	case runner.Queued:
		s.Queue += Seconds(d)
	case runner.Requesting:
		s.Requests += Seconds(d)
	default:
		s.Other += Seconds(d)
	}
}

func (s *Spent) add(more Spent) {
	s.Batch += more.Batch
	s.Polls += more.Polls
	s.Delays += more.Delays
	s.Awaited += more.Awaited
	s.Closed += more.Closed
	s.Queue += more.Queue
	s.Requests += more.Requests
	s.Other += more.Other
}

// critical is the chain of steps that determined the end: the step that ended last, of its needs the one that was
// decided last, and so on. What passed between two of them is counted as other.
func (l *timeline) critical(t *Timeline) []Leg {
	last := -1
	for i := range l.bars {
		if b := &l.bars[i]; !b.ready.IsZero() && !l.plan.Steps[i].Whole() && (last < 0 || !b.end(t).Before(l.bars[last].end(t))) {
			last = i
		}
	}
	var path []Leg
	seen := make([]bool, len(l.bars)) // of a run that an operator opened again, two steps may each have ended before the other began
	for i := last; i >= 0 && !seen[i]; {
		seen[i] = true
		b := &l.bars[i]
		leg := Leg{Step: l.plan.Steps[i].ID, From: b.ready, To: b.end(t), Spent: b.spent}
		before := l.before(i)
		from := t.StartedAt
		if before >= 0 {
			from = l.bars[before].done
		}
		if from.Before(leg.From) {
			leg.Spent.Other += Seconds(leg.From.Sub(from))
			leg.From = from
		}
		if leg.From.Before(leg.To) || before < 0 && len(path) == 0 {
			path = append(path, leg) // a step that was skipped passes its time on
		}
		i = before
	}
	slices.Reverse(path)
	return path
}

// end is when the step ended, or the timeline.
func (b *bar) end(t *Timeline) time.Time {
	if b.done.IsZero() {
		return t.FinishedAt
	}
	return b.done
}

// before is the step that a step waited for last: one of its needs, or one that could still heal such a need. -1
// when it waited for nothing.
func (l *timeline) before(i int) int {
	s, ready, found := l.plan.Steps[i], l.bars[i].ready, -1
	consider := func(n int) {
		b := &l.bars[n]
		if n == i || b.done.IsZero() || b.ready.IsZero() || b.done.After(ready) {
			return
		}
		if found < 0 || b.done.After(l.bars[found].done) {
			found = n
		}
	}
	var needs func(n int)
	needs = func(n int) {
		if items := l.plan.Items(l.plan.Steps[n]); len(items) > 0 {
			for _, one := range items {
				needs(one.Index)
			}
			return
		}
		consider(n)
		for _, h := range l.plan.Steps[n].Healers {
			if s.Finally || s.WaitsForHealer(l.plan.Steps[h]) {
				consider(h)
			}
		}
	}
	for n := range l.plan.NeedsOf(s) {
		needs(n)
	}
	if s.Parent != nil { // it may have waited for another item of its list
		for _, one := range l.plan.Items(s.Parent) {
			consider(one.Index)
		}
	}
	return found
}
