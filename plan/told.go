package plan

import (
	"fmt"
	"slices"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// A namedPart is a task or member that an expression of a step names.
type namedPart struct {
	by int // the index of that step
	expr.Named
}

// parts holds the members and tasks that expressions name against those that the plan itself names. Members are all
// named or none is, so one that is not among them never shows; of the tasks of a batch the plan names those it sets something
// for, so one that nearly has such a name is only warned of.
func (l *loader) parts() {
	named := make(map[int]*partNames)
	for _, n := range l.named {
		step := n.Step
		if n.File {
			l.takesFile(n)
			continue
		}
		if step < 0 {
			step = n.by
		}
		chain := l.plan.Steps[step].Chain
		if chain < 0 {
			continue // it has no batch run, or is reported
		}
		if named[chain] == nil {
			named[chain] = l.plan.partNames(chain)
		}
		l.part(n, l.plan.Steps[chain], named[chain])
	}
}

// takesFile refuses to speak of the file of a step that takes none.
func (l *loader) takesFile(n namedPart) {
	s := l.plan.Steps[n.Step]
	if _, file := s.Do.(*WaitFile); !file && s.Do != nil {
		l.Add(n.Pos, "step %q takes no file: it has a %s", s.ID, s.Do.Keyword()).Hint = "only a step with file tells path, size and modified"
	}
}

// part holds one of them against what the step names with which its batch run began.
func (l *loader) part(n namedPart, began *Step, known *partNames) {
	switch {
	case n.Members && known.object == fact.Batch:
		e := l.Add(n.Pos, "the batch run of %q is that of a batch, which has no members", began.ID)
		e.Hint, e.FilesOnly = "a batch has tasks: write tasks and failed_tasks", true
	case n.Members && known.members != nil && !slices.Contains(known.members, n.Code):
		e := l.Add(n.Pos, "the group of %q has no member %q", began.ID, source.Short(n.Code))
		e.Hint, e.FilesOnly = source.Meant(n.Code, known.members), true
		if e.Hint == "" {
			e.Hint = "its members are " + strings.Join(known.members, ", ")
		}
	case !n.Members:
		if meant := known.nearTask(n.Code); meant != "" {
			e := l.warned.Add(n.Pos, "task %q is named nowhere else in the plan, and %q is", source.Short(n.Code), meant)
			e.ID, e.Hint = warnNearTask, fmt.Sprintf("did you mean %q?", meant)
		}
	}
}

// partNames are the tasks and members that a plan names of one chain.
type partNames struct {
	object  fact.Object
	members []string // of a group; nil: they are not all known
	tasks   []string
}

// partNames collects them, by the index of the step with which the chain began.
func (p *Plan) partNames(chain int) *partNames {
	out := &partNames{}
	switch v := p.Steps[chain].Do.(type) {
	case *OnRun:
		out.object = v.Object
	case *Trigger:
		out.object = v.Object
		if v.Object == fact.Group {
			out.members = literals(codesOf(v.Members), v.Included)
			break
		}
		for _, task := range v.Tasks {
			out.tasks = append(out.tasks, task.Task)
		}
		for _, list := range [][]*expr.Value{v.Excluded, v.Held, v.Included} {
			for _, code := range list {
				if text, ok := code.Literal(); ok {
					out.tasks = append(out.tasks, text)
				}
			}
		}
	}
	return out
}

// codesOf are the codes of members.
func codesOf(members []Member) []*expr.Value {
	var all []*expr.Value
	for _, m := range members {
		all = append(all, m.Code)
	}
	return all
}

// literals are the codes of a list and of what is put in beside it; nil when there is no list, or one is not written out.
func literals(list, more []*expr.Value) []string {
	if len(list) == 0 {
		return nil
	}
	var all []string
	for _, v := range slices.Concat(list, more) {
		text, ok := v.Literal()
		if !ok {
			return nil
		}
		all = append(all, text)
	}
	return all
}

// nearTask is a task that the plan names, of which the code is most likely a slip of the pen: the case, a letter too many or too
// few, or two that changed places. T1 and T2, or LOAD_A and LOAD_B, are two tasks.
func (k *partNames) nearTask(code string) string {
	if slices.Contains(k.tasks, code) {
		return ""
	}
	for _, task := range k.tasks {
		if near(code, task) || near(task, code) {
			return task
		}
	}
	return ""
}

// near reports whether a is b in other case, b with two neighbours exchanged, or b without one letter.
func near(a, b string) bool {
	const least = 4
	a, b = strings.ToUpper(a), strings.ToUpper(b)
	if len(a) < least {
		return a == b
	}
	if len(a) == len(b) {
		i := 0
		for i < len(a) && a[i] == b[i] {
			i++
		}
		return i == len(a) || i+1 < len(a) && a[i] == b[i+1] && a[i+1] == b[i] && a[i+2:] == b[i+2:]
	}
	if len(a)+1 != len(b) {
		return false
	}
	i := 0
	for i < len(a) && a[i] == b[i] {
		i++
	}
	return a[i:] == b[i+1:] && (b[i] < '0' || b[i] > '9')
}

// looseCodes warns of comparisons of codes that rarely mean what they say: -100 is less than 0 too, and no success either.
func (l *loader) looseCodes() {
	for _, c := range l.names.Codes() {
		of := c.Name[:strings.LastIndexByte(c.Name, '.')+1]
		word := of + `batch_status == "failed"`
		switch {
		case strings.HasSuffix(of, "failure."):
			word = of + `kind == "batch_failed"`
		case strings.Contains(of, ".tasks.") || strings.Contains(of, ".members."):
			word = of + `status == "failed"`
		}
		e := l.warned.Add(c.Pos, "%s is compared in a way that is rarely meant: it is %d where nothing was told, and codes stand in no order",
			c.Name, fact.NothingTold)
		e.ID, e.Hint = warnLooseCode, "write "+word+", or compare with == or in and codes of the scheduler"
	}
}

// constants warns of conditions that come to the same in every night.
func (l *loader) constants() {
	for _, c := range l.names.Constants() {
		e := l.warned.Add(c.Pos, "%s", c)
		e.ID, e.Hint = warnConstant, c.Hint
	}
}

// untold warns of codes made of what a step tells that may be skipped, unless the plan asks first.
func (w *warner) untold(s *Step) {
	var codes []*expr.Value
	switch v := s.Do.(type) {
	case *Trigger:
		codes = slices.Concat([]*expr.Value{v.Code}, codesOf(v.Members), v.Excluded, v.Held, v.Included)
	case *OnRun:
		codes = slices.Concat([]*expr.Value{v.Code}, v.Tasks)
	}
	for _, v := range codes {
		if v == nil {
			continue
		}
		for _, r := range v.Untold() {
			if !w.maySkip(r.Step) || s.If != nil && slices.ContainsFunc(s.If.Refs(), func(asked expr.Ref) bool { return asked.Step == r.Step }) {
				continue
			}
			id := w.plan.Steps[r.Step].ID
			w.warn(warnUntoldCode, v.Pos(), "a code is made of what step %q tells, which may be skipped", id).Hint =
				fmt.Sprintf("give step %q an if that asks for it: steps.%s.outcome == \"succeeded\"", s.ID, id)
		}
	}
}

// maySkip reports whether a step may be skipped: it has a condition, or is about the batch run of one that may be.
func (w *warner) maySkip(i int) bool {
	for range w.plan.Steps { // names lead upward, and not in a circle
		s := w.plan.Steps[i]
		if s.If != nil {
			return true
		}
		if i = named(s); i < 0 {
			return false
		}
	}
	return false
}
