package runner

import (
	"cmp"
	"fmt"
	"slices"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// Some statements let a step start, or let others go on as if it had: an outcome without work, another attempt, a batch run that somebody
// names, a part of the plan that is left out. Below an approval that nobody has given this would pass the approval. Whether it does is
// asked of the graph: a step below an approval is held by it as long as some way of undecided steps leads up to it. What is held before a
// statement and not after it would start without the word.

// A passage is a plan at a moment: which steps are decided, and which approvals hold back what is below them.
type passage struct {
	plan    *plan.Plan
	order   []int               // the steps above finally, each behind all it waits for
	holds   []int               // the approvals at hand, 64 at most
	decided func(step int) bool // it has an outcome, by which what is below it goes
}

// withWholes makes of what is known of steps what holds of wholes, too: one is decided when all its items are.
func withWholes(p *plan.Plan, decided func(int) bool) func(int) bool {
	return func(i int) bool {
		items := p.Items(p.Steps[i])
		if len(items) == 0 {
			return decided(i)
		}
		return !slices.ContainsFunc(items, func(s *plan.Step) bool { return !decided(s.Index) })
	}
}

// chunk is how many approvals are looked at in one go over the plan.
const chunk = 64

// held tells of each step which of the approvals hold it back. With nothing decided that is all that are above it.
func (p *passage) held() []uint64 {
	bit := make(map[int]uint64, len(p.holds))
	for k, a := range p.holds {
		bit[a] = 1 << k
	}
	through := make([]uint64, p.plan.FinallyAt) // what holds back whoever waits for the step
	held := make([]uint64, p.plan.FinallyAt)
	above, at := uint64(0), 0 // what holds back whoever waits for all above at
	for _, i := range p.order {
		s := p.plan.Steps[i]
		if s.Above {
			for ; at < i; at++ {
				above |= through[at]
			}
			held[i] = above
		}
		for _, n := range s.Needs {
			held[i] |= through[n]
		}
		if s.Parent != nil { // an item waits for what the whole waits for, and whoever needs the whole waits for each item
			held[i] = held[s.Parent.Index]
		}
		through[i] = bit[i]
		if !p.decided(i) {
			through[i] |= held[i]
		}
		if s.Parent != nil {
			through[s.Parent.Index] |= through[i]
		}
	}
	return held
}

// inOrder are the steps above finally, each behind all it waits for.
func inOrder(p *plan.Plan) []int {
	order := make([]int, p.FinallyAt)
	for i := range order {
		order[i] = i
	}
	slices.SortStableFunc(order, func(a, b int) int { return cmp.Compare(p.Steps[a].Rank, p.Steps[b].Rank) })
	return order
}

// A change is what a statement does to the steps, as far as approvals care.
type change struct {
	before, after func(step int) bool // whether a step is decided
	starts        int                 // a step that starts whatever it waits for; -1: none
}

// passed are those of the approvals that a change lets some step pass, in the order given.
func passed(p *plan.Plan, approvals []int, c change) (out []int) {
	order := inOrder(p)
	never := func(int) bool { return false }
	c.before, c.after = withWholes(p, c.before), withWholes(p, c.after)
	for group := range slices.Chunk(approvals, chunk) {
		full := (&passage{p, order, group, never}).held()
		before := (&passage{p, order, group, c.before}).held()
		after := (&passage{p, order, group, c.after}).held()
		free := uint64(0)
		for i := range full {
			switch {
			case i == c.starts:
				free |= full[i]
			case c.after(i):
			case c.before(i):
				free |= full[i] &^ after[i]
			default:
				free |= before[i] &^ after[i]
			}
		}
		for k, a := range group {
			if free&(1<<k) != 0 {
				out = append(out, a)
			}
		}
	}
	return out
}

// LeftOut are the approvals that a run passes from which those steps are left out, in plan order: something below one would start
// without its word.
func LeftOut(p *plan.Plan, skip []string) (out []*plan.Step) {
	if len(skip) == 0 {
		return nil
	}
	var approvals []int
	left := make(map[int]bool, len(skip))
	for i, s := range p.Steps {
		if slices.Contains(skip, s.ID) || slices.Contains(skip, s.Top().ID) {
			left[i] = true
		}
		if s.Approval() != nil {
			approvals = append(approvals, i)
		}
	}
	if len(approvals) == 0 {
		return nil
	}
	kept := slices.DeleteFunc(slices.Clone(approvals), func(a int) bool { return left[a] })
	gone := slices.DeleteFunc(slices.Clone(approvals), func(a int) bool { return !left[a] })
	c := change{before: func(int) bool { return false }, after: func(i int) bool { return left[i] }, starts: -1}
	all := passed(p, kept, c)
	order, never := inOrder(p), func(int) bool { return false }
	for group := range slices.Chunk(gone, chunk) { // one that is left out holds nothing back: whatever is kept below it passes it
		below := uint64(0)
		for i, bits := range (&passage{p, order, group, never}).held() {
			if !left[i] {
				below |= bits
			}
		}
		for k, a := range group {
			if below&(1<<k) != 0 {
				all = append(all, a)
			}
		}
	}
	slices.Sort(all)
	for _, i := range all {
		out = append(out, p.Steps[i])
	}
	return out
}

// Passes are the approvals that nobody has given and that an operator's event would pass if it were applied now, in plan order. Only who
// may approve them can say it, and says that, too.
func (m *Machine) Passes(e Event) (out []*plan.Step) {
	for _, i := range m.passes(e) {
		out = append(out, m.steps[i].def)
	}
	return out
}

func (m *Machine) passes(e Event) []int {
	if len(m.approvals) == 0 {
		return nil
	}
	i, known := m.ids[e.Subject().Step]
	if !known || i >= m.r.FinallyAt {
		return nil
	}
	if m.asksAnew(e, i) {
		return nil
	}
	stands := func(j int) bool { // what was skipped below something bad is blocked for those below it, and lets nobody on
		return m.steps[j].decided() && (m.steps[j].outcome() != fact.Skipped || m.good(j))
	}
	c := change{before: stands, starts: -1}
	again := func(int) bool { return false } // which decided steps wait again
	if m.steps[i].decided() {
		open := opens(m.r.Plan, i, func(j int) State { return m.steps[j].state })
		again = func(j int) bool { return open[j] }
	}
	marked, is := e.(OperatorMarked)
	_, approved := e.(OperatorApproved)
	switch {
	case is && marked.As == AsFailed, approved && m.steps[i].state == Awaiting:
		return nil
	case is, approved:
		c.after = func(j int) bool { return j == i || stands(j) && !again(j) }
	case startsStep(e):
		if m.steps[i].number == 0 { // one that has begun was let on by the plan
			c.starts = i
		}
		c.after = func(j int) bool { return j != i && stands(j) && !again(j) }
	default:
		return nil
	}
	holding := slices.DeleteFunc(m.holding(), func(a int) bool { return a == i }) // about which the statement itself is
	return passed(m.r.Plan, holding, c)
}

// RetryPasses reports whether another attempt of a step would pass an approval that nobody has given, for who knows a run of that plan
// from its log: in which state each step is, and whether that one has begun before. Where the log cannot tell it is taken not to.
func RetryPasses(p *plan.Plan, i int, begun bool, state func(step int) State) bool {
	var holding []int
	for j, s := range p.Steps {
		if out, _ := state(j).Outcome(); s.Approval() != nil && j != i && out != fact.Succeeded && out != fact.Skipped {
			holding = append(holding, j)
		}
	}
	if len(holding) == 0 || begun && p.Steps[i].Approval() != nil {
		return false
	}
	stands := func(j int) bool { return state(j).place() == decided && state(j) != State(fact.Skipped) }
	open := opens(p, i, state)
	c := change{before: stands, after: func(j int) bool { return j != i && stands(j) && !open[j] }, starts: -1}
	if !begun {
		c.starts = i
	}
	return len(passed(p, holding, c)) > 0
}

// asksAnew reports whether a statement only has an approval asked for once more, for which the plan had its turn before: whatever is
// below it waits for that word.
func (m *Machine) asksAnew(e Event, i int) bool {
	_, retries := e.(OperatorRetried)
	return retries && m.steps[i].def.Approval() != nil && m.steps[i].number > 0
}

// startsStep reports whether a statement lets its step start whatever it waits for.
func startsStep(e Event) bool {
	switch e.(type) {
	case OperatorRetried, OperatorAdopted:
		return true
	}
	return false
}

// holding are the approvals that hold back what is below them: nobody has given them, and the plan does not go on without.
func (m *Machine) holding() (all []int) {
	for _, i := range m.approvals {
		switch m.steps[i].outcome() {
		case fact.Succeeded, fact.Skipped:
		case fact.Failed:
			if !m.good(i) {
				all = append(all, i)
			}
		default:
			all = append(all, i)
		}
	}
	return all
}

// passesNone refuses a statement that would pass an approval, unless who makes it may give that, and has been asked for it.
func (m *Machine) passesNone(e Event) error {
	said, _ := StatementOf(e)
	_, retries := e.(OperatorRetried)
	for _, i := range m.passes(e) {
		if err := m.mayPass(m.steps[i].def, said, retries); err != nil {
			return err
		}
	}
	return nil
}

func (m *Machine) mayPass(def *plan.Step, said Statement, moves bool) error {
	return mayPass(def, said, m.simulated, moves, m.movers)
}

// mayPass checks whether a statement may be an approval, too. Moves is true of one by which somebody starts or retries the run, which who
// may not be the same that approves (not_self) can never say.
func mayPass(def *plan.Step, said Statement, simulated, moves bool, by movers) error {
	a := said.Approver
	if a == nil || !slices.Contains(a.Approves, def.ID) {
		return fmt.Errorf("%w: it would leave out approval %q, which nobody has given: approve or reject that first", ErrUnexpected, def.ID)
	}
	err := mayDecide(def, said, simulated, false, by)
	if err == nil && def.Approval().NotSelf && moves && !a.Unasked {
		err = fmt.Errorf("%w: whoever starts or retries a run may not approve %q (not_self)", ErrUnexpected, def.ID)
	}
	if err != nil {
		return fmt.Errorf("%w; and what was said would leave that approval out", err)
	}
	return nil
}
