package drive

import (
	"context"
	"fmt"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/ofs"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// How much may be under way at once when nobody says: enough to keep a scheduler busy, and few enough that
// this machine does not notice.
const (
	mostCalls = 256
	mostLooks = 32
)

// What a process has open: so many files beside its calls, and so many for a call, which looks up a name and may try two
// addresses at once.
const (
	filesKept    = 20
	filesPerCall = 3
)

// outbound is the way out: contact with both peers, the token, the pace, and how much may be under way at once.
type outbound struct {
	scheduler contact
	identity  contact
	pace      pace
	slots     slots
	jitter    func() float64
	first     first
	flying    int  // calls for a token or a first connection under way
	held      held // the last look that was answered with Retry-After while contact was there
	tokenStrikes
}

// held is a batch run at which looks are held back, since when.
type held struct {
	run string
	at  time.Time
}

// tokenStrikes is how our tokens fare with looks.
type tokenStrikes struct {
	looks    int // begun so far
	judged   int // of them, those begun when a 401 last counted: what another of them brings is no news
	rejected int // 401s in a row that counted, so each with a token of its own
}

// slots are how many calls may be under way: all together, and those that only look.
type slots struct{ all, looks int }

// first says how far a new run has come in its first contact: it gets one token and one connection before its
// first request, and gives up when it cannot.
type first int

const (
	wantToken first = iota
	wantConnection
	contactMade
)

func newOutbound(cfg Config) outbound {
	n := outbound{
		scheduler: contact{peer: record.Scheduler}, identity: contact{peer: record.Identity},
		slots: slots{mostCalls, mostLooks}, jitter: cfg.Jitter,
	}
	if c := cfg.ConcurrentCalls; c > 0 {
		n.slots = slots{c, c}
	}
	if f := cfg.OpenFiles; f > 0 {
		most := max(1, (f-filesKept)/filesPerCall)
		n.slots = slots{min(n.slots.all, most), min(n.slots.looks, most)}
	}
	if r := cfg.RequestsPerSecond; r > 0 {
		n.pace.gap = time.Duration(float64(time.Second) / r)
	}
	return n
}

// A pace is a token bucket that is refilled evenly and holds at most two, so that one call that left late
// does not make all after it late.
type pace struct {
	gap  time.Duration // between two calls; 0: no limit
	next time.Time     // when the next call may leave
}

// take takes a token out at now, which is not before next.
func (p *pace) take(now time.Time) {
	if p.gap == 0 {
		return
	}
	if late := now.Add(-p.gap); p.next.Before(late) {
		p.next = late
	}
	p.next = p.next.Add(p.gap)
}

// depart starts every call that may start now and notes when the next may.
func (l *loop) depart() {
	for !l.leave.going {
		now := l.now()
		do, at := l.next(now)
		if do == nil {
			l.pulse.depart = at
			return
		}
		do()
		l.write() // what gave up, or lost contact, is recorded like everything else
	}
}

// next is what to start now; or, when that is nil, when there may be something, where zero means not before a
// message comes.
func (l *loop) next(now time.Time) (do func(), at time.Time) {
	if l.out.first != contactMade {
		return l.firstContact(), time.Time{}
	}
	if at = l.sensors.next(); !at.IsZero() && !at.After(now) {
		return l.sense, time.Time{}
	}
	e, w := l.requests.head(), l.watches.first()
	if e == nil && w == nil {
		return nil, at
	}
	out := &l.out
	if c := out.unreached(e); c != nil {
		return func() { l.expire(e, c, now) }, at
	}
	due := l.due(now, e, w)
	if due.IsZero() || due.After(now) {
		return nil, earlier(at, due)
	}
	if !l.desk.Ready() {
		if out.flying > 0 {
			return nil, at
		}
		if next := out.identity.nextFor(e); now.Before(next) {
			return nil, earlier(at, next)
		}
		return l.fetch, at
	}
	if now.Before(out.pace.next) {
		return nil, earlier(at, out.pace.next)
	}
	out.pace.take(now)
	if l.wantsLook(now, e, w) {
		return l.look, at
	}
	return func() { l.send(e) }, at
}

// unreached is the peer that a request has waited for as long as its command allows, and in vain when that was over; nil:
// there is none. What was not tried when its time was over is not called unreachable, however long nobody tried.
func (out *outbound) unreached(e *request) *contact {
	if e == nil || e.cmd.NotAfter.IsZero() {
		return nil
	}
	for _, c := range []*contact{&out.scheduler, &out.identity} {
		if c.lost && !c.tried.Before(e.cmd.NotAfter) {
			return c
		}
	}
	return nil
}

// due is when the next call may start for all that contact and slots say; zero: not before a message comes.
func (l *loop) due(now time.Time, e *request, w *watch) time.Time {
	out := &l.out
	if out.scheduler.lost {
		if out.scheduler.probe {
			return time.Time{}
		}
		return out.scheduler.nextFor(e)
	}
	var at time.Time
	if flying := l.requests.flying + l.watches.flying; flying >= out.slots.all {
		return at
	}
	if e != nil {
		at = later(now, e.after)
	}
	if w != nil && l.watches.flying < out.slots.looks {
		at = earlier(at, later(now, w.due))
	}
	return at
}

// wantsLook reports whether the call to start is a look. Requests go first, but out of contact a look is the
// better probe: it does nothing at a scheduler that is only half there.
func (l *loop) wantsLook(now time.Time, e *request, w *watch) bool {
	if l.out.scheduler.lost {
		return w != nil
	}
	return e == nil || now.Before(e.after)
}

// later returns the later of two times.
func later(a, b time.Time) time.Time {
	if a.Before(b) {
		return b
	}
	return a
}

// expire ends a request that could not be sent in the time its command gives, for want of contact with a peer.
func (l *loop) expire(e *request, c *contact, now time.Time) {
	l.requests.pop()
	l.giveUp(e, runner.RequestNotSent{Key: e.cmd.Key, Message: fmt.Sprintf("no contact with the %s for %s: %s",
		c.peer, readable.Elapsed(now.Sub(c.since)), c.why)})
}

// fetch starts the call for another token.
func (l *loop) fetch() {
	l.out.flying++
	if l.out.identity.lost {
		l.out.identity.begin(l.now())
	}
	var err error
	l.world.Start(&Call{
		do: func(func() error) { err = l.desk.Fetch(l.leave.calls) },
		ended: func() {
			l.out.flying--
			if !l.leave.going {
				l.fetched(err)
			}
		},
	})
}

// sourceAgain is how often it is looked whether refused credentials have been replaced.
const sourceAgain = time.Minute

// fetched takes in what became of the call for a token. Refused credentials end what waits to be sent, since
// waiting does not mend them; the watches go on. That they were withheld says nothing new.
func (l *loop) fetched(err error) {
	if err == nil {
		l.reached(&l.out.identity)
		return
	}
	e := callError(err)
	if e.Kind == ofs.KindLost {
		l.lost(&l.out.identity, true, silence(e))
		return
	}
	l.out.identity.refuse(l.now(), e)
	l.tellLost(&l.out.identity)
	if e.Withheld {
		return
	}
	for h := l.requests.head(); h != nil && !l.leave.going; h = l.requests.head() {
		l.requests.pop()
		l.giveUp(h, runner.RequestNotSent{Key: h.cmd.Key, Unauthorized: true, Message: e.Message})
	}
}

// unauthorized takes in a look that was answered 401. The client has thrown the token away, so the next call
// is for another; when that is not accepted either, contact is as good as lost. Looks that were under way
// together had the same token, and count once.
func (l *loop) unauthorized(q *look, e *ofs.CallError) {
	out := &l.out
	if q.number <= out.judged && !q.probe {
		return
	}
	out.judged = out.looks
	if out.rejected++; out.rejected > 1 {
		l.lost(&out.scheduler, q.probe, failure{"a new token is not accepted: " + ofs.OneLine(e.Message), e.RetryAfter})
	}
}

// firstContact is the next call of a run's first contact, or nil while one is under way.
func (l *loop) firstContact() func() {
	out := &l.out
	switch {
	case out.flying > 0:
		return nil
	case out.first == wantToken && l.desk.Ready():
		out.first = wantConnection
		fallthrough
	case out.first == wantConnection:
		return func() { l.introduce(l.desk.Reach, record.Scheduler) }
	}
	return func() { l.introduce(l.desk.Fetch, record.Identity) }
}

// introduce makes one call of the first contact.
func (l *loop) introduce(call func(context.Context) error, peer record.Peer) {
	l.out.flying++
	var err error
	l.world.Start(&Call{
		do: func(func() error) { err = call(l.leave.calls) },
		ended: func() {
			l.out.flying--
			switch {
			case l.leave.going:
			case err != nil:
				l.noContact(peer, err)
			default:
				l.out.first++
			}
		},
	})
}

// noContact leaves a run before it began: nothing was started, and the journal says why.
func (l *loop) noContact(peer record.Peer, err error) {
	e := callError(err)
	l.note(record.Note{Kind: record.ContactLost, Peer: peer, Refused: peer == record.Identity && e.Kind != ofs.KindLost, Message: ofs.OneLine(e.Error())})
	l.detach(runner.RunDetached{Reason: fmt.Sprintf("no first contact with the %s: %s", peer, ofs.OneLine(e.Message)), NoContact: true})
	l.fail(fmt.Errorf("%w: the %s: %w", ErrNoContact, peer, err))
}
