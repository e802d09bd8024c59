package runner

import (
	"fmt"
	"strconv"
	"strings"
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
//	notify, alert               Message
//	sense                       Sought, Poll, Until
//
// A mutating command has one milestone, [RequestSent], and exactly one final event: [RequestAccepted],
// [RequestRefused], [RequestNotSent] or [RequestInDoubt]. A watch asks for the status at once and then as Poll says,
// until a decision drops it, and so does a sensor for what it seeks; a look ends with its first answer. A message ends with one [NoticeSent] or [NoticeFailed]. Who is given a command must not change it.
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
	Message   *Message  `json:"message,omitempty"`   // to people
	// Sought is what a sensor looks for: not at the scheduler, so that neither contact nor the pace of requests matters.
	Sought *fact.Sought `json:"sought,omitempty"`
	// Until is when a sensor looks for the last time: its timeout is judged by what that look shows. Zero: there is none.
	Until time.Time `json:"until,omitzero"`
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

// Tells reports whether a command of this kind goes to people, and not to the scheduler.
func (o Op) Tells() bool { return o == OpNotify || o == OpAlert }

// Op is what a command asks of the scheduler, or of a channel.
type Op string

// The operations. Trigger, interrupt, restart and rerun change something; watch and look only ask; notify and alert go to people.
const (
	OpTrigger   Op = "trigger"
	OpInterrupt Op = "interrupt"
	OpRestart   Op = "restart"
	OpRerun     Op = "rerun"
	OpWatch     Op = "watch"
	OpLook      Op = "look"
	OpNotify    Op = "notify" // the message of a step
	OpAlert     Op = "alert"  // a message about the run: its key has no step, and N counts those of the run
	OpSense     Op = "sense"  // asks nobody at the scheduler: see [Command.Sought]
)

// OpApprove stands in the key of an approval that is asked for. It is a person who is asked, and not the scheduler.
const OpApprove Op = "approve"

// Mutating reports whether a request of this kind starts or changes a batch run.
func (o Op) Mutating() bool {
	switch o {
	case OpTrigger, OpInterrupt, OpRestart, OpRerun:
		return true
	}
	return false
}

// A Key names one command, and with it at most one request that changes something:
// step/attempt/op/n. Attempt counts the tries of the step's work, N the requests of that kind within it.
type Key struct {
	Step    string
	Attempt int
	Op      Op
	N       int
}

// String is the key as it stands in records and in the User-Agent mark.
func (k Key) String() string { return fmt.Sprintf("%s/%d/%s/%d", k.Step, k.Attempt, k.Op, k.N) }

// MarshalText writes the key as text.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote. A step id may itself hold slashes.
func (k *Key) UnmarshalText(b []byte) error {
	parts := strings.Split(string(b), "/")
	if len(parts) < 4 {
		return fmt.Errorf("%q is not a request key: want step/attempt/op/n", b)
	}
	tail := parts[len(parts)-3:]
	attempt, err1 := strconv.Atoi(tail[0])
	n, err2 := strconv.Atoi(tail[2])
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%q is not a request key: want step/attempt/op/n", b)
	}
	*k = Key{strings.Join(parts[:len(parts)-3], "/"), attempt, Op(tail[1]), n}
	return nil
}
