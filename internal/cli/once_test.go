package cli

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
	"ofsplan/internal/view"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// guardIn is a guard of one and the same key in a state folder.
func guardIn(folder *state.Folder) *guard {
	e := runner.RunStarted{Plan: "nightly", MISDate: "2026-11-20", Target: runner.Target{Name: "prod"}, Once: &runner.Once{Value: "EMEA"}}
	return guardOf(e, folder, view.Site{StateDir: "my state"})
}

func TestAOnceKeyIsTakenByOne(t *testing.T) {
	folder := state.NewFolder(audit.RealDisk{}, t.TempDir())
	first, second := guardIn(folder), guardIn(folder)
	if met, err := first.take(); met != nil || err != nil {
		t.Fatalf("got %+v, %v", met, err)
	}
	met, err := second.take()
	if err != nil || met == nil {
		t.Fatalf("the second: got %+v, %v", met, err)
	}
	if met.State != running || met.ExitCode != exitcode.AlreadyRunning || met.HeldBy == "" || met.Run != "" {
		t.Errorf("got %+v", met)
	}
	if !strings.HasPrefix(met.Found, "a process is about to begin or to take up a run of it: process ") {
		t.Errorf("got %q", met.Found)
	}
	if err := second.close(); err != nil {
		t.Errorf("closing what was not had: %v", err)
	}
	if err := first.close(); err != nil {
		t.Fatal(err)
	}
	if met, err := second.take(); met != nil || err != nil {
		t.Errorf("once it is free: got %+v, %v", met, err)
	}
	if err := second.close(); err != nil {
		t.Fatal(err)
	}
}

func TestWhatMayRunAsOftenAsOneLikesHasNoGuard(t *testing.T) {
	folder := state.NewFolder(audit.RealDisk{}, filepath.Join(t.TempDir(), "state"))
	plain := guardOf(runner.RunStarted{Plan: "nightly"}, folder, view.Site{})
	simulated := guardIn(folder.Simulated())
	for _, g := range []*guard{plain, simulated} {
		met, err := g.take()
		if met != nil || err != nil || g.lock != nil {
			t.Errorf("take: got %+v, %v", met, err)
		}
		if met, err := g.look(""); met != nil || err != nil {
			t.Errorf("look: got %+v, %v", met, err)
		}
		if err := g.close(); err != nil {
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
	if met, err := guardIn(folder).take(); met != nil || exitcode.Of(err) != exitcode.AuditLog || !strings.Contains(err.Error(), "nothing was started") {
		t.Errorf("take: got %+v, %v", met, err)
	}
	if err := os.Mkdir(filepath.Join(dir, "ledger.jsonl"), 0o700); err != nil {
		t.Fatal(err)
	}
	if met, err := guardIn(folder).look(""); met != nil || exitcode.Of(err) != exitcode.AuditLog || !strings.Contains(err.Error(), "nothing was started") {
		t.Errorf("look: got %+v, %v", met, err)
	}
}

// Who takes a run up again holds its key from before the run's own lock until he leaves.
func TestARunTakenUpAgainHoldsItsKey(t *testing.T) {
	const run = "20261123T020000Z-nightly-7f3c"
	folder := state.NewFolder(audit.RealDisk{}, t.TempDir())
	text := "version: 1\nname: nightly\nonce: EMEA\nsteps:\n  - id: nap\n    sleep: 1m\n"
	began := runner.RunStarted{Plan: "nightly", File: "plan.yaml", Target: runner.Target{Name: "prod"}, Tool: runner.Tool{Machine: runner.MachineVersion}, Once: &runner.Once{Value: "EMEA"}}
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
	_, err = first.Tell(journal, time.Unix(1, 0), began, runner.FilePinned{Name: "plan.yaml", Text: text}, runner.RunDetached{Reason: "SIGTERM"})
	if err := errors.Join(err, journal.Close()); err != nil {
		t.Fatal(err)
	}
	h, g, err := holdAgain(folder, run, resume.Answer{}, view.Site{})
	if err != nil {
		t.Fatal(err)
	}
	other := guardOf(began, folder, view.Site{})
	if met, err := other.take(); err != nil || met == nil || met.Run != run || met.State != running {
		t.Errorf("meanwhile another: got %+v, %v", met, err)
	}
	if err := errors.Join(h.Close(), g.close()); err != nil {
		t.Fatal(err)
	}
	met, err := other.take()
	if met != nil || err != nil {
		t.Fatalf("afterwards another: got %+v, %v", met, err)
	}
	if _, _, err := holdAgain(folder, run, resume.Answer{}, view.Site{}); exitcode.Of(err) != exitcode.AlreadyRunning {
		t.Errorf("while another holds the key: got %v", err)
	}
	if met, err := other.look(""); err != nil || met == nil || met.State != fold.OnceStopped || met.ExitCode != exitcode.Failed {
		t.Errorf("and what it finds: got %+v, %v", met, err)
	}
	if err := other.close(); err != nil {
		t.Fatal(err)
	}
}
