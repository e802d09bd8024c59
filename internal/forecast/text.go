package forecast

import (
	"bufio"
	"fmt"
	"io"
	"maps"
	"slices"
	"strings"

	"ofsplan/internal/readable"
	"ofsplan/plan"
)

// Print writes a forecast for people: what is said about a request begins with #, the rest is the request.
func (f *Forecast) Print(out io.Writer) error {
	p := printer{bufio.NewWriter(out), "# "}
	if f.Simulated {
		p.mark += readable.SimulatedMark
	}
	head := fmt.Sprintf("plan %s (%s), target %s", f.Plan, f.File, f.Target)
	if f.MISDate != "" {
		head += ", misdate " + f.MISDate
	}
	p.note("%s", head)
	p.note("nothing was sent; these are the requests in the plan's order")
	if len(f.LeftOut) > 0 {
		p.note("%s", readable.LeftOut(f.LeftOut))
	}
	for _, v := range f.Params {
		text := v.Value
		if v.Items != nil {
			text = strings.Join(v.Items, ",")
		}
		if v.Sensitive {
			text = "(sensitive)"
		}
		if v.From == plan.FromUnset {
			p.note("param %s is not set", v.Name)
			continue
		}
		p.note("param %s = %s (%s)", v.Name, text, v.From)
	}
	if f.Once != nil {
		p.note("once %s", f.Once)
	}
	if f.Deadline != nil {
		p.note("deadline %s (%s)", f.Deadline.Text, readable.Stamp(f.Deadline.At))
		if e := f.Deadline.Forecast; e != nil {
			text := "expected to be over at " + readable.Stamp(e.Expected)
			if e.Expected.After(f.Deadline.At) {
				text += ", after the deadline"
			}
			if e.UnknownSteps > 0 {
				text += fmt.Sprintf(", but for %s of which it is not known how long they take", readable.Count(e.UnknownSteps, "step"))
			}
			p.note("%s", text)
		}
	}
	if f.Closed != "" {
		p.note("closed windows: %s: a trigger, restart or rerun whose turn comes in one waits for its end", f.Closed)
	}
	if !f.Shut.IsZero() {
		p.note("one is closed now: until %s nothing would be started", readable.Stamp(f.Shut))
	}
	for _, s := range f.Steps {
		fmt.Fprintln(p)
		p.step(s)
	}
	return p.Flush()
}

// A printer writes a forecast. Its mark begins every line that is no part of a request.
type printer struct {
	*bufio.Writer
	mark string
}

func (p printer) note(format string, args ...any) {
	fmt.Fprintf(p, "%s%s\n", p.mark, fmt.Sprintf(format, args...))
}

func (p printer) step(s Step) {
	p.note("%s (%s): %s", s.ID, s.At, s.Does)
	switch {
	case s.Skipped != "":
		p.note("skipped: %s", s.Skipped)
	case s.If != "":
		p.note("only if %s, which is known at run time", s.If)
	}
	if s.DuplicateSafe != "" {
		p.note("in doubt, it may be repeated by a retry rule: %s", s.DuplicateSafe)
	}
	for _, r := range s.Requests {
		p.request(r)
	}
}

// inAnyCase orders names as a reader does.
func inAnyCase(a, b string) int { return strings.Compare(strings.ToLower(a), strings.ToLower(b)) }

func (p printer) request(r Request) {
	p.note("%s", r.When)
	fmt.Fprintf(p, "%s %s\n", r.Method, r.URL)
	for _, name := range slices.SortedFunc(maps.Keys(r.Headers), inAnyCase) {
		for _, value := range r.Headers[name] {
			fmt.Fprintf(p, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(p, "\n%s\n", r.Body)
}
