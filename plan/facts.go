package plan

import "time"

// Outcome is how a step ended, or the run so far.
type Outcome string

// The outcomes. The zero value means that the step is not decided.
const (
	Succeeded Outcome = "succeeded"
	Failed    Outcome = "failed"
	Skipped   Outcome = "skipped"
	Blocked   Outcome = "blocked"
	Canceled  Outcome = "canceled"
	InDoubt   Outcome = "in_doubt"
)

// Status is the state of a batch run, a task or a member, in our words.
type Status string

// The states. An unknown code is never success and never final.
const (
	NotStarted      Status = "not_started"
	Ongoing         Status = "ongoing"
	StatusSucceeded Status = "succeeded"
	StatusFailed    Status = "failed"
	Interrupted     Status = "interrupted"
	Aborted         Status = "aborted"
	Excluded        Status = "excluded"
	Held            Status = "held"
	Unknown         Status = "unknown"
)

// Final reports whether a batch run or task in this state has ended for good.
func (s Status) Final() bool {
	switch s {
	case StatusSucceeded, StatusFailed, Interrupted, Aborted, Excluded:
		return true
	}
	return false
}

// FailureKind says what sort of failure ended an attempt.
type FailureKind string

// The kinds of failure. A request in doubt is no failure: its kind is shown to the retry rules of a step that is
// duplicate_safe, and no step ends as failed with it.
const (
	BatchFailed      FailureKind = "batch_failed"
	BatchAborted     FailureKind = "batch_aborted"
	BatchInterrupted FailureKind = "batch_interrupted"
	BatchHeld        FailureKind = "batch_held"
	TimedOut         FailureKind = "timeout"
	Refused          FailureKind = "refused"
	Unreachable      FailureKind = "unreachable"
	Unauthorized     FailureKind = "unauthorized"
	BadExpression    FailureKind = "expression"
	RequestInDoubt   FailureKind = "in_doubt"
)

// Failure is what expressions see as failure. The zero value means that nothing failed.
type Failure struct {
	Kind       FailureKind `json:"kind"`
	Code       int         `json:"code"`
	Message    string      `json:"message"`
	Attempt    int         `json:"attempt"`
	Step       string      `json:"step"`
	Batch      string      `json:"batch,omitempty"`
	BatchRunID string      `json:"batch_run_id,omitempty"`
}

// BatchRun is what is known of one execution of a batch or group.
type BatchRun struct {
	ID      string
	Status  Status // Unknown until the first look
	Code    int
	Tasks   []Part // of a batch, in the scheduler's order
	Members []Part // of a group, likewise
}

// Part is a task of a batch or a member of a group as last seen.
type Part struct {
	Code       string `json:"code"`
	Status     Status `json:"status"`
	StatusCode int    `json:"status_code"`
}

// StepFacts is what expressions see as steps.ID.
type StepFacts struct {
	Outcome    Outcome
	Run        BatchRun // the newest of the step's chain; its ID is empty when there is none
	Attempts   int
	StartedAt  time.Time
	FinishedAt time.Time
	Elapsed    time.Duration
	Failure    Failure
}

// A View is what the machine shows to expressions at one moment.
type View struct {
	// Step tells about the step with that index. It is asked only for the steps an expression names.
	Step    func(index int) StepFacts
	Run     BatchRun      // batch_run, in watch and on_failure
	Elapsed time.Duration // elapsed, likewise
	Attempt int
	Failure Failure // in on_failure and finally
	Outcome Outcome // outcome, in finally: the plan's so far
	// AllGood and AnyFailed are the answers of succeeded() and failed().
	AllGood, AnyFailed bool
}

// Evidence is what a condition was judged on, so that why can tell it in ten years.
type Evidence struct {
	Expr   string `json:"expr"`             // the source text
	At     string `json:"at"`               // file:line:col
	Holds  bool   `json:"holds"`            // what it came to
	Values []Seen `json:"values,omitempty"` // what it looked at, in the order of first mention
}

// Seen is one name an expression looked at and the value it had, as text.
type Seen struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// An Order is a trigger filled in: what to start, with which run-time parameters. Every value is the
// text that goes to the scheduler.
type Order struct {
	Object   Object        `json:"object"`
	Code     string        `json:"code"`
	MISDate  string        `json:"misdate,omitempty"` // the date the batch, or what a group's members share, carries; already among Params
	Params   []Pair        `json:"params,omitempty"`
	Tasks    []TaskPairs   `json:"tasks,omitempty"`
	Members  []MemberOrder `json:"members,omitempty"`
	Excluded []string      `json:"excluded,omitempty"`
	Held     []string      `json:"held,omitempty"`
	Included []string      `json:"included,omitempty"`
}

// Pair is one run-time parameter.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"` // with "[redacted]" for what is sensitive in it
	// Pieces are what the value is put together from when something in it is sensitive; nil: nothing is.
	Pieces []Piece `json:"-"`
}

// TaskPairs are the run-time parameters of one task.
type TaskPairs struct {
	Task   string `json:"task"`
	Params []Pair `json:"params"`
}

// MemberOrder is one member of a group with everything that is sent for it: shared parameters included.
type MemberOrder struct {
	Code   string      `json:"code"`
	Params []Pair      `json:"params,omitempty"`
	Tasks  []TaskPairs `json:"tasks,omitempty"`
}

// BatchRef names a batch run at the scheduler.
type BatchRef struct {
	Object Object `json:"object"`
	Code   string `json:"code"`
	RunID  string `json:"batch_run_id"`
}
