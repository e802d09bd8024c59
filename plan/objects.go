package plan

import (
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// Objects are, by step, the batches and groups that the steps are about, without a batch run, as far as they are known when the run
// starts. The zero BatchRef is that of a step which is about none, or of which only the run will tell.
func (r *Resolved) Objects() []fact.BatchRef {
	all := make([]fact.BatchRef, len(r.Steps))
	for i, s := range r.Steps {
		if s.Chain < 0 || r.Idle(s) {
			continue
		}
		began := r.Steps[s.Chain]
		switch v := began.Do.(type) {
		case *Trigger:
			all[i] = r.object(v.Object, v.Code)
		case *OnRun:
			all[i] = r.object(v.Object, v.Code)
		}
	}
	return all
}

// object is the batch or group of a code, where the code is known when the run starts.
func (r *Resolved) object(object fact.Object, code *expr.Value) fact.BatchRef {
	text, literal := code.Literal()
	if !literal {
		if !code.Fixed() {
			return fact.BatchRef{}
		}
		var err error
		if text, err = r.fixed.Text(code, fact.View{}); err != nil {
			return fact.BatchRef{}
		}
	}
	return fact.BatchRef{Object: object, Code: text}
}
