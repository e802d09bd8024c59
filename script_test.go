package main_test

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"
	"time"
	_ "time/tzdata" // as main.go has it

	"github.com/rogpeppe/go-internal/testscript"

	"ofsplan/internal/cli"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
)

// rewrite writes what a script's cmp found instead of failing. Read the difference like prose before it is committed.
var rewrite = flag.Bool("rewrite", false, "rewrite the expectations of testdata/script")

func TestMain(m *testing.M) {
	if err := flag.Set("test.parallel", atOnce); err != nil {
		panic(err)
	}
	testscript.Main(m, map[string]func(){
		"ofsplan": func() { os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr)) },
	})
}

// atOnce is how many scripts are played at once. They mostly wait: for a process, a batch, the next look.
const atOnce = "16"

// TestScripts plays every script of testdata/script. Beside testscript's own commands they have:
//
//	exits CODE COMMAND…             COMMAND ends with exactly that exit code
//	scheduler [tls] [raw|form] [SCENARIO]
//	                                a simulated scheduler; $URL is where, ca.pem and ofsplan.yaml (target lab) go with it
//	carried COUNT                   it has carried out so many requests that change something, or is about to
//	keep NAME                       the last command's standard output becomes $NAME
//	edit FILE OLD NEW               the first OLD in the file becomes NEW
//	awaits TEXT                     the newest run's audit log comes to hold TEXT, a regular expression; $LOG, $RUN
//	forge FILE OLD NEW              edit, and every line of the audit log follows again; the ledger is gone
//	adds FILE TEXT                  TEXT is put at the end of the file, without a newline
//	cuts FILE TEXT                  what follows the first line with TEXT in it is cut off
//	pads FILE BYTES                 comments are put at the end of the file until it has so many bytes
//	generate large|latin1|bomb|problems|zeros FILE a file that no text archive can hold
func TestScripts(t *testing.T) {
	testscript.Run(t, testscript.Params{
		Dir:                 "testdata/script",
		UpdateScripts:       *rewrite,
		RequireExplicitExec: true,
		RequireUniqueNames:  true,
		Setup: func(env *testscript.Env) error {
			env.Values["lab"] = &lab{}
			env.Setenv("HOME", filepath.Join(env.WorkDir, "home"))
			env.Setenv("OFSPLAN_STATE", filepath.Join(env.WorkDir, "state"))
			env.Setenv("OFSPLAN_TRUST", "1") // whatever file system temporary folders are on here
			env.Setenv("XDG_CONFIG_DIRS", filepath.Join(env.WorkDir, "etc"))
			env.Setenv("LAB_ID", "lab-client")
			env.Setenv("LAB_SECRET", "lab-s3cret")
			repo, err := os.Getwd()
			env.Setenv("REPO", repo)
			return err
		},
		Cmds: map[string]func(*testscript.TestScript, bool, []string){
			"exits": exits, "scheduler": scheduler, "carried": carried, "generate": generate, "keep": keep, "edit": edit,
			"awaits": awaits, "forge": forge, "adds": adds, "cuts": cuts, "pads": pads,
		},
	})
}

// exits runs a command that must end with one exit code.
func exits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) < 2 {
		ts.Fatalf("usage: exits CODE COMMAND…")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	got := 0
	err = ts.Exec(args[1], args[2:]...)
	if e, ok := errors.AsType[*exec.ExitError](err); ok {
		got = e.ExitCode()
	} else {
		ts.Check(err)
	}
	if got != want {
		ts.Fatalf("%s ended with exit code %d, want %d", strings.Join(args[1:], " "), got, want)
	}
}

// labTarget is a targets file for a simulated scheduler.
const labTarget = `targets:
  lab:
    url: %[1]s
    iam: %[1]s
    tenant: lab
    service: LAB
    user: LABUSER
    auth: {grant: password, client_id: {env: LAB_ID}, client_secret: {env: LAB_SECRET}, username: {env: LAB_ID}, password: {env: LAB_SECRET}}
`

// lab is the scheduler of one script; nil until it starts one.
type lab struct{ playing *sim.Scheduler }

// scheduler starts a simulated scheduler that knows one password.
func scheduler(ts *testscript.TestScript, neg bool, args []string) {
	var opts sim.ServeOptions
	night := sim.Demo()
	knows := sim.Credentials{Username: "lab-client", Password: "lab-s3cret"}
	for _, arg := range args {
		switch arg {
		case "tls":
			opts.TLS = true
			continue
		case sim.BasicRaw, sim.BasicForm:
			knows.Basic = arg
			continue
		}
		var err error
		night, err = scenario.Read(arg, []byte(ts.ReadFile(arg)))
		ts.Check(err)
	}
	s, err := sim.New(night, sim.Options{Credentials: knows})
	ts.Check(err)
	server, err := sim.Serve(s, opts)
	ts.Check(err)
	ts.Defer(server.Close)
	ts.Value("lab").(*lab).playing = s
	ts.Setenv("URL", server.URL)
	ts.Check(os.WriteFile(ts.MkAbs("ofsplan.yaml"), fmt.Appendf(nil, labTarget, server.URL), 0o600))
	if opts.TLS {
		ts.Check(os.WriteFile(ts.MkAbs("ca.pem"), server.CAPEM, 0o600))
	}
}

// carried counts what the scheduler has carried out.
func carried(ts *testscript.TestScript, neg bool, args []string) {
	s := ts.Value("lab").(*lab).playing
	if neg || len(args) != 1 || s == nil {
		ts.Fatalf("usage: scheduler … then carried COUNT")
	}
	want, err := strconv.Atoi(args[0])
	ts.Check(err)
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(10 * time.Second)
	for waited := false; len(s.Carried()) < want && !waited; {
		select {
		case <-tick.C:
		case <-late:
			waited = true
		}
	}
	if all := s.Carried(); len(all) != want {
		ts.Fatalf("the scheduler carried out %d requests, want %d: %+v", len(all), want, all)
	}
}

// keep makes the last command's standard output a variable.
func keep(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: keep NAME")
	}
	ts.Setenv(args[0], strings.TrimSpace(ts.ReadFile("stdout")))
}

// edit changes one place in a file, as somebody with an editor would.
func edit(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: edit FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(strings.Replace(text, args[1], args[2], 1)), 0o600))
}

// generate writes a file that no script can hold as text.
func generate(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: generate large|latin1|bomb FILE")
	}
	var b bytes.Buffer
	switch args[0] {
	case "large":
		b.WriteString("version: 1\nname: large\n")
		for b.Len() < 20<<20 {
			b.WriteString("# a comment that makes this file longer than any plan should be\n")
		}
	case "latin1":
		b.WriteString("version: 1\nname: caf\xe9\n")
	case "bomb":
		b.WriteString("version: 1\nname: bomb\nx_0: &a0 [lol, lol, lol, lol, lol, lol, lol, lol, lol]\n")
		for i := range 12 {
			fmt.Fprintf(&b, "x_%d: &a%d [%s]\n", i+1, i+1, strings.TrimSuffix(strings.Repeat(fmt.Sprintf("*a%d, ", i), 9), ", "))
		}
		b.WriteString("steps:\n  - id: a\n    trigger: {batch: A}\n")
	case "problems":
		b.WriteString("version: 1\nname: many\nsteps:\n  - id: a\n    trigger: {batch: A}\n")
		for i := range 2000 {
			fmt.Fprintf(&b, "key_%d: 1\n", i)
		}
	case "zeros": // three gibibytes of them, which take no room
		defer func() { ts.Check(os.Truncate(ts.MkAbs(args[1]), 3<<30)) }()
	default:
		ts.Fatalf("nobody knows how to generate %q", args[0])
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[1]), b.Bytes(), 0o600))
}
