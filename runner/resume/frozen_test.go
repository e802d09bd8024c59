package resume_test

import (
	"errors"
	"strings"
	"testing"

	"ofsplan/audit"
	"ofsplan/internal/frozen"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// A run of an earlier release is taken up as that release left it: each frozen journal of this machine number replays,
// every decision byte for byte. One of another number is refused by it.
func TestFrozenJournalsReplay(t *testing.T) {
	own := 0
	for _, j := range frozen.Journals(t, "../../testdata/journals") {
		out, err := resume.Replay(j.Records)
		if j.Machine != runner.MachineVersion {
			if !errors.Is(err, resume.ErrOtherMachine) {
				t.Errorf("%s, of machine %d: got %v", j.Name, j.Machine, err)
			}
			continue
		}
		if own++; err != nil {
			t.Errorf("%s: %v", j.Name, err)
			continue
		}
		if ended := j.Verdict.State == audit.Intact; ended != (out.End != nil) || (out.End != nil) != out.Machine.Status().Ended {
			t.Errorf("%s: the log is %s, and the machine ended as %+v", j.Name, j.Verdict.State, out.End)
		}
		if torn := j.Verdict.Problem != nil; torn != strings.HasSuffix(j.Name, "-torn.jsonl") || torn && j.Verdict.Problem.Damage != audit.TornTail {
			t.Errorf("%s: got %+v", j.Name, j.Verdict.Problem)
		}
	}
	if own < 200 {
		t.Errorf("only %d journals are of machine %d: freeze some", own, runner.MachineVersion)
	}
}
