package incident

import (
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/readable"
	"ofsplan/ofs/callcode"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// pastFaults are what a log tells of things that went wrong on the wire, and of runners that died.
type pastFaults struct {
	faults    []sim.Fault
	sentAt    map[runner.Key]time.Time
	nth       map[runner.Key]int
	pending   map[runner.Key]*runner.Command // sent and not answered yet
	doubted   map[string]int                 // of a batch run: the fault that left an interrupt of it in doubt
	lost      map[record.Peer]time.Time      // contact with a peer, since when
	start     time.Time
	zone      *time.Location
	noContact bool      // the run was left before it began
	left      time.Time // when a runner detached; zero: it did not
}

// sent notes a request that may have left.
func (f *finder) sent(at time.Time, e runner.RequestSent) {
	c := f.commands[e.Key]
	f.asked[string(e.Op)+" "+c.About().Code]++
	f.sentAt[e.Key], f.nth[e.Key] = at, f.asked[string(e.Op)+" "+c.About().Code]
	f.pending[e.Key] = c
}

// fault lets something befall one request.
func (f *finder) fault(c *runner.Command, do sim.Fault) {
	do.On, do.Batch, do.Nth = string(c.Key.Op), c.About().Code, f.nth[c.Key]
	f.faults = append(f.faults, do)
}

// inDoubt takes a request of unknown fate. Unless something later tells, it is taken for carried out.
func (f *finder) inDoubt(at time.Time, e runner.RequestInDoubt) {
	c := f.commands[e.Key]
	do := sim.Fault{Do: sim.DropAnswer}
	switch {
	case e.HTTP == 0 && at.Sub(f.sentAt[e.Key]) >= time.Second:
		do.Do = sim.Hang
	case e.HTTP >= 300:
		do.Do, do.Status = sim.HTTPStatus, e.HTTP
	case e.HTTP >= 200:
		do.Do = sim.Truncate
	}
	f.fault(c, do)
	switch e.Key.Op {
	case runner.OpInterrupt:
		f.script(c)
		f.doubted[c.About().RunID] = len(f.faults) - 1
		f.now[c.About().RunID].stopped = true
	case runner.OpRestart:
		f.begin(c.About().RunID, f.started(c))
		f.unsure("%s was in doubt: it is taken for carried out", e.Key)
	default:
		if do.Do == sim.HTTPStatus && e.HTTP != 502 && e.HTTP != 504 {
			return // with such a status a simulated scheduler has not carried it out
		}
		f.started(c)
		f.unsure("%s was in doubt: it is taken for carried out", e.Key)
	}
}

// again sees an interrupt being repeated: the one in doubt before was not carried out.
func (f *finder) again(c *runner.Command) {
	ref := c.About()
	i, doubted := f.doubted[ref.RunID]
	if c.Key.Op != runner.OpInterrupt || !doubted {
		return
	}
	if do := &f.faults[i]; do.Do == sim.DropAnswer {
		do.Do = sim.DropRequest
	}
	f.now[ref.RunID].stopped = false
	delete(f.doubted, ref.RunID)
}

// lookFailed takes a single look that was refused.
func (f *finder) lookFailed(at time.Time, e runner.LookFailed) {
	c := f.commands[e.Key]
	ref := c.About()
	if callcode.Is(e.Code, callcode.NoObject) && f.runs[ref.RunID] == nil {
		return // nobody knows that batch run, and nobody will
	}
	f.unsure("a look at %s was refused; a scenario can only answer every look of that second so", ref.RunID)
	f.window(at, time.Second, sim.Fault{On: "status", Batch: ref.Code, Do: sim.HTTPStatus, Status: orForbidden(e.HTTP)})
}

// window adds a fault that lasts for a time; without one, to the night's end.
func (f *finder) window(from time.Time, lasts time.Duration, do sim.Fault) {
	second := from.Truncate(time.Second)
	if f.heard(second, from) {
		second = second.Add(time.Second)
		f.unsure("at %s something went wrong in the same second in which an answer had come; a scenario can say it a second later only", readable.Micros(from))
	}
	if lasts > 0 {
		do.For = max(time.Millisecond, from.Add(lasts).Sub(second).Truncate(time.Millisecond))
	}
	if second.After(f.start) {
		local := second.In(f.zone)
		do.At = &sim.Clock{Hour: local.Hour(), Minute: local.Minute(), Second: local.Second()}
		if first := do.At.After(f.start, f.zone); !first.Equal(second) {
			f.unsure("what happened at %s cannot be said: a scenario's times are those of its first day", readable.Micros(from))
			return
		}
	} else if do.For > 0 {
		do.For = max(time.Millisecond, from.Add(lasts).Sub(f.start).Truncate(time.Millisecond))
	}
	f.faults = append(f.faults, do)
}

// heard reports whether the scheduler answered in a time, its ends included.
func (f *finder) heard(from, to time.Time) bool {
	for i := len(f.turns) - 1; i >= 0; i-- {
		t := f.turns[i]
		switch t.Event.(type) {
		case runner.RequestAccepted, runner.RequestRefused, runner.BatchObserved, runner.SensorAnswered: // no sensor looks before first contact
			if !t.At.Before(from) && !t.At.After(to) {
				return true
			}
		}
		if t.At.Before(from) {
			return false
		}
	}
	return false
}

// refused stands among the lost peers while the identity service will not have us.
const refused record.Peer = "refused"

// note takes a note: contact that was lost and came back.
func (f *finder) note(r audit.Record) {
	switch n := record.ReadNote(r); n.Kind {
	case record.ContactLost:
		since := r.Time
		if !n.Since.IsZero() {
			since = n.Since
		}
		if before, lost := f.lost[n.Peer]; lost { // it is told in other words
			since = before
		}
		f.lost[n.Peer] = since
		if n.Refused {
			f.lost[refused] = since
		}
	case record.ContactBack:
		f.back(n.Peer, r.Time)
	}
}

// shortly is how long contact may be lost after a single lost answer.
const shortly = 3 * time.Second

// back ends a time without contact.
func (f *finder) back(peer record.Peer, at time.Time) {
	since, lost := f.lost[peer]
	if !lost {
		return
	}
	if at.Sub(since) > shortly || !f.doubtAt(since) {
		f.window(since, at.Sub(since), f.outage(peer))
	}
	delete(f.lost, peer)
	delete(f.lost, refused)
}

// outage is what keeps a peer from answering.
func (f *finder) outage(peer record.Peer) sim.Fault {
	do := sim.Fault{Do: sim.Down}
	if peer != record.Scheduler {
		do.On = "token"
		if _, no := f.lost[refused]; no {
			do.Do = sim.InvalidGrant
		}
	}
	return do
}

// doubtAt reports whether a request came into doubt at about the time at which contact was lost: the lost answer is a fault
// of its own. A real runner writes the two down some microseconds after each other, the note first or the turn.
func (f *finder) doubtAt(lost time.Time) bool {
	return slices.ContainsFunc(f.turns, func(t record.Turn) bool {
		e, ok := t.Event.(runner.RequestInDoubt)
		return ok && e.Key.Step != "" && t.At.Sub(lost).Abs() < time.Second
	})
}

// detached takes a runner that left: before the run began, or to be resumed.
func (f *finder) detached(at time.Time, e runner.RunDetached) {
	f.left = at
	f.noContact = e.NoContact
}

// resumed takes a runner that died, or left, and the one that took over.
func (f *finder) resumed(at time.Time) {
	f.noContact = false
	died := f.lastAlive()
	f.died, f.woken = died, at
	for _, peer := range []record.Peer{record.Scheduler, record.Identity} {
		f.back(peer, at)
	}
	open := false
	for _, t := range f.turns {
		key := t.Event.Subject()
		c := f.pending[key]
		if _, sent := t.Event.(runner.RequestSent); !sent || c == nil {
			continue
		}
		open = true
		f.fault(c, sim.Fault{Do: sim.KillRunner})
		if op := key.Op; op != runner.OpInterrupt {
			f.begin(c.About().RunID, f.started(c))
		} else if s := f.now[c.About().RunID]; s != nil {
			s.stopped = true
		}
		delete(f.pending, key)
	}
	if !open {
		f.window(died, max(at.Sub(died), time.Second), sim.Fault{Do: sim.KillRunner})
	}
	f.left = time.Time{}
}

// lastAlive is when a runner died, as far as the log tells: a second after its last record.
func (f *finder) lastAlive() time.Time {
	died := f.left
	if died.IsZero() {
		died = f.last[1]
	}
	return died.Truncate(time.Second).Add(time.Second)
}

// answered forgets a request that has its answer.
func (f *finder) answered(e runner.Event) {
	switch e.(type) {
	case runner.RequestAccepted, runner.RequestRefused, runner.RequestInDoubt:
		delete(f.pending, e.Subject())
	}
}

// scenario puts everything together.
func (f *finder) scenario() {
	f.Scenario.Start = f.start
	f.channels()
	for _, peer := range []record.Peer{record.Scheduler, record.Identity} {
		if since, lost := f.lost[peer]; lost && !f.doubtAt(since) {
			f.window(since, f.last[0].Sub(since)+time.Minute, f.outage(peer))
		}
	}
	for _, r := range f.order {
		f.put(r)
	}
	f.Scenario.Faults, f.Scenario.Approvals = f.faults, f.answers
	f.Scenario.Beside = f.beside()
	for _, p := range f.Scenario.Check() {
		f.unsure("%s", p.Error())
	}
}

// put writes what is known of one batch or group into the scenario.
func (f *finder) put(r *pastRun) {
	switch {
	case r.object == fact.Group && r.elsewhere != "":
		f.unsure("%s is a group that others started: how it went is not told", r.elsewhere)
	case r.elsewhere != "":
		own := f.batch(r)
		put(&f.Scenario.Elsewhere, r.elsewhere, sim.Elsewhere{Code: r.code, Own: &own})
	case r.object == fact.Group:
		put(&f.Scenario.Groups, r.code, f.group(r))
	default:
		if b := f.batch(r); b.Duration != nil || b.Tasks != nil || b.Starts != nil {
			put(&f.Scenario.Batches, r.code, b)
		}
	}
}

// put puts a value into a map that may not be there yet.
func put[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = v
}
