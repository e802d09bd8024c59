package scenario

import (
	"maps"
	"slices"

	"ofsplan/internal/fold"
	"ofsplan/ofs/sim"
)

// Usual gives the batches and groups of a scenario the time they usually take, where it says none itself.
func Usual(sc sim.Scenario, h *fold.History) sim.Scenario {
	sc.Batches, sc.Groups = maps.Clone(sc.Batches), maps.Clone(sc.Groups)
	for _, code := range h.Codes() {
		usual := sim.Lasting(h.Usual(code))
		members, group := h.Members(code)
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
