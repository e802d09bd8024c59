// Package laws judges a run's audit log: whether the run kept the laws that one log can show.
//
// It reads the log itself, binds the plan that is pinned in it, and trusts nothing that the runner said of itself in
// between; it shares no reading of turns with what prints or tests runs, so that a fault there does not excuse itself here.
// What the scheduler carried out and what may have gone wrong stand in no log: whoever saw it says so in [Seen]. The log of
// a production run, of which nobody saw that, is judged by what it says alone:
//
//	err := laws.Check(journal, laws.Seen{Faults: true, Stops: true, Open: true})
//
// The laws are those of docs/audit-log.md. Nothing here repairs anything.
package laws

import (
	"bytes"
	"errors"
	"fmt"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/readable"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// Seen is what somebody saw of a run beside its audit log. The zero Seen is a run of which nobody saw anything, in which
// nothing went wrong, and that nobody will take up again.
type Seen struct {
	Run     string        // the run's id; empty: whichever the log says
	Carried []sim.Carried // what the scheduler carried out, in order; nil: nobody knows
	// Stood is the code that a batch run had at a moment, as the scheduler itself knows it; false when it does not any more. Nil:
	// nobody knows.
	Stood func(at time.Time, runID string) (code int, known bool)
	// Took are the messages that channels took, each with the number of the runner that sent it; nil: nobody knows.
	Took []Took
	Told []record.Turn // what observers of the runner were told, in order; nil: nobody listened
	// Left is why the last runner could not go on. Nil when it could.
	Left error
	// Faults is true when something may have come between a request and its answer, so that the request is in doubt.
	Faults bool
	// Stops is true when a runner may have been stopped, so that what it left open is in doubt.
	Stops bool
	// Advised is true when every operator did what a card of the run offered, and knew what the scheduler had done.
	Advised bool
	// Open is true when the run may be taken up again: it need not have an end, and its last line may be torn.
	Open bool
}

// A Breach is a law of the audit log that a night did not keep.
type Breach struct {
	Law string // L1 to L16
	Msg string // what happened, in one line
}

// Error is the law and what happened.
func (b *Breach) Error() string { return b.Law + ": " + b.Msg }

// Check holds an audit log against the laws that it can show: nothing is triggered twice without a permit (L1), nothing is
// sent that was not recorded (L2), the audit log verifies (L3) and replays, in one piece and in two (L4), no step asks for
// anything before its needs have ended (L6), no outcome is invented (L7), every run ends, in doubt only where something
// went wrong (L10), and no outcome is another batch run's, or that of before its last start (L11). Where every operator did
// what a card offers, no step starts its batch beside a batch run of its own that goes on (L12). Nothing below an approval starts
// before its word (L13). That the deadline has passed is told
// when the clock says so, and only then (L14). Of what people are to be told each message is ordered before it is sent, taken once of what one runner sends, and
// has ended when the run has (L15). In a closed window nothing is started (L16).
//
// The error joins every [*Breach]. A run that waits for ever for a batch run, since its plan gives it no timeout, breaks
// none.
func Check(journal []byte, seen Seen) error {
	j := &judge{seen: seen, marks: map[string]runner.Key{}}
	if !j.read(journal) {
		return errors.Join(j.found...)
	}
	j.requests()
	j.closed()
	j.once()
	j.carried()
	j.needs()
	j.outcomes()
	j.wholes()
	j.truth()
	j.advised()
	j.told()
	j.approvals()
	j.ends()
	j.late()
	return errors.Join(j.found...)
}

// A judge is one audit log being looked at.
type judge struct {
	seen    Seen
	run     string         // its id
	plan    *plan.Resolved // as the log has it
	records []audit.Record // without notes, one per turn
	turns   []record.Turn
	marks   map[string]runner.Key // of every request that was recorded as sent
	found   []error
}

func (j *judge) breach(law, format string, args ...any) {
	j.found = append(j.found, &Breach{law, fmt.Sprintf(format, args...)})
}

// read reads the audit log: L3 and L4. False means that there is nothing to look at.
func (j *judge) read(journal []byte) bool {
	verdict, err := audit.Verify(bytes.NewReader(journal), audit.Expect{Run: j.seen.Run})
	if err == nil {
		err = verdict.Err()
	}
	if err != nil {
		j.breach("L3", "the untouched audit log is not accepted: %v", err)
		return false
	}
	if verdict.Problem != nil && j.seen.Open { // a torn last line
		journal = journal[:verdict.Head.Size]
	}
	var all []audit.Record
	for r, err := range audit.Records(bytes.NewReader(journal)) {
		if err != nil {
			j.breach("L3", "%v", err)
			return false
		}
		all = append(all, r.Record)
		if r.Note {
			continue
		}
		t, err := record.Read(r.Record)
		if err != nil {
			j.breach("L4", "%v", err)
			return false
		}
		j.records, j.turns = append(j.records, r.Record), append(j.turns, t)
	}
	j.run = verdict.Head.Run
	return j.replays(all)
}

// cuts is in how many places a log is cut for being replayed in two pieces.
const cuts = 4

// replays decides the run again: whole, and a first part and then the rest. What the observers were told must be
// what was written.
func (j *judge) replays(all []audit.Record) bool {
	whole, err := resume.Replay(all)
	if err != nil {
		j.breach("L4", "the audit log does not replay: %v", err)
		return false
	}
	j.plan = whole.Resolved
	first := 0
	for i, t := range j.turns {
		if t.Event.Type() == (runner.FilePinned{}).Type() {
			first = i // the last of them: before it nothing was started, and nothing can be taken up
		}
	}
	for i := range cuts {
		at := first + 1 + (len(j.records)-first-1)*i/cuts
		again, err := resume.Replay(j.records[:min(at, len(j.records))])
		for k := at; err == nil && k < len(j.turns); k++ {
			_, err = again.Machine.Apply(j.turns[k].At, j.turns[k].Event)
		}
		if err != nil {
			j.breach("L4", "cut after record %d the audit log does not replay: %v", j.records[at-1].Seq, err)
			return false
		}
	}
	for i, told := range j.seen.Told {
		if i >= len(j.turns) || told.Event.Type() != j.turns[i].Event.Type() || !told.At.Equal(j.turns[i].At) {
			j.breach("L4", "turn %d was told as %s and is not written so", i+1, told.Event.Type())
			return false
		}
	}
	return true
}

// carried holds what the scheduler carried out against what was recorded: L1 and L2.
func (j *judge) carried() {
	sent := map[runner.Key]int{}
	for i, t := range j.turns {
		if e, ok := t.Event.(runner.RequestSent); ok {
			sent[e.Key] = i
		}
	}
	seen := map[string]bool{}
	for _, c := range j.seen.Carried {
		key, known := j.marks[c.Mark]
		switch {
		case !known:
			j.breach("L2", "%s of %s was carried out at %s and never recorded as sent: %q", c.Op, c.Code, readable.Micros(c.At), c.Mark)
			continue
		case seen[c.Mark]:
			j.breach("L1", "%s was carried out twice", key)
		case j.turns[sent[key]].At.After(c.At) && !taken(j.turns[sent[key]]):
			j.breach("L2", "%s was carried out at %s, before it was recorded as sent", key, readable.Micros(c.At))
		case string(key.Op) != c.Op:
			j.breach("L2", "%s was carried out as %s", key, c.Op)
		}
		seen[c.Mark] = true
	}
	for i, t := range j.turns {
		if key, final := ending(t.Event); final && j.records[i].Durable < j.records[sent[key]].Seq {
			j.breach("L2", "%s was answered before its record was known to be durable", key)
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
func (j *judge) needs() {
	steps := j.plan.Steps
	ended := make([]int, len(steps)) // the turn of the first outcome; 0: none, since the first turn starts the run
	index := map[string]int{}
	for i, s := range steps {
		index[s.ID] = i
	}
	asked := map[string]bool{}
	for at, t := range j.turns {
		if e, ok := t.Event.(runner.OperatorAdopted); ok {
			asked[e.Step] = true // somebody made the first request by hand, when it suited
		}
		if e, ok := t.Event.(runner.RequestSent); ok && !asked[e.Key.Step] {
			asked[e.Key.Step] = true
			j.after(steps, index[e.Key.Step], ended)
		}
		for _, m := range t.Decision.Moves {
			if i := index[m.Step]; decided(m.To) && ended[i] == 0 {
				ended[i] = at + 1
			}
		}
	}
}

// after wants everything a step waits for to have ended.
func (j *judge) after(steps []*plan.Step, i int, ended []int) {
	s := steps[i]
	for k := range j.plan.NeedsOf(s) {
		if ended[k] == 0 {
			j.breach("L6", "step %q made its first request before %q had ended", s.ID, steps[k].ID)
		}
	}
}

// decided reports whether a state is an outcome that what waits below can go by.
func decided(s runner.State) bool {
	o, final := s.Outcome()
	return final && o != fact.InDoubt
}

// ends looks at how the run ended: L10.
func (j *judge) ends() {
	switch over, waits := j.end(); {
	case over, j.seen.Open, errors.Is(j.seen.Left, drive.ErrNoContact):
	case j.seen.Left != nil:
		j.breach("L10", "the run could not go on: %v", j.seen.Left)
	case !waits:
		j.breach("L10", "the run has no end, and no batch run keeps it from one")
	}
	for _, t := range j.turns {
		if e, ok := t.Event.(runner.RequestInDoubt); ok && !j.seen.Faults {
			j.breach("L10", "%s is in doubt in a night without faults: %s", e.Key, e.Message)
		}
		for _, m := range t.Decision.Moves {
			if m.To == runner.State(fact.InDoubt) && !j.seen.Faults && !j.seen.Stops {
				j.breach("L10", "step %q is in doubt in a night without faults: %s", m.Step, m.Why)
			}
		}
	}
}

// end reports whether the run ended and nothing has moved since, and whether a step waits for a batch run and was given no
// time to end.
func (j *judge) end() (over, waits bool) {
	states := map[string]runner.State{}
	for _, t := range j.turns {
		for _, m := range t.Decision.Moves {
			if m.From == m.To {
				continue
			}
			if _, final := m.To.Outcome(); !final {
				over = false
			}
			states[m.Step] = m.To
		}
		over = over || t.Decision.End != nil
	}
	for _, s := range j.plan.Steps {
		switch states[s.ID] {
		case runner.Watching, runner.Looking, runner.Stopping, runner.Awaiting:
			waits = waits || s.Timeout == 0
		}
	}
	return over, waits
}
