// Package sweep plays a plan once for every step and every ending that its verb can meet: failed, hung, refused, its answer
// lost, the scheduler down, the runner killed, a channel down, an approval rejected or not
// answered, a file that never comes. Each night is the usual one with one thing changed.
//
//	result, err := sweep.Run(rehearse.Night{Plan: p, Scenario: usual}, sweep.Options{Deadline: &clock})
//
// A step that does nothing in the usual night, such as one that repairs what failed, is swept in the first night in which it
// does something. Each night is held against the laws of the audit log and the deadline; a [Result] is the same each time.
package sweep

import (
	"cmp"
	"slices"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
)

// An Ending is one way in which what a step asks for can end.
type Ending string

// The endings, in the order of the table.
const (
	batchFails     Ending = "failed"                // the batch run the step starts, or waits for, fails
	batchStops     Ending = "interrupted"           // somebody interrupts it
	batchHangs     Ending = "hung"                  // it never ends
	refusal        Ending = "refused"               // the scheduler refuses the step's request
	lostAnswer     Ending = "answer_lost"           // the request is carried out, and its answer lost
	schedulerDown  Ending = "scheduler_down"        // nobody listens for 40 minutes, from the step's request on
	killedSent     Ending = "killed_after_sent"     // the runner dies right after request.sent, and the run is resumed
	killedAccepted Ending = "killed_after_accepted" // likewise, after request.accepted
	channelDown    Ending = "channel_down"          // nobody takes what the step wants to tell
	personRejects  Ending = "rejected"              // a person says no to the approval that the step asks for
	nobodyAnswers  Ending = "unanswered"            // nobody says anything to it
	neverComes     Ending = "never_comes"           // the file, the yes or the run that the step waits for does not come
	sensorFails    Ending = "sensor_fails"          // nobody can look for it; the run of another plan has failed
)

// Endings lists all there are.
func Endings() []Ending {
	return []Ending{batchFails, batchStops, batchHangs, refusal, lostAnswer, schedulerDown, killedSent, killedAccepted, channelDown, personRejects, nobodyAnswers, neverComes, sensorFails}
}

// Options say how a sweep is made. The zero value asks for no deadline.
type Options struct {
	// Deadline is when every night has to be over, in the plan's zone; nil: no time is asked for, and nights that miss the plan's own
	// deadline are marked.
	Deadline *calendar.Clock
	Cores    int // how many nights are played at once; 0: one for each core
}

// A Result is what became of all nights. It is the same each time.
type Result struct {
	Plan     string    `json:"plan"`
	File     string    `json:"file"`
	Usual    Cell      `json:"usual"`
	Deadline time.Time `json:"deadline,omitzero"`  // the one that was asked for, else the plan's own; zero: there is none
	LeftOut  []string  `json:"left_out,omitempty"` // steps that every night leaves out, see [rehearse.Night]
	Rows     []*Row    `json:"rows"`               // one for each step, in plan order
	own      bool      // the deadline is the plan's
	start    time.Time
	zone     *time.Location
}

// A Row is one step and its endings.
type Row struct {
	Step string     `json:"step"`
	Verb string     `json:"verb"`
	Pos  source.Pos `json:"-"` // in the plan
	// Beside is what has to happen beside, so that the step does anything at all; nil: nothing.
	Beside *Cause `json:"beside,omitempty"`
	// Idle is true when the step does nothing in any night of the sweep, so there are no cells.
	Idle bool `json:"idle,omitempty"`
	// LeftOut is true when the sweep is of a part of the plan, without this step. Then it is idle, too.
	LeftOut bool    `json:"left_out,omitempty"`
	Cells   []*Cell `json:"cells,omitempty"` // in the order of Endings, without those the step cannot meet
	whole   bool    // it goes over a list
}

// A Cause is the step and the ending that a cell changes.
type Cause struct {
	Step   string `json:"step,omitempty"`
	Ending Ending `json:"ending,omitempty"`
}

// A Cell is one night of a sweep.
type Cell struct {
	Cause
	Change  string        `json:"change,omitempty"` // the one thing that is not as usual, in words
	Outcome string        `json:"outcome"`          // the run's, or no_contact, endless, broken
	Exit    exitcode.Code `json:"exit_code"`
	Span
	Sorted
	// Repeated are the steps whose request in doubt was made again because the plan calls that safe.
	Repeated []string `json:"repeated,omitempty"`
	Late     bool     `json:"late,omitempty"`   // it ended after the deadline
	Requests int      `json:"requests"`         // that reached the scheduler and the identity service
	Broken   []string `json:"broken,omitempty"` // what must not be; empty: nothing
}

// Span is how long a night went on.
type Span struct {
	Ended time.Time `json:"ended"`
	Took  float64   `json:"took_s"` // seconds, to the millisecond
}

// Sorted are the steps that did not end well, in plan order.
type Sorted struct {
	Failed  []string `json:"failed,omitempty"`
	Blocked []string `json:"blocked,omitempty"`
	InDoubt []string `json:"in_doubt,omitempty"`
}

// What a cell's Outcome is when the run has none.
const (
	noContact   = "no_contact" // nothing was started, for want of a token or a connection
	endlessHere = "endless"    // it was given up at the night's bounds
	brokenHere  = "broken"     // it could not be played, or not go on
)

// Cell finds the cell of an ending; nil when the step cannot meet it.
func (r *Row) Cell(e Ending) *Cell {
	for _, c := range r.Cells {
		if c.Ending == e {
			return c
		}
	}
	return nil
}

// Broken lists the cells in which something must not be, the usual night first.
func (s *Result) Broken() []*Cell {
	var all []*Cell
	if len(s.Usual.Broken) > 0 {
		all = append(all, &s.Usual)
	}
	for _, r := range s.Rows {
		for _, c := range r.Cells {
			if len(c.Broken) > 0 {
				all = append(all, c)
			}
		}
	}
	return all
}

// The bounds of a cell, where the usual night names none.
const (
	longestCell  = 3 * 24 * time.Hour
	requestsCell = 1_000_000
)

// Run plays the usual night, and one for every step and every ending that its verb can meet. The error is that of a usual
// night that cannot be played at all: see [rehearse.Night.Run].
func Run(usual rehearse.Night, o Options) (Result, error) {
	w, err := newSweeper(usual, o)
	if err == nil {
		_, err = w.play()
	}
	if err != nil {
		return Result{}, err
	}
	return w.result, nil
}

// A sweeper is a sweep being made.
type sweeper struct {
	Options
	usual  rehearse.Night
	steps  []*plan.Step
	result Result
}

// newSweeper binds the plan to the usual night.
func newSweeper(usual rehearse.Night, o Options) (*sweeper, error) {
	usual.Longest, usual.Requests = cmp.Or(usual.Longest, longestCell), cmp.Or(usual.Requests, requestsCell)
	r, err := usual.Resolve()
	if err != nil {
		return nil, err
	}
	zone := r.Calendar.Zone
	usual.Scenario.Start, usual.Scenario.Zone = r.StartedAt, cmp.Or(usual.Scenario.Zone, zone)
	w := &sweeper{Options: o, usual: usual, steps: r.Steps}
	w.result = Result{Plan: r.Name, File: r.File, Deadline: r.DueAt, LeftOut: r.Skip, own: o.Deadline == nil && !r.DueAt.IsZero(), start: r.StartedAt, zone: zone}
	if o.Deadline != nil {
		w.result.Deadline = r.Calendar.Meant(*o.Deadline, r.StartedAt)
	}
	return w, nil
}

// A trial is one cell and what later ones need of it.
type trial struct {
	cell  *Cell
	night rehearse.Night
	acts  []bool // which steps did something, by plan index
	err   error  // why it cannot be played; nil: it was
}

// play makes the cells in rounds: of the steps that do something in the usual night, then of those that do
// something in a cell so far. They are in what it returns, the usual night first; the error is that of the usual night.
func (w *sweeper) play() (all []*trial, err error) {
	usual := &trial{cell: &w.result.Usual, night: w.usual}
	w.result.Rows = make([]*Row, len(w.steps))
	for i, s := range w.steps {
		w.result.Rows[i] = &Row{Step: s.ID, Verb: s.Do.Keyword(), Pos: s.Pos, Idle: true, LeftOut: slices.Contains(w.result.LeftOut, s.ID), whole: s.Whole()}
	}
	for known := []*trial{usual}; len(known) > 0; known = w.round(known) {
		if w.run(known); usual.err != nil {
			return nil, usual.err
		}
		all = append(all, known...)
	}
	w.result.Rows = slices.DeleteFunc(w.result.Rows, func(r *Row) bool { return r.whole }) // its items have rows
	return all, nil
}

// round makes the cells of every step that is idle so far and does something in one of the nights; the first such
// night is its usual one.
func (w *sweeper) round(nights []*trial) []*trial {
	var next []*trial
	for _, base := range nights {
		var acts []act
		for i, s := range w.steps {
			row := w.result.Rows[i]
			if !row.Idle || !base.acts[i] {
				continue
			}
			if acts == nil {
				result, _ := base.night.Run() // it has been played before
				acts = actsOf(result)
			}
			row.Idle = false
			if base.cell.Step != "" {
				row.Beside = &base.cell.Cause
			}
			for _, e := range Endings() {
				night, change, can := vary(base.night, s, acts[i], e)
				if !can {
					continue
				}
				cell := &Cell{Cause: Cause{s.ID, e}, Change: change}
				row.Cells = append(row.Cells, cell)
				next = append(next, &trial{cell: cell, night: night})
			}
		}
	}
	return next
}

// run plays trials side by side.
func (w *sweeper) run(trials []*trial) {
	rehearse.SideBySide(len(trials), w.Cores, func(i int) { w.try(trials[i]) })
}
