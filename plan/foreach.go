package plan

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
)

// A Foreach makes one step into several, one for each item of a list, or of the product of several lists. The lists are known
// when the run starts: until then there is one step, with which all checks of the plan are made, and from then on those of
// [Plan.expand].
//
//	foreach: [EMEA, APAC]                               as: region
//	foreach: ${{ params.regions }}                      as: region
//	foreach: {region: [EMEA, APAC], segment: ${{ params.segments }}}
type Foreach struct {
	Pos      source.Pos  // of the key
	Lists    []Dimension // one, or those of which the items are the product
	Parallel int         // how many items may be at work at once; 1 unless said
	loop     *expr.Loop
}

// A Dimension is one list that a step goes over, and the variable that holds its item.
type Dimension struct {
	Name  string
	Items []*expr.Value // what is written out; nil: List says it
	List  *expr.Value   // one expression that is a list
	Pos   source.Pos    // of the list
}

// itemForm is what an item may be: it becomes part of a step's id.
var itemForm = source.Pattern(`^[A-Za-z0-9_.-]{1,60}$`)

// checkItem says what is wrong with an item, or nil.
func checkItem(item string) error {
	if itemForm().MatchString(item) {
		return nil
	}
	return fmt.Errorf("%q cannot be an item: letters, digits, _, . and -, 60 at most, since it stands in the step's id", source.Short(item))
}

// loops reads the foreach of every step, before anything is compiled that could name one of its items.
func (l *loader) loops(nodes []*source.Node) {
	for i, n := range nodes {
		if !n.Is(source.Mapping) {
			continue
		}
		s := l.plan.Steps[i]
		what := fmt.Sprintf("step %q", source.Short(s.ID))
		if f := n.Field("foreach"); f != nil && !s.Finally {
			s.Each = l.foreach(f, n, what)
			continue
		}
		for _, key := range []string{"as", "max_parallel"} {
			if f := n.Field(key); f != nil && !s.Finally {
				e := l.Add(f.KeyPos, "%s has %q without a foreach", what, key)
				if e.Hint = "add foreach: [A, B], or leave it out"; key == "max_parallel" {
					e.Hint = "how many steps of the plan may run at once is said by concurrency, at its top"
				}
			}
		}
	}
}

func (l *loader) foreach(f *source.Field, step *source.Node, what string) *Foreach {
	each := &Foreach{Pos: f.KeyPos, Parallel: 1}
	what = `"foreach" of ` + what
	as := step.Field("as")
	if n := step.Get("max_parallel"); n != nil {
		each.Parallel = int(l.whole(n, `"max_parallel" of `+what))
	}
	if f.Value.Is(source.Mapping) {
		if as != nil {
			l.Add(as.KeyPos, "%s goes over several lists, whose names are the variables: \"as\" has no place beside it", what)
		}
		if len(f.Value.Fields) == 0 {
			l.Add(f.Value.Pos, "%s is empty", what).Hint = "write {region: [EMEA, APAC]}"
		}
		for i := range f.Value.Fields {
			d := &f.Value.Fields[i]
			each.Lists = append(each.Lists, l.dimension(d.Key, d.KeyPos, d.Value, fmt.Sprintf("%q of %s", source.Short(d.Key), what)))
		}
	} else {
		name, pos := "", f.KeyPos
		switch n := step.Get("as"); {
		case n == nil:
			l.Add(f.KeyPos, "%s does not say by which name its item is known", what).Hint = "add as: NAME, such as as: region; ${{ region }} is the item then"
		case n.Is(source.Scalar):
			name, pos = n.Value, n.Pos
		default:
			l.Scalar(n, `"as" beside `+what)
		}
		each.Lists = []Dimension{l.dimension(name, pos, f.Value, what)}
	}
	each.loop = l.loopOf(each)
	return each
}

// whole reads a number from 1 on.
func (l *loader) whole(n *source.Node, what string) int64 {
	v := source.Read(&l.Reader, n, what, source.Int)
	if n.Is(source.Scalar) && v < 1 {
		l.Add(n.Pos, "%s must be from 1 on", what)
	}
	return max(v, 1)
}

// dimension reads one list and its variable.
func (l *loader) dimension(name string, at source.Pos, n *source.Node, what string) Dimension {
	d := Dimension{Name: name, Pos: at}
	switch {
	case name == "":
	case !identifier(name):
		l.Add(at, "%q cannot be the name of an item", source.Short(name)).Hint = nameHint(name,
			"a name is a small letter, then small letters, digits and _, so that ${{ region }} is an expression")
	case expr.IsRoot(name):
		l.Add(at, "%q cannot be the name of an item: expressions know it as something else", name).Hint = "take another word, such as region or entity"
	}
	if n != nil {
		d.Pos = n.Pos
	}
	if !n.Is(source.Sequence) {
		d.List = l.listValue(n, what)
		return d
	}
	d.Items = []*expr.Value{}
	seen := make(map[string]source.Pos, len(n.Items))
	for _, item := range n.Items {
		if item = l.Scalar(item, "an item of "+what); item == nil {
			continue
		}
		v, errs := l.names.Value(item, expr.InOnce)
		if l.Errors = append(l.Errors, errs...); v == nil {
			continue
		}
		d.Items = append(d.Items, v)
		text, literal := v.Literal()
		if !literal {
			continue
		}
		if err := checkItem(text); err != nil {
			l.Add(item.Pos, "%s: %s", what, err)
		}
		if before, again := seen[text]; again {
			l.Add(item.Pos, "%s has item %q twice", what, text).Hint = "the first one is at " + before.String()
		}
		seen[text] = item.Pos
	}
	return d
}

// listValue reads a list that is one expression.
func (l *loader) listValue(n *source.Node, what string) *expr.Value {
	if n = l.Scalar(n, what); n == nil {
		return nil
	}
	v, errs := l.names.Value(n, expr.InOnce)
	l.Errors = append(l.Errors, errs...)
	if v != nil && v.Kind() != expr.List {
		e := l.Add(n.Pos, "%s must be a list, and %q is %s", what, source.Short(n.Value), v.Kind())
		if e.Hint = "write [A, B], or ${{ params.NAME }} of a parameter of type list"; !expr.Has(n.Value) && strings.HasPrefix(n.Value, "params.") {
			e.Hint = "write ${{ " + n.Value + " }}"
		}
		return nil
	}
	return v
}

// mostWords bounds how many words an expression's texts are compared with one by one.
const mostWords = 1000

// loopOf is what expressions know of it.
func (l *loader) loopOf(each *Foreach) *expr.Loop {
	loop := &expr.Loop{Items: []string{""}}
	for i, d := range each.Lists {
		words, over := l.words(d)
		variable := expr.Variable{Name: d.Name, Words: words}
		if len(words) > mostWords {
			variable.Words = nil
		}
		loop.Variables = append(loop.Variables, variable)
		loop.Over += over + "\n"
		if words == nil || d.List != nil {
			loop.Items = nil
		}
		var items []string
		for _, before := range loop.Items {
			for _, word := range words {
				items = append(items, joinItem(before, word, i))
			}
		}
		loop.Items = items
	}
	return loop
}

// joinItem puts the k-th part of an item behind those before it.
func joinItem(before, part string, k int) string {
	if k == 0 {
		return part
	}
	return before + "/" + part
}

// words are the values that the variable of a list can have, nil for any, and a text that tells the list from others.
func (l *loader) words(d Dimension) (words []string, over string) {
	if d.List != nil {
		over = "=" + strings.Join(strings.Fields(d.List.String()), "")
		for i := range l.plan.Params {
			if p := &l.plan.Params[i]; p.Name == d.List.Param() {
				words = p.values()
			}
		}
		return words, over
	}
	words = []string{}
	var list strings.Builder
	for _, v := range d.Items {
		text, literal := v.Literal()
		list.WriteString(strconv.Quote(v.String()))
		if !literal {
			words = nil
		} else if words != nil {
			words = append(words, text)
		}
	}
	return words, list.String()
}

// String is what the step goes over, in one line: region in EMEA, APAC.
func (e *Foreach) String() string {
	var all []string
	for _, d := range e.Lists {
		text := ""
		if d.List != nil {
			text = strings.Join(strings.Fields(d.List.String()), " ")
		} else {
			text = strings.Join(mapped(d.Items, (*expr.Value).String), ", ")
		}
		all = append(all, d.Name+" in "+text)
	}
	return strings.Join(all, "; ")
}

// known is what expressions know of it; nil where there is none.
func (e *Foreach) known() *expr.Loop {
	if e == nil {
		return nil
	}
	return e.loop
}

// An Items is what the step of the whole of a foreach does in a run: its items are the steps behind it.
type Items struct {
	Of    Verb // what each of them does
	Count int  // how many there are, at the indexes from the step's own on
}

// Keyword is the verb as the plan writes it.
func (v *Items) Keyword() string { return v.Of.Keyword() }

// Items are the steps of the items of a step of a run, in the order of its list; none of any other step.
func (p *Plan) Items(s *Step) []*Step {
	if v, ok := s.Do.(*Items); ok {
		return p.Steps[s.Index+1 : s.Index+1+v.Count]
	}
	return nil
}

// Whole reports whether the step stands for the items behind it.
func (s *Step) Whole() bool { _, is := s.Do.(*Items); return is }

// verb is what the step does, or each of its items.
func (s *Step) verb() Verb {
	if v, is := s.Do.(*Items); is {
		return v.Of
	}
	return s.Do
}

// ActsOnRun reports whether the step, or each of its items, is about a batch run that another step or somebody else started.
func (s *Step) ActsOnRun() bool { _, acts := s.verb().(*OnRun); return acts }

// ActsOn is the index of the step whose batch run the step is about, or each of its items is; -1: it names none.
func (s *Step) ActsOn() int {
	if v, ok := s.verb().(*OnRun); ok {
		return v.Step
	}
	return -1
}

// Top is the step itself, or the whole of which it does one item.
func (s *Step) Top() *Step { return cmp.Or(s.Parent, s) }

// sameItems reports whether two steps go over the same list.
func sameItems(a, b *Step) bool {
	return a.Each != nil && b.Each != nil && a.Each.loop.Over == b.Each.loop.Over
}

// targetItems reports a verb that names a step where not each has one item of the other.
func (l *loader) targetItems(s *Step, target *Step, op Op, pos source.Pos, does string) {
	who := fmt.Sprintf("step %q", source.Short(s.ID))
	switch {
	case target.Each != nil && s.Each == nil:
		l.Add(pos, "%s %s %q, which goes over a list and has a batch run for each item", who, does, target.ID).Hint =
			"give the step the same foreach: then each item is about the same item of " + strconv.Quote(target.ID)
	case target.Each != nil && !sameItems(s, target):
		l.Add(pos, "%s %s %q, which goes over another list", who, does, target.ID).Hint =
			"write the same foreach in both: then each item is about the same item of " + strconv.Quote(target.ID)
	case target.Each == nil && s.Each != nil && op != OpWait && op != OpStatus:
		l.Add(pos, "%s goes over a list, and each item %s %q, which has one batch run", who, does, target.ID).Hint = "leave foreach out"
	}
}
