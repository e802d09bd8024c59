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
	"ofsplan/runner/dispatch"
	"ofsplan/runner/record"
)

// beat is how often a run says in its journal that it is alive.
const beat = 15 * time.Minute

// errLeaving refuses a gate once nothing new may start.
var errLeaving = errors.New("the run is being left, nothing new starts")

// A loop drives one run. Everything in it belongs to the goroutine of [Run].
//
//	opening ──▶ running ──▶ leaving ──▶ left
//	(first contact)  │          ▲   (calls under way finish, and are recorded)
//	                 └──────────┘ end, detach, a failed journal, a broken law
type loop struct {
	given
	clock    clock
	pending  pending
	out      outbound
	requests requests
	watches  watches
	notices  notices
	sensors  sensors
	leave    leave
	pulse    pulse
	inbox    inbox
	ahead    ahead
}

// given is what a loop stands between.
type given struct {
	world   World
	machine *runner.Machine
	desk    *dispatch.Desk
}

// leave is about how the loop stops.
type leave struct {
	calls  context.Context // of every call; a request past its gate outlives it
	cancel context.CancelCauseFunc
	going  bool         // nothing new starts
	room   func() error // tells why there is no room for another request; nil: there is
	err    error        // what Run returns
	result Result
}

// pulse is what the loop does by the clock for itself.
type pulse struct {
	beat    time.Time // the next heartbeat
	depart  time.Time // when the next call may be due to start; zero: not before a message comes
	ignored time.Time // a time the machine named as Next and then had nothing to do at; zero: none
}

// Run drives a run from its opening, or from where a replayed machine stands, until it ended, was detached
// because ctx was canceled, or cannot go on. The world is run in the calling goroutine.
//
// The error wraps [ErrNoContact] when nothing was started for want of a token or a connection, [ErrJournal]
// when a turn could not be written, and [runner.ErrUnexpected] when the machine was told something that
// cannot be. In every case the requests under way have been waited for, and no goroutine is left.
func Run(ctx context.Context, w World, m *runner.Machine, cfg Config) (Result, error) {
	if err := cfg.validate(); err != nil {
		return Result{}, err
	}
	l := newLoop(ctx, w, m, cfg)
	defer l.leave.cancel(errLeaving)
	defer l.notices.cancel(errLeaving)
	l.open(cfg)
	for {
		l.settle(ctx)
		if l.leave.going && l.idle() && len(l.notices.open) == 0 || !l.await(ctx) {
			l.leave.result.Doubted = m.Status().Doubted > 0
			return l.leave.result, l.leave.err
		}
	}
}

// flying is how many calls are under way.
func (l *loop) flying() int {
	return l.requests.flying + l.watches.flying + l.out.flying + l.notices.flying + l.sensors.flying
}

// idle reports whether nothing at all is under way: no call, and no sync.
func (l *loop) idle() bool { return l.flying() == 0 && !l.pending.flushing && l.inbox.asking == 0 }

func newLoop(ctx context.Context, w World, m *runner.Machine, cfg Config) *loop {
	if cfg.Jitter == nil {
		cfg.Jitter = func() float64 { return 0.5 }
	}
	l := &loop{given: given{w, m, cfg.Desk}}
	l.leave.calls, l.leave.cancel = context.WithCancelCause(context.WithoutCancel(ctx))
	l.leave.room = cfg.Room
	l.pending = pending{journal: cfg.Journal, Observers: cfg.Observers}
	l.out = newOutbound(cfg)
	l.requests = requests{byKey: map[runner.Key]*request{}}
	l.watches = watches{byKey: map[runner.Key]*watch{}}
	l.notices = newNotices(ctx, cfg)
	l.sensors = sensors{senses: cfg.Senses, watches: watches{byKey: map[runner.Key]*watch{}}}
	if cfg.Senses == nil {
		l.sensors.senses = noSenses{}
	}
	l.clock.resume(w.Now(), cfg.After)
	l.pulse.beat = l.now().Add(beat)
	l.ahead = newAhead(m.Outlook(), m.Steps())
	l.inbox = inbox{inbox: cfg.Inbox, every: cmp.Or(cfg.InboxEvery, collectEvery), people: people{who: cfg.Who}}
	return l
}

// open applies the events that begin or resume the run and takes up what the machine has pending. A request
// that may have been sent before is not taken up: only a person can say what became of it.
func (l *loop) open(cfg Config) {
	l.out.first = contactMade
	if cfg.Unbegun {
		l.out.first = wantToken
	}
	for _, e := range cfg.Opening {
		if _, ok := l.apply(e, durable); !ok {
			return
		}
		if _, new := e.(runner.RunStarted); new {
			l.out.first = wantToken
		}
	}
	l.behind()
	l.pending.headline = true
	for _, c := range l.machine.Status().Pending {
		if c.Sent || !l.order(c.Command) {
			continue
		}
		if last := l.pending.last(); last != nil {
			last.keys = append(last.keys, c.Key)
		} else {
			l.enlist(c.Key)
		}
	}
}

// errStuck is what a machine that waits for nothing is told, instead of letting it wait for ever.
var errStuck = errors.New("drive: nothing is under way and nothing falls due, so the run would wait for ever")

// await waits for the next thing to happen and takes in everything that is ready. False means that nothing
// can happen any more.
func (l *loop) await(ctx context.Context) bool {
	if l.leave.going {
		ctx = context.WithoutCancel(ctx)
	}
	until := l.wake()
	if l.leave.going && l.idle() && len(l.notices.open) == 0 {
		return true
	}
	msg, ok := l.world.Next(ctx, l.clock.toWorld(until))
	if !ok && until.IsZero() && ctx.Err() == nil {
		l.fail(errStuck)
		return false
	}
	for ok {
		l.take(msg)
		msg, ok = l.world.Next(ctx, time.Unix(0, 0))
	}
	return true
}

// take handles one message.
func (l *loop) take(msg Message) {
	if msg.Panic != "" {
		panic(msg.Panic)
	}
	if msg.Open == nil {
		msg.Call.ended()
		return
	}
	msg.Call.gate(msg.Open)
}

// settle brings the run to rest: what falls due is applied, everything is written, gates are opened and
// calls started, until there is nothing to do but wait.
func (l *loop) settle(ctx context.Context) {
	if ctx.Err() != nil && !l.leave.going {
		l.detach(runner.RunDetached{Reason: context.Cause(ctx).Error()})
	}
	if !l.leave.going {
		l.tick()
	}
	for again := true; again; again = l.tellPeople() {
		l.write()
		l.depart()
	}
	if l.leave.going {
		l.lastMessages()
		l.write()
		l.leave.cancel(errLeaving)
	}
}

// tick tells the machine about the time it named, and the journal that we are alive.
func (l *loop) tick() {
	now := l.now()
	l.collect(now)
	l.remind(now)
	if next, ok := l.machine.Next(); ok && !next.After(now) && !next.Equal(l.pulse.ignored) {
		l.apply(runner.ClockReached{}, whenDecided)
		if after, ok := l.machine.Next(); ok && after.Equal(next) {
			l.pulse.ignored = next // it waits for an answer, not for the clock
		}
	}
	l.foresee(now)
	if now.Before(l.pulse.beat) {
		return
	}
	l.pulse.beat = now.Add(beat)
	l.note(record.Note{Kind: record.Heartbeat, Message: fmt.Sprintf("%d batch runs watched, %d requests waiting, %d calls under way",
		len(l.watches.byKey), len(l.requests.byKey)-l.requests.flying, l.flying())})
}

// wake is when the loop must look up even if no message comes; zero: only a message can bring anything.
func (l *loop) wake() time.Time {
	_, tell := l.notices.due(l.now())
	if l.leave.going {
		return l.notices.patience(tell)
	}
	at := earlier(l.pulse.depart, tell)
	if next, ok := l.machine.Next(); ok && !next.Equal(l.pulse.ignored) {
		at = earlier(at, next)
	}
	if at.IsZero() && l.idle() && (l.inbox.inbox == nil || !l.machine.Awaits()) {
		l.fail(errStuck)
		return at
	}
	at = earlier(at, l.ahead.next(l.clock.last))
	return earlier(earlier(earlier(at, l.reminder()), l.pulse.beat), l.inbox.due())
}

// weight says when a turn is written and whether a sync must follow.
type weight int

const (
	whenDecided weight = iota // written when something followed, synced with what comes next
	durable                   // written in any case, and synced before anything else is done
)

// apply tells the machine an event and books the turn. False means that the machine would not have it and
// the run is being left.
func (l *loop) apply(e runner.Event, w weight) (runner.Decision, bool) {
	at := l.now()
	d, err := l.machine.Apply(at, e)
	if err != nil {
		l.fail(fmt.Errorf("drive: %s: %w", e.Type(), err))
		return runner.Decision{}, false
	}
	l.turn(at, e, d, w)
	return d, true
}

// turn takes down an event the machine accepted and takes up its decision. The line is the last pending one, unless
// there was nothing to write.
func (l *loop) turn(at time.Time, e runner.Event, d runner.Decision, w weight) {
	for _, k := range d.Drops {
		l.drop(k)
	}
	if w != durable && d.Empty() {
		return
	}
	l.ahead.moved = true
	n := line{turn: record.Turn{At: at, Event: e, Decision: d}}
	n.durable = w == durable || d.End != nil || slices.ContainsFunc(d.Commands, func(c *runner.Command) bool { return c.Key.Op.Tells() })
	for _, c := range d.Commands {
		if l.order(c) {
			n.keys = append(n.keys, c.Key)
		}
	}
	l.pending.add(n)
	if l.leave.result.End == nil {
		l.leave.result.At = at // who was told of the end later is no part of how long the run took
	}
	if d.End != nil {
		l.leave.result.End = d.End
		l.leave.going = true
		l.pending.headline = true
	}
}

// order takes up a command, to be carried out once its line is settled. False means that it is known already.
func (l *loop) order(c *runner.Command) bool {
	switch {
	case c.Mutating():
		return l.requests.add(c)
	case c.Key.Op.Tells():
		return l.notices.add(c)
	case c.Key.Op == runner.OpSense:
		return l.sensors.add(c, l.now())
	}
	return l.watches.add(c, l.now())
}

// drop forgets a command that is not wanted any more.
func (l *loop) drop(k runner.Key) {
	l.requests.drop(k)
	l.notices.drop(k)
	l.sensors.drop(k)
	if w := l.watches.drop(k); w != nil {
		l.desk.Forget(w.cmd.Run.RunID)
	}
}

// detach leaves the run going on: nothing new starts, what is under way is finished and recorded.
func (l *loop) detach(why runner.RunDetached) {
	if _, ok := l.apply(why, durable); ok {
		l.leave.result.Detached = l.leave.result.End == nil
	}
	l.pending.headline = true
	l.leave.going = true
	if n := l.requests.sent(); n > 0 {
		l.note(record.Note{Kind: record.Finishing, Message: fmt.Sprintf(
			"%s under way: the answer is waited for and recorded; a second signal leaves at once, and then it is in doubt", requestsAre(n))})
	}
}

// requestsAre counts requests as the subject of a sentence.
func requestsAre(n int) string {
	if n == 1 {
		return "1 request is"
	}
	return readable.Count(n, "request") + " are"
}

// fail leaves the run because it cannot go on. The first reason counts.
func (l *loop) fail(err error) {
	l.leave.going = true
	if l.leave.err == nil {
		l.leave.err = err
	}
}

// note books something operators should hear.
func (l *loop) note(n record.Note) {
	n.At = l.now()
	l.pending.add(line{note: n})
}

// earlier returns the earlier of two times, where zero means never.
func earlier(a, b time.Time) time.Time {
	if a.IsZero() || !b.IsZero() && b.Before(a) {
		return b
	}
	return a
}
