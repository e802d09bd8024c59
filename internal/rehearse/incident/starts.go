package incident

import (
	"time"

	"ofsplan/ofs/callcode"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// pastRuns are the batch runs a log tells of.
type pastRuns struct {
	order []*pastRun
	runs  map[string]*pastRun // by batch run id, and by code for those that were triggered
	now   map[string]*pastStart
	pastLooking
}

// A pastRun is a batch or group and all its starts, as a scenario counts them: one script for all that were triggered
// under its code, and one for each batch run that others started.
type pastRun struct {
	object    fact.Object
	code      string
	elsewhere string // the batch run id of one that others started; empty: we did
	starts    []*pastStart
}

// A pastStart is one start and what was seen of it.
type pastStart struct {
	at      time.Time // when it was sent
	op      runner.Op // empty: by others
	order   fact.Order
	refuse  int
	newID   bool
	stopped bool // by an interrupt of ours
	looks   []pastLook
}

// A pastLook is one answer about a batch run.
type pastLook struct {
	at   time.Duration // since the start
	from time.Duration // since when it is taken to have been so, see finder.began
	seen runner.BatchObserved
}

// script is the run a command is about: that of its batch run id, or of its code.
func (f *finder) script(c *runner.Command) *pastRun {
	ref := c.About()
	if c.Order == nil {
		if r := f.runs[ref.RunID]; r != nil {
			return r
		}
		r := &pastRun{object: ref.Object, code: ref.Code, elsewhere: ref.RunID}
		r.starts = []*pastStart{{at: f.start}}
		f.order = append(f.order, r)
		f.runs[ref.RunID] = r
		f.begin(ref.RunID, r.starts[0])
		return r
	}
	r := f.runs[ref.Code]
	if r == nil {
		r = &pastRun{object: ref.Object, code: ref.Code}
		f.order = append(f.order, r)
		f.runs[ref.Code] = r
	}
	return r
}

// begin notes that what is seen of a batch run is about this start from now on.
func (f *finder) begin(runID string, s *pastStart) {
	f.now[runID] = s
}

// accepted takes a request that was carried out.
func (f *finder) accepted(at time.Time, e runner.RequestAccepted, crossed bool) {
	c := f.commands[e.Key]
	ref := c.About()
	if e.Key.Op == runner.OpInterrupt {
		f.script(c)
		f.now[ref.RunID].stopped = true
		return
	}
	s := f.started(c)
	if crossed {
		if e.Key.Op != runner.OpRestart {
			f.unsure("the answer to %s named the batch run of another: it is taken for carried out, and a test cannot say how it goes", e.Key)
			f.fault(c, sim.Fault{Do: sim.CrossedID})
			return
		}
		e.BatchRunID = ref.RunID
	}
	s.newID = e.Key.Op == runner.OpRestart && e.BatchRunID != ref.RunID
	f.runs[e.BatchRunID] = f.script(c)
	f.begin(e.BatchRunID, s)
	if f.sentAt[e.Key].IsZero() {
		s.at = at
	}
}

// started appends a start.
func (f *finder) started(c *runner.Command) *pastStart {
	r := f.script(c)
	s := &pastStart{at: f.sentAt[c.Key], op: c.Key.Op}
	if c.Order != nil {
		s.order = *c.Order
	} else if n := len(r.starts); n > 0 {
		s.order = r.starts[n-1].order
	}
	r.starts = append(r.starts, s)
	return s
}

// refused takes a request the scheduler would not carry out.
func (f *finder) refused(e runner.RequestRefused) {
	c := f.commands[e.Key]
	code, ok := callcode.Parse(e.Code)
	if !ok || !callcode.Refuses(code) && !callcode.TooLate(code) || e.Key.Op == runner.OpInterrupt {
		if e.Key.Op == runner.OpInterrupt && e.Code != "" {
			f.unsure("%s was refused with code %s; a scenario can only answer an interrupt HTTP 403", e.Key, e.Code)
		}
		f.fault(c, sim.Fault{Do: sim.HTTPStatus, Status: orForbidden(e.HTTP)})
		return
	}
	if s := f.now[c.About().RunID]; s != nil && e.Key.Op == runner.OpRestart && s.succeeded() {
		return // nothing of it was left to do, and so it is again
	}
	f.started(c).refuse = code
}

// orForbidden is an HTTP status that refuses.
func orForbidden(status int) int {
	if status < 300 {
		return 403
	}
	return status
}

// observed takes one answer.
func (f *finder) observed(at time.Time, e runner.BatchObserved) {
	f.script(f.commands[e.Key])
	s := f.now[e.RunID]
	if s == nil {
		return
	}
	first := at
	if !e.Since.IsZero() && e.Since.Before(at) {
		first = e.Since
	}
	s.looks = append(s.looks, pastLook{at.Sub(s.at), f.began(e.Key, s, first), e})
}

// succeeded reports whether the start was seen to have come to a good end.
func (s *pastStart) succeeded() bool {
	n := len(s.looks)
	return n > 0 && s.looks[n-1].seen.Status == fact.StatusSucceeded
}

// end is the first answer after which the start was over, or nil.
func (s *pastStart) end() *pastLook {
	for i := range s.looks {
		if s.looks[i].seen.Status.Final() {
			return &s.looks[i]
		}
	}
	return nil
}

// parts are the tasks or members of an answer.
func (l *pastLook) parts(object fact.Object) []fact.Part {
	if object == fact.Group {
		return l.seen.Members
	}
	return l.seen.Tasks
}

// What a look finds began between the look before and that one. The look before found nothing new, so it is in no audit
// log; but when the looks began is, and how they follow each other is the plan's to say. The middle between the two is the
// best guess, and it has room on both sides: a rehearsal, which looks at other moments than a night with slow answers
// did, finds it at the same look or the next one.
//
//	sent     look      look      look: succeeded
//	|--------|---------|----^----|
//	                        taken for the end

// pastLooking is what a log tells of when somebody looked.
type pastLooking struct {
	looked map[runner.Key]time.Time // of a command to look: when it was ordered
	died   time.Time                // when a scenario lets the last runner die that did; zero: none did
	woken  time.Time                // when the one after it took over
}

// began is when what was first seen at a time is taken to have begun, from the start on.
func (f *finder) began(look runner.Key, s *pastStart, first time.Time) time.Duration {
	if n := len(s.looks); n > 0 && s.looks[n-1].seen.Since.Equal(first) {
		return s.looks[n-1].from // the same answer, which decided something once more
	}
	before := first.Add(-f.gap(look, first))
	for _, known := range []time.Time{s.at, s.lastLook(), f.died} {
		if known.After(before) {
			before = known
		}
	}
	if !before.Before(first) { // a runner died in the same second, or the log says nothing of the look
		return max(0, first.Sub(s.at)).Truncate(time.Millisecond)
	}
	half := first.Sub(before) / 2
	exact := time.Millisecond
	if half >= 2*time.Second {
		exact = time.Second
	}
	return (before.Sub(s.at) + half).Truncate(exact)
}

// gap is how long before a look the one before it was, as the plan has it; before the first, as long as between the
// first two. A look of no step of the plan has none.
func (f *finder) gap(look runner.Key, at time.Time) time.Duration {
	var step *plan.Step
	if f.Resolved != nil {
		step = f.Resolved.Plan.Step(look.Step)
	}
	if step == nil {
		return 0
	}
	t := f.looked[look]
	if f.woken.After(t) {
		t = f.woken
	}
	gap := step.Poll.Every
	t = t.Add(gap)
	for next := step.Poll.Longer(gap); next > gap && !t.Add(next).After(at); next = step.Poll.Longer(gap) {
		gap = next
		t = t.Add(gap)
	}
	return gap
}

// lastLook is when the start was last seen in another state; zero when it was not.
func (s *pastStart) lastLook() time.Time {
	n := len(s.looks)
	if n == 0 {
		return time.Time{}
	}
	return s.at.Add(s.looks[n-1].at)
}

// ordered notes when a batch run was first to be looked at.
func (f *finder) ordered(c *runner.Command, at time.Time) {
	if !c.Mutating() {
		f.looked[c.Key] = at
	}
}
