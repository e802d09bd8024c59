package plandiff

import (
	"fmt"
	"reflect"
	"slices"
	"strings"

	"ofsplan/internal/forecast"
	"ofsplan/internal/readable"
	"ofsplan/plan"
)

// indexed is a side whose steps are found by their ids.
type indexed struct {
	Side
	steps []*plan.Step
	byID  map[string]int
	told  map[int][]fact
	// called is what the other side calls steps that were only called otherwise, and anew puts that in place of their ids.
	called   map[string]string
	replacer *strings.Replacer
}

func newIndexed(s Side) *indexed {
	x := &indexed{Side: s, steps: s.Resolved.Steps, byID: make(map[string]int, len(s.Resolved.Steps)), told: map[int][]fact{}}
	for i, step := range x.steps {
		x.byID[step.ID] = i
	}
	return x
}

// id is the id of a step by its index; empty for none.
func (x *indexed) id(i int) string {
	if i < 0 || i >= len(x.steps) {
		return ""
	}
	if other, is := x.called[x.steps[i].ID]; is {
		return other
	}
	return x.steps[i].ID
}

// renames makes known which steps the other side calls otherwise: where they are spoken of is no difference then.
func (x *indexed) renames(called map[string]string) {
	var pairs []string
	for from, to := range called {
		pairs = append(pairs, "steps."+from+".", "steps."+to+".")
	}
	x.called, x.replacer, x.told = called, strings.NewReplacer(pairs...), map[int][]fact{}
}

// text is a text with the names of the other side.
func (x *indexed) text(s string) string {
	if x.replacer == nil {
		return s
	}
	return x.replacer.Replace(s)
}

// anew is a fact with the names of the other side.
func (x *indexed) anew(f fact) fact {
	if x.replacer == nil {
		return f
	}
	f.value = x.text(f.value)
	for i := range f.list {
		f.list[i] = x.text(f.list[i])
	}
	return f
}

// foretold is the forecast of a step.
func (x *indexed) foretold(i int) *forecast.Step { return &x.Forecast.Steps[i] }

// does is what a step does, in words.
func (x *indexed) does(i int) string { return x.text(x.foretold(i).Does) }

// runs is what is said of a step that is not known to be skipped.
const runs = "runs"

// tonight is whether a step runs tonight, as far as that is known.
func (x *indexed) tonight(i int) string {
	if why := x.foretold(i).Skipped; why != "" {
		return "skipped: " + why
	}
	return runs
}

// facts are what a step says, its requests and what it waits for aside.
func (x *indexed) facts(i int) []fact {
	if known, ok := x.told[i]; ok {
		return known
	}
	s := x.steps[i]
	t := teller{ids: x.id}
	t.fields("", reflect.ValueOf(*s), "")
	facts := t.facts[:0]
	for _, f := range t.facts {
		if f.what != "poll" && !strings.HasPrefix(f.what, "poll.") { // one thing in several keys
			facts = append(facts, x.anew(f))
		}
	}
	if s.Waits() {
		facts = append(facts, fact{what: "poll", value: pollText(s.Poll)})
	}
	x.told[i] = facts
	return facts
}

func pollText(p plan.Poll) string {
	text := "every " + readable.Duration(p.Every)
	if p.Factor > 1 {
		text += fmt.Sprintf(", each gap %g times the last", p.Factor)
	}
	if p.Max > 0 {
		text += ", at most " + readable.Duration(p.Max)
	}
	return text
}

// signature is everything about a step but its id and what it waits for: steps with the same one are the same step.
func (x *indexed) signature(i int) string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s\n%+v\n", x.steps[i].Do.Keyword(), x.steps[i].Text)
	for _, f := range x.facts(i) {
		fmt.Fprintf(&b, "%q %q %q\n", f.what, f.value, f.list)
	}
	for _, r := range x.foretold(i).Requests[:min(1, len(x.foretold(i).Requests))] {
		b.WriteString(r.Body + "\n")
	}
	return b.String()
}

// compare finds what changes about a step, but for what it waits for.
func (c *comparison) compare(j, i int) (all []Change) {
	if was, is := c.old.tonight(j), c.new.tonight(i); was != is && (was == runs || is == runs) {
		all = append(all, Change{What: "tonight", Was: was, Is: is})
	}
	requests := c.compareRequests(c.old.foretold(j), c.new.foretold(i))
	was, is := c.old.does(j), c.new.does(i)
	silent := (c.old.tonight(j) == runs) != (c.new.tonight(i) == runs) // of one that is skipped the verb alone is known
	does := was != is && !(silent && c.old.steps[j].Do.Keyword() == c.new.steps[i].Do.Keyword())
	if does {
		all = append(all, Change{What: "does", Was: was, Is: is})
	}
	all = append(all, requests...)
	sent := map[string]bool{}
	for _, f := range append(c.old.orders(j), c.new.orders(i)...) {
		sent[f.what] = true
	}
	for _, change := range changesOf(c.old.facts(j), c.new.facts(i)) {
		switch {
		case !sent[change.What]:
		case len(requests) > 0 || does:
			continue // told by what it does, or by its request, which says more exactly what the keys come to
		case c.old.tonight(j) == runs && c.new.tonight(i) == runs:
			change.What += " (the same tonight)"
		}
		all = append(all, change)
	}
	return all
}

// orders are the facts of a step that its request, or what is said of what it does, tells as well.
func (x *indexed) orders(i int) []fact {
	switch x.steps[i].Do.(type) {
	case *plan.Trigger, *plan.OnRun, *plan.Sleep:
	default:
		return nil
	}
	t := teller{ids: x.id}
	t.of("", reflect.ValueOf(x.steps[i].Do))
	return slices.DeleteFunc(t.facts, func(f fact) bool { return f.what == snake("NoWait") })
}
