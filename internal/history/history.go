package history

import (
	"cmp"
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

const (
	// Last is how many times of a batch are held, the newest ones.
	Last = 20
	// Enough is how often a batch must have been seen for anything to be usual.
	Enough = 3
	// mostKeys bounds how many batches are held: those that were seen last.
	mostKeys = 20_000
	// longest is the longest time that is believed.
	longest = 366 * 24 * time.Hour
)

// A History is how long batches took. The zero History knows nothing.
type History struct {
	runs int
	all  map[Key]*past
}

// past is what is held of one key, as it is kept.
type past struct {
	Key
	Took    []int64  `json:"took_s"` // the newest last, in seconds, rounded up
	Members []string `json:"members,omitempty"`
	Day     string   `json:"day"` // of the newest
}

// Add takes what a run tells.
func (h *History) Add(times []Time) {
	h.runs++
	for _, t := range times {
		if t.Took < 0 || t.Took > longest {
			continue
		}
		if h.all == nil {
			h.all = map[Key]*past{}
		}
		p := h.all[t.Key]
		if p == nil {
			p = &past{Key: t.Key}
			h.all[t.Key] = p
		}
		p.Took = append(p.Took, int64((t.Took+time.Second-1)/time.Second))
		p.Took = p.Took[max(0, len(p.Took)-Last):]
		p.Members, p.Day = t.Members, max(p.Day, t.At.UTC().Format(time.DateOnly))
	}
}

// Runs is how many runs were looked at.
func (h *History) Runs() int { return h.runs }

// Seen is how many times of a key are held.
func (h *History) Seen(k Key) int {
	if p := h.all[k]; p != nil {
		return len(p.Took)
	}
	return 0
}

// Usual is how long a batch or group usually takes; false when it was seen fewer than three times. Half of its last twenty times were
// no longer than Median, and nineteen of twenty no longer than Most: of fewer, all but the longest. So one outlier moves neither.
func (h *History) Usual(k Key) (runner.Usual, bool) {
	n := h.Seen(k)
	if n < Enough {
		return runner.Usual{}, false
	}
	took := slices.Sorted(slices.Values(h.all[k].Took))
	median := took[(n-1)/2]
	return runner.Usual{
		Object: k.Object, Code: k.Code, Restarted: k.Restarted, Times: n, Median: median, Most: max(median, took[n-2]),
	}, true
}

// Members are those of a group as they were last seen.
func (h *History) Members(k Key) []string {
	if p := h.all[k]; p != nil {
		return p.Members
	}
	return nil
}

// About is what history says of what a plan is about, as it goes into the record of a run.
func (h *History) About(r *plan.Resolved) runner.HistoryRead {
	e := runner.HistoryRead{Runs: h.runs}
	seen := map[fact.BatchRef]bool{{}: true}
	for _, ref := range r.Objects() {
		if seen[ref] {
			continue
		}
		seen[ref] = true
		for _, restarted := range []bool{false, true} {
			if u, known := h.Usual(Key{ref.Object, ref.Code, restarted}); known {
				e.Usual = append(e.Usual, u)
			}
		}
	}
	return e
}

// kept is a history as it is kept.
type kept struct {
	Version int     `json:"v"`
	Runs    int     `json:"runs"`
	Batches []*past `json:"batches"`
}

// version is that of the form in which a history is kept. Another one is drawn anew.
const version = 1

// parse reads what bytes wrote, and refuses what it cannot have written.
func parse(text []byte) (*History, error) {
	var k kept
	if err := json.Unmarshal(text, &k); err != nil {
		return nil, fmt.Errorf("the history is damaged: %w", err)
	}
	if k.Version != version {
		return nil, fmt.Errorf("the history is of version %d", k.Version)
	}
	h := &History{runs: k.Runs, all: make(map[Key]*past, len(k.Batches))}
	for _, p := range k.Batches {
		if p == nil || p.Code == "" || len(p.Took) == 0 || len(p.Took) > Last || slices.Min(p.Took) < 0 || slices.Max(p.Took) > int64(longest/time.Second) || h.all[p.Key] != nil {
			return nil, fmt.Errorf("the history is damaged")
		}
		h.all[p.Key] = p
	}
	return h, nil
}

// bytes are a history as it is kept: of too many batches those that were seen last.
func (h *History) bytes() ([]byte, error) {
	all := slices.SortedFunc(maps.Values(h.all), func(a, b *past) int {
		return cmp.Or(cmp.Compare(b.Day, a.Day), cmp.Compare(a.Code, b.Code), cmp.Compare(a.Object, b.Object), compareBool(a.Restarted, b.Restarted))
	})
	all = all[:min(len(all), mostKeys)]
	return json.Marshal(kept{version, h.runs, all})
}

func compareBool(a, b bool) int {
	switch {
	case a == b:
		return 0
	case b:
		return -1
	}
	return 1
}
