package runner

import (
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A Command is something the driver must do, named by its key, whose operation says what. Which of the other fields
// are set follows from the operation:
//
//	trigger                     Permit, NotAfter, NewToken, Sensitive, Order
//	interrupt, restart, rerun   Permit, NotAfter, NewToken, Run
//	watch                       Run, Foreign, Poll
//	look                        Run, Foreign, Tasks
//
// A mutating command has one milestone, [RequestSent], and exactly one final event: [RequestAccepted],
// [RequestRefused], [RequestNotSent] or [RequestInDoubt]. A watch asks for the status at once and then as Poll says,
// until a decision drops it; a look ends with its first answer. Who is given a command must not change it.
type Command struct {
	Key Key `json:"key"`
	// Permit says why this request may be made (law L1); nil for watch and look, since asking needs none.
	*Permit
	Order *fact.Order   `json:"order,omitempty"`
	Run   fact.BatchRef `json:"run,omitzero"`
	Tasks []string      `json:"tasks,omitempty"` // to look at; none: all
	// Foreign is true when a person named the batch run: no answer to this run ever did. A scheduler that does
	// not know it ends the watch with [LookFailed]; of a batch run of our own that is no answer.
	Foreign   bool      `json:"foreign,omitempty"`
	NotAfter  time.Time `json:"not_after,omitzero"`  // stop trying to connect then, and report request.not_sent
	NewToken  bool      `json:"new_token,omitempty"` // the last one was answered 401: get another token first
	Sensitive bool      `json:"sensitive,omitempty"` // the body holds a sensitive value: keep it out of the record
	Poll      plan.Poll `json:"-"`                   // the plan says it
}

// Mutating reports whether the command starts or changes a batch run.
func (c *Command) Mutating() bool { return c.Key.Op.Mutating() }

// About is the batch run the command is about; of a trigger, what it starts, which has no id yet.
func (c *Command) About() fact.BatchRef {
	if c.Order != nil {
		return fact.BatchRef{Object: c.Order.Object, Code: c.Order.Code}
	}
	return c.Run
}
