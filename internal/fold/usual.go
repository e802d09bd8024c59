package fold

import (
	"io"
	"maps"
	"slices"
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A History is how long batches and groups took in earlier runs, from their request until a look showed their
// success. The zero History knows nothing.
type History struct {
	took    map[string][]time.Duration // by code
	members map[string][]string        // of groups
	runs    int
}

// Read takes in a journal as far as it can be read. A simulated run counts for nothing, nor does a batch run that was
// restarted.
func (h *History) Read(r io.Reader) {
	var turns []record.Turn
	for t, err := range record.Turns(r) {
		if err != nil {
			break
		}
		turns = append(turns, t)
	}
	h.Add(turns)
}

// Add takes in the turns of one run, as Read does.
func (h *History) Add(turns []record.Turn) {
	for _, t := range turns {
		if e, ok := t.Event.(runner.RunStarted); ok {
			if e.Simulated {
				return
			}
			h.runs++
		}
	}
	for _, r := range Requests(turns) {
		if starts := r.Op == runner.OpTrigger || r.Op == runner.OpRerun; starts && r.Over != nil && !r.Restarted {
			h.end(r)
		}
	}
}

// end takes a batch run that is over.
func (h *History) end(r *Request) {
	if r.Over.Status != fact.StatusSucceeded {
		return
	}
	if h.took == nil {
		h.took, h.members = map[string][]time.Duration{}, map[string][]string{}
	}
	code := r.About.Code
	h.took[code] = append(h.took[code], r.OverAt.Sub(r.At))
	if r.About.Object != fact.Group {
		return
	}
	var members []string
	if r.Order != nil {
		for _, m := range r.Order.Members {
			members = append(members, m.Code)
		}
	}
	for _, m := range r.Over.Members {
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

// Members are those of a group when it ran last; false: it is no group that is known.
func (h *History) Members(code string) ([]string, bool) {
	members, group := h.members[code]
	return members, group
}
