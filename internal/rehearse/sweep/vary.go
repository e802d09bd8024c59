package sweep

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/callcode"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// down is how long a sweep's scheduler is down: longer than a runner tries to connect for one request.
const down = 40 * time.Minute

// vary changes one thing of a night, so that what a step did first ends in that way. It says what it changed; false
// means that the step cannot meet that ending.
func vary(n rehearse.Night, s *plan.Step, a act, e Ending) (rehearse.Night, string, bool) {
	if v, tells := s.Do.(*plan.Notify); tells {
		return varyChannels(n, v, e)
	}
	if s.Approval() != nil {
		return varyAnswer(n, s, e)
	}
	if _, sleeps := s.Do.(*plan.Sleep); sleeps || a.At.IsZero() {
		return n, "", false
	}
	if a.Sought != nil {
		return varySensor(n, *a.Sought, e)
	}
	own := a.Key != (runner.Key{})
	switch e {
	case batchFails, batchStops, batchHangs:
		return varyStart(n, s, a, e)
	case schedulerDown:
		return varyDown(n, a)
	case refusal:
		if own && a.start > 0 && a.Key.Op != runner.OpInterrupt {
			return varyStart(n, s, a, e)
		}
		if v, ok := s.Do.(*plan.OnRun); own || ok && v.Op == plan.OpStatus {
			return varyRefusal(n, a)
		}
	case lostAnswer:
		if own {
			f := sim.Fault{On: string(a.Key.Op), Batch: a.About.Code, Nth: a.Nth, Do: sim.DropAnswer}
			return withFault(n, f), fmt.Sprintf("the answer to %s %d of %s is lost", f.On, f.Nth, f.Batch), true
		}
	case killedSent, killedAccepted:
		if own {
			f := rehearse.Fault{After: (runner.RequestSent{}).Type(), Key: a.Key, Do: sim.KillRunner, For: time.Minute}
			if e == killedAccepted {
				f.After = (runner.RequestAccepted{}).Type()
			}
			n.Faults = append(slices.Clone(n.Faults), f)
			return n, fmt.Sprintf("the runner is killed after %s of %s and resumed a minute later", f.After, f.Key), true
		}
	}
	return n, "", false
}

// varyChannels lets nobody take what a step wants to tell.
func varyChannels(n rehearse.Night, v *plan.Notify, e Ending) (rehearse.Night, string, bool) {
	if e != channelDown {
		return n, "", false
	}
	var names []string
	for _, c := range v.To {
		n.Scenario.Notifications = with(n.Scenario.Notifications, c.Name, sim.Channel{Does: sim.ChannelFails})
		names = append(names, c.Name)
	}
	return n, "no try to reach " + strings.Join(names, ", ") + " succeeds", true
}

// varyAnswer changes what is said to the first asking for an approval.
func varyAnswer(n rehearse.Night, s *plan.Step, e Ending) (rehearse.Night, string, bool) {
	usual, _ := n.Scenario.Answer(s.ID, 1)
	answers := slices.Clone(n.Scenario.Approvals[s.ID])
	if len(answers) < 2 {
		answers = []sim.Answer{{}, usual}
	}
	what := ""
	switch e {
	case personRejects:
		answers[0] = sim.Answer{At: usual.At, After: usual.After, By: usual.By, Rejects: true}
		what = "is rejected"
	case nobodyAnswers:
		answers[0] = sim.Answer{Never: true}
		what = "is not answered"
	default:
		return n, "", false
	}
	n.Scenario.Approvals = with(n.Scenario.Approvals, s.ID, answers)
	return n, fmt.Sprintf("approval %q %s when it is first asked for", s.ID, what), true
}

// varySensor lets what a step waits for never come, or lets nobody look for it; of a run of another plan, it has failed.
func varySensor(n rehearse.Night, w fact.Sought, e Ending) (rehearse.Night, string, bool) {
	b, trouble := &n.Scenario.Beside, ""
	if e == sensorFails {
		trouble = "nobody can look for it"
	} else if e != neverComes {
		return n, "", false
	}
	switch {
	case w.File != nil:
		b.Files = with(b.Files, w.File.Path, sim.File{Never: trouble == "", Trouble: trouble})
		return n, "file " + w.File.Path + " " + sensorWords[e], true
	case w.Check != nil:
		b.Checks = with(b.Checks, w.Check.Name, sim.Check{Never: trouble == "", Trouble: trouble})
		return n, "check " + w.Check.Name + " " + sensorWords[e], true
	case e == sensorFails:
		b.Plans = with(b.Plans, w.Run.Plan, sim.PlanRun{Fails: sim.When{At: n.Scenario.Start}, Never: true})
		return n, "the run of plan " + w.Run.Plan + " has failed", true
	}
	b.Plans = with(b.Plans, w.Run.Plan, sim.PlanRun{Never: true})
	return n, "no run of plan " + w.Run.Plan + " succeeds", true
}

// sensorWords are what becomes of a file or a check.
var sensorWords = map[Ending]string{neverComes: "is waited for in vain", sensorFails: "cannot be looked at"}

// withFault puts a fault before all others, since of several the first counts.
func withFault(n rehearse.Night, f sim.Fault) rehearse.Night {
	n.Scenario.Faults = append([]sim.Fault{f}, n.Scenario.Faults...)
	return n
}

// varyDown takes the scheduler away when the step wants to ask.
func varyDown(n rehearse.Night, a act) (rehearse.Night, string, bool) {
	n.Faults = append(slices.Clone(n.Faults), rehearse.Fault{Key: a.Ordered, Do: sim.Down, For: down})
	return n, fmt.Sprintf("the scheduler is down for %s when %s is due", readable.Duration(down), a.Ordered), true
}

// varyRefusal lets a gateway forbid a request for which the scheduler's own script has no refusal.
func varyRefusal(n rehearse.Night, a act) (rehearse.Night, string, bool) {
	if a.Key == (runner.Key{}) {
		n.Faults = append(slices.Clone(n.Faults), rehearse.Fault{Key: a.Ordered, Do: sim.HTTPStatus, Status: http.StatusForbidden, For: time.Second})
		return n, fmt.Sprintf("looks are answered HTTP 403 when %s is due", a.Ordered), true
	}
	f := sim.Fault{On: string(a.Key.Op), Batch: a.About.Code, Nth: a.Nth, Do: sim.HTTPStatus, Status: http.StatusForbidden}
	return withFault(n, f), fmt.Sprintf("%s %d of %s is answered HTTP 403", f.On, f.Nth, f.Batch), true
}

// varyStart changes what becomes of the start the step made, or of a batch run that others started and the step
// is the first to look at.
func varyStart(n rehearse.Night, s *plan.Step, a act, e Ending) (rehearse.Night, string, bool) {
	number := a.start
	elsewhere, others := n.Scenario.Elsewhere[a.About.RunID]
	if v, ok := s.Do.(*plan.OnRun); ok && v.Op == plan.OpWait && v.Step < 0 {
		number = 1
	} else if a.Key.Op == runner.OpInterrupt {
		return n, "", false
	}
	if number == 0 || others && elsewhere.Group {
		return n, "", false
	}
	what := fmt.Sprintf("start %d of %s %s", number, a.About.Object, a.About.Code)
	var words string
	change := func(st sim.Start) sim.Start {
		next := sim.Start{Holds: st.Holds, Duration: st.Duration, NewID: st.NewID}
		words = become(&next, e, a)
		return next
	}
	sc := &n.Scenario
	switch {
	case others:
		own := sc.Batches[a.About.Code]
		if elsewhere.Own != nil {
			own = *elsewhere.Own
		}
		own.Starts = alter(own.Starts, number, change)
		elsewhere.Own = &own
		sc.Elsewhere = with(sc.Elsewhere, a.About.RunID, elsewhere)
	case a.About.Object == fact.Group:
		g, known := sc.Groups[a.About.Code]
		if !known {
			g.Members = scenario.MembersOf(a.Order)
		}
		g.Starts = alter(g.Starts, number, change)
		sc.Groups = with(sc.Groups, a.About.Code, g)
	default:
		whole := sc.Batches[a.About.Code]
		b := whole.At(a.apart)
		b.Starts = alter(b.Starts, number, change)
		if at := failsAt(s, b); e == batchFails && at != nil {
			b.Tasks, b.Starts[number-1].Fails = at, at[0].Code
			words = "fails at task " + at[0].Code
		}
		sc.Batches = with(sc.Batches, a.About.Code, whole.With(a.apart, b))
	}
	return n, what + " " + words, true
}

// failsAt are the tasks that the rules of a step name, where nobody else names one: a batch run that fails as a whole would not try
// them. The first is the one to fail at; nil: there are none.
func failsAt(s *plan.Step, b sim.Batch) (tasks []sim.Task) {
	v, triggers := s.Do.(*plan.Trigger)
	if !triggers || len(b.Tasks)+len(v.Tasks)+len(v.Excluded)+len(v.Held)+len(v.Included) > 0 {
		return nil
	}
	for _, rule := range s.OnFailure {
		if rule.If == nil {
			continue
		}
		for _, named := range rule.If.Named() {
			known := slices.ContainsFunc(tasks, func(t sim.Task) bool { return t.Code == named.Code })
			if named.Step < 0 && !named.Members && !known {
				tasks = append(tasks, sim.Task{Code: named.Code})
			}
		}
	}
	return tasks
}

// with is the map with one entry changed.
func with[V any](m map[string]V, key string, v V) map[string]V {
	if m = maps.Clone(m); m == nil {
		m = make(map[string]V)
	}
	m[key] = v
	return m
}

// alter changes one start, from 1, in a copy of the script.
func alter(starts []sim.Start, number int, change func(sim.Start) sim.Start) []sim.Start {
	starts = slices.Clone(starts)
	for len(starts) < number {
		starts = append(starts, sim.Start{})
	}
	starts[number-1] = change(starts[number-1])
	return starts
}

// become gives a start its ending and says it in words.
func become(st *sim.Start, e Ending, a act) string {
	switch e {
	case batchFails:
		st.Fails = sim.Whole
		return "fails"
	case batchStops:
		st.InterruptedAt = max(time.Second, (a.Lasted / 2).Truncate(time.Second))
		return "is interrupted after " + readable.Duration(st.InterruptedAt)
	case batchHangs:
		st.Hangs = sim.Whole
		return "never ends"
	}
	*st = sim.Start{Refuse: callcode.BadArguments}
	if a.Key.Op == runner.OpTrigger {
		st.Refuse = callcode.NoObject
	}
	return fmt.Sprintf("is refused with code %d", st.Refuse)
}

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
		_, tells := s.Do.(*plan.Notify)
		t.acts[i] = !acts[i].At.IsZero() || (sleeps || tells || s.Approval() != nil) && !st.StartedAt.IsZero()
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
	if !gaveUp {
		w.untrue(t, result)
	}
	late := w.result.Deadline
	if c.Late = !late.IsZero() && c.Ended.After(late); c.Late && w.Options.Deadline != nil && !gaveUp {
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
	apart int // which entry of the batch, see [sim.Batch.At]
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
			acts[i].start, acts[i].apart = c.Start, c.Apart
		}
	}
	return acts
}
