package rehearse

import (
	"bytes"
	"errors"
	"fmt"
	"slices"

	"ofsplan/audit"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// A Breach is a law of the audit log that a night did not keep.
type Breach struct {
	Law string // L1 to L10
	Msg string // what happened, in one line
}

// Error is the law and what happened.
func (b *Breach) Error() string { return b.Law + ": " + b.Msg }

// Laws holds what became of the night against the laws that one night can show: nothing is triggered twice without a
// permit (L1), nothing is sent that was not recorded (L2), the audit log verifies (L3) and replays, in one piece and
// in two (L4), no step asks for anything before its needs have ended (L6), no outcome is invented (L7), and every run
// ends, in doubt only where something went wrong (L10). It reads the audit log and what the scheduler carried
// out, and trusts nothing the runner said of itself in between.
//
// The error joins every [*Breach]. A run that waits for ever for a batch run, since its plan gives it no timeout, breaks
// none: [Night.Run] tells of it.
func (n Night) Laws(r Result) error {
	w := &witness{night: n, result: r, marks: map[string]runner.Key{}}
	if !w.read() {
		return errors.Join(w.found...)
	}
	w.requests()
	w.once()
	w.carried()
	w.needs()
	w.outcomes()
	w.ends()
	return errors.Join(w.found...)
}

// A witness is one night being looked at.
type witness struct {
	night   Night
	result  Result
	records []audit.Record // without notes, one per turn
	turns   []record.Turn
	marks   map[string]runner.Key // of every request that was recorded as sent
	found   []error
}

func (w *witness) breach(law, format string, args ...any) {
	w.found = append(w.found, &Breach{law, fmt.Sprintf(format, args...)})
}

// read reads the audit log: L3 and L4. False means that there is nothing to look at.
func (w *witness) read() bool {
	verdict, err := audit.Verify(bytes.NewReader(w.result.Journal), audit.Expect{Run: w.result.RunID})
	if err == nil {
		err = verdict.Err()
	}
	if err != nil {
		w.breach("L3", "the untouched audit log is not accepted: %v", err)
		return false
	}
	all, err := readRecords(w.result.Journal)
	if err != nil {
		w.breach("L3", "%v", err)
		return false
	}
	for _, r := range all {
		if r.Note {
			continue
		}
		t, err := record.Read(r)
		if err != nil {
			w.breach("L4", "%v", err)
			return false
		}
		w.records, w.turns = append(w.records, r), append(w.turns, t)
	}
	return w.replays(all)
}

// readRecords parses an audit log that has been verified, notes included.
func readRecords(journal []byte) ([]audit.Record, error) {
	var all []audit.Record
	for rec, err := range audit.Records(bytes.NewReader(journal)) {
		if err != nil {
			return nil, err
		}
		all = append(all, rec.Record)
	}
	return all, nil
}

// cuts is in how many places a log is cut for being replayed in two pieces.
const cuts = 4

// replays decides the run again: whole, and a first part and then the rest. What the observers were told must be
// what was written.
func (w *witness) replays(all []audit.Record) bool {
	if _, err := drive.Replay(all); err != nil {
		w.breach("L4", "the audit log does not replay: %v", err)
		return false
	}
	first := 0
	for first < len(w.turns) && w.turns[first].Event.Type() != (runner.FilePinned{}).Type() {
		first++
	}
	for i := range cuts {
		at := first + 1 + (len(w.records)-first-1)*i/cuts
		again, err := drive.Replay(w.records[:min(at, len(w.records))])
		for k := at; err == nil && k < len(w.turns); k++ {
			_, err = again.Machine.Apply(w.turns[k].At, w.turns[k].Event)
		}
		if err != nil {
			w.breach("L4", "cut after record %d the audit log does not replay: %v", w.records[at-1].Seq, err)
			return false
		}
	}
	for i, told := range w.result.Turns {
		if i >= len(w.turns) || told.Event.Type() != w.turns[i].Event.Type() || !told.At.Equal(w.turns[i].At) {
			w.breach("L4", "turn %d was told as %s and is not written so", i+1, told.Event.Type())
			return false
		}
	}
	return true
}

// carried holds what the scheduler carried out against what was recorded: L1 and L2.
func (w *witness) carried() {
	sent := map[runner.Key]int{}
	for i, t := range w.turns {
		if e, ok := t.Event.(runner.RequestSent); ok {
			sent[e.Key] = i
		}
	}
	seen := map[string]bool{}
	for _, c := range w.result.Carried {
		key, known := w.marks[c.Mark]
		switch {
		case !known:
			w.breach("L2", "%s of %s was carried out at %s and never recorded as sent: %q", c.Op, c.Code, stamp(c.At), c.Mark)
			continue
		case seen[c.Mark]:
			w.breach("L1", "%s was carried out twice", key)
		case w.turns[sent[key]].At.After(c.At) && !taken(w.turns[sent[key]]):
			w.breach("L2", "%s was carried out at %s, before it was recorded as sent", key, stamp(c.At))
		case string(key.Op) != c.Op:
			w.breach("L2", "%s was carried out as %s", key, c.Op)
		}
		seen[c.Mark] = true
	}
	for i, t := range w.turns {
		if key, final := ending(t.Event); final && w.records[i].Durable < w.records[sent[key]].Seq {
			w.breach("L2", "%s was answered before its record was known to be durable", key)
		}
	}
}

// taken reports whether a request was taken for sent, since a line that is lost may have said so before.
func taken(t record.Turn) bool {
	e, ok := t.Event.(runner.RequestSent)
	return ok && e.Assumed
}

// ending tells whether an event ends a request that may have been sent.
func ending(e runner.Event) (runner.Key, bool) {
	switch e.(type) {
	case runner.RequestAccepted, runner.RequestRefused, runner.RequestInDoubt:
		return e.Subject(), true
	}
	return runner.Key{}, false
}

// needs looks at when each step's first request came: L6.
func (w *witness) needs() {
	steps := w.result.Resolved.Steps
	ended := make([]int, len(steps)) // the turn of the first outcome; 0: none, since the first turn starts the run
	index := map[string]int{}
	for i, s := range steps {
		index[s.ID] = i
	}
	asked := map[string]bool{}
	for at, t := range w.turns {
		if e, ok := t.Event.(runner.OperatorAdopted); ok {
			asked[e.Step] = true // somebody made the first request by hand, when it suited
		}
		if e, ok := t.Event.(runner.RequestSent); ok && !asked[e.Key.Step] {
			asked[e.Key.Step] = true
			w.after(steps, index[e.Key.Step], ended)
		}
		for _, m := range t.Decision.Moves {
			if i := index[m.Step]; decidedState(m.To) && ended[i] == 0 {
				ended[i] = at + 1
			}
		}
	}
}

// after wants everything a step waits for to have ended.
func (w *witness) after(steps []*plan.Step, i int, ended []int) {
	s := steps[i]
	needs := s.Needs
	if s.Finally || s.Above {
		needs = nil
		for k := range i {
			needs = append(needs, k)
		}
	}
	for _, k := range needs {
		if ended[k] == 0 {
			w.breach("L6", "step %q made its first request before %q had ended", s.ID, steps[k].ID)
		}
	}
}

// decidedState reports whether a state is an outcome that what waits below can go by.
func decidedState(s runner.State) bool {
	out, ended := s.Outcome()
	return ended && out != fact.InDoubt
}

// doubtful are the faults that can leave a request in doubt.
var doubtful = map[sim.Deed]bool{
	sim.DropAnswer: true, sim.DropRequest: true, sim.Reset: true, sim.Hang: true, sim.Truncate: true, sim.Huge: true,
	sim.HTML: true, sim.HTTPStatus: true, sim.Slow: true, sim.LetterO: true, sim.KillRunner: true, sim.Down: true,
}

// ends looks at how the run ended: L10.
func (w *witness) ends() {
	r := w.result
	steps := newSteps(r.Resolved.Plan, w.turns)
	switch {
	case r.End != nil || errors.Is(r.Err, drive.ErrNoContact):
	case r.Err != nil:
		w.breach("L10", "the run could not go on: %v", r.Err)
	case !steps.waitForever(r.Resolved.Plan):
		w.breach("L10", "the run has no end, and no batch run keeps it from one")
	}
	fault := len(w.night.Kills) > 0 || oddlyRefused(w.night.Scenario)
	for _, f := range w.night.Scenario.Faults {
		fault = fault || doubtful[f.Do]
	}
	stopped := len(r.Killed) > 0 || w.night.fated != nil
	for _, t := range w.turns {
		if e, ok := t.Event.(runner.RequestInDoubt); ok && !fault {
			w.breach("L10", "%s is in doubt in a night without faults: %s", e.Key, e.Message)
		}
		for _, m := range t.Decision.Moves {
			if m.To == runner.State(fact.InDoubt) && !fault && !stopped {
				w.breach("L10", "step %q is in doubt in a night without faults: %s", m.Step, m.Why)
			}
		}
	}
}

// oddlyRefused reports whether a start is refused with a code that says nothing of it: -7 and -8 answer an interrupt.
func oddlyRefused(sc sim.Scenario) bool {
	odd := func(refuse int, starts []sim.Start) bool {
		return refuse < -6 || slices.ContainsFunc(starts, func(s sim.Start) bool { return s.Refuse < -6 })
	}
	for _, b := range sc.Batches {
		if odd(b.Refuse, b.Starts) {
			return true
		}
	}
	for _, g := range sc.Groups {
		if odd(g.Refuse, g.Starts) {
			return true
		}
	}
	for _, e := range sc.Elsewhere {
		if e.Own != nil && odd(e.Own.Refuse, e.Own.Starts) {
			return true
		}
	}
	return false
}

// waitForever reports whether a step waits for a batch run and was given no time to end.
func (s *steps) waitForever(p *plan.Plan) bool {
	for i, def := range p.Steps {
		st := s.list[i].state
		if (st == runner.Watching || st == runner.Looking || st == runner.Stopping) && def.Timeout == 0 {
			return true
		}
	}
	return false
}
