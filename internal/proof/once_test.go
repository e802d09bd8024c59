package proof

import (
	"fmt"
	"net"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ofsplan/audit/state"
)

const oncePlan = `
version: 1
name: nightly
params: {night: {}}
once: ${{ params.night }}
defaults: {poll: 10ms, timeout: 1h}
steps:
  - id: load
    trigger: {batch: LOAD}
`

// A doorway is a way to the yard's scheduler of its own, which counts who comes through.
type doorway struct {
	config string
	server *http.Server
	came   atomic.Int64
}

// doorway opens one more way to the yard's scheduler, under the same name of a target.
func (y *yard) doorway(name string) (*doorway, error) {
	listener, err := net.Listen("tcp4", "127.0.0.1:0")
	if err != nil {
		return nil, err
	}
	d := &doorway{config: filepath.Join(y.dir, name+".yaml")}
	d.server = &http.Server{Handler: y.scheduler.Handler(time.Now), ConnState: func(_ net.Conn, s http.ConnState) {
		if s == http.StateNew {
			d.came.Add(1)
		}
	}}
	go d.server.Serve(listener)
	return d, os.WriteFile(d.config, fmt.Appendf(nil, labTarget, "http://"+listener.Addr().String()), 0o600)
}

// Two cron entries of the same second, again and again: one of them runs, and the other one leaves with exit code 6 and
// has not opened one connection.
func TestOfTwoAtTheSameSecondOneRuns(t *testing.T) {
	binary := buildBinary(t)
	y, err := newYard(binary, t.TempDir(), oncePlan, "version: 1\nunknown_batches: succeed in 1h\n")
	if err != nil {
		t.Fatal(err)
	}
	defer y.close()
	for night := range 20 {
		var doors [2]*doorway
		var both [2]*child
		for i := range both {
			if doors[i], err = y.doorway(fmt.Sprintf("door%d-%d", night, i)); err != nil {
				t.Fatal(err)
			}
			defer doors[i].server.Close()
		}
		for i := range both {
			if both[i], err = y.start("run", "plan.yaml", "--target", "lab", "--config", doors[i].config, "-p", fmt.Sprintf("night=n%d", night)); err != nil {
				t.Fatal(err)
			}
		}
		if err := until(20*time.Second, func() bool {
			return (both[0].ended() || both[1].ended()) && len(y.scheduler.Carried()) > night
		}); err != nil {
			t.Fatalf("%v: %d requests were carried out\n%s\n%s", err, len(y.scheduler.Carried()), both[0].Args, both[1].Args)
		}
		runs, left := 0, 1
		if both[0].ended() {
			runs, left = 1, 0
		}
		if code := both[left].end(); code != 6 || !strings.Contains(both[left].err.String(), "already running: nothing was started: nightly (once") {
			t.Errorf("one of two: %s", both[left])
		}
		if n := doors[left].came.Load(); n != 0 {
			t.Errorf("the one that left opened %d connections", n)
		}
		if both[runs].ended() || doors[runs].came.Load() == 0 {
			t.Errorf("the other one does not run: %d connections", doors[runs].came.Load())
		}
		if err := both[runs].Process.Signal(os.Interrupt); err != nil {
			t.Fatal(err)
		}
		if code := both[runs].end(); code != 75 {
			t.Errorf("the one that ran: %s", both[runs])
		}
		if n := len(y.scheduler.Carried()); n != night+1 {
			t.Fatalf("%d requests were carried out in %d nights", n, night+1)
		}
	}
}

// Wherever a runner dies, starting the plan again starts nothing twice: it runs when the dead one had come to nothing,
// does nothing when it had succeeded, and otherwise says how to go on with it.
func TestARunnerKilledAnywhereKeepsItsKey(t *testing.T) {
	const planText = `
version: 1
name: nightly
once: EMEA
defaults: {poll: 10ms, timeout: 1m}
steps:
  - id: load
    trigger: {batch: LOAD}
  - id: publish
    trigger: {batch: PUBLISH}
`
	const scenario = "version: 1\nunknown_batches: succeed in 0s\nfaults:\n  - {do: slow, delay: 4ms}\n"
	binary, dir := buildBinary(t), t.TempDir()
	y, err := newYard(binary, dir, planText, scenario)
	if err != nil {
		t.Fatal(err)
	}
	defer y.close()
	if c, code, err := y.run("run", "plan.yaml", "--target", "lab"); err != nil || code != 0 {
		t.Fatalf("%v\n%s", err, c)
	}
	inParallel(4, y.records()+1, func(k int) {
		at := filepath.Join(dir, fmt.Sprint(k))
		if err := killedAndStartedAgain(binary, at, planText, scenario, k); err != nil {
			t.Errorf("killed after record %d: %v", k, err)
		}
	})
}

func killedAndStartedAgain(binary, dir, planText, scenario string, k int) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	y, err := newYard(binary, dir, planText, scenario)
	if err != nil {
		return err
	}
	defer y.close()
	m := murder{kills: new(atomic.Int64)}
	start := []string{"run", "plan.yaml", "--target", "lab"}
	if err := m.kill(y, k, start...); err != nil {
		return err
	}
	run, log := y.log()
	// What the ledger does not name has sent nothing, and is started again, unless its key stands beside the ledger already: then it is
	// to be resumed.
	unstarted := true
	if run != "" {
		head, err := state.HeadOf(y.folder().Ledger(), run)
		if err != nil {
			return err
		}
		unstarted = head == nil
	}
	c, code, err := y.run(start...)
	if err != nil {
		return err
	}
	refused := code == 1 && strings.Contains(c.err.String(), "  ofsplan resume ")
	if ran := c.out.Len() > 0; !refused && (code != 0 || ran != unstarted) {
		return fmt.Errorf("%d bytes of a log were there: %s", len(log), c)
	}
	for range 5 {
		c, code, err = y.run("resume", "last")
		if err == nil && code == 3 {
			err = m.settleDoubt(y)
		}
		if err != nil || code == 0 {
			break
		}
	}
	if err != nil || code != 0 {
		return fmt.Errorf("%v: %s", err, c)
	}
	if c, code, err = y.run(start...); err != nil || code != 0 || !strings.Contains(c.err.String(), "nothing was done") {
		return fmt.Errorf("%v: %s", err, c)
	}
	if all := y.scheduler.Carried(); len(all) != 2 {
		return fmt.Errorf("%d requests were carried out: %+v", len(all), all)
	}
	return y.lawful()
}
