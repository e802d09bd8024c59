package fold

import (
	"errors"
	"slices"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Builder adds up turns to a [Run]. It belongs to one goroutine.
type Builder struct {
	run    *Run
	index  map[string]*Step
	ending ending
	open   map[runner.Key]*Message // to people, and not ended
	last   *Message                // that ended last
	record int64                   // the number of the record at hand; 0: it is not known
	pins   []runner.FilePinned     // of a plan that has not been read from them yet
}

// NewBuilder begins with nothing recorded yet. The plan may be nil: it is the first pinned file then.
func NewBuilder(id string, p *plan.Plan) *Builder {
	b := &Builder{run: &Run{ID: id, State: Unended}, index: map[string]*Step{}, ending: ending{state: Unended}}
	if p != nil {
		b.adopt(p)
	}
	return b
}

// Run is what has been added up so far. It changes with the next turn. A step that goes on has taken as long as the last
// record tells. It costs the plan, so it is not for every turn.
func (b *Builder) Run() *Run {
	b.pinned()
	for _, s := range b.run.Steps {
		if !s.StartedAt.IsZero() && s.FinishedAt.IsZero() {
			s.Elapsed = Seconds(b.run.UpdatedAt.Sub(s.StartedAt))
		}
	}
	return b.run
}

// Peek is what has been added up so far, without counting how long what goes on has taken: it costs nothing.
func (b *Builder) Peek() *Run {
	b.pinned()
	return b.run
}

// Turn adds one turn.
func (b *Builder) Turn(t record.Turn) {
	r := b.run
	if _, more := t.Event.(runner.FilePinned); !more {
		b.pinned()
	}
	if r.StartedAt.IsZero() {
		r.StartedAt = t.At
	}
	r.touch(t.At)
	if _, said := runner.StatementOf(t.Event); said {
		r.Said = append(r.Said, Saying{t.At, b.record, t.Event.Type(), t.Event})
	}
	b.event(t)
	for _, m := range t.Decision.Moves {
		b.move(t, m)
	}
	for _, c := range t.Decision.Commands {
		if c.Key.Op != runner.OpAlert { // it is no step's
			b.command(c)
		}
	}
	b.messages(t)
	for _, n := range t.Decision.Notices {
		b.remark(Remark{t.At, n.Step, n.Kind, n.Message, n.Rule})
	}
	b.ending.turn(t)
	r.State, r.End, r.FinishedAt = b.ending.state, b.ending.end, b.ending.at
	r.due(t)
}

// An ending is how a run ended, was left or goes on.
type ending struct {
	state State
	end   *runner.End // nil: it has not ended
	at    time.Time   // when it ended or was left
}

// turn takes one turn. An operator's statement opens a run that had ended: the decision says when there is nothing left to do.
func (e *ending) turn(t record.Turn) {
	switch t.Event.(type) {
	case runner.RunDetached:
		*e = ending{state: Detached, at: t.At}
	case runner.RunResumed:
		*e = ending{state: Unended}
	default:
		if _, said := runner.StatementOf(t.Event); said || e.end != nil && !t.Decision.Empty() {
			*e = ending{state: Unended}
		}
	}
	if d := t.Decision.End; d != nil {
		*e = ending{State(d.Outcome), d, t.At}
	}
}

// Step is what has been added up about a step; nil when no record names it.
func (b *Builder) Step(id string) *Step { return b.index[id] }

// Note adds a note: something that moved no step.
func (b *Builder) Note(n record.Note) {
	b.run.touch(n.At)
	if n.Kind != record.Heartbeat { // a sign of life and no more
		b.remark(Remark{At: n.At, Step: n.Key.Step, Kind: string(n.Kind), Message: n.Text()})
	}
}

// remark adds something people were told.
func (b *Builder) remark(n Remark) {
	b.run.Told = append(b.run.Told, n)
	if s := b.index[n.Step]; s != nil && n.Rule != "" {
		s.Log = append(s.Log, readable.Clock(n.At)+" "+n.Message)
		if n.Kind != "expression" { // of a rule that cannot be judged
			s.Acted = append(s.Acted, n.Rule)
		}
	}
}

// event takes what the event itself says.
func (b *Builder) event(t record.Turn) {
	r := b.run
	switch e := t.Event.(type) {
	case runner.RunStarted:
		r.Started = e
	case runner.FilePinned:
		r.pinned = true
		if r.Plan == nil {
			b.pins = append(b.pins, e)
		}
	case runner.RunDetached:
		b.remark(Remark{At: t.At, Kind: RemarkDetached, Message: "the runner left: " + e.Reason + r.WhatGoesOn()})
	case runner.RequestSent:
		s := b.step(e.Key.Step)
		s.Attempts, s.Sent = max(s.Attempts, e.Key.Attempt), &Sent{e.Key, t.At}
		s.sent(e)
	case runner.RequestRefused:
		s := b.step(e.Key.Step)
		s.Unsettled = slices.DeleteFunc(s.Unsettled, func(a Sent) bool { return a.Key == e.Key })
	case runner.RequestAccepted:
		s := b.step(e.Key.Step)
		switch {
		case e.Key.Op == runner.OpInterrupt:
			r.batches.interrupted(s.Batch.RunID)
			return
		case t.Crossed() && e.Key.Op != runner.OpRestart:
			s.Answered = e.BatchRunID
			return
		case t.Crossed(): // it names another batch run, and ours is what is watched
		case e.BatchRunID != "":
			s.Batch.RunID = e.BatchRunID
		}
		s.Unsettled = nil
		r.batches.begins(s, s.Batch.RunID)
	case runner.RequestInDoubt:
		if s := b.step(e.Key.Step); e.Key.Op == runner.OpRestart {
			r.batches.begins(s, s.Batch.RunID)
		}
	case runner.OperatorResolved:
		b.named(e.Step, e.BatchRunID)
	case runner.OperatorAdopted:
		if b.step(e.Step).State == runner.State(fact.Canceled) {
			r.Canceled = false
		}
		b.named(e.Step, e.BatchRunID)
	case runner.OperatorCanceled:
		r.Canceled = true
	case runner.OperatorRetried:
		r.Canceled = false
	case runner.BatchObserved:
		b.step(e.Key.Step).Parts = append(append([]fact.Part(nil), e.Tasks...), e.Members...)
		r.batches.observed(e)
	}
}

// named takes in that an operator said what became of a step, and perhaps which batch run is its own.
func (b *Builder) named(step, batchRun string) {
	s := b.step(step)
	s.Unsettled = nil
	b.run.batches.begins(s, batchRun)
}

// sent keeps what a person has to look for when the step is in doubt: a request, and its repeats that the plan permits.
func (s *Step) sent(e runner.RequestSent) {
	if e.Op != runner.OpTrigger && e.Op != runner.OpRerun {
		return
	}
	if len(s.Unsettled) > 0 { // what became of the one before is not on record
		if s.Repeated = e.Safe; s.Repeated == "" && s.Def != nil {
			s.Repeated = s.Def.DuplicateSafe
		}
	}
	s.Unsettled, s.Answered = append(s.Unsettled, *s.Sent), ""
}

// pinned learns the plan from the bytes the journal holds, once all its files are known. A plan that this release cannot read
// only costs the names of the steps that never moved.
func (b *Builder) pinned() {
	if len(b.pins) == 0 {
		return
	}
	top, beside := b.pins[0], runner.Pinned(b.pins[1:])
	b.pins = nil
	p, err := plan.ParsePinned(top.Name, []byte(top.Text), beside...)
	switch {
	case errors.Is(err, plan.ErrNotPinned):
		b.run.pinned = false
		b.run.Warnings = append(b.run.Warnings, "the log ends before all files of the plan were recorded, so nothing was started")
	case err != nil:
		b.run.Warnings = append(b.run.Warnings, "the plan in this log is not one that this release reads, so only steps that moved are shown")
	case p.Loops(): // which steps there are is said by the parameters of the run
		r, err := runner.ResolvedOf(p, b.run.Started, b.run.ID)
		if err != nil {
			b.run.Warnings = append(b.run.Warnings, "the lists that the plan in this log goes over are not known, so only steps that moved are shown")
			return
		}
		b.adopt(r.Plan)
	default:
		b.adopt(p)
	}
}

// adopt puts the steps into plan order, those that have not moved included.
func (b *Builder) adopt(p *plan.Plan) {
	b.run.Plan = p
	steps := make([]*Step, 0, len(p.Steps))
	for _, def := range p.Steps {
		s := b.index[def.ID]
		if s == nil {
			s = &Step{ID: def.ID, Progress: Progress{State: runner.Waiting}}
			b.index[def.ID] = s
		}
		s.Def = def
		steps = append(steps, s)
	}
	for _, s := range b.run.Steps {
		if s.Def == nil {
			steps = append(steps, s)
		}
	}
	b.run.Steps = steps
}

// step gives the step of that id, making it when nobody mentioned it before.
func (b *Builder) step(id string) *Step {
	s := b.index[id]
	if s == nil {
		s = &Step{ID: id, Progress: Progress{State: runner.Waiting}}
		b.index[id] = s
		b.run.Steps = append(b.run.Steps, s)
	}
	return s
}

// move takes one transition.
func (b *Builder) move(t record.Turn, m runner.Transition) {
	s, at := b.step(m.Step), t.At
	if s.begins(t.Event, m) {
		s.Attempts++
		if s.StartedAt.IsZero() {
			s.StartedAt = at
		}
	}
	if m.To == runner.Running && s.StartedAt.IsZero() {
		s.StartedAt = at // a foreach step as a whole makes no attempt
	}
	s.State, s.Asks = m.To, m.Asks
	if m.From != m.To || m.Asks != (runner.Key{}) {
		s.Since = at
	}
	s.Attempts = max(s.Attempts, m.Asks.Attempt)
	out, ended := m.To.Outcome()
	if ended && out != fact.InDoubt {
		s.Unsettled = nil // once the outcome stands, nothing is in doubt: an earlier start came to it, or an operator stated it
	}
	_, reopened := m.From.Outcome() // by an operator's statement, when it moves at all
	if m.From != m.To || s.Why == "" {
		s.Why, s.Rule, s.Evidence = m.Why, m.Rule, m.Evidence
	}
	if m.Mark != "" {
		s.Mark, s.By = m.Mark, m.By
	}
	if m.Failure != nil {
		s.Failure = m.Failure
		if s.unjudged = s.StartedAt.IsZero(); !s.unjudged {
			s.Attempts = max(s.Attempts, m.Failure.Attempt)
		}
	}
	if m.From == runner.Awaiting {
		switch {
		case m.Mark == runner.MarkApproved:
			s.Answers = append(s.Answers, m.Mark)
		case m.Failure != nil:
			s.Answers = append(s.Answers, string(m.Failure.Kind))
		}
	}
	s.Judged = append(s.Judged, m.Evidence...)
	if m.Rule != "" {
		s.Acted = append(s.Acted, m.Rule)
	}
	if m.Rule != "" && m.To != runner.State(fact.Failed) {
		s.Log = append(s.Log, readable.Clock(at)+" "+m.Why)
	}
	switch {
	case ended && m.From != m.To:
		s.FinishedAt = at
	case reopened && m.From != m.To:
		s.FinishedAt, s.Verdict = time.Time{}, Verdict{Why: m.Why, Mark: m.Mark, By: m.By}
	}
	s.touch(at)
}

// begins reports whether a step that was not at work makes an attempt with this transition: the one definition of when a
// step begins. One that is skipped, blocked, canceled or declared good while it waits does not begin, and neither does one
// that fails because its if cannot be judged: the failure then names no attempt after the last one.
func (s *Step) begins(e runner.Event, m runner.Transition) bool {
	was, over := m.From.Outcome()
	is, ends := m.To.Outcome()
	switch {
	case m.From == m.To, m.To == runner.Waiting, m.To == runner.Queued, m.To == runner.Running, m.To == runner.Closed, was == fact.InDoubt, m.From == runner.Running:
		return false
	case m.From == runner.Closed: // when its first request is ordered at last
		return !ends && s.StartedAt.IsZero()
	case !over && m.From != runner.Waiting && m.From != runner.Queued:
		return s.StartedAt.IsZero() // it is at work, and no record that can be read says since when
	case !ends:
		return true
	case is == fact.Failed && s.unjudged: // the machine has counted an attempt since then for which no request was made
		return m.Failure != nil && m.Failure.Attempt > s.Attempts+1
	case is == fact.Failed:
		return m.Failure != nil && m.Failure.Attempt > s.Attempts
	case is == fact.Succeeded:
		_, adopted := e.(runner.OperatorAdopted)
		return adopted || m.Mark != runner.MarkResolved && m.Mark != runner.MarkApproved
	}
	return false
}

// command takes what a command says about its step.
func (b *Builder) command(c *runner.Command) {
	s := b.step(c.Key.Step)
	if s.Attempts = max(s.Attempts, c.Key.Attempt); !c.Key.Op.Tells() {
		s.Batch = c.About()
	}
}
