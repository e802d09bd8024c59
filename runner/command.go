package runner

import (
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A Command is something the driver must do, named by its key. The mutating ones ([TriggerBatch],
// [InterruptBatch], [RestartBatch], [RerunBatch]) have one milestone, [RequestSent], and exactly one final
// event: [RequestAccepted], [RequestRefused], [RequestNotSent] or [RequestInDoubt]. [WatchBatch] goes on
// until a decision drops it; [LookBatch] ends with its first answer.
type Command interface {
	Key() Key
	// Permit says why this request may be made; empty for watch and look.
	Permit() string
}

// Request is what all mutating commands share.
type Request struct {
	ID        Key       `json:"key"`
	Why       string    `json:"permit"`
	NotAfter  time.Time `json:"not_after"`           // stop trying to connect then, and report request.not_sent
	NewToken  bool      `json:"new_token,omitempty"` // the last one was answered 401: get another token first
	Sensitive bool      `json:"sensitive,omitempty"` // the body holds a sensitive value: keep it out of the record
}

// Key names the command.
func (r Request) Key() Key { return r.ID }

// Permit says why this request may be made.
func (r Request) Permit() string { return r.Why }

// TriggerBatch orders a batch or a group.
type TriggerBatch struct {
	Request
	Order fact.Order `json:"order"`
}

// InterruptBatch stops a batch run.
type InterruptBatch struct {
	Request
	Run fact.BatchRef `json:"run"`
}

// RestartBatch resumes a batch run from where it stopped.
type RestartBatch struct {
	Request
	Run fact.BatchRef `json:"run"`
}

// RerunBatch runs a batch again, as a new batch run.
type RerunBatch struct {
	Request
	Run fact.BatchRef `json:"run"`
}

// WatchBatch asks for the status again and again, at once and then as Poll says, until it is dropped.
type WatchBatch struct {
	ID   Key           `json:"key"`
	Run  fact.BatchRef `json:"run"`
	Poll plan.Poll     `json:"-"`
	// Foreign is true when a person named the batch run: no answer to this run ever did. A scheduler that does
	// not know it ends the watch with [LookFailed]; of a batch run of our own that is no answer.
	Foreign bool `json:"foreign,omitempty"`
}

// LookBatch asks for the status once.
type LookBatch struct {
	ID    Key           `json:"key"`
	Run   fact.BatchRef `json:"run"`
	Tasks []string      `json:"tasks,omitempty"` // none: all
	// Foreign is as in [WatchBatch].
	Foreign bool `json:"foreign,omitempty"`
}

// Key names the command.
func (c WatchBatch) Key() Key { return c.ID }

// Permit is empty: asking needs none.
func (WatchBatch) Permit() string { return "" }

// Key names the command.
func (c LookBatch) Key() Key { return c.ID }

// Permit is empty: asking needs none.
func (LookBatch) Permit() string { return "" }
