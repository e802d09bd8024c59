package plantest

import (
	"fmt"
	"io"
	"math"
	"strings"

	"ofsplan/internal/readable"
)

// WriteText tells people what became of a suite: what differs, as a diff with the places of the expectation and of the
// step, and what no case exercised. With verbose every case has its line.
func (t *Report) WriteText(w io.Writer, verbose bool) error {
	var b strings.Builder
	for _, f := range t.Files {
		f.text(&b, verbose)
	}
	for _, c := range t.Coverage {
		c.text(&b)
	}
	fmt.Fprintf(&b, "%s in %s, %d failed\n", readable.Count(t.Cases(), "case"), readable.Count(len(t.Files), "file"), t.Failed())
	return readable.WriteSimulated(w, b.String())
}

// text is one test file.
func (f *FileResult) text(b *strings.Builder, verbose bool) {
	failed := 0
	for _, v := range f.Verdicts {
		if !v.Passed() {
			failed++
		}
	}
	switch {
	case failed > 0:
		fmt.Fprintf(b, "FAIL  %s: %s, %d failed\n", f.File.File, readable.Count(len(f.Verdicts), "case"), failed)
	default:
		fmt.Fprintf(b, "ok    %s: %s\n", f.File.File, readable.Count(len(f.Verdicts), "case"))
	}
	for _, v := range f.Verdicts {
		v.text(b, verbose)
	}
}

// text is one case, when there is something to say.
func (v *Verdict) text(b *strings.Builder, verbose bool) {
	switch {
	case !v.Passed():
		fmt.Fprintf(b, "  FAIL  %s: %s (%s)\n", v.Case.Pos, v.Case.Name, v.went())
	case verbose:
		fmt.Fprintf(b, "  ok    %s: %s (%s)\n", v.Case.Pos, v.Case.Name, v.went())
	}
	for i := range v.Differences {
		for line := range strings.Lines(v.Differences[i].String()) {
			b.WriteString("    " + line)
		}
	}
}

// went is how the night ended, and how long it was.
func (v *Verdict) went() string {
	how := readable.Words(v.Ended.Outcome)
	if how == "" {
		how = "without an end"
	}
	return fmt.Sprintf("%s after %s", how, readable.Elapsed(v.Night()))
}

// String is the difference as people read it: where it is expected, what, the step's place in the plan, a diff,
// and what the audit log says.
func (d *Difference) String() string {
	var b strings.Builder
	fmt.Fprintf(&b, "%s: %s", d.At, d.What)
	if d.Plan.Line > 0 {
		fmt.Fprintf(&b, ", %s", d.Plan)
	}
	b.WriteString("\n")
	for _, line := range d.Diff {
		b.WriteString("  " + line + "\n")
	}
	for line := range strings.Lines(d.Why) {
		b.WriteString("    " + strings.TrimRight(line, "\n") + "\n")
	}
	return b.String()
}

// text is how much of one plan was exercised, and what was not.
func (c *Coverage) text(b *strings.Builder) {
	missing := c.Missing()
	fmt.Fprintf(b, "%s: %s of what it can do is exercised, %d of %d\n", c.Plan, percent(c.Percent()), c.Exercised(), len(c.Items))
	for _, i := range missing {
		fmt.Fprintf(b, "  %s: %s\n", i.Pos, i)
	}
}

// percent never rounds up: 100 % means all.
func percent(p float64) string { return fmt.Sprintf("%.1f %%", math.Floor(p*10)/10) }
