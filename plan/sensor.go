package plan

import (
	"fmt"
	"iter"
	"path"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// A Resting verb waits for something that is not at the scheduler, so its step holds no slot of concurrency.
type Resting interface {
	Verb
	rests()
}

// Rests reports whether the step holds no slot of concurrency while it is at work.
func (s *Step) Rests() bool { _, rests := s.Do.(Resting); return rests }

// A Sensor looks again and again for something that is not at the scheduler: [*WaitFile], [*WaitCheck] or [*WaitRun].
type Sensor interface {
	Resting
	// Fails is the kind of failure of its own, beside a timeout.
	Fails() fact.FailureKind
	// values yields everything in it that may hold an expression, with the form it must have; nil: any.
	values() iter.Seq2[*expr.Value, func(string) error]
}

// WaitFile waits for a file that no longer grows.
type WaitFile struct {
	Path      *expr.Value
	MinSize   int64         // bytes; 0: any size
	StableFor time.Duration // 30 s unless said; 0: it is taken as it is seen
	After     *expr.Value   // a moment or a date; nil: however old it is
}

// WaitCheck asks a command that the target names.
type WaitCheck struct {
	Name string
	With []Setting // in file order
}

// WaitRun waits for a run of another plan.
type WaitRun struct {
	Plan    *expr.Value
	MISDate *expr.Value // nil: that of this plan
	Once    *expr.Value // nil: its runs have none
	Strict  bool
}

// Keyword is the verb as the plan writes it.
func (*WaitFile) Keyword() string { return "file" }

// Keyword is the verb as the plan writes it.
func (*WaitCheck) Keyword() string { return "check" }

// Keyword is the verb as the plan writes it.
func (*WaitRun) Keyword() string { return "wait" }

// Fails is the kind of failure of its own.
func (*WaitFile) Fails() fact.FailureKind { return fact.FileFailed }

// Fails is the kind of failure of its own.
func (*WaitCheck) Fails() fact.FailureKind { return fact.CheckFailed }

// Fails is the kind of failure of its own.
func (*WaitRun) Fails() fact.FailureKind { return fact.PlanFailed }

func (*WaitFile) rests()  {}
func (*WaitCheck) rests() {}
func (*WaitRun) rests()   {}

func (v *WaitFile) values() iter.Seq2[*expr.Value, func(string) error] {
	return func(yield func(*expr.Value, func(string) error) bool) {
		if v.Path == nil || yield(v.Path, checkPath) {
			_ = v.After == nil || yield(v.After, isMoment)
		}
	}
}

func (v *WaitCheck) values() iter.Seq2[*expr.Value, func(string) error] {
	return func(yield func(*expr.Value, func(string) error) bool) {
		for _, one := range v.With {
			if !yield(one.Value, nil) {
				return
			}
		}
	}
}

func (v *WaitRun) values() iter.Seq2[*expr.Value, func(string) error] {
	return func(yield func(*expr.Value, func(string) error) bool) {
		for _, one := range []struct {
			v    *expr.Value
			form func(string) error
		}{{v.Plan, isPlanName}, {v.MISDate, isDate}, {v.Once, checkKey}} {
			if one.v != nil && !yield(one.v, one.form) {
				return
			}
		}
	}
}

// usualStable is how long a file must have stood when nobody says.
const usualStable = 30 * time.Second

// waitFile reads what is waited for: a path, or a mapping.
func (l *loader) waitFile(s *Step, n *source.Node, what string) Verb {
	v := &WaitFile{StableFor: usualStable}
	if n.Kind == source.Scalar {
		v.Path = l.sought(s, n, what, checkPath)
		return v
	}
	m := l.Mapping(n, what, fileKeys...)
	m.Require("path")
	v.Path = l.sought(s, m.Get("path"), `"path" of `+what, checkPath)
	if f := m.Get("min_size"); f != nil {
		v.MinSize = source.Read(&l.Reader, f, `"min_size" of `+what, source.Size)
	}
	v.StableFor = m.Duration("stable_for", usualStable)
	if f := m.Get("modified_after"); f != nil {
		v.After = l.after(s, f, `"modified_after" of `+what)
	}
	return v
}

// sought reads a text of a sensor, and holds it against its form when it is written out.
func (l *loader) sought(s *Step, n *source.Node, what string, form func(string) error) *expr.Value {
	if n = l.Scalar(n, what); n == nil {
		return nil
	}
	v := l.value(n, s, expr.InStep)
	if v == nil {
		return nil
	}
	if text, literal := v.Literal(); literal && form != nil {
		if err := form(text); err != nil {
			l.Add(n.Pos, "%s: %s", what, err)
		}
	} else if v.Kind() == expr.List {
		l.Add(n.Pos, "%s must be a text, but this is a list", what).Hint = `join(list, ",") makes a text of it`
	}
	return v
}

// after reads the moment or the date before which a file is an old one.
func (l *loader) after(s *Step, n *source.Node, what string) *expr.Value {
	v := l.sought(s, n, what, isMoment)
	if v == nil {
		return nil
	}
	if _, literal := v.Literal(); !literal && v.Kind() != expr.Day && v.Kind() != expr.Moment {
		l.Add(n.Pos, "%s must be a date or a moment, but this is %s", what, v.Kind()).Hint =
			"write ${{ misdate }}, ${{ run.started_at }} or ${{ run.started_at - duration(\"12h\") }}"
		return nil
	}
	return v
}

// checkPath says what is wrong with a path of a file, or nil.
func checkPath(name string) error {
	switch {
	case name == "":
		return fmt.Errorf("a path is missing")
	case strings.ContainsFunc(name, func(r rune) bool { return r < ' ' || r == 0x7f }):
		return fmt.Errorf("%q is no path: it holds a control character", source.Short(name))
	case strings.HasSuffix(name, "/"):
		return fmt.Errorf("%q is a folder: name a file in it, or a pattern such as %q", source.Short(name), source.Short(name)+"*.dat")
	case strings.HasPrefix(name, "~"):
		return fmt.Errorf("%q begins with ~, which nothing replaces: write the path in full", source.Short(name))
	}
	for part := range strings.SplitSeq(name, "/") {
		if part == ".." {
			return fmt.Errorf("%q leads upward: .. has no place in a path", source.Short(name))
		}
		if _, err := path.Match(part, ""); err != nil {
			return fmt.Errorf("%q is no pattern: a [ has no ]", source.Short(name))
		}
	}
	return nil
}

// isMoment refuses what is neither a date nor a moment.
func isMoment(text string) error {
	if _, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return nil
	}
	if isDate(text) != nil {
		return fmt.Errorf("%q is neither a date, 2026-11-20, nor a moment, 2026-11-20T02:00:00Z", source.Short(text))
	}
	return nil
}

// isPlanName refuses what no plan can be called.
func isPlanName(text string) error {
	if nameForm().MatchString(text) {
		return nil
	}
	return fmt.Errorf("%q cannot be the name of a plan", source.Short(text))
}

// checkNames is what a check of a target may be called, and withNames what it is told by.
var (
	checkNames = source.Pattern(`^[a-z][a-z0-9_-]{0,59}$`)
	withNames  = source.Pattern(`^[a-z][a-z0-9_]{0,59}$`)
)

// IsCheckName reports whether a check of a target may be called so.
func IsCheckName(name string) bool { return checkNames().MatchString(name) }

// waitCheck reads which command of the target is asked: its name, or a mapping.
func (l *loader) waitCheck(s *Step, n *source.Node, what string) Verb {
	v := &WaitCheck{}
	if n.Kind == source.Scalar {
		v.Name = l.checkName(n, what)
		return v
	}
	if n.Kind == source.Sequence {
		l.Add(n.Pos, "%s is one name, not a list", what).Hint = "a plan holds no commands: the target's file names them, under checks"
		return v
	}
	m := l.Mapping(n, what, checkKeys...)
	m.Require("name")
	if f := m.Get("name"); f != nil {
		v.Name = l.checkName(f, `"name" of `+what)
	}
	with := `"with" of ` + what
	for _, f := range l.Mapping(m.Get("with"), with, "*").Fields() {
		if !withNames().MatchString(f.Key) {
			l.Add(f.KeyPos, "%q of %s is no name: a small letter, then small letters, digits and _", source.Short(f.Key), with).Hint =
				"the command is given it as OFSPLAN_WITH_NAME, in capital letters"
		}
		if value := l.sought(s, f.Value, fmt.Sprintf("%q of %s", source.Short(f.Key), with), nil); value != nil {
			v.With = append(v.With, Setting{f.Key, value, f.KeyPos})
		}
	}
	return v
}

// checkName reads the name of a check, which is literal: what a plan can have run must be seen in it.
func (l *loader) checkName(n *source.Node, what string) string {
	if n = l.Scalar(n, what); n == nil {
		return ""
	}
	switch {
	case expr.Has(n.Value):
		l.Add(n.Pos, "%s is no place for an expression: which commands a plan can have run must be seen in it", what)
	case !IsCheckName(n.Value):
		l.Add(n.Pos, "%s: %q is no name of a check: a small letter, then small letters, digits, - and _", what, source.Short(n.Value)).Hint =
			"a plan holds no commands: the target's file names them, under checks"
	}
	return n.Value
}

// waitRun reads for which run of another plan is waited.
func (l *loader) waitRun(s *Step, n *source.Node, what string) Verb {
	m := l.Mapping(n, what, waitRunKeys...)
	v := &WaitRun{Strict: m.Bool("strict", false)}
	v.Plan = l.sought(s, m.Get("plan"), `"plan" of `+what, isPlanName)
	if f := m.Get("misdate"); f != nil {
		v.MISDate = l.sought(s, f, `"misdate" of `+what, isDate)
	}
	if f := m.Get("once"); f != nil {
		v.Once = l.sought(s, f, `"once" of `+what, checkKey)
	}
	return v
}

// Sought fills in what a sensor looks for. The step's verb must be a [Sensor].
func (r *Resolved) Sought(s *Step, v fact.View) (fact.Sought, error) {
	w := r.writer(v)
	out := w.sought(s.Do.(Sensor))
	return out, w.err
}

// PreviewSought is Sought as [Resolved.Preview] is Order.
func (r *Resolved) PreviewSought(s *Step, u Unknowns) (fact.Sought, error) {
	w := r.previewer(u)
	out := w.sought(s.Do.(Sensor))
	return out, w.err
}

func (w *writer) sought(v Sensor) fact.Sought {
	switch v := v.(type) {
	case *WaitFile:
		f := &fact.SoughtFile{Path: w.formed(v.Path, checkPath), MinSize: v.MinSize, StableFor: fact.Span(v.StableFor)}
		if v.After != nil {
			f.After = w.moment(v.After)
		}
		return fact.Sought{File: f}
	case *WaitCheck:
		c := &fact.SoughtCheck{Name: v.Name}
		for _, one := range v.With {
			c.With = append(c.With, fact.Pair{Name: one.Name, Value: w.formed(one.Value, nil)})
		}
		return fact.Sought{Check: c}
	case *WaitRun:
		run := &fact.SoughtRun{Plan: w.formed(v.Plan, isPlanName), Strict: v.Strict}
		switch {
		case v.MISDate != nil:
			run.MISDate = w.formed(v.MISDate, isDate)
		case !w.r.MISDate.IsZero():
			run.MISDate = w.r.MISDate.Format(time.DateOnly)
		}
		if v.Once != nil {
			run.Once = w.formed(v.Once, checkKey)
		}
		return fact.Sought{Run: run}
	}
	panic("plan: nobody taught it this sensor")
}

// formed evaluates a text and holds it against its form, as far as it is known.
func (w *writer) formed(v *expr.Value, form func(string) error) string {
	text := w.write(v)
	if w.err == nil && form != nil && !w.unknown(v) {
		if err := form(text); err != nil {
			w.fail(v, "%q: %s", source.Short(v.String()), err)
		}
	}
	return text
}

// moment evaluates a moment, or a date as its first moment in the calendar's zone. Zero: it is not known yet.
func (w *writer) moment(v *expr.Value) time.Time {
	text := w.formed(v, isMoment)
	if at, err := time.Parse(time.RFC3339Nano, text); err == nil {
		return at.UTC().Truncate(time.Microsecond)
	}
	day, err := calendar.Parse(text)
	if err != nil {
		return time.Time{}
	}
	return w.r.Calendar.At(day, calendar.Clock{})
}

// PathBegins is with what the path of a file begins that a step waits for, as far as that is known when the run starts; all of it when
// it is settled, and nothing when it begins with what only the night tells. The step's verb must be a [*WaitFile].
func (r *Resolved) PathBegins(s *Step) string {
	v := s.Do.(*WaitFile).Path
	if !v.Fixed() {
		if v = v.Parts()[0]; !v.Fixed() {
			return ""
		}
	}
	text, _ := r.fixed.Text(v, fact.View{}) // it was judged when the run was bound
	return text
}

// sensor reports whether a step looks for something that is not at the scheduler.
func sensor(s *Step) bool { _, is := s.Do.(Sensor); return is }
