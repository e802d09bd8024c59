package scenario

import (
	"fmt"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan/calendar"
)

// approvals reads what people say to the approvals of steps: one answer to every asking, or a list of them, one for each.
func (r reader) approvals(m source.Map) (all map[string][]sim.Answer) {
	for _, f := range m.Mapping("approvals", "*").Fields() {
		what := fmt.Sprintf("approval %q", f.Key)
		if !f.Value.Is(source.Sequence) {
			set(&all, f.Key, []sim.Answer{r.answer(f.Value, what)})
			continue
		}
		var list []sim.Answer
		for i, n := range f.Value.Items {
			list = append(list, r.answer(n, fmt.Sprintf("answer %d of %s", i+1, what)))
		}
		if len(list) == 0 {
			r.Add(f.Value.Pos, "%s has no answer", what).Hint = "leave it out, and it is given at once; with never: true nobody answers"
		}
		set(&all, f.Key, list)
	}
	return all
}

func (r reader) answer(n *source.Node, what string) sim.Answer {
	m := r.Mapping(n, what, "at", "after", "by", "approve", "never", "reason")
	a := sim.Answer{
		After: m.Duration("after", 0), By: strings.TrimSpace(m.Text("by")), Rejects: !m.Bool("approve", true), Never: m.Bool("never", false), Reason: m.Text("reason"),
	}
	a.At = (*sim.Clock)(source.Optional(m, "at", calendar.ParseClock))
	if m.Node == nil {
		return a
	}
	if f := m.Node.Field("after"); f != nil && m.Has("at") {
		r.Add(f.KeyPos, `%s has both "at" and "after"`, what)
	}
	for _, key := range []string{"at", "after", "by", "approve", "reason"} {
		if f := m.Node.Field(key); f != nil && a.Never {
			r.Add(f.KeyPos, `%q of %s means nothing beside "never"`, key, what)
		}
	}
	return a
}

// answerItems is what approvals reads for one step.
func answerItems(all []sim.Answer) source.Item {
	var items []source.Item
	for _, a := range all {
		var f source.Sparse
		if c := a.At; c != nil {
			f.Text("at", strings.TrimSuffix(fmt.Sprintf("%02d:%02d:%02d", c.Hour, c.Minute, c.Second), ":00"))
		}
		f.Duration("after", a.After)
		f.Text("by", a.By)
		if a.Rejects {
			f = append(f, source.Pair{Key: "approve", Value: source.Plain("false")})
		}
		f.Flag("never", a.Never)
		f.Text("reason", a.Reason)
		if len(f) == 0 {
			f = append(f, source.Pair{Key: "approve", Value: source.Plain("true")})
		}
		items = append(items, source.Pairs(f...))
	}
	if len(items) == 1 {
		return items[0]
	}
	return source.List(items...)
}
