package cli

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/view"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// left is a session whose run was left like this, with one step in that state.
func left(e ending, state plan.Outcome, kind plan.FailureKind) *session {
	lines := view.NewLines(&strings.Builder{}, "r", nil, view.Style{})
	move := runner.Transition{Step: "load", From: runner.Watching, To: runner.State(state)}
	if kind != "" {
		move.Failure = &plan.Failure{Kind: kind}
	}
	lines.Turn(record.Turn{At: time.Unix(1, 0), Event: runner.ClockReached{}, Decision: runner.Decision{Moves: []runner.Transition{move}}})
	return &session{log: &operatorLog{lines: lines}, ending: e}
}

func TestTheWorstThatHoldsIsTheExitCode(t *testing.T) {
	ended := func(o plan.Outcome, nothing bool) drive.Result {
		return drive.Result{End: &runner.End{Outcome: o, NothingStarted: nothing}}
	}
	detached := drive.Result{Detached: true}
	broken := fmt.Errorf("x: %w", drive.ErrJournal)
	for _, c := range []struct {
		name  string
		end   ending
		state plan.Outcome
		kind  plan.FailureKind
		want  int
	}{
		{"succeeded", ending{result: ended(plan.Succeeded, false)}, plan.Succeeded, "", exitSucceeded},
		{"failed", ending{result: ended(plan.Failed, false)}, plan.Failed, plan.BatchFailed, exitFailed},
		{"refused", ending{result: ended(plan.Failed, true)}, plan.Failed, plan.Refused, exitFailed},
		{"never reached", ending{result: ended(plan.Failed, true)}, plan.Failed, plan.Unreachable, exitUnreachable},
		{"never let in", ending{result: ended(plan.Failed, true)}, plan.Failed, plan.Unauthorized, exitUnreachable},
		{"lost later", ending{result: ended(plan.Failed, false)}, plan.Failed, plan.Unreachable, exitFailed},
		{"no first contact", ending{result: detached, err: fmt.Errorf("x: %w", drive.ErrNoContact)}, "", "", exitUnreachable},
		{"canceled", ending{result: ended(plan.Canceled, false)}, plan.Canceled, "", exitCanceled},
		{"detached", ending{result: detached}, "", "", exitDetached},
		{"in doubt", ending{result: ended(plan.InDoubt, false)}, plan.InDoubt, "", exitInDoubt},
		{"in doubt and detached", ending{result: detached}, plan.InDoubt, "", exitInDoubt},
		{"in doubt and no log", ending{err: broken}, plan.InDoubt, "", exitAuditLog},
		{"a machine that refused", ending{err: errors.New("x")}, "", "", exitInDoubt},
	} {
		if got := left(c.end, c.state, c.kind).exitCode(); got != c.want {
			t.Errorf("%s: exit code %d, want %d", c.name, got, c.want)
		}
	}
}

func TestEveryExitCodeIsInTheHelp(t *testing.T) {
	for _, code := range []int{
		exitSucceeded, exitFailed, exitUsage, exitInDoubt, exitCanceled, exitUnreachable, exitAlreadyRunning,
		exitAuditLog, exitLate, exitOngoing, exitHeld, exitDetached,
	} {
		if !strings.Contains(exitHelp, fmt.Sprintf("\n  %-3d ", code)) {
			t.Errorf("the help does not tell what %d means", code)
		}
	}
}
