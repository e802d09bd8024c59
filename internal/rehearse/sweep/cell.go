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
	"ofsplan/runner"
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
	acts := actsOf(w.steps, result)
	for i, s := range w.steps {
		st := run.Steps[i]
		_, sleeps := s.Do.(*plan.Sleep)
		t.acts[i] = !acts[i].at.IsZero() || sleeps && !st.StartedAt.IsZero()
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
	at  time.Time
	key runner.Key // of its request; zero for a step that makes none
	// ordered is that key, or that of the step's first look.
	ordered runner.Key
	// about is the batch or group, with the batch run once there is one.
	about  fact.BatchRef
	order  fact.Order    // of a trigger
	nth    int           // which request of its kind about that code it was
	start  int           // which start of the batch or group it was, as the scheduler counts; 0: it was none
	lasted time.Duration // until the batch run was seen to be over; 0: it never was
}

// actsOf looks through a night for what each step did first.
func actsOf(steps []*plan.Step, r rehearse.Result) []act {
	acts := make([]act, len(steps))
	index := make(map[string]int, len(steps))
	for i, s := range steps {
		index[s.ID] = i
	}
	commands := map[runner.Key]*runner.Command{}
	about := map[string][]int{} // the steps, by batch run id
	asked := map[string]int{}   // by operation and code
	for _, t := range r.Turns {
		switch e := t.Event.(type) {
		case runner.RequestSent:
			cmd := commands[e.Key]
			asked[string(e.Op)+" "+cmd.About().Code]++
			if a, s := &acts[index[e.Key.Step]], steps[index[e.Key.Step]]; a.key == (runner.Key{}) && string(e.Op) == s.Do.Keyword() {
				a.request(t.At, cmd, asked[string(e.Op)+" "+cmd.About().Code])
			}
		case runner.RequestAccepted:
			if a := &acts[index[e.Key.Step]]; a.key == e.Key {
				a.about.RunID = e.BatchRunID
				about[e.BatchRunID] = append(about[e.BatchRunID], index[e.Key.Step])
			}
		case runner.BatchObserved:
			for _, i := range about[e.RunID] {
				if a := &acts[i]; a.lasted == 0 && e.Status.Final() {
					a.lasted = t.At.Sub(a.at)
				}
			}
		}
		for _, c := range t.Decision.Commands {
			commands[c.Key] = c
			if a := &acts[index[c.Key.Step]]; a.at.IsZero() && !c.Key.Op.Mutating() {
				a.look(t.At, c)
				about[a.about.RunID] = append(about[a.about.RunID], index[c.Key.Step])
			}
		}
	}
	marks := make(map[string]int, len(acts))
	for i := range acts {
		marks[r.RunID+"/"+acts[i].key.String()] = i
	}
	for _, c := range r.Carried {
		if i, ok := marks[c.Mark]; ok {
			acts[i].start = c.Start
		}
	}
	return acts
}

// request takes the step's own request.
func (a *act) request(at time.Time, c *runner.Command, nth int) {
	a.at, a.key, a.ordered, a.nth = at, c.Key, c.Key, nth
	if a.about = c.About(); c.Order != nil {
		a.order = *c.Order
	}
}

// look takes the first look of a step that makes no request of its own, or none before it.
func (a *act) look(at time.Time, c *runner.Command) {
	a.at, a.ordered = at, c.Key
	a.about = c.Run
}
