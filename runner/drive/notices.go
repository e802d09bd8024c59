package drive

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Teller brings messages to people. It is asked beside the loop, and tries once.
type Teller interface {
	// Tell tries to bring a message to its channel. Nil says that the channel took it; an error says why not, in one line without
	// secrets, and is final unless it wraps a [TryAgain].
	Tell(ctx context.Context, k runner.Key, m runner.Message) error
}

// TryAgain is the error of a try after which another one may fare better.
type TryAgain struct {
	Err   error
	After time.Duration // how long the channel asked to be left alone; 0: it did not
}

// Error is what went wrong.
func (e *TryAgain) Error() string { return e.Err.Error() }

// Unwrap is what went wrong.
func (e *TryAgain) Unwrap() error { return e.Err }

// When a message is tried again: so long after each try that came to nothing. One for which a step waits is given up sooner.
var (
	gaps       = []time.Duration{2 * time.Second, 10 * time.Second, time.Minute, 5 * time.Minute, 15 * time.Minute}
	gapsUrgent = []time.Duration{2 * time.Second, 10 * time.Second}
)

// How long the loop waits for its last messages: once the run has ended, and when it is left, after which whoever resumes it sends them.
const (
	patienceAtEnd   = time.Minute
	patienceLeaving = 10 * time.Second
)

// remarkAfter is how long it is nobody's business that the loop waits for its last messages.
const remarkAfter = 3 * time.Second

// messagesAre counts messages as the subject of a sentence.
func messagesAre(n int) string {
	if n == 1 {
		return "1 message to people is"
	}
	return readable.Count(n, "message") + " to people are"
}

// A notice is one message to be brought to one channel.
type notice struct {
	cmd     *runner.Command
	tries   int
	after   time.Time // not to be tried before; zero: at once
	settled bool      // what ordered it is on disk
	err     error     // of the try under way, written by it and read once it has ended
	dropped bool      // the machine does not want it any more
}

// notices are the messages ordered and not ended. Each channel is told one after the other, so that one which hangs holds up
// nothing but itself, and at most one try of each is under way.
type notices struct {
	teller Teller // nil: nobody is told anything
	why    string // why nobody is
	open   []*notice
	busy   map[string]bool // channels of which a try is under way
	flying int
	calls  context.Context
	cancel context.CancelCauseFunc
	until  time.Time // when the loop stops waiting for them; zero: it is not leaving
	remark time.Time // when people at the terminal hear what is waited for; zero: they have, or it is not leaving
}

// newNotices begins with nothing to be told. The context of the tries outlives that of the run: the last messages say that it is over.
func newNotices(ctx context.Context, cfg Config) notices {
	n := notices{teller: cfg.Teller, why: cmp.Or(cfg.Withheld, "nobody is told anything"), busy: map[string]bool{}}
	n.calls, n.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	return n
}

// find is the open message of that key; nil: there is none.
func (n *notices) find(k runner.Key) *notice {
	for _, one := range n.open {
		if one.cmd.Key == k {
			return one
		}
	}
	return nil
}

// add takes an order, to be tried once its line is settled. False means that it was taken before.
func (n *notices) add(c *runner.Command) bool {
	if n.find(c.Key) != nil {
		return false
	}
	n.open = append(n.open, &notice{cmd: c})
	return true
}

// enlist lets a message be tried.
func (n *notices) enlist(k runner.Key) {
	if one := n.find(k); one != nil {
		one.settled = true
	}
}

// drop forgets a message. A try that is under way goes on, and nothing comes of it.
func (n *notices) drop(k runner.Key) {
	if one := n.find(k); one != nil {
		one.dropped = true
		n.open = slices.DeleteFunc(n.open, func(o *notice) bool { return o == one })
	}
}

// due is the next message to be tried by now; nil, and when there may be one, where zero means not before something happens.
func (n *notices) due(now time.Time) (next *notice, at time.Time) {
	for _, one := range n.open {
		switch {
		case !one.settled || n.busy[one.cmd.Message.Channel]:
		case one.after.After(now):
			at = earlier(at, one.after)
		default:
			return one, now
		}
	}
	return nil, at
}

// patience is when a loop that is leaving looks up even if nothing comes; zero: only the end of a try brings anything.
func (n *notices) patience(tell time.Time) time.Time {
	if len(n.open) == 0 {
		return time.Time{}
	}
	return earlier(earlier(tell, n.until), n.remark)
}

// tellPeople starts every try that is due, also while the run is being left. It reports whether any message ended by that.
func (l *loop) tellPeople() (ended bool) {
	n := &l.notices
	for !l.pending.closed {
		one, _ := n.due(l.now())
		if one == nil {
			break
		}
		if n.teller == nil {
			l.told(one, runner.NoticeSent{Key: one.cmd.Key, Channel: one.cmd.Message.Channel, Withheld: n.why})
			ended = true
			continue
		}
		l.tryToTell(one)
	}
	return ended
}

// tryToTell starts one try.
func (l *loop) tryToTell(one *notice) {
	n, channel := &l.notices, one.cmd.Message.Channel
	n.busy[channel] = true
	n.flying++
	one.tries++
	l.world.Start(&Call{
		do: func(func() error) { one.err = n.teller.Tell(n.calls, one.cmd.Key, *one.cmd.Message) },
		ended: func() {
			n.busy[channel] = false
			n.flying--
			if !one.dropped && !l.pending.closed {
				l.tried(one)
			}
		},
	})
}

// tried takes in what became of a try: the message has ended, or is tried again later.
func (l *loop) tried(one *notice) {
	k, channel := one.cmd.Key, one.cmd.Message.Channel
	waits := gaps
	if one.cmd.Message.Urgent {
		waits = gapsUrgent
	}
	again, may := errors.AsType[*TryAgain](one.err)
	switch {
	case one.err == nil:
		l.told(one, runner.NoticeSent{Key: k, Channel: channel, Tries: one.tries})
	case may && one.tries <= len(waits):
		one.after = l.now().Add(max(waits[one.tries-1], again.After))
	default:
		l.told(one, runner.NoticeFailed{Key: k, Channel: channel, Tries: one.tries, Message: one.err.Error()})
	}
}

// told ends a message.
func (l *loop) told(one *notice, e runner.Event) {
	l.notices.drop(one.cmd.Key)
	l.apply(e, durable)
	if l.leave.going {
		l.pending.headline = true // the log ends later than the head that was kept
	}
}

// lastMessages gives up what is open once the loop, which is leaving, has waited long enough. The messages of a run that has ended have
// failed then; of one that was left, whoever resumes it sends them.
func (l *loop) lastMessages() {
	n := &l.notices
	if n.until.IsZero() {
		n.until = l.now().Add(patienceLeaving)
		if l.leave.result.End != nil {
			n.until = l.now().Add(patienceAtEnd)
		}
		n.remark = l.now().Add(remarkAfter)
	}
	if len(n.open) > 0 && !n.remark.IsZero() && !l.now().Before(n.remark) {
		n.remark = time.Time{}
		l.note(record.Note{Kind: record.Finishing, Message: fmt.Sprintf("%s not sent yet, and waited for until %sZ; a second signal leaves at once",
			messagesAre(len(n.open)), readable.Clock(n.until))})
	}
	if !l.pending.closed && l.now().Before(n.until) {
		return
	}
	for _, one := range slices.Clone(n.open) {
		one.dropped = true
		if l.leave.result.End == nil || l.pending.closed {
			continue
		}
		why := "the run was over, and nothing was waited for any longer"
		if one.err != nil {
			why += ": " + one.err.Error()
		}
		l.told(one, runner.NoticeFailed{Key: one.cmd.Key, Channel: one.cmd.Message.Channel, Tries: one.tries, Message: why})
	}
	n.open = nil
	n.cancel(errLeaving)
}

// overdue tells the machine of lost contact that people wait for long enough.
func (l *loop) overdue(c *contact) {
	if l.machine.Alerts() && !l.leave.going {
		l.apply(runner.ContactOverdue{Peer: string(c.peer), Since: c.since, Refused: c.no}, durable)
	}
}
