package sweep

import (
	"errors"
	"slices"
	"strings"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
)

// A cell is played once more with answers that are well-formed and not so, where its night gives occasion. Such a night has no cell
// of its own: it must keep the laws, and a status that lags behind a restart must not change how the night ends.

// untrue plays those nights of a trial that was played and ended.
func (w *sweeper) untrue(t *trial, result rehearse.Result) {
	if slices.ContainsFunc(result.Carried, func(c sim.Carried) bool { return c.From == c.RunID && c.Op == string(runner.OpRestart) }) {
		lag := withFault(t.night, sim.Fault{On: "status", Do: sim.StaleStatus})
		again, ok := w.lawful(t, lag, "when the status lags behind a restart")
		if ok && onTime(again.Exit) != onTime(result.Exit) {
			t.cell.broken("when the status lags behind a restart, the night ends with %d", again.Exit)
		}
	}
	if t.cell.Ending == lostAnswer {
		for i, f := range t.night.Scenario.Faults {
			if f.Do == sim.DropAnswer && f.On != string(runner.OpInterrupt) {
				crossed := t.night
				crossed.Scenario.Faults = slices.Clone(crossed.Scenario.Faults)
				crossed.Scenario.Faults[i].Do = sim.CrossedID
				w.lawful(t, crossed, "when that answer names another batch run")
				break
			}
		}
	}
}

// onTime is an exit code without how late the night was, which a lag may well change.
func onTime(code exitcode.Code) exitcode.Code {
	if code == exitcode.Late {
		return exitcode.Succeeded
	}
	return code
}

// lawful plays a night and notes every law it breaks. False: it has no end, or could not be played.
func (w *sweeper) lawful(t *trial, n rehearse.Night, when string) (rehearse.Result, bool) {
	result, err := n.Run()
	if _, gaveUp := errors.AsType[*rehearse.EndlessError](err); err != nil && !gaveUp {
		t.cell.broken("%s, the night cannot be played: %v", when, err)
		return result, false
	}
	if broken := n.Laws(result); broken != nil {
		for one := range strings.SplitSeq(broken.Error(), "\n") {
			t.cell.broken("%s: %s", when, one)
		}
	}
	return result, err == nil
}
