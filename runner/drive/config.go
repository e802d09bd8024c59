package drive

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/readable"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/record"
)

// ErrJournal means that a turn could not be written: nothing new was done from then on. Exit code 7.
var ErrJournal = errors.New("the audit log cannot be written")

// ErrNoContact means that the first token or the first connection of a run could not be had. Nothing was
// started. Exit code 5.
var ErrNoContact = errors.New("nothing was started")

// A Journal is where turns are written; *audit.Journal is one.
type Journal interface {
	// Append writes entries as one write, without a sync. After a failure every further call fails.
	Append(entries ...audit.Entry) error
	// Sync makes everything appended so far durable.
	Sync() error
}

// Config is what a run needs besides a world and a machine.
type Config struct {
	// Desk turns commands into calls. Required.
	Desk *dispatch.Desk
	// Journal takes every turn. Required.
	Journal Journal
	// Opening are the events that begin the run, RunStarted and a FilePinned per file, or RunResumed when the
	// machine was replayed. They are written and synced together before anything is sent. A run that starts gives up when
	// there is no first contact; a resumed one waits, unless it is Unbegun.
	Opening []runner.Event
	// Unbegun is true of a run that is resumed and never asked anybody for anything, for want of contact or because it was
	// stopped before: it makes its first contact as a run does that starts.
	Unbegun bool
	// After is the time of the last turn of a run that is resumed: no turn of ours is earlier, also when the
	// clock was set back meanwhile. Zero: there is none.
	After time.Time
	Limits
	// Senses look for what sensors of the plan wait for. Nil: nobody can look, and such a step fails.
	Senses Senses
	// Inbox is where other processes leave operators' statements. Nil: there is none.
	Inbox Inbox
	// InboxEvery is how often the inbox is looked into. Zero: each second.
	InboxEvery time.Duration
	// Who is asked who left a letter whose statement depends on that ([runner.Machine.Inquiry]): the user of that number. It is called
	// beside the loop, which goes on meanwhile, and ends when ctx does. Nil: nothing is known of anybody.
	Who Who
	// Room is asked before each request leaves. An error keeps it here, and the run is left to be resumed: there may be
	// no room to record another one, though there is some to record how those under way end. Nil: there is plenty.
	Room func() error
	// Teller brings messages to people. Nil: nobody is told anything, and Withheld says why.
	Teller   Teller
	Withheld string
	// Jitter spreads the attempts to come back into contact: it returns a number from 0 up to 1.
	// Nil: always 0.5, so no spread.
	Jitter func() float64
	Observers
}

// A Who tells who the user of that number is, as far as an inquiry asks. Its error is that it cannot be told.
type Who func(ctx context.Context, uid string, q runner.Inquiry) (*runner.Approver, error)

// An Inbox holds statements from other processes; state.Inbox is one.
type Inbox interface {
	// Letters are the statements that wait, the oldest first.
	Letters() ([]state.Letter, error)
	// Remove takes out a statement that has been dealt with.
	Remove(id string) error
}

// Limits say when a call may leave. The zero value limits nothing but what protects this machine.
type Limits struct {
	// RequestsPerSecond is how many calls may leave for the scheduler each second, evenly spaced. 0: no limit.
	RequestsPerSecond float64
	// ConcurrentCalls is how many calls may be under way at once. 0: as many requests as 256, of them
	// at most 32 that only look.
	ConcurrentCalls int
	// OpenFiles is how many files and connections this process may have open at once, so that no more calls are made than
	// leave some to the audit log. 0: nobody knows.
	OpenFiles int
}

// Observers are told what happened, in the loop and in order; they must not block. Each may be nil.
type Observers struct {
	// Turn is told each turn after it was written, and after it was synced where its kind asks for it.
	Turn func(record.Turn)
	// Note is told what operators should hear and no step moves by.
	Note func(record.Note)
	// Head is called when the journal's head is worth keeping elsewhere: after the start, before the first
	// request, at the end or detach, and in between after 1, 2, 4 … 60 minutes. Everything written is synced
	// then. An error is taken like a failed write.
	Head func() error
}

// Result says how a run was left.
type Result struct {
	// End is how the run ended; nil when it was detached.
	End *runner.End
	// Detached is true when the run was left going on, to be resumed.
	Detached bool
	// Doubted is true when a step is left in doubt.
	Doubted bool
	// At is the time of the last turn.
	At time.Time
}

// validate refuses a configuration that cannot drive anything.
func (c Config) validate() error {
	switch {
	case c.Desk == nil:
		return errors.New("drive: no desk")
	case c.Journal == nil:
		return errors.New("drive: no journal")
	case c.RequestsPerSecond < 0:
		return fmt.Errorf("drive: %g requests per second is negative", c.RequestsPerSecond)
	case c.ConcurrentCalls < 0:
		return fmt.Errorf("drive: %d concurrent calls is negative", c.ConcurrentCalls)
	case c.OpenFiles < 0:
		return fmt.Errorf("drive: %d open files is negative", c.OpenFiles)
	case c.InboxEvery < 0:
		return fmt.Errorf("drive: to look into the inbox every %s is negative", readable.Duration(c.InboxEvery))
	}
	return nil
}
