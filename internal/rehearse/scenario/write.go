package scenario

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan/calendar"
)

// Text writes a scenario as [Read] reads it, to the millisecond. Each line of the note stands above it as a comment. The
// zone is not in it: a file's clock times are meant in the plan's.
func Text(sc sim.Scenario, note string) []byte {
	pairs := append([]source.Pair{{Key: "version", Value: source.Plain("1"), Note: note}}, Pairs(sc)...)
	return source.Write(source.Pairs(pairs...))
}

// addLength adds how long something takes, unless nobody says.
func addLength(f *source.Sparse, key string, l *sim.Length) {
	f.Add(key, l != nil, func() source.Item { return lengthItem(l) })
}

func lengthItem(l *sim.Length) source.Item {
	text := source.DurationText(l.Mean)
	if l.Spread >= time.Millisecond {
		text += " ± " + source.DurationText(l.Spread)
	}
	return source.Plain(text)
}

// sorted is a mapping by its keys.
func sorted[V any](all map[string]V, item func(V) source.Item) source.Item {
	var pairs []source.Pair
	for _, key := range slices.Sorted(maps.Keys(all)) {
		pairs = append(pairs, source.Pair{Key: key, Value: item(all[key])})
	}
	return source.Pairs(pairs...)
}

// Pairs are the keys of a scenario, without its version, to be written into another file.
func Pairs(sc sim.Scenario) []source.Pair {
	var f source.Sparse
	f.Add("seed", sc.Seed != 0, func() source.Item { return source.Plain(strconv.FormatUint(sc.Seed, 10)) })
	f.Add("start", !sc.Start.IsZero(), func() source.Item { return source.Plain(sc.Start.UTC().Format(time.RFC3339Nano)) })
	f.Filled("batches", sorted(sc.Batches, batchItem))
	f.Filled("groups", sorted(sc.Groups, groupItem))
	f.Filled("elsewhere", sorted(sc.Elsewhere, elsewhereItem))
	f.Add("faults", len(sc.Faults) > 0, func() source.Item {
		items := make([]source.Item, len(sc.Faults))
		for i, one := range sc.Faults {
			items[i] = faultItem(one)
		}
		return source.List(items...)
	})
	f.Filled("notifications", sorted(sc.Notifications, channelItem))
	addBeside(&f, sc.Beside)
	if u := sc.Unknown; u.Refuse {
		f.Text("unknown_batches", "refuse")
	} else if u.Duration != nil {
		f = append(f, source.Pair{Key: "unknown_batches", Value: source.Plain("succeed in " + lengthItem(u.Duration).Text)})
	}
	f.Filled("history", sorted(sc.History, lengthItem))
	f.Filled("approvals", sorted(sc.Approvals, answerItems))
	f.Add("deadline", sc.Deadline != nil, func() source.Item { return source.Text(calendar.Clock(*sc.Deadline).String()) })
	return f
}

// batchPairs are the keys of a batch.
func batchPairs(b sim.Batch) source.Sparse {
	var f source.Sparse
	addLength(&f, "duration", b.Duration)
	f.Add("tasks", len(b.Tasks) > 0, func() source.Item {
		var pairs []source.Pair
		for _, t := range b.Tasks {
			pairs = append(pairs, source.Pair{Key: t.Code, Value: shorthand(t.Duration, t.After, nil)})
		}
		return source.Pairs(pairs...)
	})
	f.Filled("starts", startItems(b.Starts))
	f.Number("refuse", b.Refuse)
	return f
}

func batchItem(b sim.Batch) source.Item {
	rest := shorthand(b.Duration, nil, batchPairs(b))
	if len(b.Apart) == 0 {
		return rest
	}
	var items []source.Item
	for _, a := range b.Apart {
		var where []source.Pair
		for _, name := range slices.Sorted(maps.Keys(a.Where)) {
			where = append(where, source.Pair{Key: name, Value: source.Text(a.Where[name])})
		}
		items = append(items, source.Pairs(append([]source.Pair{{Key: "where", Value: source.Pairs(where...)}}, batchPairs(a.Batch)...)...))
	}
	if len(batchPairs(b)) > 0 {
		items = append(items, source.Pairs(batchPairs(b)...))
	}
	return source.List(items...)
}

// shorthand is a duration alone where there is nothing else to say, and else a mapping.
func shorthand(l *sim.Length, after []string, more source.Sparse) source.Item {
	f := more
	if more == nil {
		addLength(&f, "duration", l)
	}
	f.Texts("after", after)
	if len(f) == 1 && f[0].Key == "duration" {
		return f[0].Value
	}
	return source.Pairs(f...)
}

func startItems(starts []sim.Start) source.Item {
	items := make([]source.Item, len(starts))
	for i, s := range starts {
		items[i] = startItem(s)
	}
	return source.List(items...)
}

func startItem(s sim.Start) source.Item {
	var f source.Sparse
	part := func(key, code string) {
		if code == sim.Whole {
			f = append(f, source.Pair{Key: key, Value: source.Plain("true")})
		} else {
			f.Text(key, code)
		}
	}
	part("fails", s.Fails)
	f.Duration("at", s.At)
	part("hangs", s.Hangs)
	f.Texts("holds", s.Holds)
	f.Duration("aborts_at", s.AbortsAt)
	f.Duration("interrupted_at", s.InterruptedAt)
	f.Number("refuse", s.Refuse)
	addLength(&f, "duration", s.Duration)
	f.Flag("new_id", s.NewID)
	return source.Pairs(f...)
}

func groupItem(g sim.Group) source.Item {
	var f source.Sparse
	f.Add("batches", len(g.Members) > 0, func() source.Item {
		var pairs []source.Pair
		for _, m := range g.Members {
			pairs = append(pairs, source.Pair{Key: m.Code, Value: memberItem(m)})
		}
		return source.Pairs(pairs...)
	})
	f.Filled("starts", startItems(g.Starts))
	f.Number("refuse", g.Refuse)
	return source.Pairs(f...)
}

// memberItem is one member. One that goes by a script of its own says so, even when nothing stands in it.
func memberItem(m sim.Member) source.Item {
	return shorthand(nil, m.After, ownPairs(m.Own))
}

// ownPairs are the keys of a script of one's own.
func ownPairs(own *sim.Batch) source.Sparse {
	f := source.Sparse{}
	if own != nil {
		if f = batchPairs(*own); len(f) == 0 {
			f = source.Sparse{{Key: "tasks", Value: source.Pairs()}}
		}
	}
	return f
}

func elsewhereItem(e sim.Elsewhere) source.Item {
	key := "batch"
	if e.Group {
		key = "group"
	}
	return source.Pairs(append([]source.Pair{{Key: key, Value: source.Text(e.Code)}}, ownPairs(e.Own)...)...)
}

func faultItem(one sim.Fault) source.Item {
	var f source.Sparse
	f.Text("on", one.On)
	f.Text("batch", one.Batch)
	f.Number("nth", one.Nth)
	f.Number("every", one.Every)
	if c := one.At; c != nil {
		f.Text("at", strings.TrimSuffix(fmt.Sprintf("%02d:%02d:%02d", c.Hour, c.Minute, c.Second), ":00"))
	}
	f.Duration("for", one.For)
	if one.Do == sim.HTTPStatus {
		f.Number("do", one.Status)
	} else {
		f.Text("do", string(one.Do))
	}
	f.Duration("retry_after", one.RetryAfter)
	f.Duration("delay", one.Delay)
	return source.Pairs(f...)
}
