package sweep

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner/drive"
)

// try plays one trial and fills in its cell.
func (w *sweeper) try(t *trial) {
	c := t.cell
	result, err := t.night.Run()
	t.acts = make([]bool, len(w.steps))
	endless, gaveUp := errors.AsType[*rehearse.EndlessError](err)
	if err != nil && !gaveUp {
		c.Outcome, c.Exit = brokenHere, exitcode.InDoubt
		c.broken("the night cannot be played: %v", err)
		t.err = err
		return
	}
	run := fold.Turns(result.Resolved.Plan, result.Turns)
	c.Exit, c.Ended, c.Requests = result.Exit, result.FinishedAt, result.Requests.Total()
	c.Took = result.FinishedAt.Sub(result.StartedAt).Round(time.Millisecond).Seconds()
	switch {
	case gaveUp:
		c.Outcome = endlessHere
		c.Ended, c.Took = result.StartedAt.Add(endless.Night), endless.Night.Round(time.Millisecond).Seconds()
		c.broken("it never ends: %s", waiting(endless))
	case result.End != nil:
		c.Outcome = string(result.End.Outcome)
	case errors.Is(result.Err, drive.ErrNoContact):
		c.Outcome = noContact
	default:
		c.Outcome = brokenHere
	}
	acts := actsOf(result)
	for i, s := range w.steps {
		st := run.Steps[i]
		_, sleeps := s.Do.(*plan.Sleep)
		t.acts[i] = !acts[i].At.IsZero() || sleeps && !st.StartedAt.IsZero()
		c.sort(st)
		if st.Repeated != "" {
			c.Repeated = append(c.Repeated, s.ID)
		}
	}
	if err := t.night.Laws(result); err != nil {
		for _, one := range strings.Split(err.Error(), "\n") {
			c.broken("%s", one)
		}
	}
	if late := w.result.Deadline; !late.IsZero() && c.Ended.After(late) && !gaveUp {
		c.broken("it misses the deadline %s by %s", late.Format("15:04"), readable.Elapsed(c.Ended.Sub(late)))
	}
}

func (c *Cell) broken(format string, args ...any) {
	c.Broken = append(c.Broken, fmt.Sprintf(format, args...))
}

// sort notes a step that did not end well. One that was made good did.
func (s *Sorted) sort(st *fold.Step) {
	switch fact.Outcome(st.State) {
	case fact.Failed:
		if st.HealedBy() == "" {
			s.Failed = append(s.Failed, st.ID)
		}
	case fact.Blocked:
		s.Blocked = append(s.Blocked, st.ID)
	case fact.InDoubt:
		s.InDoubt = append(s.InDoubt, st.ID)
	}
}

// waiting is who keeps a night from ending, in one line.
func waiting(e *rehearse.EndlessError) string {
	var all []string
	for _, w := range e.Waiting {
		all = append(all, fmt.Sprintf("step %q (%s) %s", w.Step, w.Pos, w.Does()))
	}
	if len(all) == 0 {
		return "too many requests"
	}
	return strings.Join(all, "; ")
}

// An act is the first thing a step did in a night: what a cell changes.
type act struct {
	fold.Act
	start int // which start of the batch or group it was, as the scheduler counts; 0: it was none
}

// actsOf looks through a night for what each step did first.
func actsOf(r rehearse.Result) []act {
	var acts []act
	marks := map[string]int{}
	for i, first := range fold.Acts(r.Resolved.Plan, r.Turns) {
		acts = append(acts, act{Act: first})
		marks[r.RunID+"/"+first.Key.String()] = i
	}
	for _, c := range r.Carried {
		if i, ok := marks[c.Mark]; ok {
			acts[i].start = c.Start
		}
	}
	return acts
}
