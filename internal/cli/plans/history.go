package plans

import (
	"fmt"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/history"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// usual fills in how long the batches of a plan took in earlier runs, and says of which that is known.
func usual(std *terminal.Streams, sc sim.Scenario, r *plan.Resolved, f *flags.State) (sim.Scenario, error) {
	store, err := f.Store()
	if err != nil {
		return sc, err
	}
	past, err := history.Read(store)
	if err != nil {
		return sc, err
	}
	var known, rare []string
	seen := map[fact.BatchRef]bool{{}: true}
	for _, ref := range r.Objects() {
		if seen[ref] {
			continue
		}
		seen[ref] = true
		if _, usual := past.Usual(history.Key{Object: ref.Object, Code: ref.Code}); usual {
			known = append(known, ref.Code)
		} else {
			rare = append(rare, ref.Code)
		}
	}
	fmt.Fprintf(std.Err, "history of %s: durations are the medians of the last %d runs of %s\n", store.Where(), history.Last, enumerate(known))
	if len(rare) > 0 {
		fmt.Fprintf(std.Err, "seen fewer than %d times, so nothing is usual: %s\n", history.Enough, enumerate(rare))
	}
	return scenario.Usual(sc, past, r), nil
}

// enumerate lists codes, or says that there are none.
func enumerate(codes []string) string {
	if len(codes) == 0 {
		return "nothing"
	}
	return readable.List(codes, 12)
}
