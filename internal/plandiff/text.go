package plandiff

import (
	"cmp"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"unicode"

	"ofsplan/internal/readable"
)

// Text writes the difference for people.
func (d *Difference) Text() string {
	w := &paper{}
	w.line(0, "%s", d.title())
	w.line(0, "tonight: %s", d.tonight())
	if len(d.Plan)+len(d.Steps) == 0 {
		w.line(0, "nothing changes tonight: %s", d.Same)
	}
	for _, c := range d.Plan {
		w.change(0, c)
	}
	for _, g := range grouped(d.Steps) {
		w.step(g)
	}
	if len(d.Words) > 0 {
		w.line(0, "texts for people differ, which changes nothing tonight: %s", readable.List(d.Words, mostNamed))
	}
	for i := range d.Nights {
		if n := &d.Nights[i]; n.Changed || n.Case == "" {
			w.night(n)
		}
	}
	if n, of := d.cases(); of > 0 {
		w.line(0, "%s", casesLine(n, of))
	}
	if len(d.Steps) > 0 {
		w.line(0, "%s", d.count())
	}
	return w.String()
}

// title is which two plans are compared.
func (d *Difference) title() string {
	name := "plan " + d.New.Plan
	if d.Old.Plan != d.New.Plan {
		name = "plan " + d.Old.Plan + " -> " + d.New.Plan
	}
	return fmt.Sprintf("%s: %s -> %s", name, d.Old.File, d.New.File)
}

// tonight is for which night they are.
func (d *Difference) tonight() string {
	text := "from " + d.New.Start + " on, target " + d.New.Target
	if d.New.MISDate != "" {
		text += ", misdate " + d.New.MISDate
	}
	return text
}

// count is how many steps change in which way.
func (d *Difference) count() string {
	var parts []string
	for _, kind := range []string{Added, Removed, Renamed, Changed} {
		n := 0
		for _, s := range d.Steps {
			if s.Kind == kind {
				n++
			}
		}
		if n > 0 {
			parts = append(parts, readable.Count(n, "step")+" "+kind)
		}
	}
	return strings.Join(parts, ", ")
}

// A group is steps that change in the same way.
type group struct {
	StepChange
	others []string
}

// grouped puts together the steps that change in the same way, as when a default does.
func grouped(steps []StepChange) (all []group) {
	index := make(map[string]int)
	for _, s := range steps {
		key := ""
		if s.Kind == Changed && s.WasID == "" {
			key = fmt.Sprintf("%q", s.Changes)
		}
		if i, known := index[key]; known && key != "" {
			all[i].others = append(all[i].others, s.ID)
			continue
		}
		index[key] = len(all)
		all = append(all, group{StepChange: s})
	}
	return all
}

// paper is what a difference is written on.
type paper struct{ strings.Builder }

func (w *paper) line(indent int, format string, args ...any) {
	text := fmt.Sprintf(format, args...)
	w.WriteString(strings.Repeat("  ", indent) + text + "\n")
}

// headOf is what a group says of its steps.
func headOf(g *group) (mark, text string) {
	switch g.Kind {
	case Added:
		text = fmt.Sprintf("%s (%s) is new: %s", g.ID, g.At, g.Does)
		if len(g.After) > 0 {
			text += ", after " + readable.List(g.After, mostNamed)
		}
		return "+", text
	case Removed:
		return "-", fmt.Sprintf("%s (%s) is gone: %s", g.ID, g.At, g.Does)
	case Renamed:
		return "~", fmt.Sprintf("%s (%s) was called %s, and is the same", g.ID, g.At, g.WasID)
	}
	text = fmt.Sprintf("%s (%s)", g.ID, g.At)
	if g.WasID != "" {
		text += " was called " + g.WasID
	}
	if len(g.others) > 0 {
		text += ", and likewise " + readable.List(g.others, mostNamed)
	}
	return "~", text
}

func (w *paper) step(g group) {
	mark, text := headOf(&g)
	w.line(0, "%s %s", mark, text)
	for _, c := range g.Changes {
		w.change(2, c)
	}
}

// change writes one change: a value and what it was, or lines.
func (w *paper) change(indent int, c Change) {
	w.line(indent, "%s", sentence(c))
	for _, l := range c.Lines {
		w.line(indent+1, "%s", shown(l))
	}
}

// sentence is a change in one line, without its lines.
func sentence(c Change) string {
	if text, said := words(c); said {
		return text
	}
	if len(c.Lines) > 0 {
		return c.What
	}
	return fmt.Sprintf("%s: %s -> %s", c.What, value(c.Was), value(c.Is))
}

// words are a change that is no value which becomes another.
func words(c Change) (text string, said bool) {
	switch {
	case c.What == "waits for" && c.Was == "":
		return "waits for " + c.Is + " now", true
	case c.What == "no longer waits for":
		return c.What + " " + c.Was, true
	case c.What == "new":
		return "is new: " + c.Is, true
	case c.What == "tonight" && c.Was == "":
		return "tonight: " + c.Is, true
	}
	return "", false
}

// value is what something was or is.
func value(text string) string { return cmp.Or(shown(text), "none") }

// shown is a value in one line.
func shown(text string) string {
	if strings.ContainsFunc(text, func(r rune) bool { return !unicode.IsPrint(r) }) {
		return strconv.Quote(text)
	}
	return text
}

// mostMoved is how many steps are told of which only the times change.
const mostMoved = 12

// cases are how many nights of cases there are, and how many of them change.
func (d *Difference) cases() (changed, of int) {
	for i := range d.Nights {
		if n := &d.Nights[i]; n.Case != "" {
			if of++; n.Changed {
				changed++
			}
		}
	}
	return changed, of
}

func casesLine(changed, of int) string {
	return fmt.Sprintf("nights of cases that change: %d of %d", changed, of)
}

// name is which night it is.
func (n *Night) name() string {
	if n.Case == "" {
		return "the night of " + n.Scenario
	}
	return fmt.Sprintf("the night of case %q of %s", n.Case, n.Scenario)
}

func (w *paper) night(n *Night) {
	w.line(0, "in %s, rehearsed:", n.name())
	w.line(1, "%s", n.line())
	told, rest := n.told()
	for _, s := range told {
		var parts []string
		for _, c := range s.Changes {
			parts = append(parts, sentence(c))
		}
		w.line(1, "%s: %s", s.ID, strings.Join(parts, "; "))
	}
	if rest > 0 {
		w.line(1, "… and %s at other times", readable.Count(rest, "more step"))
	}
	if len(n.Calls) > 0 {
		w.line(1, "carried out:")
		for _, l := range n.Calls {
			w.line(2, "%s", l)
		}
	}
}

// told are the steps that are told of, and how many others are only at another time.
func (n *Night) told() (told []NightStep, rest int) {
	moved := 0
	told = slices.DeleteFunc(slices.Clone(n.Steps), func(s NightStep) bool {
		if !s.moved {
			return false
		}
		moved++
		return moved > mostMoved
	})
	return told, max(0, moved-mostMoved)
}
