package fold

import (
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// batchRuns is what the turns tell of batch runs, as the machine keeps it: which is the newest of each batch, and how each stands.
type batchRuns struct {
	stands map[string]Stand // by the batch run's id
	newest map[int]string   // its id, by the index of the step that begins the chain; of steps whose plan is known
}

// A Stand is how a batch run stood when it was recorded last. The zero Stand is one that nobody has looked at since it was started.
type Stand struct {
	Status fact.Status `json:"status,omitempty"`
	Code   int         `json:"code,omitempty"`
}

// Over reports whether the batch run had ended.
func (s Stand) Over() bool { return s.Status.Final() }

// begins takes in that a batch run was started, restarted or named for a step: how it stands is not known.
func (b *batchRuns) begins(s *Step, id string) {
	if id == "" {
		return
	}
	if b.stands == nil {
		b.stands, b.newest = map[string]Stand{}, map[int]string{}
	}
	b.stands[id] = Stand{}
	if s.Def != nil && s.Def.Chain >= 0 {
		b.newest[s.Def.Chain] = id
	}
}

// interrupted takes in that an interrupt was taken: how the batch run stands is not known until the next look.
func (b *batchRuns) interrupted(id string) {
	if _, known := b.stands[id]; known {
		b.stands[id] = Stand{}
	}
}

// observed takes in an answer about a batch run.
func (b *batchRuns) observed(e runner.BatchObserved) {
	if b.stands == nil {
		b.stands, b.newest = map[string]Stand{}, map[int]string{}
	}
	b.stands[e.RunID] = Stand{e.Status, e.Code}
}

// Newest is the newest batch run of a step's batch, which another step may have restarted or run again, and how it stood when it was
// recorded last. Without an id: there is none.
func (r *Run) Newest(s *Step) (fact.BatchRef, Stand) {
	ref := s.Batch
	if s.Def != nil {
		if id := r.batches.newest[s.Def.Chain]; id != "" {
			ref.RunID = id
			if ref.Code == "" && r.Plan != nil { // it has asked for nothing itself
				first := r.Step(r.Plan.Steps[s.Def.Chain].ID).Batch
				ref.Object, ref.Code = first.Object, first.Code
			}
		}
	}
	return ref, r.batches.stands[ref.RunID]
}

// StartsAgain are the batch runs beside which an operator's event would let steps start another one, see [runner.StartsAgain]. It
// is empty where the plan is not known.
func (r *Run) StartsAgain(e runner.Event) []runner.Startable {
	if r.Plan == nil {
		return nil
	}
	step := func(i int) *Step { return r.Step(r.Plan.Steps[i].ID) }
	return runner.StartsAgain(r.Plan, e, func(i int) runner.State { return step(i).State }, func(i int) (fact.BatchRef, fact.Status) {
		ref, stand := r.Newest(step(i))
		return ref, stand.Status
	})
}

// RetryPasses reports whether another attempt of a step would pass an approval that nobody has given, see [runner.RetryPasses].
func (r *Run) RetryPasses(s *Step) bool {
	return r.Plan != nil && s.Def != nil && runner.RetryPasses(r.Plan, s.Def.Index, s.Attempts > 0, func(i int) runner.State { return r.Steps[i].State })
}

// GoesOn reports whether the newest batch run of a step's batch may go on, as far as the records tell.
func (r *Run) GoesOn(s *Step) bool {
	ref, stand := r.Newest(s)
	return ref.RunID != "" && !stand.Over()
}

// MayAdopt reports whether a step can be given its batch run to watch on: it is a trigger that failed or was canceled.
func (r *Run) MayAdopt(step string) bool {
	s := r.Step(step)
	if s == nil || s.Def == nil || s.Def.Finally {
		return false
	}
	_, trigger := s.Def.Do.(*plan.Trigger)
	ref, _ := r.Newest(s)
	return trigger && ref.RunID == s.Batch.RunID && (s.Bad() || s.State == runner.State(fact.Canceled))
}
