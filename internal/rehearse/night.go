package rehearse

import (
	"cmp"
	"errors"
	"fmt"
	"runtime"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"time"

	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/laws"
	"ofsplan/internal/source"
	"ofsplan/ofs/callcode"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Night is one rehearsal made ready: which plan is played, and how the night goes.
type Night struct {
	// Plan is what is played. Required.
	Plan *plan.Plan
	// Given are the plan's parameters from outside, the strongest first.
	Given []plan.Given
	// Scenario is how the night goes at the scheduler. Its clock times are meant in the plan's zone unless it
	// names one. The zero Scenario is a night in which every batch succeeds in five minutes.
	Scenario sim.Scenario
	// At is when the run starts; the whole night moves with it. Zero means when the scenario does, and [Start]
	// when that does not say.
	At time.Time
	// Seed takes the place of the scenario's. Zero keeps that one.
	Seed uint64
	// Part says which steps are run, as ofsplan run --only, --from and --skip do.
	Part plan.Part
	// Target is the target's name as expressions see it. Empty means "sim".
	Target string
	// Faults befall it beside those of the scenario.
	Faults []Fault
	// Usual is what history says in this night of how long batches take: forecasts of a plan with a deadline go by it.
	Usual []runner.Usual
	Bounds
	seeded
}

// seeded is what a night of a seed has beside its scenario.
type seeded struct {
	hazardous func(*playing) hazards // nil: none
	advised   bool                   // its operators do what a card offers, and know what the scheduler did
}

// Start is when a night begins of which nobody says when: a Monday morning, so that T-1 is a Friday.
var Start = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// Bounds end a night that would not end by itself.
type Bounds struct {
	Longest  time.Duration // of the night's own time; 0: 7 days
	Requests int           // made in all; 0: five million
	Again    int           // of those that change something, more than the plan has steps; 0: five thousand
}

// A Result is what became of a night.
type Result struct {
	RunID    string
	Resolved *plan.Resolved
	End      *runner.End // nil when the run was left before it ended
	// Err is why the run could not go on, such as [drive.ErrNoContact]. Nil when it ended.
	Err error
	// Exit is the exit code of a run that went the same way. Of deadlines the plan's own counts in it alone.
	Exit exitcode.Code
	Recorded
	Asked
	Times
}

// Recorded is what the runner wrote.
type Recorded struct {
	Turns   []record.Turn // of all that carried the run, in order
	Notes   []record.Note
	Journal []byte // the audit log, byte for byte
}

// Asked is what the scheduler was asked for.
type Asked struct {
	Carried  []sim.Carried // what it carried out, in order
	stood    func(time.Time, string) (int, bool)
	Requests sim.Tally // that reached the scheduler and the identity service
	Took     []Took    // what channels took of what people were told, in order
	Struck   []int     // by fault of the scenario: the requests it broke or changed
	// Ended is, by turn, when the batch run really ended whose end the turn tells: looks come later than that. Zero for
	// every other turn.
	Ended []time.Time
}

// Times are when the night began and ended, and when in between the runner was killed.
type Times struct {
	StartedAt  time.Time
	FinishedAt time.Time // of the last turn
	Killed     []time.Time
}

// Resolve binds the plan to the night: its parameters read, its dates known. The error is that of parameters that do not
// fit.
func (n Night) Resolve() (*plan.Resolved, error) {
	if n.Plan == nil {
		return nil, errNoPlan
	}
	n = n.settled(n.scenario())
	id, err := state.NewRunID(n.At, n.Plan.Name, suffix(n.Seed))
	if err != nil {
		return nil, err
	}
	return n.Plan.Resolve(plan.Inputs{Given: n.Given, Now: n.At, RunID: id, Target: n.Target, Part: n.Part, DueAt: n.dueAt()})
}

// dueAt is the deadline of the scenario in this night; zero: it has none, and the plan's own counts.
func (n Night) dueAt() time.Time {
	if n.Scenario.Deadline == nil {
		return time.Time{}
	}
	return n.Plan.Calendar.Meant(calendar.Clock(*n.Scenario.Deadline), n.At)
}

// errNoPlan means that a night was made without what it is a night of.
var errNoPlan = errors.New("rehearse: no plan")

// Run plays the night to its end. Plan, parameters, scenario and seed give the same Result each time, the audit log
// byte for byte.
//
// An [*EndlessError] comes with the Result as far as the night went. Any other error comes without one: parameters
// that do not fit, or a scenario that cannot be. That a run could not go on, since nobody could be reached before its
// first request, is no error but how the night went: see [Result.Err].
func (n Night) Run() (Result, error) {
	s, err := n.ready()
	if err != nil {
		return Result{}, err
	}
	if err := s.play(); err != nil {
		return Result{}, err
	}
	if s.endless != nil {
		return s.result, s.endless
	}
	return s.result, nil
}

// Laws holds what became of the night against the laws that one night can show, see [laws.Check].
func (n Night) Laws(r Result) error {
	return laws.Check(r.Journal, laws.Seen{
		Run: r.RunID, Carried: r.Carried, Stood: r.stood, Advised: n.advised, Told: r.Turns, Took: took(r.Took), Left: r.Err, Faults: n.canDoubt(), Stops: len(r.Killed) > 0 || n.hazardous != nil,
	})
}

// took is what channels took as the laws know it.
func took(all []Took) []laws.Took {
	out := make([]laws.Took, len(all))
	for i, one := range all {
		out[i] = laws.Took(one)
	}
	return out
}

// SideBySide plays the nights from 0 to n-1, so many at once; with 0 as many as there are processors.
func SideBySide(n, atOnce int, play func(i int)) {
	if atOnce <= 0 {
		atOnce = runtime.GOMAXPROCS(0)
	}
	var next atomic.Int64
	var all sync.WaitGroup
	for range min(atOnce, n) {
		all.Go(func() {
			for i := int(next.Add(1)) - 1; i < n; i = int(next.Add(1)) - 1 {
				play(i)
			}
		})
	}
	all.Wait()
}

// doubtful are the faults that can leave a request in doubt.
var doubtful = map[sim.Deed]bool{
	sim.DropAnswer: true, sim.DropRequest: true, sim.Reset: true, sim.Hang: true, sim.Truncate: true, sim.Huge: true,
	sim.HTML: true, sim.HTTPStatus: true, sim.Slow: true, sim.LetterO: true, sim.CrossedID: true, sim.KillRunner: true, sim.Down: true,
	sim.RefuseCertificate: true,
}

// canDoubt reports whether anything in the night can leave a request in doubt.
func (n Night) canDoubt() bool {
	return oddlyRefused(n.Scenario) ||
		slices.ContainsFunc(n.Faults, func(f Fault) bool { return f.Do == sim.KillRunner }) ||
		slices.ContainsFunc(n.Scenario.Faults, func(f sim.Fault) bool { return doubtful[f.Do] })
}

// oddlyRefused reports whether a start is refused with a code that says nothing of it, since it answers an interrupt.
func oddlyRefused(sc sim.Scenario) bool {
	odd := func(refuse int, starts []sim.Start) bool {
		return callcode.TooLate(refuse) || slices.ContainsFunc(starts, func(s sim.Start) bool { return callcode.TooLate(s.Refuse) })
	}
	found := false
	for _, b := range sc.Batches {
		found = found || odd(b.Refuse, b.Starts)
	}
	for _, g := range sc.Groups {
		found = found || odd(g.Refuse, g.Starts)
	}
	for _, e := range sc.Elsewhere {
		found = found || e.Own != nil && odd(e.Own.Refuse, e.Own.Starts)
	}
	return found
}

// The bounds of a night of which nobody says how long it may be.
const (
	longest  = 7 * 24 * time.Hour
	requests = 5_000_000
	again    = 5_000 // a hundred thousand restarts of one step take five gigabytes
)

func (b Bounds) longest() time.Duration { return cmp.Or(max(0, b.Longest), longest) }

func (b Bounds) requests() int { return cmp.Or(max(0, b.Requests), requests) }

func (b Bounds) again() int { return cmp.Or(max(0, b.Again), again) }

// An EndlessError says that a night did not end within its bounds, and who waits for what.
type EndlessError struct {
	Night    time.Duration // how long it was by then
	Requests int           // made by then
	Waiting  []Wait        // the steps that hold everything up, in plan order
	Behind   int           // the steps that wait for those
}

// A Wait is one step of a night that did not end.
type Wait struct {
	Step  string
	Pos   source.Pos // in the plan
	State runner.State
	Since time.Time
	Batch fact.BatchRef // what it is about; zero when there is none
}

// Error names each step that waits, and for what.
func (e *EndlessError) Error() string {
	var b strings.Builder
	fmt.Fprintf(&b, "the night has not ended after %s and %d requests", readable.Duration(e.Night), e.Requests)
	for _, w := range e.Waiting {
		fmt.Fprintf(&b, "\n%s: step %q %s", w.Pos, w.Step, w.Does())
	}
	switch {
	case e.Behind == 1:
		b.WriteString("\n1 more step waits behind that")
	case e.Behind > 1:
		fmt.Fprintf(&b, "\n%d more steps wait behind that", e.Behind)
	}
	if len(e.Waiting) > 0 {
		b.WriteString("\n\tgive such a step a timeout, or a watch rule that interrupts it")
	}
	return b.String()
}

// Does is what the step does, in words.
func (w Wait) Does() string {
	since := " since " + w.Since.UTC().Format("2006-01-02 15:04:05")
	what := "its batch run"
	switch {
	case w.Batch.RunID != "":
		what = fmt.Sprintf("%s %q (%s)", w.Batch.Object, w.Batch.Code, w.Batch.RunID)
	case w.Batch.Code != "":
		what = fmt.Sprintf("%s %q", w.Batch.Object, w.Batch.Code)
	}
	switch w.State {
	case runner.Watching:
		return "waits for " + what + " to end" + since
	case runner.Requesting, runner.Stopping:
		return "waits for an answer about " + what + since
	case runner.Looking:
		return "waits for the status of " + what + since
	}
	return "is " + string(w.State) + since
}

// errEndless is why the runner leaves a night that does not end.
var errEndless = errors.New("the rehearsal gave the night up, because it does not end")

// giveUp ends a night at its bounds.
func (p *playing) giveUp() {
	if p.endless != nil || p.process.killed {
		return
	}
	p.endless = &EndlessError{Night: p.process.world.Now().Sub(p.At), Requests: p.scheduler.Asked().Total()}
	p.process.cancel(errEndless)
}

// tell fills in who waits.
func (e *EndlessError) tell(run *fold.Run) {
	for _, s := range run.Steps {
		_, ended := s.State.Outcome()
		switch {
		case ended:
		case s.State == runner.Waiting, s.State == runner.Queued:
			e.Behind++
		default:
			e.Waiting = append(e.Waiting, Wait{s.ID, s.Def.Pos, s.State, s.Since, s.Batch})
		}
	}
}
