package plan

import (
	"slices"

	"ofsplan/plan/fact"
)

// Codes are the batches and groups that a run can order or ask about, as far as that is known before it starts.
type Codes struct {
	Known []string // of batches, groups and members, sorted, each once
	// Loose are the groups among them that are ordered without naming a member: which batches are in them is then the
	// scheduler's to say.
	Loose []string
	// Open is true when some codes are known at run time only, so that any other may be ordered too.
	Open bool
	Awaited
}

// Codes are those of a plan bound to one run.
func (r *Resolved) Codes() Codes {
	var all Codes
	for _, s := range r.Steps {
		if s.Whole() && len(r.Items(s)) == 0 { // it orders nothing tonight, and other nights what it says
			if t, ok := s.verb().(*Trigger); ok {
				code, literal := t.Code.Literal()
				if all.Open = all.Open || !literal; literal {
					all.Known = append(all.Known, code)
				}
			}
		}
		all.await(r, s)
		switch v := s.Do.(type) {
		case *Trigger:
			o, err := r.Preview(s, nil)
			if err != nil && r.Idle(s) {
				continue // what it would order has no code, and it orders nothing
			}
			all.add(o.Code, err)
			if o.Object == fact.Group && len(o.Members) == 0 {
				all.Loose = append(all.Loose, o.Code)
			}
			for _, m := range o.Members {
				all.add(m.Code, err)
			}
		case *OnRun:
			if v.Step < 0 {
				ref, err := r.PreviewRef(s, nil)
				if err != nil && r.Idle(s) {
					continue
				}
				all.add(ref.Code, err)
			}
		}
	}
	slices.Sort(all.Known)
	all.Known = slices.Compact(all.Known)
	return all
}

func (c *Codes) add(code string, err error) {
	if err != nil || checkCode(code) != nil {
		c.Open = true
		return
	}
	c.Known = append(c.Known, code)
}

// May reports whether a code may be ordered or asked about.
func (c Codes) May(code string) bool { return c.Open || slices.Contains(c.Known, code) }
