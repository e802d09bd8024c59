package operate

import (
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/secret"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// onceIn is the lock of one and the same once key in a state folder.
func onceIn(folder *state.Folder) *onceLock {
	e := runner.RunStarted{Plan: "nightly", MISDate: "2026-11-20", Target: runner.Target{Name: "prod"}, Once: &runner.Once{Value: "EMEA"}}
	return newOnceLock(e, folder)
}

func TestAOnceKeyIsTakenByOne(t *testing.T) {
	folder := state.NewFolder(audit.RealDisk{}, t.TempDir())
	first, second := onceIn(folder), onceIn(folder)
	if found, err := first.take(); found != nil || err != nil {
		t.Fatalf("got %+v, %v", found, err)
	}
	found, err := second.take()
	if err != nil || found == nil {
		t.Fatalf("the second: got %+v, %v", found, err)
	}
	if found.State != Running || found.Code() != exitcode.AlreadyRunning || found.By == (state.Holder{}) || found.Run != "" {
		t.Errorf("got %+v", found)
	}
	if !strings.HasPrefix(found.String(), "a process is about to begin or to take up a run of it: process ") {
		t.Errorf("got %q", found)
	}
	if err := second.release(); err != nil {
		t.Errorf("letting go of what was not had: %v", err)
	}
	if err := first.release(); err != nil {
		t.Fatal(err)
	}
	if found, err := second.take(); found != nil || err != nil {
		t.Errorf("once it is free: got %+v, %v", found, err)
	}
	if err := second.release(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatMayRunAsOftenAsOneLikesTakesNoKey(t *testing.T) {
	folder := state.NewFolder(audit.RealDisk{}, filepath.Join(t.TempDir(), "state"))
	plain := newOnceLock(runner.RunStarted{Plan: "nightly"}, folder)
	simulated := onceIn(folder.Simulated())
	for _, o := range []*onceLock{plain, simulated} {
		found, err := o.take()
		if found != nil || err != nil || o.lock != nil {
			t.Errorf("take: got %+v, %v", found, err)
		}
		if found, err := o.prior(""); found != nil || err != nil {
			t.Errorf("prior: got %+v, %v", found, err)
		}
		if err := o.release(); err != nil {
			t.Error(err)
		}
	}
	if _, err := os.Stat(folder.Where()); !os.IsNotExist(err) {
		t.Errorf("the state folder was touched: %v", err)
	}
}

// A key whose lock or whose earlier runs cannot be looked at keeps the plan from running: exit code 7.
func TestAKeyThatCannotBeLookedAtRunsNothing(t *testing.T) {
	dir := t.TempDir()
	folder := state.NewFolder(audit.RealDisk{}, dir)
	if err := os.WriteFile(filepath.Join(dir, "once"), nil, 0o600); err != nil {
		t.Fatal(err)
	}
	if found, err := onceIn(folder).take(); found != nil || exitcode.Of(err) != exitcode.AuditLog || !strings.Contains(err.Error(), "nothing was started") {
		t.Errorf("take: got %+v, %v", found, err)
	}
	if err := os.Mkdir(filepath.Join(dir, "ledger.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	if found, err := onceIn(folder).prior(""); found != nil || exitcode.Of(err) != exitcode.AuditLog || !strings.Contains(err.Error(), "nothing was started") {
		t.Errorf("prior: got %+v, %v", found, err)
	}
}

// Who takes a run up again holds its key from before the run's own lock until he leaves.
func TestARunTakenUpAgainHoldsItsKey(t *testing.T) {
	const run = "20261123T020000Z-nightly-7f3c"
	folder := state.NewFolder(audit.RealDisk{}, t.TempDir())
	text := "version: 1\nname: nightly\nonce: EMEA\nsteps:\n  - id: nap\n    sleep: 1m\n"
	start := runner.RunStarted{Plan: "nightly", File: "plan.yaml", Target: runner.Target{Name: "prod"}, Tool: runner.Tool{Machine: runner.MachineVersion}, Once: &runner.Once{Value: "EMEA"}}
	p, err := plan.Parse("plan.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{RunID: run, Target: "prod"})
	if err != nil {
		t.Fatal(err)
	}
	journal, err := folder.Begin(run)
	if err != nil {
		t.Fatal(err)
	}
	first := resume.Replayed{Machine: runner.NewMachine(r), Resolved: r}
	_, err = first.Tell(journal, time.Unix(1, 0), start, runner.FilePinned{Name: "plan.yaml", Text: text}, runner.RunDetached{Reason: "SIGTERM"})
	if err := errors.Join(err, journal.Close()); err != nil {
		t.Fatal(err)
	}
	env := &Env{Secrets: secret.NewFilter()}
	h, err := TakeUp(env, folder, run, state.Accept{}, "")
	if err != nil {
		t.Fatal(err)
	}
	other := newOnceLock(start, folder)
	if found, err := other.take(); err != nil || found == nil || found.Run != run || found.State != Running {
		t.Errorf("meanwhile another: got %+v, %v", found, err)
	}
	if err := h.Close(); err != nil {
		t.Fatal(err)
	}
	found, err := other.take()
	if found != nil || err != nil {
		t.Fatalf("afterwards another: got %+v, %v", found, err)
	}
	if _, err := TakeUp(env, folder, run, state.Accept{}, ""); exitcode.Of(err) != exitcode.AlreadyRunning {
		t.Errorf("while another holds the key: got %v", err)
	}
	if found, err := other.prior(""); err != nil || found == nil || found.State != fold.OnceStopped || found.Code() != exitcode.Failed {
		t.Errorf("and what it finds: got %+v, %v", found, err)
	}
	if err := other.release(); err != nil {
		t.Fatal(err)
	}
}
