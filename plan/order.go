package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// Order fills a trigger in: expressions evaluated, codes and dates checked, the date put where it belongs, what
// a group's members share merged into each. The step's verb must be a [*Trigger].
func (r *Resolved) Order(s *Step, v fact.View) (fact.Order, error) {
	w := r.writer(v)
	o := w.order(s.Do.(*Trigger))
	return o, w.err
}

// Ref fills in which batch run a verb is about. The verb must be an [*OnRun] that names no step.
func (r *Resolved) Ref(s *Step, v fact.View) (fact.BatchRef, error) {
	w := r.writer(v)
	ref := w.ref(s.Do.(*OnRun))
	return ref, w.err
}

// Tasks fills in the tasks a status step asks for; none: all. The verb must be an [*OnRun].
func (r *Resolved) Tasks(s *Step, v fact.View) ([]string, error) {
	w := r.writer(v)
	tasks := w.codes("tasks", s.Do.(*OnRun).Tasks)
	return tasks, w.err
}

// Unknowns says what stands for that which only the run will tell, in a preview.
type Unknowns interface {
	// Text stands for a stretch of a text that depends on how earlier steps will go. expr is written as in the plan.
	Text(expr string) string
	// Date stands for a date that is not known yet; text is what Text and the plan's own words make of it.
	Date(text string) string
}

// asWritten leaves what is not known yet as the plan has it.
type asWritten struct{}

func (asWritten) Text(expr string) string { return "${{ " + expr + " }}" }
func (asWritten) Date(text string) string { return text }

// Preview is Order as far as it can be known before the run, with what u says in place of the rest; with u nil that stands
// there as written. The step's verb must be a [*Trigger].
func (r *Resolved) Preview(s *Step, u Unknowns) (fact.Order, error) {
	w := r.previewer(u)
	o := w.order(s.Do.(*Trigger))
	return o, w.err
}

// PreviewRef is Ref as Preview is Order. The verb must be an [*OnRun]; of one that names a step, the batch or group is
// that of the step its chain began with, and the batch run is known at run time only.
func (r *Resolved) PreviewRef(s *Step, u Unknowns) (fact.BatchRef, error) {
	w := r.previewer(u)
	v := s.Do.(*OnRun)
	if v.Step < 0 {
		ref := w.ref(v)
		return ref, w.err
	}
	id := "steps." + r.Steps[v.Step].ID + ".batch_run_id"
	var ref fact.BatchRef
	for v.Step >= 0 {
		next, ok := r.Steps[v.Step].Do.(*OnRun)
		if !ok {
			t := r.Steps[v.Step].Do.(*Trigger) // a named chain begins with a batch run: see load
			ref = fact.BatchRef{Object: t.Object, Code: w.code(t.Code)}
			break
		}
		if v = next; v.Step < 0 {
			ref = fact.BatchRef{Object: v.Object, Code: w.code(v.Code)}
		}
	}
	ref.RunID = w.unknowns.Text(id)
	return ref, w.err
}

// PreviewTasks is Tasks as Preview is Order.
func (r *Resolved) PreviewTasks(s *Step, u Unknowns) ([]string, error) {
	w := r.previewer(u)
	tasks := w.codes("tasks", s.Do.(*OnRun).Tasks)
	return tasks, w.err
}

// A writer fills in what is sent. It keeps the first error and goes on, so that the calls read like what they
// write.
type writer struct {
	r        *Resolved
	text     func(*expr.Value) (string, error)
	list     func(*expr.Value) ([]string, error) // of one that spreads, and is known
	unknowns Unknowns                            // of a preview, which does not check the form of what is unknown; nil when all is known
	err      error
	at       source.Pos // of the value that the error is about
}

// writer writes what goes to the scheduler at that moment.
func (r *Resolved) writer(v fact.View) *writer {
	return &writer{
		r: r, text: func(value *expr.Value) (string, error) { return r.fixed.Text(value, v) },
		list: func(value *expr.Value) ([]string, error) { return r.fixed.List(value, v) },
	}
}

// previewer writes what is known, and what u says in place of the rest.
func (r *Resolved) previewer(u Unknowns) *writer {
	if u == nil {
		u = asWritten{}
	}
	list := func(v *expr.Value) ([]string, error) { return r.fixed.List(v, fact.View{}) }
	return &writer{r: r, unknowns: u, list: list, text: func(v *expr.Value) (string, error) {
		if v.Fixed() {
			return r.fixed.Text(v, fact.View{})
		}
		var out strings.Builder
		for _, p := range v.Parts() {
			text, literal := p.Literal()
			switch {
			case literal:
			case !p.Fixed():
				text = u.Text(p.String())
			default:
				var err error
				if text, err = r.fixed.Text(p, fact.View{}); err != nil {
					return "", err
				}
			}
			out.WriteString(text)
		}
		return out.String(), nil
	}}
}

// unknown reports whether a value is not known yet.
func (w *writer) unknown(v *expr.Value) bool { return w.unknowns != nil && !v.Fixed() }

func (w *writer) fail(v *expr.Value, format string, args ...any) {
	if w.err == nil {
		w.at = v.Pos()
		w.err = fmt.Errorf("%s: %s", w.at, fmt.Sprintf(format, args...))
	}
}

// write evaluates one value.
func (w *writer) write(v *expr.Value) string {
	text, err := w.text(v)
	if err != nil && w.err == nil {
		w.err, w.at = err, v.Pos()
	}
	return text
}

// code evaluates a code and checks it.
func (w *writer) code(v *expr.Value) string {
	code := w.write(v)
	if w.err == nil && !w.unknown(v) {
		if err := checkCode(code); err != nil {
			w.fail(v, "%q: %s", source.Short(v.String()), err)
		}
	}
	return code
}

// codes evaluates a list of codes, none of which may be there twice.
func (w *writer) codes(key string, list []*expr.Value) []string {
	codes, _ := w.codesOf(key, list)
	return codes
}

// codesOf is codes, with the value that each of them comes from.
func (w *writer) codesOf(key string, list []*expr.Value) (codes []string, of []*expr.Value) {
	first := make(map[string]*expr.Value, len(list))
	for _, v := range list {
		for _, code := range w.each(v) {
			if before := first[code]; before != nil && !w.unknown(v) && w.asks(v, before) {
				w.fail(v, "%q is listed twice in %q", code, key)
			}
			first[code] = v
			codes, of = append(codes, code), append(of, v)
		}
	}
	return codes, of
}

// asks reports whether codes are held together here, of these values. What is settled when a run starts was asked then, and is not asked again:
// a log that an earlier release has pinned was not asked, and a replay must come to what the run did. What only the night tells is asked then, by
// every run and every replay.
func (w *writer) asks(values ...*expr.Value) bool {
	if w.unknowns != nil {
		return !w.r.pinned
	}
	return slices.ContainsFunc(values, func(v *expr.Value) bool { return !v.Fixed() })
}

// each are the codes that a value comes to: one, or those of the list that it spreads. Of one that is not known yet what stands for it.
func (w *writer) each(v *expr.Value) []string {
	if !v.Spreads() || w.unknown(v) {
		return []string{w.code(v)}
	}
	codes, err := w.list(v)
	if err != nil && w.err == nil {
		w.err, w.at = err, v.Pos()
	}
	for _, code := range codes {
		if err := checkCode(code); err != nil {
			w.fail(v, "%q: %s", source.Short(v.String()), err)
		}
	}
	return codes
}

func (w *writer) order(t *Trigger) fact.Order {
	o := fact.Order{Object: t.Object, Code: w.code(t.Code)}
	shared := w.dateOf(t.Params, w.planDate())
	o.MISDate = shared
	switch {
	case t.Object == fact.Batch:
		o.Params = w.params(nil, t.Params, shared)
		o.Tasks = w.tasks(t.Tasks, shared)
	case len(t.Members) == 0:
		o.Params = w.params(nil, t.Params, shared)
	}
	seen := make(map[string]bool, len(t.Members))
	for _, m := range t.Members {
		date := w.dateOf(m.Params, shared)
		codes := w.each(m.Code)
		if len(codes) == 0 && w.err == nil {
			w.fail(m.Code, "%q is an empty list: a group whose members are not named is started with all of them, and with no parameters of theirs", source.Short(m.Code.String()))
		}
		for _, code := range codes {
			one := fact.MemberOrder{Code: code, Params: w.params(t.Params, m.Params, date), Tasks: w.tasks(m.Tasks, date)}
			if seen[code] && !w.unknown(m.Code) {
				w.fail(m.Code, "member %q is listed twice", code)
			}
			seen[code] = true
			o.Members = append(o.Members, one)
		}
	}
	var excluded, held []*expr.Value
	o.Excluded, excluded = w.codesOf("excluded", t.Excluded)
	o.Held, held = w.codesOf("held", t.Held)
	o.Included = w.codes("included", t.Included)
	if w.namesMembers(t) {
		w.membersOnly("excluded", t, excluded, o.Excluded, seen)
		w.membersOnly("held", t, held, o.Held, seen)
	}
	return o
}

// namesMembers reports whether a trigger names the members of its group, and all of them are known by now.
func (w *writer) namesMembers(t *Trigger) bool {
	return len(t.Members) > 0 && !slices.ContainsFunc(t.Members, func(m Member) bool { return w.unknown(m.Code) })
}

// membersOnly refuses to leave out or to hold what is no member of a group whose members are named; of gives the value that each code
// comes from.
func (w *writer) membersOnly(key string, t *Trigger, of []*expr.Value, codes []string, members map[string]bool) {
	named := mapped(t.Members, func(m Member) *expr.Value { return m.Code })
	asked := w.asks(named...)
	for i, code := range codes {
		if !w.unknown(of[i]) && !members[code] && (asked || w.asks(of[i])) {
			w.fail(of[i], "%q is %s, and is no member of the group: what is %s stays in members", code, key, key)
		}
	}
}

// planDate is the plan's date as it is sent; empty when it has none.
func (w *writer) planDate() string {
	if w.r.MISDate.IsZero() {
		return ""
	}
	return w.r.MISDate.Format(time.DateOnly)
}

// dateOf is the date among these parameters, or the one that stands in for it.
func (w *writer) dateOf(params []Setting, otherwise string) string {
	s, own := setting(params, ficMISDate)
	if !own {
		return otherwise
	}
	text := w.write(s.Value)
	if w.unknown(s.Value) {
		return w.unknowns.Date(text)
	}
	if w.err == nil {
		if err := isDate(text); err != nil {
			w.fail(s.Value, "%q: %s", ficMISDate, err)
		}
	}
	return text
}

// params writes run-time parameters: the date first unless it is among them, what is shared, and what is set for this
// one alone, which wins.
func (w *writer) params(shared, own []Setting, date string) []fact.Pair {
	merged := slices.Clone(shared)
	for _, s := range own {
		if i := slices.IndexFunc(shared, func(t Setting) bool { return t.Name == s.Name }); i >= 0 {
			merged[i] = s
		} else {
			merged = append(merged, s)
		}
	}
	var out []fact.Pair
	if _, own := setting(merged, ficMISDate); date != "" && !own {
		out = append(out, fact.Pair{Name: ficMISDate, Value: date})
	}
	for _, s := range merged {
		if s.Name == ficMISDate {
			out = append(out, fact.Pair{Name: s.Name, Value: date}) // evaluated and checked by dateOf
		} else {
			out = append(out, w.pair(s, date))
		}
	}
	return out
}

// pair writes one parameter, the token of the date replaced.
func (w *writer) pair(s Setting, date string) fact.Pair {
	if s.Value.Sensitive() {
		return w.sealedPair(s, date)
	}
	return fact.Pair{Name: s.Name, Value: w.dated(s, w.write(s.Value), date)}
}

// dated is a text with the token of the date replaced.
func (w *writer) dated(s Setting, text, date string) string {
	if strings.Contains(text, ficMISDate) {
		if date == "" {
			w.fail(s.Value, "%q uses %s, and no date is set", s.Name, ficMISDate)
		}
		text = strings.ReplaceAll(text, ficMISDate, date)
	}
	return text
}

// tasks writes the parameters of single tasks. A date among them is that task's alone.
func (w *writer) tasks(tasks []TaskSettings, date string) []fact.TaskPairs {
	var out []fact.TaskPairs
	for _, t := range tasks {
		own := w.dateOf(t.Params, "")
		one := fact.TaskPairs{Task: t.Task}
		for _, s := range t.Params {
			if s.Name == ficMISDate {
				one.Params = append(one.Params, fact.Pair{Name: s.Name, Value: own})
			} else {
				one.Params = append(one.Params, w.pair(s, date))
			}
		}
		out = append(out, one)
	}
	return out
}

// errNoRun is what is wrong with a batch run id that is nothing.
var errNoRun = errors.New(`"run" has come to nothing`)

func (w *writer) ref(v *OnRun) fact.BatchRef {
	ref := fact.BatchRef{Object: v.Object, Code: w.code(v.Code), RunID: w.write(v.RunID)}
	if w.err == nil && strings.TrimSpace(ref.RunID) == "" {
		w.fail(v.RunID, "%s: %q", errNoRun, source.Short(v.RunID.String()))
	}
	return ref
}
