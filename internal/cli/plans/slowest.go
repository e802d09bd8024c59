package plans

import (
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// overdueID names the warning about a deadline that the timeouts of a plan let pass.
const overdueID = "W028"

// checksOfNights lists the warnings that take a rehearsal.
func checksOfNights() []source.Check {
	return []source.Check{{
		ID: overdueID, About: "with --at: the timeouts let a run last beyond its deadline",
		Why: "A night is rehearsed in which each batch takes as long as its step's timeout lets it, and nothing fails. When that ends after the deadline, no " +
			"timeout would tell in time that the run will be late. Shorten those of the critical path, start earlier, or say that the deadline is wished " +
			"for only. Parameters have their defaults.",
		Wrong: "version: 1\nname: example\nmisdate: 2026-11-20\ndeadline: \"05:30\"\nsteps:\n" +
			"  - {id: load, timeout: 3h, trigger: {batch: DATA_LOAD}}\n  - {id: score, timeout: 2h, trigger: {batch: SCORE}}\n",
		Right: "version: 1\nname: example\nmisdate: 2026-11-20\ndeadline: \"05:30\"\nsteps:\n" +
			"  - {id: load, timeout: 2h, trigger: {batch: DATA_LOAD}}\n  - {id: score, timeout: 1h, trigger: {batch: SCORE}}\n",
	}}
}

// overdue warns of a deadline that the timeouts of a plan let pass, when a run starts at that time.
func overdue(p *plan.Plan, at string) (all source.Errors) {
	if p.Deadline == nil {
		return nil
	}
	warn := func(format string, args ...any) *source.Error {
		e := all.Add(p.Deadline.Pos, format, args...)
		e.ID = overdueID
		return e
	}
	start, err := instant(at, p.Calendar)
	if err != nil {
		all.Add(p.Deadline.Pos, "%s", err)
		return all
	}
	n := rehearse.Night{Plan: p, At: start}
	r, err := n.Resolve()
	if err != nil {
		warn("how long the timeouts let the run last is not known: it does not start with the defaults").Hint = firstLine(err.Error())
		return p.Silence(all)
	}
	if n.Scenario, err = slowest(r); err != nil {
		warn("how long the timeouts let the run last is not known: %s", err)
		return p.Silence(all)
	}
	night, err := n.Run()
	if err != nil || night.End == nil || night.Resolved.DueAt.IsZero() || !night.FinishedAt.After(night.Resolved.DueAt) {
		return nil
	}
	zone := p.Calendar.Location()
	e := warn("the timeouts let a run from %s on last until %s, and its deadline is %s", readable.WeekdayClock(night.StartedAt.In(zone)),
		readable.WeekdayClock(night.FinishedAt.In(zone)), readable.WeekdayClock(night.Resolved.DueAt.In(zone)))
	var legs []string
	for _, leg := range fold.NewTimeline(night.Resolved.Plan, night.Turns, night.Ended).Critical {
		legs = append(legs, fmt.Sprintf("%s %s", leg.Step, readable.Elapsed(leg.To.Sub(leg.From))))
	}
	e.Hint = "the longest way is " + readable.List(legs, 6)
	return p.Silence(all)
}

// firstLine is a text without what follows its first line.
func firstLine(text string) string {
	line, _, _ := strings.Cut(text, "\n")
	return line
}

// slowest is the night in which every batch takes as long as its step's timeout lets it. Of a batch that several steps start, the shortest counts:
// what is said then is true. The error says which step may take for ever.
func slowest(r *plan.Resolved) (sim.Scenario, error) {
	sc := sim.Scenario{Batches: map[string]sim.Batch{}, Groups: map[string]sim.Group{}, Elsewhere: map[string]sim.Elsewhere{}}
	for _, s := range r.Steps {
		if !s.Waits() || s.Whole() || r.Idle(s) {
			continue
		}
		if s.Timeout == 0 {
			return sc, fmt.Errorf("step %q has no timeout", s.ID)
		}
		lasts := within(s)
		switch v := s.Do.(type) {
		case *plan.Trigger:
			if order, err := r.Preview(s, nil); err == nil {
				ordered(&sc, order, lasts)
			}
		case *plan.OnRun:
			if ref, err := r.PreviewRef(s, nil); err == nil && v.Step < 0 {
				sc.Elsewhere[ref.RunID] = sim.Elsewhere{Code: ref.Code, Group: ref.Object == fact.Group, Own: &sim.Batch{Duration: sim.Lasting(lasts)}}
			}
		}
	}
	return sc, nil
}

// within is how long a batch may take so that a look sees its end before the timeout of its step.
func within(s *plan.Step) time.Duration {
	gap := max(s.Poll.Every, s.Poll.Max)
	if s.Poll.Factor > 1 && s.Poll.Max == 0 {
		gap = s.Timeout / 4
	}
	return max(s.Timeout/2, s.Timeout-2*gap)
}

// ordered puts what an order starts into the scenario, unless it lasts less long there.
func ordered(sc *sim.Scenario, order fact.Order, lasts time.Duration) {
	shorter := func(known *sim.Length) *sim.Length {
		if known != nil && known.Mean < lasts {
			return known
		}
		return sim.Lasting(lasts)
	}
	if order.Object == fact.Batch {
		b := sc.Batches[order.Code]
		b.Duration = shorter(b.Duration)
		sc.Batches[order.Code] = b
		return
	}
	g := sim.Group{}
	for _, m := range order.Members {
		g.Members = append(g.Members, sim.Member{Code: m.Code, Own: &sim.Batch{Duration: sim.Lasting(lasts)}})
	}
	if len(g.Members) == 0 {
		g.Members = []sim.Member{{Code: order.Code, Own: &sim.Batch{Duration: sim.Lasting(lasts)}}}
	}
	if known, again := sc.Groups[order.Code]; again && known.Members[0].Own.Duration.Mean < lasts {
		return
	}
	sc.Groups[order.Code] = g
}
