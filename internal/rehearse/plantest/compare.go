package plantest

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A Difference is one thing that went another way than a case expects.
type Difference struct {
	At   source.Pos `json:"at"`            // of the expectation
	What string     `json:"what"`          // as in: outcome of step "load"
	Plan source.Pos `json:"step,omitzero"` // of the step it is about; zero when it is about the run
	Want []string   `json:"want"`          // lines; never nil
	Got  []string   `json:"got"`           // lines, to be read against Want; never nil
	Diff []string   `json:"-"`             // both: "- " before what is missing, "+ " before what was not wanted
	Why  string     `json:"why,omitempty"` // what the audit log says about it; may be empty
}

// comparer holds a night against what a case expects.
type comparer struct {
	night    rehearse.Result
	endless  *rehearse.EndlessError // nil: the night ended
	plan     *plan.Plan             // with the steps of this very night
	run      *fold.Run
	requests []*fold.Request // those that somebody looked at, or may have: one answered HTTP 401 is made again, and counts once
	found    []Difference
}

// newComparer knows a night. What the error of playing it says has to be known from it: that it never ended.
func newComparer(r rehearse.Result, err error) *comparer {
	c := &comparer{night: r, plan: r.Resolved.Plan, run: fold.Turns(r.Resolved.Plan, r.Turns)}
	c.requests = slices.DeleteFunc(fold.Requests(r.Turns), func(r *fold.Request) bool { return r.TurnedAway })
	c.endless, _ = errors.AsType[*rehearse.EndlessError](err)
	return c
}

// compare lists what differs, in the order of the expectation.
func (c *comparer) compare(want *expectation) []Difference {
	c.whole(want)
	for _, w := range want.Steps {
		c.stepWanted(w)
	}
	for _, w := range want.Calls {
		c.calls(w)
	}
	for _, w := range want.Never {
		c.never(w)
	}
	for _, w := range want.Bodies {
		c.bodies(w)
	}
	c.messages(want.Messages)
	return c.found
}

func (c *comparer) add(at source.Pos, what string, want, got []string) *Difference {
	d := Difference{At: at, What: what, Want: append([]string{}, want...), Got: append([]string{}, got...), Diff: readable.Diff(want, got)}
	c.found = append(c.found, d)
	return &c.found[len(c.found)-1]
}

// one compares two values that are a line each.
func (c *comparer) one(at source.Pos, what, want, got string) *Difference {
	if want == got {
		return nil
	}
	return c.add(at, what, []string{want}, []string{got})
}

// whole compares what is about the run as such. A night that never ends is a difference whatever is expected.
func (c *comparer) whole(want *expectation) {
	if c.endless != nil {
		d := c.add(source.Pos{}, "the night", []string{"an end"}, []string{"none"})
		d.Why = c.endless.Error()
		return // how it was given up says nothing
	}
	if w := want.Outcome; w != nil {
		if d := c.one(w.Pos, "outcome", string(w.Is), c.outcome()); d != nil {
			d.Why = c.trouble()
		}
	}
	if w := want.ExitCode; w != nil {
		c.one(w.Pos, "exit_code", fmt.Sprint(w.Is), fmt.Sprint(c.night.Exit))
	}
	if w := want.Late; w != nil {
		if d := c.one(w.Pos, "late", strconv.FormatBool(w.Is), strconv.FormatBool(c.run.Late())); d != nil && c.plan.Deadline != nil {
			d.Plan = c.plan.Deadline.Pos
		}
	}
	if w := want.Notices; w != nil {
		if got := c.run.RunNotices(); !slices.Equal(w.Is, got) {
			c.add(w.Pos, "notices of the run", w.Is, got)
		}
	}
	if w := want.FinishedBefore; w != nil {
		c.before(w, "the end", c.night.FinishedAt)
	}
}

func (c *comparer) outcome() string {
	switch {
	case c.night.End != nil:
		return string(c.night.End.Outcome)
	case c.night.Exit == exitcode.Unreachable:
		return "nothing was started"
	}
	return "no end"
}

// trouble is the first step, in plan order, that did not end well, in words.
func (c *comparer) trouble() string {
	if c.night.Err != nil {
		return c.night.Err.Error()
	}
	for _, s := range c.run.Steps {
		switch fact.Outcome(s.State) {
		case fact.Failed, fact.InDoubt, fact.Canceled:
			if s.HealedBy() == "" && !s.Def.AllowFailure {
				return fmt.Sprintf("step %q, %s: %s, %s", s.ID, s.Def.Pos, readable.Words(s.State), why(s))
			}
		}
	}
	return ""
}

// before compares a time with the moment it has to come before.
func (c *comparer) before(w *wanted[moment], what string, got time.Time) {
	limit := w.Is.after(c.night.StartedAt, c.plan.Calendar)
	if got.IsZero() || !got.Before(limit) {
		c.add(w.Pos, "finished_before of "+what, []string{"before " + c.clock(limit)}, []string{c.clock(got)})
	}
}

// clock is a time as people in the plan's zone read it; the zero time is never.
func (c *comparer) clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	if z := c.plan.Calendar.Zone; z != nil {
		t = t.In(z)
	}
	return readable.Zoned(t)
}

// stepWanted compares what is about one step. An outcome that differs says what the audit log says of it.
func (c *comparer) stepWanted(w stepWant) {
	s := c.step(w.ID)
	first := len(c.found)
	name := fmt.Sprintf("step %q", w.ID)
	if w.Outcome != nil {
		got := c.decided(s)
		if d := c.one(w.Outcome.Pos, "outcome of "+name, string(w.Outcome.Is), got); d != nil {
			d.Why = why(s)
		}
	}
	if w.Attempts != nil {
		c.one(w.Attempts.Pos, "attempts of "+name, strconv.Itoa(w.Attempts.Is), strconv.Itoa(s.Attempts))
	}
	if w.Failure != nil {
		got := "none"
		if s.Failure != nil {
			got = string(s.Failure.Kind)
		}
		if d := c.one(w.Failure.Pos, "failure of "+name, string(w.Failure.Is), got); d != nil && s.Failure != nil {
			d.Why = s.Failure.Message
		}
	}
	if w.HealedBy != nil {
		c.one(w.HealedBy.Pos, "healed_by of "+name, w.HealedBy.Is, cmp.Or(s.HealedBy(), "nobody"))
	}
	if w.Continued != nil {
		c.one(w.Continued.Pos, "continued of "+name, strconv.FormatBool(w.Continued.Is), strconv.FormatBool(s.Mark == runner.MarkContinued))
	}
	if w.Notices != nil {
		if got := c.run.Notices(w.ID); !slices.Equal(w.Notices.Is, got) {
			c.add(w.Notices.Pos, "notices of "+name, w.Notices.Is, got)
		}
	}
	if w.StartedAfter != nil {
		c.startedAfter(w.StartedAfter, name, s.StartedAt)
	}
	if w.FinishedBefore != nil {
		c.before(w.FinishedBefore, name, s.FinishedAt)
	}
	for i := first; i < len(c.found); i++ {
		c.found[i].Plan = s.Def.Pos
	}
}

// startedAfter wants a step to start at a moment or later.
func (c *comparer) startedAfter(w *wanted[moment], name string, got time.Time) {
	limit := w.Is.after(c.night.StartedAt, c.plan.Calendar)
	if got.IsZero() || got.Before(limit) {
		c.add(w.Pos, "started_after of "+name, []string{"from " + c.clock(limit) + " on"}, []string{c.clock(got)})
	}
}

// decided is how a step ended; where it stands when it did not.
func (c *comparer) decided(s *fold.Step) string {
	if out, ended := s.State.Outcome(); ended {
		return string(out)
	}
	return "still " + readable.Words(s.State)
}

// step is what became of a step.
func (c *comparer) step(id string) *fold.Step {
	if s := c.run.Step(id); s != nil {
		return s
	}
	return &fold.Step{Def: &plan.Step{}} // it was checked when the file was read
}

// why is why a step stands where it stands. Of one that was skipped it tells what its condition was judged on.
func why(s *fold.Step) string {
	if fact.Outcome(s.State) != fact.Skipped {
		return s.Why
	}
	var b strings.Builder
	b.WriteString(s.Why)
	for _, e := range s.Evidence {
		b.WriteString(": " + e.Expr)
		for i, v := range e.Values {
			lead := ", "
			if i == 0 {
				lead = ", where "
			}
			b.WriteString(lead + v.Name + " is " + v.Value)
		}
	}
	return b.String()
}

// calls compares all requests of one kind. One that was not wanted is shown with the step that made it.
func (c *comparer) calls(w callWant) {
	var got []string
	for _, r := range c.requests {
		if string(r.Op) == w.Op {
			got = append(got, r.About.Code)
		}
	}
	if slices.Equal(w.Is, got) {
		return
	}
	made := make(map[string]string) // by the code's line in the diff: what to put behind it
	for _, r := range c.requests {
		if string(r.Op) == w.Op {
			made["+ "+r.About.Code] = fmt.Sprintf("  (step %q, %s)", r.Key.Step, c.step(r.Key.Step).Def.Pos)
		}
	}
	d := c.add(w.Pos, "calls of "+w.Op, w.Is, got)
	for i, line := range d.Diff {
		d.Diff[i] += made[line]
	}
}

// never looks for a request that must not be made.
func (c *comparer) never(w neverWant) {
	what := w.Op
	if w.Code != "" {
		what += " " + w.Code
	}
	for _, r := range c.requests {
		if string(r.Op) == w.Op && (w.Code == "" || r.About.Code == w.Code) {
			d := c.add(w.Pos, "never "+what, nil, []string{w.Op + " " + r.About.Code})
			d.Plan = c.step(r.Key.Step).Def.Pos
			d.Why = fmt.Sprintf("step %q made it", r.Key.Step)
		}
	}
}
