package drive_test

import (
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// odd is a plan whose words a journal spells otherwise than Go does: what a terminal would obey is escaped there.
const odd = `
version: 1
name: odd
steps:
  - id: load
    trigger: {batch: LOAD}
    on_failure:
      - if: failure.message != "soft` + "\u00ad" + `hyphen"
        do: restart
`

// journaled plays a night with a real journal on a disk in memory and returns what is on it.
func journaled(t *testing.T, text string, sc sim.Scenario, stop time.Duration) []audit.Record {
	t.Helper()
	s := virtualStage(t, night{scenario: sc})
	disk := &audit.Memory{}
	j, err := audit.Create(disk, "/runs/run-1", "run-1")
	if err != nil {
		t.Fatal(err)
	}
	s.cfg.Journal = j
	s.cfg.Opening = []runner.Event{
		runner.RunStarted{File: "night.yaml", Target: runner.Target{Name: "sim"}, Tool: runner.Tool{Machine: runner.MachineVersion}, StartedAt: opening},
		runner.FilePinned{Name: "night.yaml", Text: text},
	}
	if stop > 0 {
		s.after(stop, func() { s.cancel(errSignal) })
	}
	if _, err := s.run(text); err != nil {
		t.Fatal(err)
	}
	_, records, err := audit.Reopening{}.Open(disk, "/runs/run-1", "run-1")
	if err != nil {
		t.Fatal(err)
	}
	return records
}

// failing is a night in which LOAD fails at its first start.
func failing() sim.Scenario {
	return sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Starts: []sim.Start{{Fails: sim.Whole}}}}}
}

func TestAJournalReplaysToWhereItStood(t *testing.T) {
	for name, text := range map[string]string{"a recovery": recovering, "odd words": odd} {
		t.Run(name, func(t *testing.T) {
			out, err := resume.Replay(journaled(t, text, failing(), 0))
			if err != nil {
				t.Fatal(err)
			}
			if out.End == nil || out.End.Outcome != fact.Succeeded || !out.Machine.Status().Ended {
				t.Errorf("ended as %+v", out.End)
			}
		})
	}
}

func TestADetachedRunReplaysWithoutAnEnd(t *testing.T) {
	out, err := resume.Replay(journaled(t, recovering, failing(), time.Minute))
	if err != nil || out.End != nil || out.Machine.Status().Ended || len(out.Machine.Status().Pending) != 1 {
		t.Errorf("got %+v, %v", out, err)
	}
}

func TestAJournalThatSaysOtherwiseIsNotTakenUp(t *testing.T) {
	for _, c := range []struct {
		name  string
		spoil func(records []audit.Record) []audit.Record
		want  error
	}{
		{"another decision", func(rs []audit.Record) []audit.Record {
			last := &rs[len(rs)-1]
			last.Decided = []byte(strings.Replace(string(last.Decided), "succeeded", "skipped", 1))
			return rs
		}, resume.ErrDiverged},
		{"another machine", func(rs []audit.Record) []audit.Record {
			rs[0].Data = []byte(strings.Replace(string(rs[0].Data), fmt.Sprintf(`"machine":%d`, runner.MachineVersion), `"machine":99`, 1))
			return rs
		}, resume.ErrOtherMachine},
		{"no plan", func(rs []audit.Record) []audit.Record { return rs[:1] }, runner.ErrUnexpected},
		{"an event left out", func(rs []audit.Record) []audit.Record { return append(rs[:2], rs[3:]...) }, runner.ErrUnexpected},
	} {
		t.Run(c.name, func(t *testing.T) {
			if _, err := resume.Replay(c.spoil(journaled(t, recovering, failing(), 0))); !errors.Is(err, c.want) {
				t.Errorf("got %v, want %v", err, c.want)
			}
		})
	}
}
