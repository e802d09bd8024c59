package plan

import (
	"cmp"
	"fmt"
	"slices"

	"ofsplan/internal/source"
)

// A Part says which steps of a plan are run. The zero value is the whole plan. Steps of finally are in every part.
type Part struct {
	Only []string // these and no others; not beside From
	From string   // this one and all that waits for it, and no others
	Skip []string // all but these, also of the others
}

// Whole reports whether nothing is left out.
func (p Part) Whole() bool { return len(p.Only) == 0 && p.From == "" && len(p.Skip) == 0 }

// LeftOut lists the ids of the steps that a part leaves out, in file order. Of a foreach step in a run, the whole stands for its items
// when all of them are left out; in a plan as it is written an item, such as score[EMEA], is taken for its step. The error is
// that of a step which the plan does not have, or only in finally.
func (p *Plan) LeftOut(part Part) ([]string, error) {
	out := make([]bool, p.FinallyAt)
	if len(part.Only) > 0 || part.From != "" {
		for i := range out {
			out[i] = true
		}
	}
	keep := part.Only
	if part.From != "" {
		keep = []string{part.From}
	}
	for _, id := range keep {
		i, err := p.partIndex(id)
		if err != nil {
			return nil, err
		}
		p.mark(out, i, false)
		if part.From != "" {
			for _, j := range p.Below(i) {
				out[j] = false
			}
		}
	}
	for _, id := range part.Skip {
		i, err := p.partIndex(id)
		if err != nil {
			return nil, err
		}
		p.mark(out, i, true)
	}
	var ids []string
	for i := 0; i < len(out); i++ {
		s := p.Steps[i]
		items := out[i+1 : i+1+len(p.Items(s))]
		if len(items) > 0 {
			out[i] = !slices.Contains(items, false)
		}
		if out[i] {
			ids = append(ids, s.ID)
			i += len(items)
		}
	}
	return ids, nil
}

// mark marks a step and, of a foreach step in a run, its items.
func (p *Plan) mark(out []bool, i int, leftOut bool) {
	out[i] = leftOut
	for _, one := range p.Items(p.Steps[i]) {
		out[one.Index] = leftOut
	}
}

// partIndex finds a step that can be left out.
func (p *Plan) partIndex(id string) (int, error) {
	above := p.Steps[:p.FinallyAt]
	if i := slices.IndexFunc(above, func(s *Step) bool { return s.ID == id }); i >= 0 {
		return i, nil
	}
	if i := slices.IndexFunc(above, func(s *Step) bool { return s.ID == TopID(id) && s.Each != nil && s.ID != id }); i >= 0 {
		if !above[i].Whole() {
			return i, nil // which items there are is known when a run starts
		}
		var names []string
		for _, one := range p.Items(above[i]) {
			names = append(names, one.ID)
		}
		return 0, fmt.Errorf("%s has no step %q to run or to leave out\n\t%s", p.File, id, cmp.Or(source.Meant(id, names), "step \""+above[i].ID+"\" goes over another list"))
	}
	ids := make([]string, len(above))
	for i, s := range above {
		ids[i] = s.ID
	}
	hint := ""
	if near := source.Meant(id, ids); near != "" {
		hint = "\n\t" + near
	}
	return 0, fmt.Errorf("%s has no step %q to run or to leave out%s", p.File, id, hint)
}
