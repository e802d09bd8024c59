// Package fact holds the facts of a run as a plan speaks of them: how steps end, in which state a batch run is, why an
// attempt failed, and what is ordered from the scheduler.
//
// They are plain values. Expressions read them, the machine decides over them, the journal keeps them, and the dispatcher
// translates the scheduler's own words into them; each of these packages names fact, and fact names none of them. It
// decides nothing and reads nothing: start with [Outcome], [Status] and [Order].
//
// The texts of [Outcome], [Status], [FailureKind] and [Object] stand in plans and in audit logs, so they never change.
package fact

import (
	"iter"
	"slices"
	"strings"
	"time"
)

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

// Outcomes lists them all, in the order in which documents and messages do.
func Outcomes() []Outcome {
	return []Outcome{Succeeded, Failed, Skipped, Blocked, Canceled, InDoubt}
}

// Worst is the worst of several outcomes, which is that of a foreach step over its items; empty when there is none.
func Worst(of iter.Seq[Outcome]) Outcome {
	order := []Outcome{InDoubt, Failed, Canceled, Blocked, Succeeded, Skipped}
	worst := len(order)
	for out := range of {
		if i := slices.Index(order, out); i >= 0 {
			worst = min(worst, i)
		}
	}
	if worst == len(order) {
		return ""
	}
	return order[worst]
}

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

// Statuses lists them all, in the order in which documents and messages do.
func Statuses() []Status {
	return []Status{NotStarted, Ongoing, StatusSucceeded, StatusFailed, Interrupted, Aborted, Excluded, Held, Unknown}
}

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
	NotSent          FailureKind = "notify"      // a channel did not take a message
	FileFailed       FailureKind = "file"        // it cannot be looked for a file
	CheckFailed      FailureKind = "check"       // a command of the target does not answer
	PlanFailed       FailureKind = "plan_failed" // the run of another plan that is waited for
	RequestInDoubt   FailureKind = "in_doubt"
	Rejected         FailureKind = "rejected" // a person said no
)

// Kinds lists them all, in the order in which documents and messages do.
func Kinds() []FailureKind {
	return []FailureKind{
		BatchFailed, BatchAborted, BatchInterrupted, BatchHeld, TimedOut, Refused, Unreachable, Unauthorized, BadExpression,
		NotSent, FileFailed, CheckFailed, PlanFailed, Rejected, RequestInDoubt,
	}
}

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

// NothingTold is what expressions read as a code of which the scheduler has told nothing: of a step that was skipped or refused,
// of a batch run nobody has looked at, of a task or member that was not seen. No code of the guide is it; 0 is success.
const NothingTold = -100

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

// Step is what expressions see as steps.ID.
type Step struct {
	Outcome    Outcome
	Run        BatchRun // the newest of the step's chain; its ID is empty when there is none
	Attempts   int
	StartedAt  time.Time
	FinishedAt time.Time
	Elapsed    time.Duration
	Failure    Failure
	// FailedItems are, of a foreach step, the items that failed, sorted.
	FailedItems []string
	File        SeenFile // that a file step took; the zero value: it took none
}

// A View is what the machine shows to expressions at one moment.
type View struct {
	// Step tells about the step with that index. It is asked only for the steps an expression names.
	Step    func(index int) Step
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
	Values []Seen `json:"values,omitempty"` // what it read, in the order of first mention
}

// Seen is one name an expression read and the value it had, as text.
type Seen struct {
	Name  string `json:"name"`
	Value string `json:"value"`
}

// A KindSet is a set of kinds of failure: one bit for each, in the order of [Kinds]. The zero value is the empty set.
type KindSet uint

// SetOf is the set of these kinds; what is none of them is left out.
func SetOf(list ...FailureKind) (set KindSet) {
	all := Kinds()
	for _, k := range list {
		if i := slices.Index(all, k); i >= 0 {
			set |= 1 << i
		}
	}
	return set
}

// AllKinds is the set of all of them.
func AllKinds() KindSet { return 1<<len(Kinds()) - 1 }

// String lists the kinds.
func (s KindSet) String() string {
	var list []string
	for i, k := range Kinds() {
		if s&(1<<i) != 0 {
			list = append(list, string(k))
		}
	}
	return strings.Join(list, ", ")
}
