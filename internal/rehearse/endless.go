package rehearse

import (
	"cmp"
	"errors"
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/source"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// The bounds of a night of which nobody says how long it may be.
const (
	longest  = 7 * 24 * time.Hour
	requests = 5_000_000
)

func (b Bounds) longest() time.Duration { return cmp.Or(max(0, b.Longest), longest) }

func (b Bounds) requests() int { return cmp.Or(max(0, b.Requests), requests) }

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
