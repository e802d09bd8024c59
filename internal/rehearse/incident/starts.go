package incident

import (
	"time"

	"ofsplan/ofs/callcode"
	"ofsplan/ofs/sim"
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
func (f *finder) accepted(at time.Time, e runner.RequestAccepted) {
	c := f.commands[e.Key]
	ref := c.About()
	if e.Key.Op == runner.OpInterrupt {
		f.script(c)
		f.now[ref.RunID].stopped = true
		return
	}
	s := f.started(c)
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
