package cli

import (
	"bytes"
	"os"
	"path/filepath"
	"strings"
	"testing"

	"ofsplan/internal/exitcode"
)

// sealedPlan sends a sensitive parameter, as it is and as an expression makes it, in all the places that take one.
const sealedPlan = `version: 1
name: sealed
defaults: {poll: 10ms, timeout: 1m}
params:
  pin: {sensitive: true, description: of the feed}
  spare: {sensitive: true, required: false}
steps:
  - id: load
    trigger:
      batch: LOAD
      params: {$PIN$: "${{ params.pin }}", $OPEN$: "user:${{ upper(params.pin) }}:${{ params.spare }}"}
      tasks: {T1: {pin: "${{ params.pin }}"}}
    on_failure:
      - {if: failure.kind == "refused", do: retry, delay: 10ms}
  - id: score
    trigger:
      group: SCORE
      params: {$PIN$: "${{ params.pin }}"}
      members: {M1: {}, M2: {tasks: {T: {x: "${{ upper(params.pin) }}${{ steps.load.batch_run_id }}"}}}}
`

// sealedCage is a cage with a plan that has a secret, which the environment holds and the parrot knows.
func sealedCage(t *testing.T) (*cage, string) {
	c := newCage(t)
	t.Setenv("OFSPLAN_PARAM_PIN", canaries.pin)
	c.parrot.fromRequests = []string{canaries.pin, canaries.shouted()}
	return c, c.write("sealed.yaml", sealedPlan)
}

// after is every command that tells of a run or goes on with it.
func (c *cage) after(i int, target string) {
	c.run("show", "last")
	c.run("audit", "show", "last", "--json")
	c.parrot.knowsSecretsOf(target)
	switch i % 3 {
	case 0:
		c.run("resolve", "last", "load", "--not-started", "--unchecked", "--reason", "the PIN is "+canaries.pin)
		c.run("resume", "last")
	case 1:
		c.run("resume", "last", "--retry", "load", "--reason", "it was "+canaries.pin, "--json", "--log-format", "json")
	case 2:
		c.run("adopt", "last", "load", aRun, "--unchecked", "--reason", canaries.pin)
		c.run("cancel", "last", "--leave", "--reason", canaries.pin+" again")
		c.run("resume", "last")
	}
	c.run("test", "from", "last")
	c.run("scenario", "from", "last")
	c.run("runs", "--json")
}

// Whatever a hostile scheduler says to a request that tells it the sensitive parameter.
func TestNoSensitiveParameterLeaks(t *testing.T) {
	c, plan := sealedCage(t)
	each(callAnswers, func(name string, d answer, i int, s spelling) {
		c.parrot.set("trigger", d, s)
		target := []string{"lab", "machine", "ready"}[i%3]
		args := []string{"run", plan, "--target", target}
		if i%4 == 1 {
			args = append(args, "--json", "--log-format", "json")
		}
		c.run(args...)
		c.after(i/3, target)
		c.files(name)
	})
}

// All goes well, and the scheduler hears what nobody else does.
func TestASensitiveParameterArrives(t *testing.T) {
	c, plan := sealedCage(t)
	slow := c.write("slow.yaml", strings.Replace(sealedPlan, "{poll: 10ms, timeout: 1m}", "{poll: 100ms, timeout: 3h}", 1))
	file := c.write("params.yaml", "pin: {env: C_PIN}\n")
	t.Setenv("C_PIN", canaries.pin)
	if code, text := c.run("run", plan, "--target", "lab", "--params-file", file); code != exitcode.Succeeded {
		t.Fatalf("exit code %d\n%s", code, text)
	}
	for _, args := range [][]string{
		{"show", "last"}, {"show", "last", "--json"}, {"audit", "show", "last"}, {"audit", "verify"}, {"runs"}, {"resume", "last"},
		{"run", plan, "--target", "lab", "--dry-run"}, {"run", plan, "--target", "lab", "--dry-run", "--json"}, {"plan", plan, "--target", "lab"},
		{"validate", plan}, {"graph", plan}, {"graph", "last"}, {"rehearse", slow}, {"rehearse", slow, "--json"},
		{"run", slow, "--target", "sim", "--json", "--log-format", "json"}, {"show", "last", "--simulated"},
		{"run", plan, "--target", "lab", "--skip", "load", "--reason", "the PIN is " + canaries.pin}, {"audit", "show", "last"},
	} {
		if code, text := c.run(args...); code != exitcode.Succeeded {
			t.Errorf("%s: exit code %d\n%s", args, code, text)
		}
	}
	if argv, err := os.ReadFile(filepath.Join(c.dir, "state", "argv")); err != nil || bytes.Contains(argv, []byte("canary@9")) {
		t.Errorf("programs are called with %q, %v", argv, err)
	}
	c.files("all is well")
}

// Wrong in every way a secret can be given, and nothing is told of it.
func TestNoSensitiveParameterLeaksWhenItIsWrong(t *testing.T) {
	c, plan := sealedCage(t)
	if code, text := c.run("run", plan, "--target", "lab"); code != exitcode.Succeeded {
		t.Fatalf("exit code %d\n%s", code, text)
	}
	strict := c.write("strict.yaml", strings.Replace(sealedPlan, "of the feed}", `of the feed, enum: [pin-one, pin-two], pattern: "[a-z]*"}`, 1))
	failing := c.write("failing.yaml", strings.Replace(sealedPlan, "upper(params.pin)", `split(params.pin, \"@\")[7]`, 1))
	number := c.write("number.yaml", strings.Replace(sealedPlan, "upper(params.pin)", `int(params.pin)`, 1))
	typed := c.write("typed.yaml", strings.Replace(sealedPlan, "sensitive: true, description", `sensitive: true, type: string, default: '`+strings.ReplaceAll(canaries.pin, "'", "''")+`', description`, 1))
	quoted := `"` + strings.NewReplacer(`\`, `\\`, `"`, `\"`).Replace(canaries.pin) + `"`
	for _, args := range [][]string{
		{"run", strict}, {"run", failing}, {"run", number}, {"run", typed}, {"run", plan, "-p", "pin=" + canaries.pin},
		{"run", plan, "--params-file", c.write("a.yaml", "pin: ["+quoted+"]\n")},
		{"run", plan, "--params-file", c.write("b.yaml", "pin: {file: "+quoted+"}\n")},
		{"run", plan, "--params-file", c.write("c.yaml", "pin: *"+canaries.pin+"\n")},
		{"run", plan, "--params-file", c.write("d.yaml", canaries.pin+"\n")},
		{"run", plan, "--params-file", c.write("e.yaml", "pin: {command: [sh, -c, 'printf \"%s is wrong\" \"$OFSPLAN_PARAM_PIN\" >&2; exit 3']}\n")},
		{"rehearse", strict}, {"plan", strict}, {"rehearse", plan, "-p", "pin=" + canaries.pin},
	} {
		if args[0] != "rehearse" {
			args = append(args, "--target", "lab")
		}
		if code, text := c.run(args...); code != exitcode.Usage {
			t.Errorf("%s: exit code %d\n%s", args, code, text)
		}
	}
	t.Setenv("OFSPLAN_PARAM_PIN", "another "+canaries.pin)
	c.run("resume", "last", "--retry", "load", "--reason", "x")
	c.files("all is wrong")
}
