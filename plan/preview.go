package plan

import (
	"strings"

	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// unknownMark begins what stands for a value that only the night will tell.
const unknownMark = "<known at run time: "

// Preview is Order as far as it can be known before the run: a stretch that depends on how earlier steps
// will go reads `<known at run time: steps.load.code>`, with the expression as written. unknowns lists those
// expressions, in order. The step's verb must be a [*Trigger].
func (r *Resolved) Preview(s *Step) (o fact.Order, unknowns []string, err error) {
	w := r.previewer(&unknowns)
	o = w.order(s.Do.(*Trigger))
	return o, unknowns, w.err
}

// PreviewRef is Ref as far as it can be known before the run. The verb must be an [*OnRun]; of one that names a
// step, the batch or group is that of the step its chain began with, and the batch run is known at run time only.
func (r *Resolved) PreviewRef(s *Step) (ref fact.BatchRef, unknowns []string, err error) {
	w := r.previewer(&unknowns)
	v := s.Do.(*OnRun)
	if v.Step < 0 {
		ref = w.ref(v)
		return ref, unknowns, w.err
	}
	id := "steps." + r.Steps[v.Step].ID + ".batch_run_id"
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
	ref.RunID = unknownMark + id + ">"
	return ref, append(unknowns, id), w.err
}

// previewer writes what is known and marks the rest.
func (r *Resolved) previewer(unknowns *[]string) *writer {
	return &writer{r: r, unsure: true, text: func(v *expr.Value) (string, error) {
		if v.Fixed() {
			return r.fixed.Text(v, fact.View{})
		}
		var out strings.Builder
		for _, p := range v.Parts() {
			text, literal := p.Literal()
			switch {
			case literal:
			case !p.Fixed():
				text = unknownMark + p.String() + ">"
				*unknowns = append(*unknowns, p.String())
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

// Settled judges a condition that depends on nothing but what is fixed when the run starts. settled is false for any
// other, which only the night will tell.
func (r *Resolved) Settled(c *expr.Cond) (e fact.Evidence, settled bool, err error) {
	if !c.Fixed() {
		return fact.Evidence{Expr: c.String(), At: c.Pos().String()}, false, nil
	}
	e, err = r.Holds(c, fact.View{})
	return e, true, err
}
