package cli

import (
	"bytes"
	"encoding/json"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/frozen"
	"ofsplan/plan"
	"ofsplan/runner"
)

// A log is read as its plan was accepted when its run began: one of each kind of plan that is refused since is shown, verified and told
// of, whoever asks.
func TestLogsOfPlansThatAreRefusedSinceAreRead(t *testing.T) {
	read := 0
	for _, j := range frozen.Journals(t, "../../testdata/journals") {
		if !strings.HasPrefix(j.Name, "m1-refused/") {
			continue
		}
		read++
		if err := accepted(j); err == nil {
			t.Errorf("%s: its plan is accepted today", j.Name)
		}
		dir := t.TempDir()
		file := filepath.Join(dir, "audit.jsonl")
		if err := os.WriteFile(file, j.Data, 0o600); err != nil {
			t.Fatal(err)
		}
		for _, args := range [][]string{
			{"show", file}, {"show", file, "--json"}, {"audit", "verify", file}, {"audit", "show", file}, {"scenario", "from", file},
		} {
			var out, trouble bytes.Buffer
			root := newRoot(terminal.New(nil, &out, &trouble), nil)
			root.SetArgs(append(args, "--state-dir", dir))
			if args[0] != "show" {
				root.SetArgs(args)
			}
			if err := root.Execute(); err != nil {
				t.Errorf("%s: %s: %v\n%s", j.Name, strings.Join(args[:2], " "), err, trouble.String())
			}
			if text := out.String() + trouble.String(); strings.Contains(text, "not one that this release reads") {
				t.Errorf("%s: %s: the plan in it is not read:\n%s", j.Name, strings.Join(args[:2], " "), text)
			}
		}
	}
	if read < 10 {
		t.Errorf("only %d logs were read", read)
	}
}

// accepted reads the plan of a log as a file is read, and judges it as a run that starts does.
func accepted(j frozen.Journal) error {
	var started runner.RunStarted
	var pinned runner.FilePinned
	for _, r := range j.Records {
		switch r.Type {
		case started.Type():
			if err := json.Unmarshal(r.Data, &started); err != nil {
				return err
			}
		case pinned.Type():
			if pinned.Text != "" {
				continue // a file beside the plan
			}
			if err := json.Unmarshal(r.Data, &pinned); err != nil {
				return err
			}
		}
	}
	p, err := plan.Parse(pinned.Name, []byte(pinned.Text))
	if err == nil {
		_, err = p.Resolve(plan.Inputs{Now: started.StartedAt, RunID: j.Records[0].Run, Target: "sim"})
	}
	return err
}
