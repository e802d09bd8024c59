package plan

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// Inputs are what a run is started with.
type Inputs struct {
	Given  []Given   // parameters from outside, the strongest first: the first of a name wins
	Now    time.Time // when the run starts
	RunID  string
	Target string
	Part   Part // which steps are run; the zero Part is all of them
	// DueAt takes the place of what the plan's deadline comes to: as a log has it, or for a night of a rehearsal. Zero: that.
	DueAt time.Time
}

// Resolved is a plan bound to one run: parameters read, the date known. It never changes, also after midnight.
type Resolved struct {
	*Plan
	RunID     string
	Target    string
	StartedAt time.Time // UTC, in microseconds
	DueAt     time.Time // by when the run is to be over, UTC; zero: the plan has no deadline
	MISDate   time.Time // midnight UTC; zero: the plan puts no date into its triggers
	Once      string    // what makes the run unique beside plan name, target and date; empty: nothing does
	Values    []Bound   // every parameter, in file order
	Skip      []string  // the ids of the steps that are left out, in file order; of a foreach step that is left out, the step alone
	// Odd is what is allowed and probably not meant among what expressions have come to: warnings, in file order.
	Odd       []*source.Error
	fixed     *expr.Fixed
	standings []standing // by step; nil: the plan is pinned, and nothing was judged
	unsealed  *unsealed  // nil before Unseal
}

// Bound is one parameter of a run.
type Bound struct {
	Name      string
	Text      string   // of anything but a list; a date as yyyy-mm-dd
	Items     []string // of a list
	From      string   // "command line", "params file", "environment", "terminal", "default", [FromUnset] or "stand-in"
	Sensitive bool     // what it holds is not here
}

// Resolve binds the plan to one run: it reads the parameters by their types and the plan's date, and judges everything that
// these settle, once, whoever asks: see opening. What goes into sensitive parameters is checked and not kept: "[redacted]" stands for it
// until [Resolved.Unseal]. The error is a [source.Errors] with every problem.
func (p *Plan) Resolve(in Inputs) (*Resolved, error) {
	now := in.Now.UTC().Truncate(time.Microsecond).Round(0)
	p = p.Written()
	r := &Resolved{Plan: p, RunID: in.RunID, Target: in.Target, StartedAt: now}
	r.fixed = &expr.Fixed{Params: make(map[string]any, len(p.Params)), Plan: p.Name, Run: in.RunID, Target: in.Target, StartedAt: now}
	switch {
	case !in.DueAt.IsZero():
		r.DueAt = in.DueAt.UTC()
	case p.Deadline != nil:
		r.DueAt = p.meant(p.Deadline.At, p.Deadline.Days, now)
	}
	var errs source.Errors
	r.bindParams(in.Given, &errs)
	if len(errs) == 0 && p.MISDate != nil {
		date, err := r.date(p.MISDate, fact.View{})
		if err != nil {
			errs.Add(p.MISDate.Pos(), `"misdate" of the plan: %s`, unplaced(err, p.MISDate.Pos()))
		} else {
			r.MISDate, r.fixed.MISDate = date, date
		}
	}
	if len(errs) == 0 {
		r.expand(&errs)
	}
	if len(errs) == 0 {
		var err error
		if r.Skip, err = r.Plan.LeftOut(in.Part); err != nil {
			problem, hint, _ := strings.Cut(err.Error(), "\n\t")
			errs.Add(source.Pos{File: p.File}, "%s", strings.TrimPrefix(problem, p.File+" ")).Hint = hint
		}
	}
	if len(errs) == 0 {
		r.bindOnce(&errs)
		if !p.pinned { // what is settled was judged when that run began
			r.settle(&errs)
		}
	}
	if err := p.count(errs); err != nil {
		return nil, err
	}
	return r, nil
}

// bindParams gives every parameter its value: from outside, or its default.
func (r *Resolved) bindParams(given []Given, errs *source.Errors) {
	first := make(map[string]Given, len(given))
	for _, g := range given {
		if _, again := first[g.Name]; again {
			continue
		}
		first[g.Name] = g
		if !slices.ContainsFunc(r.Params, func(p Param) bool { return p.Name == g.Name }) {
			r.unknownParam(g, errs)
		}
	}
	for i := range r.Params {
		p := &r.Params[i]
		g, ok := first[p.Name]
		if p.Sensitive {
			r.bindSensitive(p, g, errs)
			continue
		}
		switch {
		case ok && g.From == FromUnset: // by the record of a run
			r.Values = append(r.Values, Bound{Name: p.Name, From: FromUnset})
			continue
		case ok:
		case p.Default != nil:
			g = *p.Default
		case p.Required:
			errs.Add(p.Pos, "parameter %q must be given: it has no default", p.Name).Hint = fmt.Sprintf("add -p %s=…", p.Name)
			continue
		default:
			r.Values = append(r.Values, Bound{Name: p.Name, From: FromUnset})
			continue
		}
		if err := g.checkText(); err != nil {
			errs.Add(p.Pos, "parameter %q, from the %s: %s", p.Name, g.From, err).FilesOnly = true
		}
		v, err := p.bind(g, r.Calendar, r.StartedAt)
		if err != nil {
			errs.Add(p.Pos, "parameter %q, from the %s: %s", p.Name, g.From, err)
			continue
		}
		r.fixed.Params[p.Name] = v
		b := Bound{Name: p.Name, From: g.From}
		if items, list := v.([]string); list {
			b.Items = items
		} else {
			b.Text = textOf(v)
		}
		r.Values = append(r.Values, b)
	}
}

// textOf is a parameter's value as text, which every type has.
func textOf(v any) string {
	if day, ok := v.(time.Time); ok {
		v = expr.Date{Midnight: day}
	}
	text, _ := expr.TextOf(v)
	return text
}

func (r *Resolved) unknownParam(g Given, errs *source.Errors) {
	names := make([]string, len(r.Params))
	for i := range r.Params {
		names[i] = r.Params[i].Name
	}
	errs.Add(source.Pos{File: r.File}, "the plan has no parameter %q, which comes from the %s", source.Short(g.Name), g.From).Hint =
		source.Meant(g.Name, names)
}

// isDate says what is wrong with a date as it is sent, or nil.
func isDate(text string) error {
	_, err := calendar.Parse(text)
	return err
}

// date evaluates v as a date.
func (r *Resolved) date(v *expr.Value, view fact.View) (time.Time, error) {
	text, err := r.fixed.Text(v, view)
	if err != nil {
		return time.Time{}, err
	}
	return calendar.Parse(text)
}

// Holds judges a condition. The evidence is filled in as far as it goes when the error is not nil.
func (r *Resolved) Holds(c *expr.Cond, v fact.View) (fact.Evidence, error) {
	return r.fixed.Holds(c, v)
}

// Decided reports whether a condition comes to the same whatever the night brings, and to what: what it reads of the night is not needed, as of
// month_end in is_month_end(misdate) && steps.load.attempts < 3.
func (r *Resolved) Decided(c *expr.Cond) (holds, decided bool) {
	verdict, err := r.fixed.Judge(c, expr.Early{})
	return verdict == expr.Always, err == nil && verdict != expr.Undecided
}

// Until is when a sleep with until is over, which may have passed when the run starts. The step's verb must be a [*Sleep].
func (r *Resolved) Until(s *Step) time.Time { return r.UntilOf(s.Do.(*Sleep), r.StartedAt) }

// UntilOf is when a sleep with until is over in a run that starts then.
func (p *Plan) UntilOf(v *Sleep, start time.Time) time.Time {
	return p.meant(v.Until, v.Days, start)
}

// meant is the moment of a clock time in a run that starts then: on the nth day after the start's, or the one that lies nearest.
func (p *Plan) meant(clock calendar.Clock, days *int, start time.Time) time.Time {
	if days != nil {
		return p.Calendar.OnDay(clock, start, *days)
	}
	return p.Calendar.Meant(clock, start)
}

// unplaced is what an error says without the place in the plan it begins with, where that place is put anew.
func unplaced(err error, pos source.Pos) string {
	return strings.TrimPrefix(err.Error(), pos.String()+": ")
}
