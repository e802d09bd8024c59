package runner_test

import (
	"testing"

	"ofsplan/plan/fact"
	"ofsplan/runner"
)

func TestOnlyFinalStatesNameAnOutcome(t *testing.T) {
	for _, want := range []fact.Outcome{fact.Succeeded, fact.Failed, fact.Skipped, fact.Blocked, fact.Canceled, fact.InDoubt} {
		if got, ended := runner.State(want).Outcome(); !ended || got != want {
			t.Errorf("%s: got %q, %v", want, got, ended)
		}
	}
	for _, s := range []runner.State{
		runner.Waiting, runner.Queued, runner.Requesting, runner.Watching, runner.Looking, runner.Stopping, runner.Delaying, runner.Sleeping, runner.Closed, runner.Sensing, runner.Awaiting, "", "guessed",
	} {
		if got, ended := s.Outcome(); ended || got != "" {
			t.Errorf("%s: got %q, %v", s, got, ended)
		}
	}
}
