package runner

import "ofsplan/plan/fact"

// A Decision is what followed from one event: steps that moved, orders to the driver, and, when nothing
// can move any more, how the run ended. The zero Decision means that nothing changed, and is not written.
type Decision struct {
	Moves    []Transition `json:"moves,omitempty"`
	Commands []*Command   `json:"-"`               // the record spells them out
	Drops    []Key        `json:"drops,omitempty"` // watches and looks that are not wanted any more
	Notices  []Notice     `json:"notices,omitempty"`
	Fresh    []Fresh      `json:"fresh,omitempty"` // what a batch run that was started again shows for the first time since
	End      *End         `json:"end,omitempty"`
}

// Empty reports whether nothing followed.
func (d Decision) Empty() bool {
	return len(d.Moves) == 0 && len(d.Commands) == 0 && len(d.Drops) == 0 && len(d.Notices) == 0 && len(d.Fresh) == 0 && d.End == nil
}

// Fresh says that a batch run which was started again, and keeps its id, shows something else than before for the first
// time. Until then its status may be that of before.
type Fresh struct {
	BatchRunID string   `json:"batch_run_id"`
	Parts      []string `json:"parts,omitempty"` // the tasks and members that do; those which are not named may still be as before
}

// State is where a step stands. The six outcomes of the plan language are its final states.
type State string

// The states of a step. This is the main way; the table in the package comment has every transition. Before a request that starts a
// batch a step may be closed for a while.
//
//	waiting ─▶ queued ─▶ requesting ─▶ watching ─▶ an outcome
//	        │         └▶ sleeping      ▲   │  ▲
//	        ├▶ sensing└▶ looking ──────┘   ▼  │
//	                           ▲        stopping (an interrupt before restart, rerun or the end)
//	                           └──────── delaying (an on_failure rule's delay)
const (
	Waiting    State = "waiting"    // for its needs
	Queued     State = "queued"     // for a slot of the plan's concurrency
	Requesting State = "requesting" // a trigger, rerun, restart or interrupt is under way
	Watching   State = "watching"   // a batch run goes on
	Looking    State = "looking"    // one answer is wanted before the next move
	Stopping   State = "stopping"   // an interrupt is under way, and something follows it
	Delaying   State = "delaying"   // an on_failure rule acts later
	Sleeping   State = "sleeping"
	Closed     State = "closed"    // its request waits for the end of a closed window, and it holds no slot
	Running    State = "running"   // of a foreach step as a whole: its items have their turn
	Sensing    State = "sensing"   // it looks for something that is not at the scheduler, and holds no slot
	Notifying  State = "notifying" // people are being told something
	Awaiting   State = "awaiting"  // a person's word is wanted, and it holds no slot
)

// Outcome is the outcome that a final state names, in doubt included; false for any other state.
func (s State) Outcome() (fact.Outcome, bool) {
	switch o := fact.Outcome(s); o {
	case fact.Succeeded, fact.Failed, fact.Skipped, fact.Blocked, fact.Canceled, fact.InDoubt:
		return o, true
	}
	return "", false
}

// Transition is one step moving.
type Transition struct {
	Step     string          `json:"step"`
	From     State           `json:"from"`
	To       State           `json:"to"`
	Why      string          `json:"why,omitempty"`  // in words, for people
	Rule     string          `json:"rule,omitempty"` // file:line:col of the on_failure or watch rule that acted
	Evidence []fact.Evidence `json:"evidence,omitempty"`
	Failure  *fact.Failure   `json:"failure,omitempty"` // when To is failed, or a rule answers a failure
	Mark     string          `json:"mark,omitempty"`    // what qualifies the outcome: one of the marks, or nothing
	By       string          `json:"by,omitempty"`      // with healed: the step that healed it; of a person's word: who said it
	Asks     Key             `json:"asks,omitzero"`     // when To is awaiting: the approval that is asked for
}

// The marks.
const (
	MarkContinued = "continued"   // an on_failure rule lets it count as succeeded
	MarkHealed    = "healed"      // it failed, and another step made it good
	MarkAllowed   = "allowed"     // it failed, and the plan allows that
	MarkResolved  = "resolved_by" // an operator declared it, or named the batch run it goes on with
	MarkApproved  = "approved"    // of an approval: a person gave it
)

// Notice is something a person should hear of that moves no step.
type Notice struct {
	Step     string          `json:"step,omitempty"`
	Kind     string          `json:"kind"` // one of NoticeKinds, or of RunNoticeKinds where Step is empty
	Message  string          `json:"message"`
	Rule     string          `json:"rule,omitempty"`
	Evidence []fact.Evidence `json:"evidence,omitempty"`
}

// NoticeCrossed is the kind of the notice that the answer to a request names a batch run which is not that step's.
const NoticeCrossed = "crossed_answer"

// NoticeKinds are the kinds of notices about a step.
func NoticeKinds() []string {
	return []string{
		NoticeLate, NoticeEarly, "watch_warn", "watch_interrupt", "interrupt_failed", "interrupt_in_doubt", "unknown_status", "status_changed", "expression",
		"contradiction", "may_be_old", NoticeCrossed, "batch_run_id", "throttled", "sensor_waits", "sensor_trouble",
	}
}

// End is how a run ended, or stopped for good until somebody speaks.
type End struct {
	// Outcome is succeeded, failed, canceled, or in_doubt: stopped, waiting for a person's statement.
	Outcome fact.Outcome `json:"outcome"`
	// Steps counts the steps by outcome.
	Steps map[fact.Outcome]int `json:"steps"`
	// NothingStarted is true when no request of the run was ever carried out.
	NothingStarted bool `json:"nothing_started,omitempty"`
	// NoContact is true when nothing was started and every step that failed did so because nobody could be
	// reached or would have us.
	NoContact bool `json:"no_contact,omitempty"`
	// Late is true when the plan's deadline had passed.
	Late bool `json:"late,omitempty"`
	// Rejected is true when the run failed by nothing but approvals that people rejected.
	Rejected bool `json:"rejected,omitempty"`
}
