package plandiff

import (
	"strings"

	"ofsplan/internal/readable"
)

// Markdown writes the difference for a merge request.
func (d *Difference) Markdown() string {
	w := &paper{}
	w.line(0, "### What changes in %s", code(d.New.Plan))
	w.line(0, "")
	w.line(0, "%s → %s, %s", code(d.Old.File), code(d.New.File), escaped(d.tonight()))
	w.line(0, "")
	if len(d.Plan)+len(d.Steps) == 0 {
		w.line(0, "**Nothing changes tonight**: %s.", escaped(d.Same))
	}
	for _, c := range d.Plan {
		w.bullet(0, c)
	}
	for _, g := range grouped(d.Steps) {
		mark, text := headOf(&g)
		word := map[string]string{"+": "new", "-": "gone", "~": "changed"}[mark]
		w.line(0, "- **%s** %s", word, escaped(text))
		for _, c := range g.Changes {
			w.bullet(1, c)
		}
	}
	if len(d.Words) > 0 {
		w.line(0, "- texts for people, which change nothing tonight: %s", escaped(readable.List(d.Words, mostNamed)))
	}
	for i := range d.Nights {
		if n := &d.Nights[i]; n.Changed || n.Case == "" {
			w.markdownNight(n)
		}
	}
	if n, of := d.cases(); of > 0 {
		w.line(0, "")
		w.line(0, "%s", casesLine(n, of))
	}
	return w.String()
}

// bullet writes a change as an item of a list, and its lines as a difference.
func (w *paper) bullet(indent int, c Change) {
	if text, said := words(c); said {
		w.line(indent, "- %s", escaped(text))
		return
	}
	if len(c.Lines) == 0 {
		w.line(indent, "- %s: %s → %s", code(c.What), codeOrNone(c.Was), codeOrNone(c.Is))
		return
	}
	w.line(indent, "- %s", code(c.What))
	w.fenced(indent+1, c.Lines)
}

// fenced writes lines as a block of a difference.
func (w *paper) fenced(indent int, lines []string) {
	w.line(0, "")
	w.line(indent, "~~~diff")
	for _, l := range lines {
		w.line(indent, "%s", shown(l))
	}
	w.line(indent, "~~~")
	w.line(0, "")
}

func (w *paper) markdownNight(n *Night) {
	w.line(0, "")
	w.line(0, "#### In %s, rehearsed", escaped(n.name()))
	w.line(0, "")
	w.line(0, "- %s", escaped(n.line()))
	told, rest := n.told()
	for _, s := range told {
		var parts []string
		for _, c := range s.Changes {
			parts = append(parts, strings.ReplaceAll(sentence(c), " -> ", " → "))
		}
		w.line(0, "- %s: %s", code(s.ID), escaped(strings.Join(parts, "; ")))
	}
	if rest > 0 {
		w.line(0, "- and %s at other times", readable.Count(rest, "more step"))
	}
	if len(n.Calls) > 0 {
		w.line(0, "- carried out:")
		w.fenced(1, n.Calls)
	}
}

func codeOrNone(text string) string {
	if text == "" {
		return "none"
	}
	return code(shown(text))
}

// escaped is text that Markdown shows as it is.
func escaped(text string) string {
	var b strings.Builder
	for _, r := range text {
		if strings.ContainsRune("\\`*_{}[]<>#|~!&@", r) {
			b.WriteByte('\\')
		}
		b.WriteRune(r)
	}
	return b.String()
}

// code is text inside backticks, of which it may hold some.
func code(text string) string {
	fence := "`"
	for strings.Contains(text, fence) {
		fence += "`"
	}
	if len(fence) > 1 {
		return fence + " " + text + " " + fence
	}
	return fence + text + fence
}
