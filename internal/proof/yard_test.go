package proof

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"net"
	"net/http"
	"os"
	"os/exec"
	"path/filepath"
	"sync"
	"sync/atomic"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner"
)

// A yard is one state folder and one simulated scheduler for real processes to work on. The scheduler lives in the
// test, so that what it carried out is known when everybody else is dead.
type yard struct {
	binary    string
	dir       string
	plan      *plan.Plan
	scenario  sim.Scenario
	scheduler *sim.Scheduler
	url       string
	server    *http.Server
	heard     atomic.Pointer[heard] // what triggers hold; nil: nobody listens

	mu   sync.Mutex
	open map[net.Conn]bool
}

// labTarget is a targets file for a simulated scheduler at an address.
const labTarget = `targets:
  lab:
    url: %[1]s
    iam: %[1]s
    tenant: lab
    service: LAB
    user: LABUSER
    auth: {grant: password, client_id: {env: LAB_ID}, client_secret: {env: LAB_SECRET}, username: {env: LAB_ID}, password: {env: LAB_SECRET}}
`

// newYard opens a yard in a folder that exists. Close ends its scheduler.
func newYard(binary, dir, planText, scenarioText string) (*yard, error) {
	y := &yard{binary: binary, dir: dir, open: map[net.Conn]bool{}}
	var err error
	if y.plan, err = plan.Parse("plan.yaml", []byte(planText)); err != nil {
		return nil, err
	}
	if y.scenario, err = scenario.Read("night.yaml", []byte(scenarioText)); err != nil {
		return nil, err
	}
	if y.scheduler, err = sim.New(y.scenario, sim.Options{}); err != nil {
		return nil, err
	}
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	y.url = "http://" + listener.Addr().String()
	y.server = &http.Server{Handler: y.listen(y.scheduler.Handler(time.Now)), ConnState: y.connection}
	go y.server.Serve(listener)
	err = errors.Join(
		os.WriteFile(filepath.Join(dir, "plan.yaml"), []byte(planText), 0o600),
		os.WriteFile(filepath.Join(dir, "ofsplan.yaml"), fmt.Appendf(nil, labTarget, y.url), 0o600),
	)
	return y, err
}

func (y *yard) close() { y.server.Close() }

// connection keeps book of who is connected.
func (y *yard) connection(c net.Conn, state http.ConnState) {
	y.mu.Lock()
	defer y.mu.Unlock()
	switch state {
	case http.StateNew:
		y.open[c] = true
	case http.StateClosed, http.StateHijacked:
		delete(y.open, c)
	}
}

// settle returns when everything that dead processes had sent has reached the scheduler: connections are taken in
// the order in which they were made, so once one of ours was served, all earlier ones are known, and then each of
// them must end.
func (y *yard) settle() error {
	client := &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	resp, err := client.Get(y.url)
	if err != nil {
		return err
	}
	resp.Body.Close()
	return until(10*time.Second, func() bool {
		y.mu.Lock()
		defer y.mu.Unlock()
		return len(y.open) == 0
	})
}

var errLate = errors.New("it did not come to that in time")

// until looks again and again, half a millisecond apart, until something holds.
func until(within time.Duration, holds func() bool) error {
	tick := time.NewTicker(500 * time.Microsecond)
	defer tick.Stop()
	late := time.After(within)
	for !holds() {
		select {
		case <-tick.C:
		case <-late:
			return errLate
		}
	}
	return nil
}

// A child is one process.
type child struct {
	*exec.Cmd
	out, err bytes.Buffer
	done     chan struct{} // closed when it has ended
}

// start runs the program beside the test.
func (y *yard) start(args ...string) (*child, error) { return y.startWith(y.binary, args...) }

// startWith runs another program in the yard.
func (y *yard) startWith(name string, args ...string) (*child, error) {
	c := &child{Cmd: exec.Command(name, args...), done: make(chan struct{})}
	c.Dir, c.Stdout, c.Stderr = y.dir, &c.out, &c.err
	c.Env = []string{"HOME=" + y.dir, "PATH=" + os.Getenv("PATH"), "OFSPLAN_STATE=" + filepath.Join(y.dir, "state"), "LAB_ID=lab", "LAB_SECRET=s3cret"}
	if len(y.plan.Sensitive()) > 0 {
		c.Env = append(c.Env, "OFSPLAN_PARAM_PIN="+pin)
	}
	if err := c.Start(); err != nil {
		return nil, err
	}
	go func() {
		c.Wait()
		close(c.done)
	}()
	return c, nil
}

// ended reports whether the process is gone.
func (c *child) ended() bool {
	select {
	case <-c.done:
		return true
	default:
		return false
	}
}

// end waits for its end and returns the exit code; -1 when a signal ended it.
func (c *child) end() int {
	<-c.done
	return c.ProcessState.ExitCode()
}

func (c *child) String() string {
	return fmt.Sprintf("%v ended with %v\n%s%s", c.Args[1:], c.ProcessState, &c.out, &c.err)
}

// run runs the program to its end.
func (y *yard) run(args ...string) (*child, int, error) {
	c, err := y.start(args...)
	if err != nil {
		return nil, 0, err
	}
	if err := until(30*time.Second, c.ended); err != nil {
		c.Process.Kill()
		c.end()
		_, text := y.log()
		return c, 0, fmt.Errorf("%w: %s\n%s", err, c, text)
	}
	return c, c.end(), nil
}

// folder is the yard's state folder.
func (y *yard) folder() *state.Folder {
	return state.NewFolder(audit.RealDisk{}, filepath.Join(y.dir, "state"))
}

// log is the newest run and its audit log as it stands; empty while there is none.
func (y *yard) log() (run string, text []byte) {
	run, err := state.Find(y.folder(), state.Last)
	if err != nil {
		return "", nil
	}
	text, err = os.ReadFile(y.folder().WhereLog(run))
	if err != nil {
		return "", nil
	}
	return run, text
}

// records is how many whole records the newest run has; -1: there is no audit log yet.
func (y *yard) records() int {
	run, text := y.log()
	if run == "" {
		return -1
	}
	return bytes.Count(text, []byte("\n"))
}

// standing is what show tells of the newest run.
type standing struct {
	Run   string
	State string
	Steps []struct {
		ID      string
		State   runner.State
		Request struct{ Key string }
	}
}

func (y *yard) show() (standing, error) {
	var s standing
	c, code, err := y.run("show", "last", "--json")
	if err != nil {
		return s, err
	}
	if code != 0 {
		return s, errors.New(c.String())
	}
	return s, json.Unmarshal(c.out.Bytes(), &s)
}

// outcomes are how the steps of the newest run ended.
func (s standing) outcomes() map[string]string {
	all := map[string]string{"": s.State}
	for _, step := range s.Steps {
		all[step.ID] = string(step.State)
	}
	return all
}
