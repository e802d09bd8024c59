package rehearse

import (
	"maps"
	"slices"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A History is how long batches and groups took in earlier runs, from their request until a look told of their
// success. The zero History knows nothing.
type History struct {
	took    map[string][]time.Duration // by code
	members map[string][]string        // of groups
	runs    int
}

// past is one batch run of an earlier run, as it goes on.
type past struct {
	order fact.Order
	began time.Time
}

// Add takes the turns of one run. A simulated one tells nothing, nor does a batch run that was restarted.
func (h *History) Add(turns []record.Turn) {
	orders, sent, runs := map[runner.Key]fact.Order{}, map[runner.Key]time.Time{}, map[string]past{}
	for _, t := range turns {
		switch e := t.Event.(type) {
		case runner.RunStarted:
			if e.Simulated {
				return
			}
			h.runs++
		case runner.RequestSent:
			sent[e.Key] = t.At
		case runner.RequestAccepted:
			if o, ok := orders[e.Key]; ok {
				runs[e.BatchRunID] = past{o, sent[e.Key]}
			} else if e.Key.Op == runner.OpRestart {
				delete(runs, e.BatchRunID)
			}
		case runner.BatchObserved:
			if p, ok := runs[e.RunID]; ok && e.Status.Final() {
				delete(runs, e.RunID)
				h.end(p, t.At, e)
			}
		}
		for _, c := range t.Decision.Commands {
			switch c.Key.Op {
			case runner.OpTrigger:
				orders[c.Key] = *c.Order
			case runner.OpRerun:
				orders[c.Key] = fact.Order{Object: c.Run.Object, Code: c.Run.Code}
			}
		}
	}
}

// end takes a batch run that succeeded.
func (h *History) end(p past, at time.Time, e runner.BatchObserved) {
	if e.Status != fact.StatusSucceeded {
		return
	}
	if h.took == nil {
		h.took, h.members = map[string][]time.Duration{}, map[string][]string{}
	}
	code := p.order.Code
	h.took[code] = append(h.took[code], at.Sub(p.began))
	if p.order.Object != fact.Group {
		return
	}
	var members []string
	for _, m := range p.order.Members {
		members = append(members, m.Code)
	}
	for _, m := range e.Members {
		if !slices.Contains(members, m.Code) {
			members = append(members, m.Code)
		}
	}
	h.members[code] = members
}

// Runs is how many runs were taken in.
func (h *History) Runs() int { return h.runs }

// Codes are the batches and groups of which a duration is known.
func (h *History) Codes() []string { return slices.Sorted(maps.Keys(h.took)) }

// Usual is the median of how long something took, in whole milliseconds; 0 when nobody knows.
func (h *History) Usual(code string) time.Duration {
	all := slices.Sorted(slices.Values(h.took[code]))
	n := len(all)
	if n == 0 {
		return 0
	}
	return ((all[(n-1)/2] + all[n/2]) / 2).Round(time.Millisecond)
}

// Fill gives the batches and groups of a scenario the time they usually take, where it says none itself.
func (h *History) Fill(sc sim.Scenario) sim.Scenario {
	sc.Batches, sc.Groups = maps.Clone(sc.Batches), maps.Clone(sc.Groups)
	for _, code := range h.Codes() {
		usual := sim.Lasting(h.Usual(code))
		members, group := h.members[code]
		_, scripted := sc.Groups[code]
		b := sc.Batches[code]
		switch {
		case scripted:
		case group:
			var g sim.Group
			for _, m := range members {
				g.Members = append(g.Members, sim.Member{Code: m, Own: &sim.Batch{Duration: usual}})
			}
			if len(g.Members) > 0 {
				set(&sc.Groups, code, g)
			}
		case b.Duration == nil && !slices.ContainsFunc(b.Tasks, func(t sim.Task) bool { return t.Duration != nil }):
			b.Duration = usual
			set(&sc.Batches, code, b)
		}
	}
	return sc
}

// set puts a value into a map that may not be there yet.
func set[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = v
}
