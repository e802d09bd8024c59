package rehearse

import (
	"slices"
	"strings"

	"ofsplan/internal/fold"
	"ofsplan/internal/view"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// In some nights every operator does what the card of the run offers at that moment, and knows what the scheduler did: no command
// that we print, typed as printed, breaks a law (L12).

// advice is a statement that the card offers now, as somebody types it who has looked at the scheduler's monitor; nil when it offers
// none. Two steps have no second word in one breath: the card has changed by then.
func (h *hardship) advice() runner.Event {
	s := h.play
	run := fold.Turns(s.result.Resolved.Plan, s.result.Turns)
	run.ID, run.Started.Simulated = s.result.RunID, false
	var all []runner.Event
	for _, c := range view.Commands(run, view.Repeat{}) {
		if e := h.typed(run, strings.Fields(c.Line)); e != nil {
			all = append(all, e)
		}
	}
	if len(all) == 0 {
		return nil
	}
	e := all[h.IntN(len(all))]
	h.reached["advised "+string(saidBy(e))]++
	return e
}

// typed is what a command of a card says to the run; nil when it says nothing, or is not what somebody types who knows.
func (h *hardship) typed(run *fold.Run, words []string) runner.Event {
	for i := range words {
		words[i] = strings.Trim(words[i], "'") // as a shell does
	}
	after := func(flag string) string {
		if i := slices.Index(words, flag); i >= 0 && i+1 < len(words) {
			return words[i+1]
		}
		return ""
	}
	switch words[1] {
	case "resolve":
		newest := run.Step(words[3]).Newest()
		c := h.carriedOut(newest)
		e := runner.OperatorResolved{Statement: h.signHonest(run), Step: words[3], Request: newest, As: runner.AsNotStarted}
		started := after("--started") != ""
		if started && c != nil {
			e.As, e.BatchRunID = runner.AsStarted, c.RunID
		}
		if started != (c != nil) || len(run.Step(words[3]).Unsettled) > 1 {
			return nil
		}
		return e
	case "adopt":
		return runner.OperatorAdopted{Statement: h.signHonest(run), Step: words[3], Request: run.Step(words[3]).Newest(), BatchRunID: words[4]}
	case "approve":
		return runner.OperatorApproved{Statement: h.signHonest(run), Step: words[3], Request: run.Step(words[3]).Asks}
	case "reject":
		return runner.OperatorRejected{Statement: h.signHonest(run), Step: words[3], Request: run.Step(words[3]).Asks}
	case "retry":
		return runner.OperatorRetried{Statement: h.signHonest(run), Step: words[3]}
	case "resume":
		if step := after("--retry"); step != "" {
			return runner.OperatorRetried{Statement: h.signHonest(run), Step: step}
		}
	}
	return nil
}

// signHonest begins a word of somebody who asked the scheduler about every batch run that the log names, as the commands do.
func (h *hardship) signHonest(run *fold.Run) runner.Statement {
	w := h.sign()
	for _, s := range run.Steps {
		if s.Batch.RunID == "" {
			continue
		}
		look := runner.Look{Step: s.ID, BatchRunID: s.Batch.RunID, Status: fact.Ongoing}
		if _, over := h.play.scheduler.EndedAt(h.play.process.world.Now(), s.Batch.RunID); over {
			look.Status = fact.StatusFailed
		}
		w.Looks = append(w.Looks, look)
	}
	return w
}
