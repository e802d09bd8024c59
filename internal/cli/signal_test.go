//go:build unix

package cli

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"syscall"
	"testing"

	"go.uber.org/goleak"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// hanging is a plan whose batch never ends in the time of a test.
const hanging = `version: 1
name: hanging
defaults: {poll: 10ms, timeout: 1h}
steps:
  - id: load
    trigger: {batch: DATA_LOAD}
  - id: publish
    trigger: {batch: PUBLISH}
`

// started is a command line that runs beside the test.
type started struct {
	out, err *bufio.Reader
	code     chan exitcode.Code
}

// start runs a command line in this process and lets the test read what it prints as it comes.
func start(args ...string) *started {
	outR, outW := io.Pipe()
	errR, errW := io.Pipe()
	s := &started{bufio.NewReader(outR), bufio.NewReader(errR), make(chan exitcode.Code, 1)}
	go func() {
		code := Main(args, strings.NewReader(""), outW, errW)
		outW.Close()
		errW.Close()
		s.code <- exitcode.Code(code)
	}()
	return s
}

// until reads lines up to one that holds the text.
func until(t *testing.T, r *bufio.Reader, text string) {
	t.Helper()
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			t.Fatalf("no line with %q came: %v", text, err)
		}
		if strings.Contains(line, text) {
			return
		}
	}
}

// rest reads everything that still comes, from both streams, and the exit code.
func (s *started) rest(t *testing.T) (out, err string, code exitcode.Code) {
	t.Helper()
	errs := make(chan string, 1)
	go func() {
		b, _ := io.ReadAll(s.err)
		errs <- string(b)
	}()
	b, readErr := io.ReadAll(s.out)
	if readErr != nil {
		t.Fatal(readErr)
	}
	return string(b), <-errs, <-s.code
}

// signalUs sends a signal to this process; the command line under test listens for it.
func signalUs(t *testing.T, sig syscall.Signal) {
	t.Helper()
	if err := syscall.Kill(os.Getpid(), sig); err != nil {
		t.Fatal(err)
	}
}

func TestTheFirstSignalDetaches(t *testing.T) {
	dir := t.TempDir()
	plan := filepath.Join(dir, "plan.yaml")
	if err := os.WriteFile(plan, []byte(hanging), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OFSPLAN_STATE", filepath.Join(dir, "state"))
	for _, sig := range []syscall.Signal{syscall.SIGTERM, syscall.SIGINT} {
		s := start("run", plan, "--target", "sim")
		until(t, s.err, "requesting -> watching")
		signalUs(t, sig)
		out, errs, code := s.rest(t)
		if code != exitcode.Detached {
			t.Errorf("%s: exit code %d, want %d\n%s%s", sig, code, exitcode.Detached, out, errs)
		}
		if !strings.Contains(out, "was left running") || !strings.Contains(errs, fmt.Sprintf("stopped by signal %q", sig.String())) {
			t.Errorf("%s: neither the result nor the log says what happened:\n%s%s", sig, out, errs)
		}
	}
	folder := state.NewFolder(audit.RealDisk{}, filepath.Join(dir, "state")).Simulated()
	ids, err := folder.Runs()
	if err != nil || len(ids) != 2 {
		t.Fatalf("runs %v, %v", ids, err)
	}
	log, err := os.ReadFile(folder.WhereLog(ids[0]))
	if err != nil || !strings.Contains(string(log), `"type":"run.detached"`) {
		t.Errorf("the audit log does not say that the run was left (%v)", err)
	}
}

// A terminal that goes away, and the shell that passes it on, stop nothing: the run goes on until somebody means it.
func TestATerminalThatGoesAwayStopsNothing(t *testing.T) {
	dir := t.TempDir()
	plan := filepath.Join(dir, "plan.yaml")
	if err := os.WriteFile(plan, []byte(hanging), 0o600); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OFSPLAN_STATE", filepath.Join(dir, "state"))
	s := start("run", plan, "--target", "sim")
	until(t, s.err, "requesting -> watching")
	signalUs(t, syscall.SIGHUP)
	signalUs(t, syscall.SIGHUP)
	signalUs(t, syscall.SIGTERM)
	out, errs, code := s.rest(t)
	if code != exitcode.Detached || !strings.Contains(errs, `stopped by signal "terminated"`) {
		t.Errorf("exit code %d, want %d, for the one signal that stops\n%s%s", code, exitcode.Detached, out, errs)
	}
}

func TestTheSimulatedSchedulerServesUntilASignal(t *testing.T) {
	s := start("sim", "--json")
	var facts struct {
		URL       string
		Simulated bool
	}
	if err := json.NewDecoder(s.out).Decode(&facts); err != nil {
		t.Fatal(err)
	}
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	res, err := client.Post(facts.URL+"/SchedulerService/rest-api/v1/external/status", "application/json", strings.NewReader("{}"))
	if err != nil {
		t.Fatal(err)
	}
	res.Body.Close()
	if res.StatusCode != http.StatusUnauthorized || !facts.Simulated {
		t.Errorf("without a token it answers %s, want 401; facts %+v", res.Status, facts)
	}
	signalUs(t, syscall.SIGINT)
	if _, _, code := s.rest(t); code != exitcode.Succeeded {
		t.Errorf("exit code %d after Ctrl-C, want 0", code)
	}
}
