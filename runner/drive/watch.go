package drive

import (
	"container/heap"
	"errors"
	"time"

	"ofsplan/ofs"
	"ofsplan/ofs/callcode"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// A watch is one batch run to be looked at: again and again for a watch, once for a look. There may be ten
// thousand, so it holds no more than it must.
type watch struct {
	cmd     *runner.Command
	gap     time.Duration // to the next look after the next answer
	due     time.Time     // of the next look
	place   int           // in the heap; -1 before it is begun, while a look is under way and after a drop
	seen    runner.Event  // the last answer, a BatchObserved, shown again when the next is the same; nil: none yet
	dropped bool
	refusal *refusal // that the scheduler refuses to tell; nil: it tells
}

// watches are the batch runs looked at, a heap by the time of the next look.
type watches struct {
	heap    dueHeap
	byKey   map[runner.Key]*watch
	flying  int
	refused int      // those with a refusal
	told    []*watch // of them, those that people heard of: few, see mostRefused
}

// add takes a command to look at once, to be begun by enlist. False means that it was taken before.
func (s *watches) add(c *runner.Command, now time.Time) bool {
	if s.byKey[c.Key] != nil {
		return false
	}
	w := &watch{cmd: c, gap: lookAgain, due: now, place: -1}
	if c.Key.Op != runner.OpLook {
		w.gap = c.Poll.Every
	}
	s.byKey[c.Key] = w
	return true
}

// enlist begins a watch, unless it was dropped.
func (s *watches) enlist(k runner.Key) {
	if w := s.byKey[k]; w != nil {
		heap.Push(&s.heap, w)
	}
}

// lookAgain is how long a single look that brought no answer waits for the next try.
const lookAgain = 30 * time.Second

// drop forgets a watch and returns it, or nil. The answer to a look that is under way is shown to nobody.
func (s *watches) drop(k runner.Key) *watch {
	w := s.byKey[k]
	if w == nil {
		return nil
	}
	delete(s.byKey, k)
	w.dropped = true
	s.settle(w)
	if w.place >= 0 {
		heap.Remove(&s.heap, w.place)
	}
	return w
}

// first is the watch that is due first, or nil.
func (s *watches) first() *watch {
	if len(s.heap) == 0 {
		return nil
	}
	return s.heap[0]
}

// again puts a watch back for its next look, which is not made before hold is over.
func (s *watches) again(w *watch, now time.Time, hold time.Duration) {
	w.due = now.Add(max(w.gap, hold))
	w.gap = w.cmd.Poll.Longer(w.gap) // of a single look they do not grow
	heap.Push(&s.heap, w)
}

// A look is one question under way.
type look struct {
	w      *watch
	number int                  // of all looks of the run, from 1
	begun  time.Time            // when it was asked
	probe  bool                 // to find out whether contact is back
	seen   runner.BatchObserved // written by the call, like same and err
	same   bool
	err    error
}

// look asks for the status of the batch run that is due first.
func (l *loop) look() {
	w := heap.Pop(&l.watches.heap).(*watch)
	l.out.looks++
	q := &look{w: w, number: l.out.looks, probe: l.out.scheduler.lost, begun: l.now()}
	if q.probe {
		l.out.scheduler.begin(l.now())
	}
	l.watches.flying++
	l.world.Start(&Call{
		do: func(func() error) {
			last, _ := w.seen.(runner.BatchObserved)
			q.seen, q.same, q.err = l.desk.Look(l.leave.calls, w.cmd.Run.RunID, w.cmd.Tasks, last)
		},
		ended: func() { l.looked(q) },
	})
}

// looked takes in the answer to a look, or that there is none.
func (l *loop) looked(q *look) {
	l.watches.flying--
	w := q.w
	if q.probe {
		l.out.scheduler.probe = false
	}
	if l.leave.going {
		return
	}
	if q.err != nil {
		l.lookFailed(q)
		return
	}
	l.out.rejected = 0
	l.reached(&l.out.scheduler)
	now := l.now()
	if w.dropped {
		return
	}
	l.answeredAgain(w)
	if !q.same {
		q.seen.Key, q.seen.Since = w.cmd.Key, now
		w.seen = q.seen
	}
	if w.cmd.Key.Op == runner.OpLook {
		l.drop(w.cmd.Key)
	}
	if _, ok := l.apply(q.answer(now), whenDecided); ok && !w.dropped && !l.leave.going {
		l.watches.again(w, now, 0)
	}
}

// answer is the answer to show. When it was long on its way it says when it was asked for, since it tells of then.
func (q *look) answer(now time.Time) runner.Event {
	if now.Sub(q.begun) <= time.Second {
		return q.w.seen
	}
	e := q.w.seen.(runner.BatchObserved)
	e.Asked = q.begun
	return e
}

// lookFailed decides about a look that brought no answer. A watch only waits: neither silence nor a refusal,
// not even "object does not exist", is an outcome of a batch run whose id we hold.
func (l *loop) lookFailed(q *look) {
	e := callError(q.err)
	tokenless := e.Kind == ofs.KindUnauthorized || e.HTTP == 0 && !l.desk.Ready() // perhaps spoilt under its feet
	switch {
	case e.Kind == ofs.KindUnauthorized:
		l.unauthorized(q, e)
	case e.Kind == ofs.KindRefused:
		l.reached(&l.out.scheduler)
	case !tokenless:
		l.unanswered(q, e)
	}
	switch {
	case q.w.dropped:
	case e.Kind == ofs.KindRefused:
		l.lookRefused(q.w, e)
	case tokenless:
		q.w.due = l.now() // as soon as there is another token
		heap.Push(&l.watches.heap, q.w)
	default:
		l.watches.again(q.w, l.now(), patience(e.RetryAfter))
	}
}

// alike is how near each other two batch runs are that the scheduler answers with Retry-After because of itself, and not
// because of one of them.
const alike = time.Minute

// unanswered decides what a look that was not answered says of contact. Who answers that it wants to be left alone is
// there: that holds back the looks at one batch run, until a second one is answered so.
func (l *loop) unanswered(q *look, e *ofs.CallError) {
	if e.RetryAfter == 0 || l.out.scheduler.lost {
		l.lost(&l.out.scheduler, q.probe, silence(e))
		return
	}
	before, now := l.out.held, l.now()
	l.out.held = held{q.w.cmd.Run.RunID, now}
	switch {
	case before.run != "" && before.run != l.out.held.run && now.Sub(before.at) <= alike:
		l.lost(&l.out.scheduler, q.probe, silence(e))
	case !q.w.dropped && (q.w.refusal != nil || e.RetryAfter >= briefly):
		l.refused(q.w, e)
	}
}

// callError is err as the error of a call; what is none is silence.
func callError(err error) *ofs.CallError {
	if e, ok := errors.AsType[*ofs.CallError](err); ok {
		return e
	}
	return &ofs.CallError{Kind: ofs.KindLost, Message: err.Error(), Err: err}
}

// lookRefused decides about a definite no to a look. It ends a single look and any look at a batch run that a person
// named. That the scheduler does not know a batch run it gave us itself is no answer, and we go on asking.
func (l *loop) lookRefused(w *watch, e *ofs.CallError) {
	key := w.cmd.Key
	if w.cmd.Foreign || key.Op == runner.OpLook && !callcode.Is(e.Code, callcode.NoObject) {
		l.drop(key)
		l.apply(runner.LookFailed{Key: key, HTTP: e.HTTP, Code: e.Code, Summary: e.Message, Answer: dispatch.AnswerOf(e)}, durable)
		return
	}
	l.refused(w, e)
	l.watches.again(w, l.now(), patience(e.RetryAfter))
}

// dueHeap is a heap.Interface of watches by the time of the next look.
type dueHeap []*watch

func (h dueHeap) Len() int { return len(h) }

func (h dueHeap) Less(i, j int) bool { return h[i].due.Before(h[j].due) }

func (h dueHeap) Swap(i, j int) {
	h[i], h[j] = h[j], h[i]
	h[i].place, h[j].place = i, j
}

// Push adds a watch; heap.Push calls it.
func (h *dueHeap) Push(x any) {
	w := x.(*watch)
	w.place = len(*h)
	*h = append(*h, w)
}

// Pop takes the last watch; heap.Pop calls it.
func (h *dueHeap) Pop() any {
	last := len(*h) - 1
	w := (*h)[last]
	(*h)[last] = nil
	*h = (*h)[:last]
	w.place = -1
	return w
}
