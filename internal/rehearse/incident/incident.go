// Package incident reads from a run's audit log how the night went at the scheduler, so that it can be played again.
//
// [Read] gives a [Past]: the scenario in which the plan of that night goes as it did. A log tells little of that, since only
// answers that decided something are in it; what nobody saw is worked out, and [Past.Unsure] says in plain words what may
// have been otherwise. [Past.TestText] is a test file with that night, and [Past.TryTest] tells whether it comes to the same.
//
// It judges nothing and knows no operators but those who answered an approval: where another one spoke, the night ends.
package incident

import (
	"bytes"
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// A Past is what an audit log tells of a run: what was run, and how the night went at the scheduler. An operator's statement
// ends it, since a rehearsal has no operator.
type Past struct {
	RunID    string
	Started  runner.RunStarted
	Resolved *plan.Resolved // the plan as it was pinned, bound to that night
	// Scenario is how the night went. Its clock times are meant in the plan's zone. What a look found is taken to have
	// begun in the middle between the look before and that one.
	Scenario sim.Scenario
	// Unsure is what the audit log does not tell, or a scenario cannot say, in plain words.
	Unsure []string
	// Ended is false when the run was cut short, goes on, or waits for a word.
	Ended bool
	closing
}

// closing is how the run was left, as far as the log tells.
type closing struct {
	turns []record.Turn
	end   *runner.End  // nil: it has none
	stuck error        // why it could not go on; nil: it could
	last  [2]time.Time // of the record at hand, and of the one before
}

// ErrNoPlan means that an audit log ends before the plan was pinned, so that there was no night.
var ErrNoPlan = errors.New("the audit log ends before the plan was pinned, so nothing was started")

// Read reads an audit log. The error wraps [audit.ErrBroken] when the log does not verify, and [ErrNoPlan].
func Read(log []byte) (*Past, error) {
	verdict, err := audit.Verify(bytes.NewReader(log), audit.Expect{})
	if err == nil {
		err = verdict.Err()
	}
	if err != nil {
		return nil, err
	}
	if verdict.Problem != nil { // a torn last line is none of the night's
		log = log[:verdict.Head.Size]
	}
	p := &Past{}
	f := &finder{Past: p, commands: map[runner.Key]*runner.Command{}, asked: map[string]int{}}
	f.runs, f.now, f.looked = map[string]*pastRun{}, map[string]*pastStart{}, map[runner.Key]time.Time{}
	f.sentAt, f.nth, f.lost = map[runner.Key]time.Time{}, map[runner.Key]int{}, map[record.Peer]time.Time{}
	f.byKey, f.byName = map[runner.Key]*pastSensor{}, map[string]*pastSensor{}
	f.pending, f.doubted = map[runner.Key]*runner.Command{}, map[string]int{}
	if err := f.read(log); err != nil {
		return nil, err
	}
	f.scenario()
	p.usual()
	return p, nil
}

// usual is what history said in that night of whole batch runs, so that it is forecast again as it was, and a deadline that its plan lacks.
func (p *Past) usual() {
	if due := p.Started.DueAt; !due.IsZero() && p.Resolved.Deadline == nil { // its scenario said it
		local := due.In(p.Resolved.Calendar.Location())
		p.Scenario.Deadline = &sim.Clock{Hour: local.Hour(), Minute: local.Minute(), Second: local.Second()}
	}
	for _, t := range p.turns {
		e, ok := t.Event.(runner.HistoryRead)
		for _, u := range e.Usual {
			if ok && !u.Restarted {
				if p.Scenario.History == nil {
					p.Scenario.History = map[string]*sim.Length{}
				}
				p.Scenario.History[u.Code] = &sim.Length{Mean: time.Duration(u.Median) * time.Second, Spread: time.Duration(u.Most-u.Median) * time.Second}
			}
		}
	}
}

// A finder works out of an audit log how the night went.
type finder struct {
	*Past
	pastRuns
	pastFaults
	pastSensors
	pastAnswers
	pins     []runner.FilePinned
	commands map[runner.Key]*runner.Command
	asked    map[string]int // requests, by operation and code
}

// read goes through the records.
func (f *finder) read(log []byte) error {
	for rec, err := range audit.Records(bytes.NewReader(log)) {
		if err != nil {
			return err
		}
		r := rec.Record
		f.RunID, f.last = r.Run, [2]time.Time{r.Time, f.last[0]}
		if r.Note {
			if strings.HasPrefix(r.Type, "contact.") { // the plan is pinned by then, and where it is pinned its zone is known
				if err := f.bind(); err != nil {
					return err
				}
			}
			f.note(r)
			continue
		}
		t, err := record.Read(r)
		if err != nil {
			return err
		}
		if strings.HasPrefix(t.Event.Type(), "operator.") && !f.answer(t) {
			f.word(t)
			break
		}
		if err := f.turn(t); err != nil {
			return fmt.Errorf("record %d: %w", r.Seq, err)
		}
	}
	if err := f.bind(); err != nil {
		return err
	}
	if f.Resolved == nil {
		return ErrNoPlan
	}
	f.ended()
	return nil
}

// word ends the night where an operator spoke.
func (f *finder) word(t record.Turn) {
	f.unsure("at %s an operator spoke (%s): the night is told up to then", readable.Micros(t.At), t.Event.Type())
}

func (f *finder) unsure(format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	if !slices.Contains(f.Unsure, text) {
		f.Unsure = append(f.Unsure, text)
	}
}

// turn takes one turn.
func (f *finder) turn(t record.Turn) error {
	f.turns = append(f.turns, t)
	f.ask(t)
	pin, pins := t.Event.(runner.FilePinned)
	if pins {
		f.pins = append(f.pins, pin)
		return nil
	}
	if err := f.bind(); err != nil {
		return err
	}
	f.answered(t.Event)
	switch e := t.Event.(type) {
	case runner.RunStarted:
		f.Started = e
	case runner.RequestSent:
		f.sent(t.At, e)
	case runner.RequestAccepted:
		f.accepted(t.At, e, t.Crossed())
	case runner.RequestRefused:
		f.refused(e)
	case runner.RequestInDoubt:
		f.inDoubt(t.At, e)
	case runner.BatchObserved:
		f.observed(t.At, e)
	case runner.LookFailed:
		f.lookFailed(t.At, e)
	case runner.SensorAnswered:
		f.sensed(t.At, e, t.Decision)
	case runner.RunDetached:
		f.detached(t.At, e)
	case runner.RunResumed:
		f.resumed(t.At)
	}
	for _, c := range t.Decision.Commands {
		if c.Key.Op.Tells() {
			continue // the scheduler knows nothing of it
		}
		f.commands[c.Key] = c
		f.ordered(c, t.At)
		f.sought(c, t.At)
		f.again(c)
	}
	if e := t.Decision.End; e != nil {
		f.end = e
	}
	return nil
}

// bind binds the plan to the night once all its files are known, from their own bytes.
func (f *finder) bind() error {
	if f.Resolved != nil || len(f.pins) == 0 {
		return nil
	}
	p, err := plan.ParsePinned(f.Started.File, []byte(f.pins[0].Text), runner.Pinned(f.pins[1:])...)
	if errors.Is(err, plan.ErrNotPinned) {
		return ErrNoPlan
	}
	if err != nil {
		return fmt.Errorf("the pinned plan cannot be read: %w", err)
	}
	if f.Resolved, err = runner.ResolvedOf(p, f.Started, f.RunID); err != nil {
		return fmt.Errorf("the recorded parameters: %w", err)
	}
	f.zone = p.Calendar.Zone
	f.start = f.Started.StartedAt
	return nil
}

// Given are the run's parameters, as they were resolved that night.
func (p *Past) Given() []plan.Given {
	var all []plan.Given
	for _, v := range p.Started.Params {
		all = append(all, plan.Given{Name: v.Name, Value: v.Value, Items: v.Items, From: v.From})
	}
	return all
}

// Night is the rehearsal that goes as the night did, with the plan of that night.
func (p *Past) Night() rehearse.Night {
	return rehearse.Night{Plan: p.Resolved.Plan, Given: p.Given(), Scenario: p.Scenario, Target: p.Started.Target.Name, Part: plan.Part{Skip: p.Started.Skip}}
}

// ended tells how the run was left.
func (f *finder) ended() {
	last := f.turns[len(f.turns)-1]
	for i := len(f.turns) - 1; i > 0 && last.Event.Subject().Op.Tells() && last.Decision.Empty(); i-- {
		last = f.turns[i-1] // what people were told afterwards says nothing of it
	}
	f.Ended = f.end != nil && last.Decision.End != nil
	if e, left := last.Event.(runner.RunDetached); left && f.noContact {
		f.Ended = true
		f.stuck = fmt.Errorf("%w: %s", drive.ErrNoContact, e.Reason)
	}
	if !f.Ended {
		f.end = nil
		f.unsure("the run has no end in this audit log: what came after %s is not known", readable.Micros(last.At))
	}
}
