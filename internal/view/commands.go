package view

import (
	"ofsplan/internal/fold"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// Commands are what a person can type now about this run, the most useful first. None of them, typed as it stands, starts a batch
// beside a batch run that goes on, as far as the records tell.
func Commands(r *fold.Run, repeat Repeat) []Command {
	here := repeat.Here()
	if r.Started.Simulated {
		here += " --simulated"
	}
	out := wordsOf(r, repeat)
	if !r.Started.Simulated {
		out = append(out, statements(r, repeat)...)
		out = append(out, statusCommands(r, repeat)...)
	}
	return append(out,
		Command{"ofsplan show " + r.ID + here, "shows every step of this run, and why it stands where it stands"},
		Command{"ofsplan audit show " + r.ID + here, "shows every record: each request with its bytes, each answer, each decision"},
		Command{"ofsplan audit verify " + r.ID + here, "checks that nothing in the audit log was changed"},
	)
}

// statements are what a person can say to this run: what became of a step in doubt, another attempt, or simply to go on.
// What stands in capitals is for the person to fill in.
func statements(r *fold.Run, repeat Repeat) []Command {
	here, there := repeat.flags()
	var out []Command
	for _, s := range r.Steps {
		if len(out) >= 2*mostCards {
			break
		}
		if fact.Outcome(s.State) == fact.InDoubt {
			started, not := resolutions(r, s)
			out = append(out,
				Command{"ofsplan resolve " + r.ID + " " + Quote(s.ID) + ` --started BATCH_RUN_ID --reason "WHY"` + there, started},
				Command{"ofsplan resolve " + r.ID + " " + Quote(s.ID) + ` --not-started --reason "WHY"` + here, not})
		} else if id, does := adoption(r, s); id != "" {
			out = append(out, Command{"ofsplan adopt " + r.ID + " " + Quote(s.ID) + " " + id + ` --reason "WHY"` + there, does})
		}
	}
	ended := r.End != nil && r.End.Outcome != fact.InDoubt
	if !ended {
		out = append(out, retryCommands(r, "ofsplan retry "+r.ID+" ", there)...)
	}
	if r.State == fold.Running {
		return append(out, Command{"ofsplan cancel " + r.ID + ` --leave --reason "WHY"` + here, "ends the run: what has not begun is canceled, and batch runs that go on are left to themselves (--interrupt stops them)"})
	}
	if len(out) > 0 || len(r.Awaiting()) > 0 {
		out = append(out, Command{"ofsplan resume " + r.ID + there, "after that: carries the run on"})
	}
	switch {
	case ended:
		if out = append(out, retryCommands(r, "ofsplan resume "+r.ID+" --retry ", there)...); len(out) == 0 {
			out = append(out, withheld(r, here)...)
		}
	case len(out) == 0:
		out = append(out, Command{"ofsplan resume " + r.ID + there, "carries the run on: batch runs that were started are looked at, not started again"})
	}
	return out
}

// resolutions is what comes of saying that the request of a step in doubt was carried out, and that it was not.
func resolutions(r *fold.Run, s *fold.Step) (started, not string) {
	started, not = "it was carried out, as that batch run: the step will watch it", "it was not carried out: the step will make the request again"
	if s.Def != nil && !s.Def.Waits() {
		started = "it was carried out, as that batch run: the step, which waits for none, has succeeded"
	}
	if r.Canceled && !(s.Def != nil && s.Def.Finally) {
		not = "it was not carried out: the step is canceled, as the run was"
	}
	return started, not
}

// adoption is the batch run that a step which failed or was canceled can be given to watch on, since it has not ended as far as the
// records tell, and what comes of that. Empty: there is none.
func adoption(r *fold.Run, s *fold.Step) (batchRun, does string) {
	if s.Def == nil || s.Def.Finally || s.Batch.RunID == "" || !r.GoesOn(s) || startsSecond(r, runner.OperatorAdopted{Step: s.ID}) {
		return "", ""
	}
	trigger, is := s.Def.Do.(*plan.Trigger)
	switch {
	case !is || trigger.NoWait:
		return "", ""
	case s.State == runner.State(fact.Canceled):
		return Quote(s.Batch.RunID), s.ID + " watches this batch run on, which was left to itself, and no other is started; what was canceled after it waits for it again"
	case !s.Bad() || s.Failure == nil:
		return "", ""
	case s.Failure.Kind == fact.BatchHeld:
		return Quote(s.Batch.RunID), "once you have released its held tasks at the scheduler: " + s.ID + " watches this batch run on, and no other is started"
	case s.Failure.Kind == fact.TimedOut:
		return Quote(s.Batch.RunID), s.ID + " watches this batch run on, for as long again as its timeout says, and no other is started"
	case s.Failure.Kind == fact.Refused: // the scheduler does not know what somebody named
		return "BATCH_RUN_ID", "the scheduler does not tell of " + s.Batch.RunID + ": " + s.ID + " watches this batch run on in its place, and no other is started"
	}
	return "", ""
}

// startsSecond reports whether a statement would start a batch beside a batch run that goes on as far as the records tell. One of
// another step that nobody has looked at since it was started, as a plan with wait: false has it, is no reason not to try: the scheduler
// is asked before anything is started.
func startsSecond(r *fold.Run, e runner.Event) bool {
	for _, a := range r.StartsAgain(e) {
		if unseen := a.Status == "" && a.Step != e.Subject().Step; !a.Status.Final() && !unseen {
			return true
		}
	}
	return false
}

// statusCommands are the questions to the scheduler about batch runs of steps that went wrong, go on or were canceled: a batch
// run that was left to itself may go on long after.
func statusCommands(r *fold.Run, repeat Repeat) []Command {
	flags := " --target " + Quote(r.Started.Target.Name)
	if repeat.Config != "" {
		flags += " --config " + Quote(repeat.Config)
	}
	flags += repeat.Here()
	var out []Command
	told := map[string]bool{} // batch runs, which may be those of several steps
	for _, s := range r.Steps {
		_, ended := s.State.Outcome()
		ref, _ := r.Newest(s)
		if ref.RunID == "" || ref.Code == "" || told[ref.RunID] || !s.Bad() && ended && s.State != runner.State(fact.Canceled) || len(told) == 2*mostCards {
			continue
		}
		told[ref.RunID] = true
		about := Quote(ref.RunID) + " --code " + Quote(ref.Code)
		if ref.Object == fact.Group {
			about += " --group"
		}
		out = append(out, Command{"ofsplan batch status " + about + flags, "asks the scheduler how the batch run of " + s.ID + " stands now; changes nothing"})
		if ended && !r.GoesOn(s) {
			continue
		}
		out = append(out, Command{"ofsplan batch wait " + about + flags, "waits until the batch run of " + s.ID + " ends; changes nothing"})
		if ended && mayStartAgain(s) {
			out[len(out)-1].Does += afterwards(s)
			out = append(out, Command{"ofsplan batch interrupt " + about + flags, "stops the batch run of " + s.ID + ", if it shall not go on" + afterwards(s)})
		}
	}
	return out
}

// mayStartAgain reports whether an operator can give a step another attempt that starts its batch.
func mayStartAgain(s *fold.Step) bool {
	if s.Def == nil || s.Def.Finally {
		return false
	}
	_, trigger := s.Def.Do.(*plan.Trigger)
	return trigger || restarts(s)
}

// restarts reports whether a step restarts or reruns the batch run of another one.
func restarts(s *fold.Step) bool {
	v, acts := s.Def.Do.(*plan.OnRun)
	return acts && (v.Op == plan.OpRestart || v.Op == plan.OpRerun)
}

// afterwards says when a step can have another attempt. How is not said: what a person copies from here shall not start a second one.
func afterwards(s *fold.Step) string {
	return "; once it has ended, and not before, resume can give " + s.ID + " another attempt"
}
