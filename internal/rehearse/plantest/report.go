package plantest

import (
	"cmp"
	"fmt"
	"io"
	"math"
	"strings"

	"ofsplan/internal/readable"
	"ofsplan/internal/source"
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
	if n := f.failed(); n > 0 {
		fmt.Fprintf(b, "FAIL  %s: %s, %d failed\n", f.File.File, readable.Count(len(f.Verdicts), "case"), n)
	} else {
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

// went is how the night ended, how long it was, and of which part of the plan.
func (v *Verdict) went() string {
	text := fmt.Sprintf("%s after %s", cmp.Or(readable.Words(v.Ended.Outcome), "without an end"), readable.Elapsed(v.Night()))
	if skip := v.Case.leftOut; len(skip) > 0 {
		text += ", " + readable.LeftOut(skip)
	}
	return text
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
	fmt.Fprintf(b, "%s: %s of what it can do is exercised, %d of %d\n", c.Plan, percent(c.Percent()), c.Exercised(), len(c.Items))
	for _, i := range c.Missing() {
		fmt.Fprintf(b, "  %s: %s\n", i.Pos, i)
	}
}

// percent never rounds up: 100 % means all.
func percent(p float64) string { return fmt.Sprintf("%.1f %%", math.Floor(p*10)/10) }

// The report of a suite as facts for programs. Places are file, line and column, from 1.
type (
	// Facts are all of it.
	Facts struct {
		Simulated bool            `json:"simulated"` // always true
		Passed    bool            `json:"passed"`    // no case failed, no file has a problem, no plan has too little coverage
		Cases     int             `json:"cases"`
		Failed    int             `json:"failed"`
		Files     []fileFacts     `json:"files"`
		Coverage  []coverageFacts `json:"coverage"`
		Problems  source.Errors   `json:"problems"` // of files: nothing of such a file was run
		Warnings  source.Errors   `json:"warnings"`
	}
	fileFacts struct {
		File  string      `json:"file"`
		Plan  string      `json:"plan"`
		Cases []caseFacts `json:"cases"`
	}
	caseFacts struct {
		Name   string     `json:"name"`
		At     source.Pos `json:"at"`
		Passed bool       `json:"passed"`
		Ended
		Differences []Difference `json:"differences"`
	}
	coverageFacts struct {
		Plan      string  `json:"plan"`
		Percent   float64 `json:"percent"` // cut to one decimal
		Exercised int     `json:"exercised"`
		Total     int     `json:"total"`
		Missing   []Item  `json:"missing"`
	}
)

// Facts is the report as facts. Whether a suite has passed is for the caller to say, who knows how much coverage is
// asked for.
func (t *Report) Facts(passed bool, problems, warnings source.Errors) Facts {
	all := Facts{
		Simulated: true, Passed: passed, Cases: t.Cases(), Failed: t.Failed(),
		Files: []fileFacts{}, Coverage: []coverageFacts{},
		Problems: append(source.Errors{}, problems...), Warnings: append(source.Errors{}, warnings...),
	}
	for _, f := range t.Files {
		file := fileFacts{File: f.File.File, Plan: f.File.Plan.File, Cases: []caseFacts{}}
		for _, v := range f.Verdicts {
			file.Cases = append(file.Cases, caseFacts{v.Case.Name, v.Case.Pos, v.Passed(), v.Ended, append([]Difference{}, v.Differences...)})
		}
		all.Files = append(all.Files, file)
	}
	for _, c := range t.Coverage {
		all.Coverage = append(all.Coverage, coverageFacts{c.Plan, math.Floor(c.Percent()*10) / 10, c.Exercised(), len(c.Items), c.Missing()})
	}
	return all
}
