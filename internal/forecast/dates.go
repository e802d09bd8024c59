package forecast

import (
	"slices"
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A Night is what a plan computes for a run that begins then: its dates, the conditions that are settled, and what would be started.
type Night struct {
	Begins  time.Time `json:"begins"` // in the plan's zone
	MISDate string    `json:"misdate,omitempty"`
	// Holds are the steps with a condition that holds whatever the night brings, Open those of which only the night decides; both in
	// plan order. Of a foreach step its items are named.
	Holds []string `json:"holds"`
	Open  []string `json:"open"`
	// Batches are what would be triggered, each once, in plan order; with a ? where only the night decides.
	Batches []string `json:"batches"`
	// Closed is until when nothing is started, since the night begins in a closed window; zero: it does not.
	Closed time.Time `json:"closed_until,omitzero"`
	Odd    []string  `json:"warnings,omitempty"`
	Error  string    `json:"error,omitempty"` // why such a run would not begin
	err    error
}

// Nights are those of a plan with the same parameters that begin at these moments. When none of them could begin, the error is
// that of the first.
func Nights(p *plan.Plan, given []plan.Given, begins []time.Time) ([]Night, error) {
	all := make([]Night, 0, len(begins))
	bad := 0
	for _, at := range begins {
		n := night(p, given, at)
		if n.err != nil {
			bad++
		}
		all = append(all, n)
	}
	if bad > 0 && bad == len(all) {
		return nil, all[0].err
	}
	return all, nil
}

// Every is what each of the nights triggers that could begin, in plan order.
func Every(nights []Night) []string {
	var common []string
	first := true
	for _, n := range nights {
		switch {
		case n.Error != "":
		case first:
			common, first = slices.Clone(n.Batches), false
		default:
			common = slices.DeleteFunc(common, func(code string) bool { return !slices.Contains(n.Batches, code) })
		}
	}
	return common
}

func night(p *plan.Plan, given []plan.Given, at time.Time) Night {
	n := Night{Begins: at, Holds: []string{}, Open: []string{}, Batches: []string{}}
	r, err := p.Resolve(plan.Inputs{Given: given, Now: at})
	if err != nil {
		n.err, n.Error = err, err.Error()
		return n
	}
	if !r.MISDate.IsZero() {
		n.MISDate = r.MISDate.Format(time.DateOnly)
	}
	if closed, until := p.Calendar.Hours(at); closed {
		n.Closed = until
	}
	for _, odd := range r.Odd {
		n.Odd = append(n.Odd, odd.Error())
	}
	for _, s := range r.Steps {
		if s.Whole() || r.Idle(s) {
			continue
		}
		open := false
		if s.If != nil {
			if holds, _ := r.Settled(s); holds {
				n.Holds = append(n.Holds, s.ID)
			} else {
				open = true
				n.Open = append(n.Open, s.ID)
			}
		}
		if code := triggers(r, s); code != "" {
			if open {
				code += "?"
			}
			if !slices.Contains(n.Batches, code) {
				n.Batches = append(n.Batches, code)
			}
		}
	}
	return n
}

// triggers is what a step starts; empty: it starts nothing of its own.
func triggers(r *plan.Resolved, s *plan.Step) string {
	v, is := s.Do.(*plan.Trigger)
	if !is {
		return ""
	}
	var u unknowns
	order, err := r.Preview(s, &u)
	if err != nil {
		return ""
	}
	if v.Object == fact.Group {
		return "group " + u.shown(order.Code)
	}
	return u.shown(order.Code)
}
