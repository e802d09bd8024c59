package fold

import (
	"encoding/json"
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// State is where a run stands as far as its journal says: an outcome of the plan, or one of these.
type State string

// The states of a run that has not ended.
const (
	// Unended: no end is recorded. The run goes on, or its runner was killed: the lock of the run shows which.
	Unended  State = "unended"
	Detached State = "detached" // the runner left on purpose; the batches go on
)

// The states that a journal alone cannot tell: see [Run.Seen].
const (
	Running    State = "running"    // a process has the run locked, and it has no end yet
	Killed     State = "killed"     // it has no end, and no process has it locked: its process is gone
	Unreadable State = "unreadable" // its journal does not tell how it stands
)

// A Run is what a journal says of a run. It is what show prints as JSON, and so has a field for each of its keys.
type Run struct {
	ID      string            `json:"run"`
	State   State             `json:"state"`
	Started runner.RunStarted `json:"started"`
	Steps   []*Step           `json:"steps"` // in plan order where the plan is known, else in order of first mention
	Told    []Remark          `json:"told,omitempty"`
	Said    []Saying          `json:"said,omitempty"` // what operators said, in order
	// Messages are those to people by channels, in order.
	Messages []*Message `json:"messages,omitempty"`
	Span
	Due *Due        `json:"deadline,omitempty"` // nil: its plan has none
	End *runner.End `json:"end,omitempty"`
	Reading
	Canceled bool `json:"-"` // an operator canceled it, and has given no step another attempt since
	PinnedPlan
}

// Reading is how far the journal was read, and what was wrong with it.
type Reading struct {
	Head     audit.Head `json:"head,omitzero"` // of the last record that was read; the caller sets it for a live run
	Warnings []string   `json:"warnings,omitempty"`
}

// PinnedPlan is the plan as the journal pins it.
type PinnedPlan struct {
	Plan    *plan.Plan `json:"-"` // nil: unknown
	pinned  bool       // it is on record: from here on something may have been started
	batches batchRuns
}

// Span is from when to when something went on. Zero times mean that it has not.
type Span struct {
	StartedAt  time.Time `json:"started_at,omitzero"`
	FinishedAt time.Time `json:"finished_at,omitzero"`
	UpdatedAt  time.Time `json:"updated_at,omitzero"` // the last record about it
	Elapsed    Seconds   `json:"elapsed_s,omitempty"` // to the end, or to the last record while there is none
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

// A Step is what a journal says of one step.
type Step struct {
	ID  string     `json:"id"`
	Def *plan.Step `json:"-"` // nil: unknown
	Progress
	Span
	Verdict
	Work
	Log []string `json:"log,omitempty"` // what rules did about it, one line each
	// Asks is the approval that is asked for; zero: none is.
	Asks runner.Key `json:"asks,omitzero"`
	Doubt
	Exercised
}

// Progress is how far a step has come.
type Progress struct {
	State    runner.State `json:"state"` // an outcome once it is decided
	Since    time.Time    `json:"-"`     // of the state; zero: it never moved
	Attempts int          `json:"attempts,omitempty"`
	unjudged bool         // it failed before it began, since its if could not be judged
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

// Work is what the scheduler was asked to do for a step, and answered.
type Work struct {
	Batch fact.BatchRef `json:"batch,omitzero"` // the newest batch run, or what was ordered
	Sent  *Sent         `json:"request,omitempty"`
	Parts []fact.Part   `json:"parts,omitempty"` // tasks or members as last recorded
}

// Sent is the last request of a step that may have reached the scheduler.
type Sent struct {
	Key runner.Key `json:"key"`
	At  time.Time  `json:"at"`
}

// Doubt is what is known of a step's requests that may or may not have been carried out (law L1).
type Doubt struct {
	// Repeated is why the plan's author says that such a request may be made again (duplicate_safe), once one was. Empty: none was. It stays,
	// whatever becomes of the step: there may be a batch run that nobody watches.
	Repeated string `json:"repeated,omitempty"`
	// Unsettled are the last request and those it repeats, as far as each of them may have been carried out.
	Unsettled []Sent `json:"-"`
	// Answered is the batch run id that the answer to the newest of them named although it is not this step's; empty: it named none.
	Answered string `json:"answered,omitempty"`
}

// Newest is the newest request of which it is not known whether it was carried out; zero when there is none.
func (d *Doubt) Newest() runner.Key {
	if len(d.Unsettled) == 0 {
		return runner.Key{}
	}
	return d.Unsettled[len(d.Unsettled)-1].Key
}

// Exercised is what came to bear of what the plan says about a step, in order and as often as it did.
type Exercised struct {
	Judged []fact.Evidence `json:"-"` // conditions that were judged
	Acted  []string        `json:"-"` // file:line:col of rules that acted
	// Answers are what became of the askings for an approval: approved, rejected or timeout.
	Answers []string `json:"-"`
}

// Awaiting are the steps that wait for a person's word, in order.
func (r *Run) Awaiting() (all []*Step) {
	for _, s := range r.Steps {
		if s.State == runner.Awaiting {
			all = append(all, s)
		}
	}
	return all
}

// HealedBy is the step that made this one good; empty: none did.
func (s *Step) HealedBy() string {
	if s.Mark != runner.MarkHealed {
		return ""
	}
	return s.By
}

// Bad reports whether the step is one a person must hear of: failed and not made good, or in doubt.
func (s *Step) Bad() bool {
	if s.Whole() {
		return false // its items are
	}
	switch fact.Outcome(s.State) {
	case fact.Failed:
		return s.Mark != runner.MarkHealed && s.Mark != runner.MarkAllowed
	case fact.InDoubt:
		return true
	}
	return false
}

// Counts are the run's steps by outcome, as they stand now; of a foreach step its items.
func (r *Run) Counts() map[fact.Outcome]int {
	counts := map[fact.Outcome]int{}
	for _, s := range r.Steps {
		if out, ended := s.State.Outcome(); ended && !s.Whole() {
			counts[out]++
		}
	}
	return counts
}

// Undecided is how many steps have no outcome yet, those in doubt aside.
func (r *Run) Undecided() int {
	n := 0
	for _, s := range r.Steps {
		if _, ended := s.State.Outcome(); !ended && !s.Whole() {
			n++
		}
	}
	return n
}

// Whole reports whether the step stands for the items behind it, which count in its place.
func (s *Step) Whole() bool { return s.Def != nil && s.Def.Whole() }

// A Remark is something people were told that moved no step.
type Remark struct {
	At      time.Time `json:"at"`
	Step    string    `json:"step,omitempty"`
	Kind    string    `json:"kind"`
	Message string    `json:"message"`
	Rule    string    `json:"rule,omitempty"`
}

// RemarkDetached is the kind of the [Remark] about a runner that left.
const RemarkDetached = "detached"

// Notices are the kinds of the notices about a step, in order.
func (r *Run) Notices(step string) []string { return r.kinds(step, runner.NoticeKinds()) }

// kinds are those among some kinds of notices about a step, in order; about the run where the step is empty.
func (r *Run) kinds(step string, among []string) []string {
	var kinds []string
	for _, n := range r.Told {
		if n.Step == step && slices.Contains(among, n.Kind) {
			kinds = append(kinds, n.Kind)
		}
	}
	return kinds
}

// Seen says what the lock of the run tells: that a process has it, so that what goes on has taken as long as until now, or that
// none has, so that a run without an end was killed. Who shows a log from elsewhere has no lock to ask.
func (r *Run) Seen(locked bool, now time.Time) {
	if r.State != Unended {
		return
	}
	if !locked {
		r.State = Killed
		return
	}
	r.State = Running
	r.Span.goesOn(now)
	for _, s := range r.Steps {
		if _, ended := s.State.Outcome(); !ended {
			s.Span.goesOn(now)
		}
	}
}

// goesOn counts what has begun and not ended until now, unless the clock is behind.
func (s *Span) goesOn(now time.Time) {
	if !s.StartedAt.IsZero() && s.FinishedAt.IsZero() && now.After(s.UpdatedAt) {
		s.Elapsed = Seconds(now.Sub(s.StartedAt))
	}
}

// ended reports whether the run has come to an outcome, in doubt included.
func (r *Run) ended() bool {
	switch r.State {
	case Unended, Detached, Running, Killed, Unreadable:
		return false
	}
	return true
}

// GoingOn are the steps whose newest batch run may go on at the scheduler, as far as the records tell, in order.
func (r *Run) GoingOn() []*Step {
	var out []*Step
	seen := map[string]bool{}
	for _, s := range r.Steps {
		if ref, _ := r.Newest(s); r.GoesOn(s) && !seen[ref.RunID] {
			seen[ref.RunID] = true
			out = append(out, s)
		}
	}
	return out
}

// A Saying is what an operator said to the run.
type Saying struct {
	At     time.Time    `json:"at"`
	Record int64        `json:"record,omitempty"` // its number; 0: it is not known
	Type   string       `json:"type"`
	Event  runner.Event `json:"data"`
}

// Step is the step with that id; nil when there is none.
func (r *Run) Step(id string) *Step {
	for _, s := range r.Steps {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// OutOfContact is what people were told last about contact that is lost, while it is; nil for a run that has ended.
func (r *Run) OutOfContact() *Remark {
	if r.ended() {
		return nil
	}
	for i := len(r.Told) - 1; i >= 0; i-- {
		switch record.NoteKind(r.Told[i].Kind) {
		case record.ContactBack:
			return nil
		case record.ContactLost, record.ContactMissed:
			return &r.Told[i]
		}
	}
	return nil
}

// WhatGoesOn says what goes on when the runner leaves, as the end of a sentence.
func (r *Run) WhatGoesOn() string {
	text := "; no request was sent"
	for _, s := range r.Steps {
		switch {
		case len(s.Unsettled) > 0, r.GoesOn(s):
			return "; the batches go on"
		case s.Sent != nil, s.Batch.RunID != "":
			text = "; no batch of it is known to go on"
		}
	}
	return text
}

// Seconds is a duration that marshals as a number of seconds.
type Seconds time.Duration

// MarshalJSON writes the seconds as a number, to the millisecond.
func (s Seconds) MarshalJSON() ([]byte, error) {
	return json.Marshal(time.Duration(s).Round(time.Millisecond).Seconds())
}

// UnmarshalJSON reads what MarshalJSON wrote.
func (s *Seconds) UnmarshalJSON(b []byte) error {
	var n float64
	if err := json.Unmarshal(b, &n); err != nil {
		return err
	}
	*s = Seconds(time.Duration(n * float64(time.Second)).Round(time.Millisecond))
	return nil
}

// String is the duration as people say it: 850ms, 4.2s, 40m12s, 2h31m12s.
func (s Seconds) String() string { return readable.Elapsed(time.Duration(s)) }
