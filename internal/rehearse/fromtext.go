package rehearse

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
)

// ScenarioText writes a scenario as [Scenario] reads it, to the millisecond. Each line of the note stands above it as a
// comment. The zone is not in it: a file's clock times are meant in the plan's.
func ScenarioText(sc sim.Scenario, note string) []byte {
	pairs := append([]source.Pair{{Key: "version", Value: source.Plain("1"), Note: note}}, scenarioPairs(sc)...)
	return source.Write(source.Pairs(pairs...))
}

// A fielder collects the keys of a mapping; what has its zero value is left out.
type fielder []source.Pair

func (f *fielder) add(key string, there bool, value func() source.Item) {
	if there {
		*f = append(*f, source.Pair{Key: key, Value: value()})
	}
}

func (f *fielder) text(key, value string) {
	f.add(key, value != "", func() source.Item { return source.Text(value) })
}

func (f *fielder) number(key string, n int) {
	f.add(key, n != 0, func() source.Item { return source.Plain(strconv.Itoa(n)) })
}

func (f *fielder) duration(key string, d time.Duration) {
	f.add(key, d != 0, func() source.Item { return source.Plain(source.DurationText(d)) })
}

func (f *fielder) length(key string, l *sim.Length) {
	f.add(key, l != nil, func() source.Item { return lengthItem(l) })
}

func (f *fielder) codes(key string, codes []string) {
	f.add(key, len(codes) > 0, func() source.Item { return texts(codes) })
}

func texts(all []string) source.Item {
	items := make([]source.Item, len(all))
	for i, text := range all {
		items[i] = source.Text(text)
	}
	return source.List(items...)
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

// scenarioPairs are the keys of a scenario, without its version.
func scenarioPairs(sc sim.Scenario) []source.Pair {
	var f fielder
	f.add("seed", sc.Seed != 0, func() source.Item { return source.Plain(strconv.FormatUint(sc.Seed, 10)) })
	f.add("start", !sc.Start.IsZero(), func() source.Item { return source.Plain(sc.Start.UTC().Format(time.RFC3339Nano)) })
	f.add("batches", len(sc.Batches) > 0, func() source.Item { return sorted(sc.Batches, batchItem) })
	f.add("groups", len(sc.Groups) > 0, func() source.Item { return sorted(sc.Groups, groupItem) })
	f.add("elsewhere", len(sc.Elsewhere) > 0, func() source.Item { return sorted(sc.Elsewhere, elsewhereItem) })
	f.add("faults", len(sc.Faults) > 0, func() source.Item {
		items := make([]source.Item, len(sc.Faults))
		for i, one := range sc.Faults {
			items[i] = faultItem(one)
		}
		return source.List(items...)
	})
	if u := sc.Unknown; u.Refuse {
		f.text("unknown_batches", "refuse")
	} else if u.Duration != nil {
		f = append(f, source.Pair{Key: "unknown_batches", Value: source.Plain("succeed in " + lengthItem(u.Duration).Text)})
	}
	return f
}

// batchPairs are the keys of a batch.
func batchPairs(b sim.Batch) fielder {
	var f fielder
	f.length("duration", b.Duration)
	f.add("tasks", len(b.Tasks) > 0, func() source.Item {
		var pairs []source.Pair
		for _, t := range b.Tasks {
			pairs = append(pairs, source.Pair{Key: t.Code, Value: shorthand(t.Duration, t.After, nil)})
		}
		return source.Pairs(pairs...)
	})
	f.add("starts", len(b.Starts) > 0, func() source.Item { return startItems(b.Starts) })
	f.number("refuse", b.Refuse)
	return f
}

func batchItem(b sim.Batch) source.Item { return shorthand(b.Duration, nil, batchPairs(b)) }

// shorthand is a duration alone where there is nothing else to say, and else a mapping.
func shorthand(l *sim.Length, after []string, more fielder) source.Item {
	f := more
	if more == nil {
		f.length("duration", l)
	}
	f.codes("after", after)
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
	var f fielder
	part := func(key, code string) {
		if code == sim.Whole {
			f = append(f, source.Pair{Key: key, Value: source.Plain("true")})
		} else {
			f.text(key, code)
		}
	}
	part("fails", s.Fails)
	f.duration("at", s.At)
	part("hangs", s.Hangs)
	f.codes("holds", s.Holds)
	f.duration("aborts_at", s.AbortsAt)
	f.duration("interrupted_at", s.InterruptedAt)
	f.number("refuse", s.Refuse)
	f.length("duration", s.Duration)
	f.add("new_id", s.NewID, func() source.Item { return source.Plain("true") })
	return source.Pairs(f...)
}

func groupItem(g sim.Group) source.Item {
	var f fielder
	f.add("batches", len(g.Members) > 0, func() source.Item {
		var pairs []source.Pair
		for _, m := range g.Members {
			pairs = append(pairs, source.Pair{Key: m.Code, Value: memberItem(m)})
		}
		return source.Pairs(pairs...)
	})
	f.add("starts", len(g.Starts) > 0, func() source.Item { return startItems(g.Starts) })
	f.number("refuse", g.Refuse)
	return source.Pairs(f...)
}

// memberItem is one member. One that goes by a script of its own says so, even when nothing stands in it.
func memberItem(m sim.Member) source.Item {
	return shorthand(nil, m.After, ownPairs(m.Own))
}

// ownPairs are the keys of a script of one's own.
func ownPairs(own *sim.Batch) fielder {
	f := fielder{}
	if own != nil {
		if f = batchPairs(*own); len(f) == 0 {
			f = fielder{{Key: "tasks", Value: source.Pairs()}}
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
	var f fielder
	f.text("on", one.On)
	f.text("batch", one.Batch)
	f.number("nth", one.Nth)
	f.number("every", one.Every)
	if c := one.At; c != nil {
		f.text("at", strings.TrimSuffix(fmt.Sprintf("%02d:%02d:%02d", c.Hour, c.Minute, c.Second), ":00"))
	}
	f.duration("for", one.For)
	if one.Do == sim.HTTPStatus {
		f.number("do", one.Status)
	} else {
		f.text("do", string(one.Do))
	}
	f.duration("retry_after", one.RetryAfter)
	f.duration("delay", one.Delay)
	return source.Pairs(f...)
}
