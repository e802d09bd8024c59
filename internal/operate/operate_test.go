package operate_test

import (
	"context"
	"errors"
	"strings"
	"testing"

	"go.uber.org/goleak"

	"ofsplan/audit/state"
	"ofsplan/internal/config"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/operate"
	"ofsplan/internal/secret"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// ops is somebody who operates.
func ops() *operate.Env {
	return &operate.Env{By: runner.By{User: "ops"}, Tool: runner.Tool{Version: "test", Machine: runner.MachineVersion}, Secrets: secret.NewFilter()}
}

// prepare binds a plan to the simulated scheduler. The store is one of real runs, so that once counts.
func prepare(t *testing.T, store state.Store, text string, says operate.Says) *operate.Prepared {
	t.Helper()
	p, err := plan.Parse("plan.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	target, err := operate.Choice{Name: config.Simulated}.Target()
	if err != nil {
		t.Fatal(err)
	}
	prepared, err := operate.Prepare(t.Context(), ops(), operate.Start{Plan: p, Target: target, Store: store, Says: says, NoFile: true})
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(func() {
		if err := prepared.Close(); err != nil {
			t.Error(err)
		}
	})
	return prepared
}

// carryOut begins a run and drives it until it ends or ctx does.
func carryOut(ctx context.Context, t *testing.T, p *operate.Prepared, observers drive.Observers) operate.Ending {
	t.Helper()
	run, err := p.Begin(t.Context())
	if err != nil {
		t.Fatal(err)
	}
	ending := run.Drive(ctx, observers)
	if err := run.Close(); err != nil {
		t.Fatal(err)
	}
	return ending
}

const daily = "version: 1\nname: daily\nonce: EMEA\nsteps:\n  - {id: nap, sleep: 1ms}\n  - {id: rest, sleep: 1ms}\n"

// A plan is bound to a target, shown, admitted, begun and driven; and a second start of the same finds the first.
func TestAPlanIsRunOnce(t *testing.T) {
	store := state.NewMemory(false)
	first := prepare(t, store, daily, operate.Says{})
	shown, err := first.Forecast()
	if err != nil || len(shown.Steps) != 2 || shown.Steps[0].Does != "sleep 1ms, nothing is sent" {
		t.Errorf("shown: %+v, %v", shown, err)
	}
	if found, err := first.Foresee(); found != nil || err != nil || !first.Counts() {
		t.Errorf("foreseen: %v, %v", found, err)
	}
	if ids, err := store.Runs(); len(ids) != 0 || err != nil {
		t.Fatalf("what is only shown has begun: %v, %v", ids, err)
	}
	if found, err := first.Admit(); found != nil || err != nil {
		t.Fatalf("not admitted: %v, %v", found, err)
	}
	other := prepare(t, store, daily, operate.Says{Again: true, Reason: "once more"})
	if found, err := other.Admit(); err != nil || found == nil || found.State != operate.Running || found.Code() != exitcode.AlreadyRunning {
		t.Errorf("while the first has the key: %v, %v", found, err)
	}
	var types []string
	ending := carryOut(t.Context(), t, first, drive.Observers{Turn: func(turn record.Turn) { types = append(types, turn.Event.Type()) }})
	if ending.Code() != exitcode.Succeeded || ending.NothingSent() || ending.Head.Count < 3 || types[0] != "run.started" || types[1] != "file.pinned" {
		t.Errorf("ended %+v, told %q", ending, types)
	}
	if err := first.Close(); err != nil {
		t.Fatal(err)
	}

	second := prepare(t, store, daily, operate.Says{})
	found, err := second.Admit()
	if err != nil || found == nil || found.State != fold.OnceDone || found.Code() != exitcode.Succeeded || found.Run != first.Resolved.RunID {
		t.Fatalf("found %+v, %v", found, err)
	}
	if !strings.HasPrefix(found.String(), "run "+found.Run+", ended ") || !strings.HasSuffix(found.String(), ", has succeeded") {
		t.Errorf("it says %q", found)
	}
	if found, err := other.Admit(); found != nil || err != nil {
		t.Fatalf("again, on somebody's word: %v, %v", found, err)
	}
	var began runner.RunStarted
	carryOut(t.Context(), t, other, drive.Observers{Turn: func(turn record.Turn) {
		if e, ok := turn.Event.(runner.RunStarted); ok {
			began = e
		}
	}})
	if o := began.Once; o == nil || !o.Again || o.After != first.Resolved.RunID || o.Found != string(fold.OnceDone) || began.Reason != "once more" || began.By.User != "ops" {
		t.Errorf("on record: %+v, %+v", began, o)
	}
}

const long = "version: 1\nname: long\nonce: EMEA\nsteps:\n  - {id: nap, sleep: 1h}\n  - {id: rest, sleep: 1h}\n"

// left is a run that was begun and left going on.
func left(t *testing.T, store state.Store, says operate.Says) (run string) {
	t.Helper()
	p := prepare(t, store, long, says)
	if found, err := p.Admit(); found != nil || err != nil {
		t.Fatalf("not admitted: %v, %v", found, err)
	}
	ctx, stop := context.WithCancelCause(t.Context())
	ending := carryOut(ctx, t, p, drive.Observers{Turn: func(turn record.Turn) {
		if len(turn.Decision.Moves) > 0 {
			stop(errors.New("SIGTERM"))
		}
	}})
	if ending.Code() != exitcode.Detached {
		t.Fatalf("left with %d: %v", ending.Code(), ending.Err)
	}
	if err := p.Close(); err != nil {
		t.Fatal(err)
	}
	return p.Resolved.RunID
}

// To a run that nobody drives one speaks without driving it. What is said of a step that the plan does not have, is not.
func TestARunThatNobodyDrivesIsSpokenTo(t *testing.T) {
	store := state.NewMemory(false)
	id := left(t, store, operate.Says{})
	to, err := operate.Address(ops(), store, operate.Last)
	if err != nil {
		t.Fatal(err)
	}
	if err := to.Knows("nape"); err == nil || !strings.HasSuffix(err.Error(), "has no step \"nape\"\n\tdid you mean \"nap\"?") {
		t.Errorf("got %v", err)
	}
	if err := to.Knows("nap"); err != nil {
		t.Error(err)
	}
	said, err := to.Say(t.Context(), runner.OperatorResolved{Statement: to.Statement("by hand"), Step: "rest", As: runner.AsSkipped})
	if err != nil || said.Run != id || said.Type != "operator.marked" || said.Live || said.Ended != "" || said.Record == 0 {
		t.Fatalf("said %+v, %v", said, err)
	}
	_, err = to.Say(t.Context(), runner.OperatorResolved{Statement: to.Statement("by hand"), Step: "nap", As: runner.AsNotStarted})
	if !errors.Is(err, runner.ErrUnexpected) {
		t.Errorf("what does not fit: %v", err)
	}
	said, err = to.Say(t.Context(), runner.OperatorCanceled{Statement: to.Statement("wrong date")})
	if err != nil || said.Ended != string(fact.Canceled) {
		t.Errorf("said %+v, %v", said, err)
	}
}

// A run in whose place a later one counts is not gone on with: both could do the work twice.
func TestARunWhoseKeyALaterOneHasDoesNotGoOn(t *testing.T) {
	store := state.NewMemory(false)
	id := left(t, store, operate.Says{})
	found, err := prepare(t, store, long, operate.Says{}).Foresee()
	if err != nil || found == nil || found.Run != id || found.State != fold.OnceStopped || found.Code() != exitcode.Failed {
		t.Errorf("foreseen: %v, %v", found, err)
	}
	later := left(t, store, operate.Says{Again: true, Reason: "anew"})
	taken, err := operate.TakeUp(ops(), store, id, state.Accept{}, "")
	if err != nil {
		t.Fatal(err)
	}
	_, err = taken.Continue(t.Context(), operate.Continuation{})
	superseded, ok := errors.AsType[*operate.SupersededError](err)
	if !ok || superseded.Run != id || superseded.By.Run != later || exitcode.Of(err) != exitcode.Usage {
		t.Errorf("got %v", err)
	}
	if err := taken.Close(); err != nil {
		t.Fatal(err)
	}
}
