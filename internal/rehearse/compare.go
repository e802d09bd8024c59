package rehearse

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A Difference is one thing that went another way than a case expects.
type Difference struct {
	At   source.Pos // of the expectation
	What string     // as in: outcome of step "load"
	Plan source.Pos // of the step it is about; zero when it is about the run
	Want []string   // lines
	Got  []string   // lines, to be read against Want
	Diff []string   // both: "- " before what is missing, "+ " before what was not wanted
	Why  string     // what the audit log says about it; may be empty
}

// comparer holds a story against what a case expects.
type comparer struct {
	plan  *plan.Plan // with the steps of this very night
	story *story
	found []Difference
}

// compare lists what differs, in the order of the expectation.
func compare(p *plan.Plan, s *story, want *Expectation) []Difference {
	c := &comparer{plan: p, story: s}
	c.run(want)
	for _, w := range want.Steps {
		c.step(w)
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
	return c.found
}

func (c *comparer) add(at source.Pos, what string, want, got []string) *Difference {
	c.found = append(c.found, Difference{At: at, What: what, Want: want, Got: got, Diff: diffLines(want, got)})
	return &c.found[len(c.found)-1]
}

// one compares two values that are a line each.
func (c *comparer) one(at source.Pos, what, want, got string) *Difference {
	if want == got {
		return nil
	}
	return c.add(at, what, []string{want}, []string{got})
}

// run compares what is about the run as such. A night that never ends is a difference whatever is expected.
func (c *comparer) run(want *Expectation) {
	s := c.story
	if s.endless != nil {
		d := c.add(source.Pos{}, "the night", []string{"an end"}, []string{"none"})
		d.Why = s.endless.Error()
		return // how it was given up says nothing
	}
	if w := want.Outcome; w != nil {
		if d := c.one(w.Pos, "outcome", string(w.Is), c.outcome()); d != nil {
			d.Why = c.trouble()
		}
	}
	if w := want.ExitCode; w != nil {
		c.one(w.Pos, "exit_code", fmt.Sprint(w.Is), fmt.Sprint(s.exit))
	}
	if w := want.FinishedBefore; w != nil {
		c.before(w, "the end", s.finish)
	}
}

func (c *comparer) outcome() string {
	switch {
	case c.story.outcome != "":
		return string(c.story.outcome)
	case c.story.exit == exitcode.Unreachable:
		return "nothing was started"
	}
	return "no end"
}

// trouble is the first step, in plan order, that did not end well, in words.
func (c *comparer) trouble() string {
	if c.story.err != nil {
		return c.story.err.Error()
	}
	for _, def := range c.plan.Steps {
		s := c.story.steps[def.ID]
		switch fact.Outcome(s.state) {
		case fact.Failed, fact.InDoubt, fact.Canceled:
			if s.healedBy == "" && !def.AllowFailure {
				return fmt.Sprintf("step %q, %s: %s, %s", def.ID, def.Pos, readable.Words(s.state), s.why)
			}
		}
	}
	return ""
}

// before compares a time with the moment it has to come before.
func (c *comparer) before(w *Want[Moment], what string, got time.Time) {
	limit := w.Is.after(c.story.start, c.plan.Calendar)
	switch {
	case got.IsZero():
		c.add(w.Pos, "finished_before of "+what, []string{"before " + c.clock(limit)}, []string{"never"})
	case !got.Before(limit):
		c.add(w.Pos, "finished_before of "+what, []string{"before " + c.clock(limit)}, []string{c.clock(got)})
	}
}

// clock is a time as people in the plan's zone read it.
func (c *comparer) clock(t time.Time) string {
	if z := c.plan.Calendar.Zone; z != nil {
		t = t.In(z)
	}
	return t.Format("2006-01-02 15:04:05 MST")
}

// step compares what is about one step. An outcome that differs says what the audit log says of it.
func (c *comparer) step(w StepWant) {
	s, def := c.story.steps[w.ID], c.def(w.ID)
	first := len(c.found)
	name := fmt.Sprintf("step %q", w.ID)
	if w.Outcome != nil {
		got := c.decided(s)
		if d := c.one(w.Outcome.Pos, "outcome of "+name, string(w.Outcome.Is), got); d != nil {
			d.Why = s.why
		}
	}
	if w.Attempts != nil {
		c.one(w.Attempts.Pos, "attempts of "+name, strconv.Itoa(w.Attempts.Is), strconv.Itoa(s.attempts))
	}
	if w.Failure != nil {
		got := "none"
		if s.failure != nil {
			got = string(s.failure.Kind)
		}
		if d := c.one(w.Failure.Pos, "failure of "+name, string(w.Failure.Is), got); d != nil && s.failure != nil {
			d.Why = s.failure.Message
		}
	}
	if w.HealedBy != nil {
		c.one(w.HealedBy.Pos, "healed_by of "+name, w.HealedBy.Is, nobody(s.healedBy))
	}
	if w.Continued != nil {
		c.one(w.Continued.Pos, "continued of "+name, strconv.FormatBool(w.Continued.Is), strconv.FormatBool(s.continued))
	}
	if w.Notices != nil && !slices.Equal(w.Notices.Is, s.notices) {
		c.add(w.Notices.Pos, "notices of "+name, w.Notices.Is, s.notices)
	}
	if w.StartedAfter != nil {
		c.startedAfter(w.StartedAfter, name, s.started)
	}
	if w.FinishedBefore != nil {
		c.before(w.FinishedBefore, name, s.finished)
	}
	for i := first; i < len(c.found); i++ {
		c.found[i].Plan = def.Pos
	}
}

// startedAfter wants a step to start at a moment or later.
func (c *comparer) startedAfter(w *Want[Moment], name string, got time.Time) {
	limit := w.Is.after(c.story.start, c.plan.Calendar)
	switch {
	case got.IsZero():
		c.add(w.Pos, "started_after of "+name, []string{"from " + c.clock(limit) + " on"}, []string{"never"})
	case got.Before(limit):
		c.add(w.Pos, "started_after of "+name, []string{"from " + c.clock(limit) + " on"}, []string{c.clock(got)})
	}
}

// decided is how a step ended; where it stands when it did not.
func (c *comparer) decided(s *stepStory) string {
	if out, ended := s.state.Outcome(); ended {
		return string(out)
	}
	return "still " + readable.Words(s.state)
}

func (c *comparer) def(id string) *plan.Step {
	for _, s := range c.plan.Steps {
		if s.ID == id {
			return s
		}
	}
	return &plan.Step{} // it was checked when the file was read
}

// calls compares all requests of one kind. One that was not wanted is shown with the step that made it.
func (c *comparer) calls(w CallWant) {
	var got []string
	made := make(map[string]string) // by the code's line in the diff: what to put behind it
	for _, call := range c.story.calls {
		if call.op == w.Op {
			got = append(got, call.code)
			made["+ "+call.code] = fmt.Sprintf("  (step %q, %s)", call.step, c.def(call.step).Pos)
		}
	}
	if slices.Equal(w.Is, got) {
		return
	}
	d := c.add(w.Pos, "calls of "+w.Op, w.Is, got)
	for i, line := range d.Diff {
		d.Diff[i] += made[line]
	}
}

// never looks for a request that must not be made.
func (c *comparer) never(w NeverWant) {
	what := w.Op
	if w.Code != "" {
		what += " " + w.Code
	}
	for _, made := range c.story.calls {
		if made.op == w.Op && (w.Code == "" || made.code == w.Code) {
			d := c.add(w.Pos, "never "+what, nil, []string{made.op + " " + made.code})
			d.Plan = c.def(made.step).Pos
			d.Why = fmt.Sprintf("step %q made it", made.step)
		}
	}
}

func nobody(step string) string {
	if step == "" {
		return "nobody"
	}
	return step
}
