package cli

import (
	"bytes"
	"crypto/sha256"
	"encoding/json"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"unicode"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/internal/cli/terminal"
	"ofsplan/runner/record"
)

// evil is what a terminal obeys, or what changes how a line reads.
const (
	evil   = "\x1b[2J\x1b]0;pwn\x07\u202eLIVE\r\n" + forged + "\u009b\u2028\u200b"
	forged = "09:00 a line nobody wrote"
)

// readsLogs says how each command that reads logs is called. FILE is the path of one, RUN the id of a run, STEP a step of it, and
// PLAN a plan.
var readsLogs = map[string][][]string{
	"runs":              {{}, {"--json"}},
	"show":              {{"RUN"}, {"RUN", "--json"}, {"FILE"}, {"FILE", "--json"}},
	"graph":             {{"RUN"}, {"RUN", "--format", "dot"}, {"RUN", "--format", "mermaid"}, {"FILE"}},
	"audit show":        {{"RUN"}, {"RUN", "--json"}, {"FILE"}, {"FILE", "--json"}},
	"audit verify":      {{}, {"--json"}, {"RUN"}, {"FILE"}, {"FILE", "--json"}},
	"audit acknowledge": {{"RUN", "--reason", "seen"}},
	"scenario from":     {{"RUN"}, {"FILE"}},
	"test from":         {{"RUN"}, {"FILE"}},
	"resume":            {{"RUN"}, {"RUN", "--retry", "STEP", "--reason", "seen"}, {"--unfinished", "--within", "1000000h"}},
	"resolve":           {{"RUN", "STEP", "--not-started", "--reason", "seen"}, {"RUN", "STEP", "--succeeded", "--reason", "seen", "--json"}},
	"approve":           {{"RUN", "STEP", "--reason", "seen"}, {"RUN", "STEP", "--reason", "seen", "--json"}},
	"reject":            {{"RUN", "STEP", "--reason", "seen"}},
	"adopt":             {{"RUN", "STEP", "A_1", "--unchecked", "--reason", "seen"}},
	"retry":             {{"RUN", "STEP", "--unchecked", "--reason", "seen"}},
	"cancel":            {{"RUN", "--leave", "--reason", "seen"}},
	"run":               {{"PLAN", "--target", "lab"}},
	"plan":              {{"PLAN", "--target", "lab"}},
	"rehearse":          {{"PLAN", "--history"}},
	"backfill":          {{"PLAN", "--from", "2026-11-02", "--to", "2026-11-03", "--target", "lab", "--reason", "seen"}},
	"why":               {{"RUN", "STEP"}, {"RUN", "STEP", "--json"}, {"FILE", "STEP"}},
	"eval":              {{"steps.STEP.outcome", "--run", "RUN"}, {"run.id", "--run", "FILE", "--json"}},
}

// readsNoLog are the commands that read none.
var readsNoLog = []string{"audit", "scenario", "target", "batch", "validate", "sim", "schema", "init", "version", "calendar", "calendar import", "dates", "diff", "target list", "target check", "target init", "test", "fmt", "diff", "man", "completion", "help"}

// Of a log whose every string holds escapes, no command prints one, in whatever form. The log is as good as any: its chain holds.
func TestNoCommandPrintsWhatATerminalObeys(t *testing.T) {
	t.Setenv("HOME", t.TempDir())
	t.Setenv("OFSPLAN_TRUST", "1")
	journals, err := filepath.Abs(filepath.Join("..", "..", "testdata", "journals", "m1"))
	if err != nil {
		t.Fatal(err)
	}
	commands := leaves(newRoot(terminal.New(strings.NewReader(""), &bytes.Buffer{}, &bytes.Buffer{}), nil), "")
	for _, name := range []string{
		"adhoc-hard-30-succeeded-resumed-resolved-marked", "adhoc-kill-trigger-branch-load-in-doubt-resumed", "group-hang-trigger-correlate-events-failed",
	} {
		good, err := os.ReadFile(filepath.Join(journals, name+".jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		for _, command := range commands {
			calls, known := readsLogs[command]
			if !known && !slices.ContainsFunc(readsNoLog, func(c string) bool { return c == command }) &&
				!strings.HasPrefix(command, "completion ") && !strings.HasPrefix(command, "batch ") {
				t.Fatalf("%q is neither among the commands that read logs nor among those that read none: say here which it is", command)
			}
			for _, call := range calls {
				h := hostileFolder(t, good)
				var out, errs bytes.Buffer
				args := strings.Fields(command)
				for _, arg := range call {
					args = append(args, h.Replace(arg))
				}
				code := Main(args, strings.NewReader(""), &out, &errs)
				for what, text := range map[string]string{"standard output": out.String(), "standard error": errs.String()} {
					if i := strings.IndexFunc(text, obeyed); i >= 0 {
						t.Errorf("%s of %s (ends with %d): %q", what, strings.Join(args, " "), code, text[max(0, i-60):min(len(text), i+20)])
					}
				}
				if all := out.String() + errs.String(); strings.Contains(all, "\n"+forged) {
					i := strings.Index(all, "\n"+forged)
					t.Errorf("%s (ends with %d) prints a line that a string in the log made: %q", strings.Join(args, " "), code, all[max(0, i-100):min(len(all), i+40)])
				}
				if out.Len()+errs.Len() == 0 {
					t.Errorf("%s prints nothing and ends with %d", strings.Join(args, " "), code)
				}
			}
		}
	}
}

// obeyed reports what may not be printed.
func obeyed(r rune) bool {
	return r != '\n' && r != '\t' && (unicode.IsControl(r) || unicode.In(r, unicode.Cf, unicode.Zl, unicode.Zp))
}

// leaves are the commands that do something, as they are typed.
func leaves(c *cobra.Command, above string) (all []string) {
	for _, sub := range c.Commands() {
		name := strings.TrimSpace(above + " " + sub.Name())
		if sub.Runnable() {
			all = append(all, name)
		}
		all = append(all, leaves(sub, name)...)
	}
	return all
}

// hostileFolder makes a state folder with one hostile run, a file of an even more hostile log, and a plan beside them, and becomes
// the working folder. It replaces what the calls name.
func hostileFolder(t *testing.T, good []byte) *strings.Replacer {
	t.Helper()
	dir := t.TempDir()
	t.Chdir(dir)
	t.Setenv("OFSPLAN_STATE", filepath.Join(dir, "state"))
	id, step := "20261123T020000Z-hostile-abcdef", ""
	kept, steps := rewritten(t, good, id, true)
	step = steps[0]
	all, _ := rewritten(t, good, "run"+evil, false)
	file := filepath.Join(dir, "evil\x1b[31m\u202e.jsonl")
	for path, text := range map[string][]byte{
		filepath.Join(dir, "state", "runs", id, audit.FileName): kept, file: all,
		filepath.Join(dir, "plan\x1b[2J.yaml"): []byte("version: 1\nname: hostile\nonce: tonight\nsteps:\n  - id: a\n    trigger: {batch: A}\n"),
	} {
		if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	return strings.NewReplacer("RUN", id, "FILE", file, "STEP", step, "PLAN", filepath.Join(dir, "plan\x1b[2J.yaml"))
}

// rewritten is a log of a run with evil at the end of its strings, and with a chain that holds: of all strings, or of as many as leave a
// record readable. Steps are those it names.
func rewritten(t *testing.T, log []byte, run string, readable bool) (out []byte, steps []string) {
	t.Helper()
	prev := audit.Genesis
	for line := range bytes.Lines(log) {
		rec, err := audit.Parse(bytes.TrimSpace(line))
		if err != nil {
			t.Fatal(err)
		}
		if rec.Step != "" {
			steps = append(steps, rec.Step)
		}
		rec.Run, rec.Prev = run, prev
		for _, part := range []*json.RawMessage{&rec.Data, &rec.Decided} {
			if len(*part) > 0 {
				*part = withEvil(t, rec, part, readable)
			}
		}
		if !readable {
			rec.Step += evil
		}
		next := marshal(t, rec)
		prev = fmt.Sprintf("%x", sha256.Sum256(next))
		out = append(append(out, next...), '\n')
	}
	return out, steps
}

// withEvil is a part of a record with evil at the end of its strings.
func withEvil(t *testing.T, rec audit.Record, part *json.RawMessage, readable bool) json.RawMessage {
	t.Helper()
	var v any
	if err := json.Unmarshal(*part, &v); err != nil {
		t.Fatal(err)
	}
	var walk func(at any, set func(any))
	walk = func(at any, set func(any)) {
		switch x := at.(type) {
		case map[string]any:
			for k, sub := range x {
				if k != "text" || !readable { // a plan's own: without it there are no steps
					walk(sub, func(n any) { x[k] = n })
				}
			}
		case []any:
			for i, sub := range x {
				walk(sub, func(n any) { x[i] = n })
			}
		case string:
			set(x + evil)
			if *part = marshal(t, v); !readable || rec.Note {
				return
			}
			if _, err := record.Read(rec); err != nil {
				set(x)
			}
		}
	}
	walk(v, func(n any) { v = n })
	return marshal(t, v)
}

func marshal(t *testing.T, v any) []byte {
	t.Helper()
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(v); err != nil {
		t.Fatal(err)
	}
	return bytes.TrimSpace(b.Bytes())
}
