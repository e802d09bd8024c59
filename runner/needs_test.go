package runner_test

import (
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"

	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// drawPlan is the text of a plan of random steps: triggers, and what acts on the batch run of an earlier one.
func drawPlan(t *rapid.T) string {
	var b strings.Builder
	b.WriteString("version: 1\nname: p\nsteps:\n")
	above := rapid.IntRange(0, 3).Draw(t, "how many wait for all above")
	for i := range rapid.IntRange(2, 9).Draw(t, "steps") {
		fmt.Fprintf(&b, "  - id: s%d\n", i)
		verb, named := "trigger", -1
		if i > 0 && rapid.IntRange(0, 4).Draw(t, "names another") > 1 {
			verb = rapid.SampledFrom([]string{"restart", "restart", "rerun", "wait", "interrupt"}).Draw(t, "verb")
			named = rapid.IntRange(0, i-1).Draw(t, "named")
		}
		if rapid.IntRange(0, 3).Draw(t, "above") >= above {
			var needs []string
			for j := range i {
				if j == named || rapid.IntRange(0, 2).Draw(t, "needs") == 0 {
					needs = append(needs, fmt.Sprintf("s%d", j))
				}
			}
			fmt.Fprintf(&b, "    needs: [%s]\n", strings.Join(needs, ", "))
		}
		if cond := rapid.SampledFrom([]string{"", "", "failed()", "failed()", "always()", "failed() && 1 == 2", "1 == 2"}).Draw(t, "if"); cond != "" {
			fmt.Fprintf(&b, "    if: %s\n", cond)
		}
		if rapid.IntRange(0, 7).Draw(t, "allow_failure") == 0 {
			b.WriteString("    allow_failure: true\n")
		}
		if named < 0 {
			fmt.Fprintf(&b, "    trigger: {batch: B%d}\n", i)
		} else {
			fmt.Fprintf(&b, "    %s: s%d\n", verb, named)
		}
	}
	return b.String()
}

// rules is what the documentation says of who waits for whom and of what a step sees, spelled out, beside a run.
type rules struct {
	steps []*plan.Step
	needs [][]int  // all that a step waits for by its needs
	ways  [][]bool // whether a step is reached from another over those
	state []runner.State
	kept  []bool // the step has a batch run, so that a healer can make its failure good
	good  []bool // healed
	told  string // the step that an operator has let try again: its if is not asked
}

func newRules(p *plan.Plan) *rules {
	n := len(p.Steps)
	r := &rules{steps: p.Steps, needs: make([][]int, n), ways: make([][]bool, n), state: make([]runner.State, n), kept: make([]bool, n), good: make([]bool, n)}
	for i, s := range p.Steps {
		r.state[i], r.ways[i] = runner.Waiting, make([]bool, n)
		r.needs[i] = s.Needs
		for j := 0; s.Above && j < i; j++ {
			if !(mends(s) && mends(p.Steps[j]) && p.Steps[j].Chain != s.Chain) {
				r.needs[i] = append(r.needs[i], j)
			}
		}
		for _, j := range r.needs[i] { // needs of the plans drawn lead upward
			r.ways[i][j] = true
			for k, way := range r.ways[j] {
				r.ways[i][k] = r.ways[i][k] || way
			}
		}
	}
	return r
}

func speaks(s *plan.Step) bool {
	return s.If != nil && (strings.Contains(s.If.String(), "failed()") || strings.Contains(s.If.String(), "always()"))
}

func mends(s *plan.Step) bool { return s.Heals() && speaks(s) }

func (r *rules) decided(i int) bool { _, ended := r.state[i].Outcome(); return ended }

func (r *rules) is(i int, out fact.Outcome) bool { return r.state[i] == runner.State(out) }

// waits is a step that step i still has to wait for; -1: none.
func (r *rules) waits(i int) int {
	if all := r.allWaits(i); len(all) > 0 {
		return all[0]
	}
	return -1
}

// allWaits are the steps that step i still has to wait for, each once.
func (r *rules) allWaits(i int) (all []int) {
	s := r.steps[i]
	add := func(n int) {
		if !slices.Contains(all, n) {
			all = append(all, n)
		}
	}
	for _, n := range r.needs[i] {
		if !r.decided(n) {
			add(n)
			continue
		}
		if !r.is(n, fact.Failed) || !r.kept[n] {
			continue
		}
		for _, h := range r.steps[n].Healers {
			own := s.Heals() && s.Chain == r.steps[h].Chain
			onWay := r.ways[h][i] && (own || speaks(s) || !speaks(r.steps[h]))
			if h != i && !mends(s) && !(own && !s.Above) && !onWay && !r.decided(h) {
				add(h)
			}
		}
	}
	return all
}

// explained checks that each step is told to wait for what the rule says, and for something as long as it has not ended.
func (r *rules) explained(m *runner.Machine) string {
	for i, s := range r.steps {
		e, _ := m.Explain(s.ID)
		var got, want []string
		for _, w := range e.WaitsFor {
			if w.For == runner.ForNeed || w.For == runner.ForHealer {
				got = append(got, w.Step)
			}
		}
		if r.state[i] == runner.Waiting {
			for _, n := range r.allWaits(i) {
				want = append(want, r.steps[n].ID)
			}
		}
		slices.Sort(got)
		slices.Sort(want)
		if got = slices.Compact(got); !slices.Equal(got, want) {
			return fmt.Sprintf("%s (%s) is told to wait for %q, want %q", s.ID, r.state[i], got, want)
		}
		if r.decided(i) != (len(e.WaitsFor) == 0) {
			return fmt.Sprintf("%s (%s) is told to wait for %+v", s.ID, r.state[i], e.WaitsFor)
		}
	}
	return ""
}

func (r *rules) isGood(i int) bool {
	switch {
	case r.is(i, fact.Succeeded):
		return true
	case r.is(i, fact.Failed):
		return r.good[i] || r.steps[i].AllowFailure
	case r.is(i, fact.Skipped):
		return !slices.ContainsFunc(r.needs[i], func(n int) bool { return !r.isGood(n) })
	}
	return false
}

func (r *rules) shows(i int) bool {
	switch {
	case r.is(i, fact.Failed):
		return !r.isGood(i)
	case r.is(i, fact.Skipped), r.is(i, fact.Blocked):
		return slices.ContainsFunc(r.needs[i], r.shows)
	}
	return false
}

// first checks what becomes of a step whose turn has come.
func (r *rules) first(m runner.Transition, i int) string {
	s := r.steps[i]
	if n := r.waits(i); n >= 0 {
		return fmt.Sprintf("%s had its turn (%s) before %s", s.ID, m.To, r.steps[n].ID)
	}
	if s.ID == r.told {
		r.told = ""
		return ""
	}
	bad := slices.ContainsFunc(r.needs[i], func(n int) bool { return !r.isGood(n) })
	failed := slices.ContainsFunc(r.needs[i], r.shows)
	cond := ""
	if s.If != nil {
		cond = s.If.String()
	}
	want, why := runner.State(""), ""
	switch {
	case bad && !speaks(s):
		want = runner.State(fact.Blocked)
	case strings.HasSuffix(cond, "1 == 2"), cond == "failed()" && !failed:
		want, why = runner.State(fact.Skipped), "if does not hold"
	case m.To == runner.State(fact.Blocked), m.Why == "if does not hold":
		return fmt.Sprintf("%s is %s: %s", s.ID, m.To, m.Why)
	}
	if want != "" && (m.To != want || why != "" && m.Why != why) {
		return fmt.Sprintf("%s is %s (%s), want %s %s", s.ID, m.To, m.Why, want, why)
	}
	return ""
}

// take follows one decision and returns what is wrong with it.
func (r *rules) take(d runner.Decision) string {
	for _, c := range d.Commands {
		if c.Run.RunID != "" || c.Key.Op == runner.OpTrigger {
			r.kept[r.index(c.Key.Step)] = c.Run.RunID != ""
		}
	}
	for _, m := range d.Moves {
		i := r.index(m.Step)
		if m.Mark == runner.MarkHealed {
			r.good[i] = true
			continue
		}
		if m.From == runner.Waiting && m.To != runner.Waiting && m.Mark == "" {
			if wrong := r.first(m, i); wrong != "" {
				return wrong
			}
		}
		if r.state[i] = m.To; m.To == runner.Waiting {
			r.good[i] = false
		}
	}
	if d.End != nil {
		return r.end(d.End)
	}
	for i := range r.steps {
		if r.state[i] == runner.Waiting && r.waits(i) < 0 {
			return r.steps[i].ID + " waits for nothing and does not have its turn"
		}
	}
	return ""
}

// end checks the outcome of the plan: everything has ended, and what was healed or allowed has not failed.
func (r *rules) end(e *runner.End) string {
	want := fact.Succeeded
	for i, s := range r.steps {
		if !r.decided(i) {
			return s.ID + " is " + string(r.state[i]) + " at the end"
		}
		if r.is(i, fact.Blocked) || r.is(i, fact.Failed) && !r.isGood(i) {
			want = fact.Failed
		}
	}
	if e.Outcome != want {
		return fmt.Sprintf("the plan has %s, want %s", e.Outcome, want)
	}
	return ""
}

func (r *rules) index(id string) int {
	return slices.IndexFunc(r.steps, func(s *plan.Step) bool { return s.ID == id })
}

// Each step has its turn when all it waits for is over, by the rule spelled out, and not before; it sees its needs as they are
// then; and the plan's outcome is what the rule makes of the outcomes. After the end failed steps are tried again.
func TestTurnsAgreeWithTheRuleSpelledOut(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		text := drawPlan(t)
		p, err := plan.Parse("p.yaml", []byte(text))
		if err != nil {
			return
		}
		resolved, err := p.Resolve(plan.Inputs{Now: start, RunID: "r", Target: "sim"})
		if err != nil {
			t.Fatal(err)
		}
		n := &randomNight{T: t, m: runner.NewMachine(resolved), rules: newRules(p), text: text, now: start}
		n.apply(runner.RunStarted{})
		for range 3 {
			n.play()
			if !n.again() {
				return
			}
		}
	})
}

// randomNight plays a machine beside the rules.
type randomNight struct {
	*rapid.T
	m     *runner.Machine
	rules *rules
	text  string
	now   time.Time
	ids   int
	log   []string
}

func (n *randomNight) apply(e runner.Event) {
	n.now = n.now.Add(time.Minute)
	defer func() {
		if r := recover(); r != nil {
			n.Fatalf("%s\n%s\n%T %+v %v", n.text, strings.Join(n.log, "\n"), e, e, r)
		}
	}()
	d, err := n.m.Apply(n.now, e)
	if err != nil {
		n.Fatalf("%s\n%v", n.text, err)
	}
	for _, m := range d.Moves {
		n.log = append(n.log, fmt.Sprintf("%s %s: %s -> %s %s", e.Type(), m.Step, m.From, m.To, m.Why))
	}
	wrong := n.rules.take(d)
	if wrong == "" {
		wrong = n.rules.explained(n.m)
	}
	if wrong != "" {
		n.Fatalf("%s\n%s\n%s", n.text, strings.Join(n.log, "\n"), wrong)
	}
}

// play answers what is pending, in any order, until nothing is.
func (n *randomNight) play() {
	for {
		pending := n.m.Status().Pending
		if len(pending) == 0 {
			return
		}
		n.answer(pending[rapid.IntRange(0, len(pending)-1).Draw(n.T, "answered")])
	}
}

func (n *randomNight) answer(c runner.Pending) {
	switch {
	case c.Key.Op == runner.OpWatch || c.Key.Op == runner.OpLook:
		status := rapid.SampledFrom([]fact.Status{fact.StatusSucceeded, fact.StatusFailed, fact.StatusFailed}).Draw(n.T, "status")
		n.apply(runner.BatchObserved{Key: c.Key, RunID: c.Run.RunID, Status: status, Since: n.now})
	case !c.Sent:
		n.apply(runner.RequestSent{Key: c.Key, Op: c.Key.Op})
	case rapid.IntRange(0, 5).Draw(n.T, "refused") == 0:
		n.apply(runner.RequestRefused{Key: c.Key, HTTP: 200, Code: "-6"})
	default:
		n.ids++
		id := fmt.Sprintf("%s_2026-11-20_1700000000000_%d", "B", n.ids)
		if c.Order != nil {
			id = fmt.Sprintf("%s_2026-11-20_1700000000000_%d", c.Order.Code, n.ids)
		} else if c.Run.Code != "" {
			id = fmt.Sprintf("%s_2026-11-20_1700000000000_%d", c.Run.Code, n.ids)
		}
		if c.Key.Op == runner.OpInterrupt {
			id = c.Run.RunID
		}
		n.rules.kept[n.rules.index(c.Key.Step)] = true
		n.apply(runner.RequestAccepted{Key: c.Key, HTTP: 200, Code: "0", BatchRunID: id})
	}
}

// again lets one failed step try once more, and reports whether there is one.
func (n *randomNight) again() bool {
	var failed []string
	for i, s := range n.rules.steps {
		if n.rules.is(i, fact.Failed) && !n.rules.isGood(i) {
			failed = append(failed, s.ID)
		}
	}
	if len(failed) == 0 || !rapid.Bool().Draw(n.T, "again") {
		return false
	}
	id := rapid.SampledFrom(failed).Draw(n.T, "which")
	e := runner.OperatorRetried{Statement: word, Step: id}
	if n.m.Check(e) != nil {
		return false
	}
	n.rules.told = id
	n.apply(e)
	return true
}
