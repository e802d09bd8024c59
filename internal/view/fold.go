package view

import (
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// State is where a run stands as far as its journal tells: an outcome of the plan, or one of these two.
type State string

// The states of a run that has not ended.
const (
	// Unended: no end is recorded. The run goes on, or its runner was killed; who holds its lock tells.
	Unended  State = "unended"
	Detached State = "detached" // the runner left on purpose; the batches go on
)

// A Run is what a journal tells of a run.
type Run struct {
	ID      string            `json:"run"`
	State   State             `json:"state"`
	Started runner.RunStarted `json:"started"`
	Steps   []*Step           `json:"steps"` // in plan order where the plan is known, else in order of first mention
	Told    []Remark          `json:"told,omitempty"`
	Span
	End      *runner.End `json:"end,omitempty"`
	Head     audit.Head  `json:"head,omitzero"` // of the last record that was read; the caller sets it for a live run
	Warnings []string    `json:"warnings,omitempty"`
	wording
}

// wording is what the journal holds of the plan.
type wording struct {
	plan   *plan.Plan // nil: unknown
	pinned bool       // it is on record: from here on something may have been started
}

// Span is from when to when something went on. Zero times mean that it has not.
type Span struct {
	StartedAt  time.Time `json:"started_at,omitzero"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	UpdatedAt  time.Time `json:"updated_at,omitzero"` // the last record about it
	Elapsed    Seconds   `json:"elapsed_s,omitempty"` // to the end, or to the last record while there is none
}

// Seconds is a duration that marshals as a number of seconds.
type Seconds time.Duration

// A Step is what a journal tells of one step.
type Step struct {
	ID       string       `json:"id"`
	State    runner.State `json:"state"` // an outcome once it is decided
	Attempts int          `json:"attempts,omitempty"`
	Span
	Verdict
	Batch fact.BatchRef `json:"batch,omitzero"` // the newest batch run, or what was ordered
	Sent  *Sent         `json:"request,omitempty"`
	Parts []fact.Part   `json:"parts,omitempty"` // tasks or members as last recorded
	Log   []string      `json:"log,omitempty"`   // what rules did about it, one line each
	def   *plan.Step    // nil: unknown
	doubted
}

// doubted is what requests of unknown fate leave to tell of a step.
type doubted struct {
	// Repeated is the word of the plan's author on which such a request was made again. Empty: none was. It stays,
	// whatever becomes of the step: there may be a batch run that nobody watches.
	Repeated string `json:"repeated,omitempty"`
	asked    []Sent // what may have been carried out of the last request and its repeats
}

// Verdict is why a step stands where it stands.
type Verdict struct {
	Why      string          `json:"why,omitempty"`
	Mark     string          `json:"mark,omitempty"` // continued, healed, allowed: what qualifies the outcome
	By       string          `json:"by,omitempty"`   // with healed: the step that healed it
	Rule     string          `json:"rule,omitempty"` // file:line:col of the rule that acted last
	Evidence []fact.Evidence `json:"evidence,omitempty"`
	Failure  *fact.Failure   `json:"failure,omitempty"`
}

// Sent is the last request of a step that may have reached the scheduler.
type Sent struct {
	Key runner.Key `json:"key"`
	At  time.Time  `json:"at"`
}

// A Remark is something people were told that moved no step.
type Remark struct {
	At      time.Time `json:"at"`
	Step    string    `json:"step,omitempty"`
	Kind    string    `json:"kind"`
	Message string    `json:"message"`
	Rule    string    `json:"rule,omitempty"`
}

// A Fold adds up turns. It belongs to one goroutine.
type Fold struct {
	run   *Run
	index map[string]*Step
}

// NewFold begins with nothing recorded yet. The plan may be nil: the first pinned file tells it then.
func NewFold(id string, p *plan.Plan) *Fold {
	f := &Fold{run: &Run{ID: id, State: Unended}, index: map[string]*Step{}}
	if p != nil {
		f.adopt(p)
	}
	return f
}

// Run is what has been folded so far. It changes with the next turn. A step that goes on has taken as long
// as the last record tells.
func (f *Fold) Run() *Run {
	for _, s := range f.run.Steps {
		if !s.StartedAt.IsZero() && s.FinishedAt.IsZero() {
			s.Elapsed = Seconds(f.run.UpdatedAt.Sub(s.StartedAt))
		}
	}
	return f.run
}

// Turn adds one turn.
func (f *Fold) Turn(t record.Turn) {
	r := f.run
	if r.StartedAt.IsZero() {
		r.StartedAt = t.At
	}
	r.touch(t.At)
	f.event(t)
	for _, m := range t.Decision.Moves {
		f.move(t.At, m)
	}
	for _, c := range t.Decision.Commands {
		f.command(c)
	}
	for _, n := range t.Decision.Notices {
		f.Note(Remark{t.At, n.Step, n.Kind, n.Message, n.Rule})
	}
	if e := t.Decision.End; e != nil {
		r.End, r.State, r.FinishedAt = e, State(e.Outcome), t.At
	}
}

// detachedRemark is the kind of what is told of a runner that left.
const detachedRemark = "detached"

// Note adds something people were told.
func (f *Fold) Note(n Remark) {
	f.run.touch(n.At)
	if n.Kind == string(record.Heartbeat) { // a sign of life and no more
		return
	}
	f.run.Told = append(f.run.Told, n)
	if s := f.index[n.Step]; s != nil && n.Rule != "" {
		s.Log = append(s.Log, readable.Clock(n.At)+" "+n.Message)
	}
}

// event takes what the event itself tells.
func (f *Fold) event(t record.Turn) {
	r := f.run
	switch e := t.Event.(type) {
	case runner.RunStarted:
		r.Started = e
	case runner.FilePinned:
		r.pinned = true
		if r.plan == nil {
			f.pinned(e)
		}
	case runner.RunDetached:
		r.State, r.End, r.FinishedAt = Detached, nil, t.At
		f.Note(Remark{At: t.At, Kind: detachedRemark, Message: "the runner left: " + e.Reason + r.goesOn()})
	case runner.RunResumed:
		r.State, r.End, r.FinishedAt = Unended, nil, time.Time{}
	case runner.RequestSent:
		s := f.step(e.Key.Step)
		s.Attempts, s.Sent = max(s.Attempts, e.Key.Attempt), &Sent{e.Key, t.At}
		s.sent(e)
	case runner.RequestRefused:
		s := f.step(e.Key.Step)
		s.asked = slices.DeleteFunc(s.asked, func(a Sent) bool { return a.Key == e.Key })
	case runner.RequestAccepted:
		if s := f.step(e.Key.Step); e.Key.Op != runner.OpInterrupt {
			s.asked = nil
			if e.BatchRunID != "" {
				s.Batch.RunID = e.BatchRunID
			}
		}
	case runner.OperatorResolved:
		f.step(e.Step).asked = nil
	case runner.OperatorAdopted:
		f.step(e.Step).asked = nil
	case runner.BatchObserved:
		f.step(e.Key.Step).Parts = append(append([]fact.Part(nil), e.Tasks...), e.Members...)
	}
}

// sent keeps what a person has to look for when the step is in doubt: a request, and its repeats on the plan's word.
func (s *Step) sent(e runner.RequestSent) {
	if e.Op != runner.OpTrigger && e.Op != runner.OpRerun {
		return
	}
	if len(s.asked) > 0 { // nobody said what became of the one before
		if s.Repeated = e.Safe; s.Repeated == "" && s.def != nil {
			s.Repeated = s.def.DuplicateSafe
		}
	}
	s.asked = append(s.asked, *s.Sent)
}

// Doubted is the newest request of which it is not known whether it was carried out; zero when there is none.
func (s *Step) Doubted() runner.Key {
	if len(s.asked) == 0 {
		return runner.Key{}
	}
	return s.asked[len(s.asked)-1].Key
}

// goesOn says that batch runs go on without us, when there may be one.
func (r *Run) goesOn() string {
	for _, s := range r.Steps {
		if s.Sent != nil || s.Batch.RunID != "" {
			return "; the batches go on"
		}
	}
	return "; no request was sent"
}

// pinned learns the plan from the bytes the journal holds. A plan that this release cannot read only costs
// the names of the steps that never moved.
func (f *Fold) pinned(e runner.FilePinned) {
	p, err := plan.Parse(e.Name, []byte(e.Text))
	if err != nil {
		f.run.Warnings = append(f.run.Warnings, "the plan in this log is not one that this release reads, so only steps that moved are shown")
		return
	}
	f.adopt(p)
}

// adopt puts the steps into plan order, those that have not moved included.
func (f *Fold) adopt(p *plan.Plan) {
	f.run.plan = p
	steps := make([]*Step, 0, len(p.Steps))
	for _, def := range p.Steps {
		s := f.index[def.ID]
		if s == nil {
			s = &Step{ID: def.ID, State: runner.Waiting}
			f.index[def.ID] = s
		}
		s.def = def
		steps = append(steps, s)
	}
	for _, s := range f.run.Steps {
		if s.def == nil {
			steps = append(steps, s)
		}
	}
	f.run.Steps = steps
}

// step gives the step of that id, making it when nobody mentioned it before.
func (f *Fold) step(id string) *Step {
	s := f.index[id]
	if s == nil {
		s = &Step{ID: id, State: runner.Waiting}
		f.index[id] = s
		f.run.Steps = append(f.run.Steps, s)
	}
	return s
}

// move takes one transition.
func (f *Fold) move(at time.Time, m runner.Transition) {
	s := f.step(m.Step)
	s.State = m.To
	_, ended := m.To.Outcome()
	_, reopened := m.From.Outcome() // by an operator's word, when it moves at all
	begun := m.To != runner.Waiting && m.To != runner.Queued && !(m.From == runner.Waiting && ended)
	if s.StartedAt.IsZero() && begun {
		s.StartedAt = at
	}
	if m.From != m.To || s.Why == "" {
		s.Why, s.Rule, s.Evidence = m.Why, m.Rule, m.Evidence
	}
	if m.Mark != "" {
		s.Mark, s.By = m.Mark, m.By
	}
	if m.Failure != nil {
		s.Failure = m.Failure
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

// command takes what an order tells about its step.
func (f *Fold) command(c *runner.Command) {
	s := f.step(c.Key.Step)
	s.Attempts = max(s.Attempts, c.Key.Attempt)
	s.Batch = c.About()
}

// touch notes the time of a record about it.
func (s *Span) touch(at time.Time) {
	s.UpdatedAt = at
	if s.StartedAt.IsZero() {
		return
	}
	until := at
	if !s.FinishedAt.IsZero() {
		until = s.FinishedAt
	}
	s.Elapsed = Seconds(until.Sub(s.StartedAt))
}
