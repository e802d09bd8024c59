package cli

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"log"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ofsplan/internal/exitcode"
)

// canary is every secret a target can have, each recognisable and with characters that encodings change.
type canary struct {
	clientID, clientSecret, username, password string
	ready                                      string // token
	access, refresh                            string // what the server gives out, before a number
	proxyPassword                              string
	pin                                        string // a sensitive parameter
}

var canaries = canary{
	clientID:      `client-canary@1&+%"\/é <id>`,
	clientSecret:  `secret canary@2&+%"\/ñ' 漢 😀`,
	username:      `user.canary@3&+%"\/ü`,
	password:      `password-canary@4&+%"\/ß$(x)`,
	ready:         `ready-canary@5&+%"\/~=`,
	access:        `access-canary@6&+%"\/~=`,
	refresh:       `refresh-canary@7&+%"\/ø`,
	proxyPassword: `proxy-canary@8&+%"\/é`,
	pin:           `pin canary@9&+%"\/ç' 漢 😀$x$`,
}

// all are the canaries; of tokens, what they begin with.
func (c canary) all() []string {
	return []string{c.clientID, c.clientSecret, c.username, c.password, c.ready, c.access, c.refresh, c.proxyPassword, c.pin, c.shouted()}
}

// shouted is what a plan makes of the sensitive parameter.
func (c canary) shouted() string { return strings.ToUpper(c.pin) }

// A cage is a target with canaries for secrets, a server that tells them to everybody, and a place for what our
// program leaves behind.
type cage struct {
	t      *testing.T
	dir    string
	parrot *parrot
	plan   string
	also   []needle // to be looked for beside the canaries
}

// aRun is a batch run that the scheduler has.
const aRun = "LOAD_2026-11-20_1795222800000_1"

const cagePlan = `version: 1
name: canary
defaults: {poll: 10ms, timeout: 1m}
steps:
  - id: load
    trigger: {batch: LOAD}
    runbook: Ask the data team.
  - id: publish
    trigger: {batch: PUBLISH}
`

// cageTargets are one target for each grant, and some whose secrets cannot be had.
const cageTargets = `targets:
  lab: &lab
    url: %[1]s/acme
    iam: %[1]s
    tenant: lab
    service: LAB
    user: LABUSER
    auth: {grant: password, client_id: {env: C_ID}, client_secret: {file: client-secret}, username: {env: C_USER}, password: {command: [printenv, C_PASSWORD]}}
  machine:
    <<: *lab
    auth: {grant: client_credentials, client_id: {env: C_ID}, client_secret: {file: client-secret}}
  ready:
    <<: *lab
    auth: {grant: token, token: {env: C_READY}}
  tattling:
    <<: *lab
    auth: {grant: token, token: {command: [sh, -c, 'printf "%%s is wrong\n" "$C_READY" >&2; exit 3']}}
  tattling_twice:
    <<: *lab
    auth: {grant: token, token: {command: [sh, -c, 'echo "$C_READY"; echo "bad: $C_READY" | base64 >&2; exit 3']}}
  chatting:
    <<: *lab
    auth: {grant: token, token: {command: [sh, -c, 'echo "$C_READY" >&2; printf %%s "$C_READY"']}}
  far:
    <<: *lab
    url: http://ofs.example.com/acme
    iam: http://iam.example.com
    allow_plaintext: true
    auth: {grant: client_credentials, client_id: {env: C_ID}, client_secret: {file: client-secret}}
  far_tls:
    <<: *lab
    url: https://ofs.example.com/acme
    iam: https://iam.example.com
    auth: {grant: client_credentials, client_id: {env: C_ID}, client_secret: {file: client-secret}}
  broken:
    <<: *lab
    auth: {grant: token, token: {env: C_BROKEN}}
`

func newCage(t *testing.T) *cage {
	t.Helper()
	if testing.Short() {
		t.Skip("every spelling of every secret takes seconds")
	}
	c := &cage{t: t, dir: t.TempDir(), parrot: newParrot(t)}
	c.plan = c.write("plan.yaml", cagePlan)
	c.write("client-secret", canaries.clientSecret+"\n")
	c.write("targets.yaml", fmt.Sprintf(cageTargets, c.parrot.URL))
	c.write("bin/git", "#!/bin/sh\nprintf '%s\\n' \"$0\" \"$@\" >>"+filepath.Join(c.dir, "state", "argv")+"\n")
	if err := os.Chmod(filepath.Join(c.dir, "bin", "git"), 0o700); err != nil {
		t.Fatal(err)
	}
	for name, value := range map[string]string{
		"C_ID": canaries.clientID, "C_USER": canaries.username, "C_PASSWORD": canaries.password, "C_READY": canaries.ready,
		"C_BROKEN": canaries.ready + "\t" + canaries.ready, "OFSPLAN_STATE": filepath.Join(c.dir, "state"),
		"OFSPLAN_CONFIG": filepath.Join(c.dir, "targets.yaml"), "PATH": filepath.Join(c.dir, "bin") + ":" + os.Getenv("PATH"),
	} {
		t.Setenv(name, value)
	}
	log.SetOutput(io.Discard) // as main does
	t.Cleanup(func() { log.SetOutput(os.Stderr) })
	return c
}

func (c *cage) write(name, text string) (path string) {
	c.t.Helper()
	path = filepath.Join(c.dir, name)
	if err := os.MkdirAll(filepath.Dir(path), 0o700); err != nil {
		c.t.Fatal(err)
	}
	if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
		c.t.Fatal(err)
	}
	return path
}

// run carries a command line out and looks for canaries in everything it printed and wrote.
func (c *cage) run(args ...string) (code exitcode.Code, text string) {
	c.t.Helper()
	return c.through(args, func(out, err *bytes.Buffer) exitcode.Code {
		return exitcode.Code(Main(args, strings.NewReader(""), out, err))
	})
}

// through is run for a command line that do carries out.
func (c *cage) through(args []string, do func(out, err *bytes.Buffer) exitcode.Code) (code exitcode.Code, text string) {
	c.t.Helper()
	if at := slices.Index(args, "--target"); at >= 0 {
		c.parrot.knowsSecretsOf(args[at+1])
	}
	var out, err bytes.Buffer
	code = do(&out, &err)
	line := strings.Join(args, " ")
	c.search(line+": stdout", out.Bytes())
	c.search(line+": stderr", err.Bytes())
	return code, out.String() + err.String()
}

// files looks for canaries in everything in the state folder, and empties it.
func (c *cage) files(what string) {
	c.t.Helper()
	state := filepath.Join(c.dir, "state")
	err := filepath.WalkDir(state, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		c.search(what+": "+strings.TrimPrefix(name, state), data)
		return err
	})
	if err == nil {
		err = os.RemoveAll(state)
	}
	if err == nil {
		err = os.Mkdir(state, 0o700)
	}
	if err != nil {
		c.t.Fatal(err)
	}
}

// search reports each canary in a text, in whatever spelling.
func (c *cage) search(where string, text []byte) {
	c.t.Helper()
	for _, n := range slices.Concat(needles, c.also) {
		if at := bytes.Index(text, []byte(n.text)); at >= 0 {
			from, to := max(0, at-60), min(len(text), at+len(n.text)+20)
			c.t.Errorf("%s: a canary, %s:\n…%q…", where, n.spelling, text[from:to])
			return
		}
	}
}

// A needle is one canary in one spelling.
type needle struct{ spelling, text string }

// needles are all canaries in all spellings.
var needles = func() (all []needle) {
	for _, text := range canaries.all() {
		for _, s := range spellings {
			for _, spelt := range s.spell(text) {
				all = append(all, needle{s.name, spelt})
			}
		}
	}
	return all
}()

// Whatever a hostile server says in place of a token.
func TestNoSecretLeaksFromTheTokenEndpoint(t *testing.T) {
	c := newCage(t)
	each(tokenAnswers, func(name string, d answer, i int, s spelling) {
		c.parrot.set("token", d, s)
		args := [][]string{
			{"target", "check", "--json", "--target", "lab"}, {"target", "check", "--target", "machine"},
			{"run", c.plan, "--target", "machine"}, {"run", c.plan, "--target", "lab", "--log-format", "json", "--json"},
		}[i%4]
		if code, text := c.run(args...); code != exitcode.Unreachable {
			t.Errorf("%s, %s: %s: exit code %d\n%s", name, s.name, args, code, text)
		}
		c.files(name)
	})
}

// Whatever a hostile scheduler says to a status call.
func TestNoSecretLeaksFromALook(t *testing.T) {
	c := newCage(t)
	each(callAnswers, func(name string, d answer, i int, s spelling) {
		c.parrot.set("status", d, s)
		c.run("target", "check", "--target", []string{"lab", "ready", "machine"}[i%3])
		if d.tells {
			c.run("batch", "status", aRun, "--target", "lab")
			c.run("batch", "status", aRun, "--target", "ready", "--json", "--log-format", "json")
		}
		c.files(name)
	})
}

// Whatever a hostile scheduler says to a request.
func TestNoSecretLeaksFromARequest(t *testing.T) {
	c := newCage(t)
	each(callAnswers, func(name string, d answer, i int, s spelling) {
		target := []string{"lab", "machine", "ready"}[i%3]
		c.parrot.set("trigger", d, s)
		switch i % 4 {
		case 0:
			c.run("run", c.plan, "--target", target)
			c.run("show", "last")
		case 1:
			c.run("run", c.plan, "--target", target, "--json", "--log-format", "json")
			c.run("audit", "show", "last", "--json")
		case 2:
			c.run("batch", "trigger", "LOAD", "--target", target)
		case 3:
			c.parrot.set("rerun", d, s)
			c.run("batch", "rerun", aRun, "--target", target, "--json")
		}
		c.files(name)
	})
}

// each goes through all answers by name, each with every third spelling and another first one; i counts.
func each(answers map[string]answer, do func(name string, d answer, i int, s spelling)) {
	i := 0
	for first, name := range slices.Sorted(maps.Keys(answers)) {
		for at := first % 3; at < len(spellings); at += 3 {
			do(name, answers[name], i, spellings[at])
			i++
		}
	}
}

// Secrets that cannot be had, and commands that tell them on the way.
func TestNoSecretLeaksFromWhereItIsKept(t *testing.T) {
	c := newCage(t)
	for _, target := range []string{"tattling", "tattling_twice", "chatting", "broken"} {
		want := exitcode.Usage
		switch target {
		case "chatting":
			want = exitcode.Succeeded
		case "broken":
			want = exitcode.Unreachable
		}
		for _, args := range [][]string{{"run", c.plan}, {"run", c.plan, "--json", "--log-format", "json"}, {"batch", "trigger", "LOAD"}} {
			if code, text := c.run(append(args, "--target", target)...); code != want {
				t.Errorf("%s %s: exit code %d, want %d\n%s", target, args, code, want, text)
			}
		}
		c.run("target", "check", "--target", target)
		c.run("target", "check", "--json", "--target", target)
	}
	for _, args := range [][]string{
		{"run", c.plan, "--dry-run"}, {"run", c.plan, "--dry-run", "--json"}, {"plan", c.plan}, {"batch", "trigger", "LOAD", "--dry-run"},
	} {
		if code, text := c.run(append(args, "--target", "lab")...); code != exitcode.Succeeded {
			t.Errorf("%s: exit code %d\n%s", args, code, text)
		}
	}
	c.run("target", "list", "--json")
	c.files("secrets that cannot be had")
}

// A night in which all goes well, and everything that tells of it afterwards.
func TestNoSecretLeaksWhenAllIsWell(t *testing.T) {
	c := newCage(t)
	for _, target := range []string{"lab", "machine", "ready"} {
		if code, text := c.run("run", c.plan, "--target", target); code != exitcode.Succeeded {
			t.Errorf("%s: exit code %d\n%s", target, code, text)
		}
		for _, args := range [][]string{{"show", "last"}, {"show", "last", "--json"}, {"audit", "show", "last"}, {"runs"}, {"audit", "verify"}} {
			c.run(args...)
		}
		if argv, err := os.ReadFile(filepath.Join(c.dir, "state", "argv")); err != nil || !bytes.Contains(argv, []byte("rev-parse")) {
			t.Errorf("nobody saw how programs are called: %q, %v", argv, err)
		}
		c.files(target)
	}
}
