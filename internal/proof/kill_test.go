package proof

import (
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
	"time"

	"ofsplan/internal/rehearse/laws"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A fragile is a plan whose runners are killed, and how its night goes.
type fragile struct{ name, plan, scenario string }

// Answers take a few milliseconds, so that there is time to die between a request and its answer.
var fragiles = []fragile{
	{"chain", `
version: 1
name: chain
defaults: {poll: 10ms, timeout: 1m}
steps:
  - id: extract
    trigger: {batch: EXTRACT}
  - id: load
    trigger: {batch: LOAD}
  - id: publish
    trigger: {batch: PUBLISH}
finally:
  - id: tell
    trigger: {batch: TELL, wait: false}
`, `
version: 1
unknown_batches: succeed in 0s
faults:
  - {do: slow, delay: 4ms}
`},
	{"wide", `
version: 1
name: wide
concurrency: 2
defaults: {poll: 10ms, timeout: 1m}
steps:
  - id: north
    needs: []
    trigger: {batch: NORTH}
  - id: south
    needs: []
    trigger: {batch: SOUTH}
  - id: west
    needs: []
    trigger: {batch: WEST}
  - id: join
    if: always()
    trigger: {group: JOIN}
`, `
version: 1
unknown_batches: succeed in 0s
batches:
  SOUTH: {refuse: -6}
faults:
  - {do: slow, delay: 4ms}
`},
	{"recovery", `
version: 1
name: recovery
defaults: {poll: 10ms, timeout: 1m}
steps:
  - id: load
    trigger: {batch: LOAD}
    timeout: 1s # when a restart was never carried out, what stood there before it counts then
    on_failure:
      - {do: restart, times: 5}
  - id: again
    trigger: {batch: AGAIN}
    on_failure:
      - {do: rerun, times: 5}
  - id: stop
    trigger: {batch: ENDLESS, wait: false}
  - id: stopped
    interrupt: stop
    on_failure:
      - {do: retry, times: 5}
`, `
version: 1
unknown_batches: succeed in 0s
batches:
  LOAD: {duration: 0s, starts: [{fails: "*"}]}
  AGAIN: {duration: 0s, starts: [{fails: "*"}]}
  ENDLESS: {duration: 1h}
faults:
  - {do: slow, delay: 4ms}
`},
}

// A real process is killed with SIGKILL at every record of three plans, what takes the run up is killed too, and what
// it leaves open is settled by somebody who knows what the scheduler did. In the end the run has ended as it does
// without kills, nothing was carried out twice, and the audit log is whole.
func TestKilledRunnersRepeatNothing(t *testing.T) {
	binary := buildBinary(t)
	var kills atomic.Int64
	for _, f := range fragiles {
		t.Run(f.name, func(t *testing.T) {
			dir := t.TempDir()
			y, err := newYard(binary, dir, f.plan, f.scenario)
			if err != nil {
				t.Fatal(err)
			}
			defer y.close()
			c, code, err := y.run("run", "plan.yaml", "--target", "lab")
			if err != nil || code < 0 {
				t.Fatalf("%v\n%s", err, c)
			}
			usual, err := y.show()
			if err != nil {
				t.Fatal(err)
			}
			hit := &boundaries{at: map[int]bool{}}
			inParallel(6, y.records(), func(k int) {
				// Some records are too close to their neighbors to die right behind them at the first try.
				for try := 0; try < 2 || try < 4 && !hit.has(k); try++ {
					m := murder{after: k, then: []int{1 + (k+try)%3, 2, 1, 2, 1}, hit: hit, kills: &kills, usual: usual.outcomes(), code: code}
					if err := m.commit(binary, filepath.Join(dir, fmt.Sprintf("%d-%d", k, try)), f); err != nil {
						t.Errorf("killed after record %d: %v", k, err)
						return
					}
				}
			})
			t.Logf("%d records, killed right after %v", y.records(), slices.Sorted(maps.Keys(hit.at)))
			if len(hit.at) < y.records()/2 {
				t.Errorf("only %d of %d places were hit", len(hit.at), y.records())
			}
		})
	}
	t.Logf("%d kills", kills.Load())
	if kills.Load() < 200 {
		t.Errorf("only %d kills", kills.Load())
	}
}

// inParallel does something for 0 … n-1, so many at once.
func inParallel(workers, n int, do func(k int)) {
	todo := make(chan int)
	var all sync.WaitGroup
	for range workers {
		all.Go(func() {
			for k := range todo {
				do(k)
			}
		})
	}
	for k := range n {
		todo <- k
	}
	close(todo)
	all.Wait()
}

// boundaries are the places at which a first runner died: so many whole records were in its audit log.
type boundaries struct {
	mu sync.Mutex
	at map[int]bool
}

func (b *boundaries) has(k int) bool {
	b.mu.Lock()
	defer b.mu.Unlock()
	return b.at[k]
}

func (b *boundaries) add(k int) {
	b.mu.Lock()
	defer b.mu.Unlock()
	b.at[k] = true
}

// A murder is one run whose processes are killed.
type murder struct {
	after int   // the first process dies when so many records are there
	then  []int // and the next ones when they have written so many
	hit   *boundaries
	kills *atomic.Int64
	usual map[string]string // outcomes without kills
	code  int               // exit code without kills
	heard *heard            // what the scheduler was sent; nil: nobody listens
}

// commit plays the run to its end and looks at what is left.
func (m *murder) commit(binary, dir string, f fragile) error {
	if err := os.Mkdir(dir, 0o700); err != nil {
		return err
	}
	y, err := newYard(binary, dir, f.plan, f.scenario)
	if err != nil {
		return err
	}
	defer y.close()
	if m.heard != nil {
		y.heard.Store(m.heard)
	}
	if err := m.kill(y, m.after, "run", "plan.yaml", "--target", "lab"); err != nil {
		return err
	}
	m.hit.add(y.records())
	if y.records() < 2 { // nothing can have been sent, and there is nothing to go on with
		return m.stillborn(y)
	}
	for range 50 {
		code, err := m.goOn(y, "resume", "last")
		if err != nil {
			return err
		}
		switch code {
		case -1: // killed
		case m.code:
			return m.inspect(y)
		case 3:
			if err := m.settleDoubt(y); err != nil {
				return err
			}
		default:
			_, text := y.log()
			return fmt.Errorf("resume ended with %d, want %d\n%s", code, m.code, text)
		}
	}
	return errors.New("resumed fifty times, and it still goes on")
}

// kill starts a process and kills it once so many records are there.
func (m *murder) kill(y *yard, records int, args ...string) error {
	c, err := y.start(args...)
	if err != nil {
		return err
	}
	if err := until(20*time.Second, func() bool { return y.records() >= records || c.ended() }); err != nil {
		return err
	}
	if c.Process.Kill() == nil {
		m.kills.Add(1)
	}
	c.end()
	return nil
}

// goOn runs a process, which is killed while there are kills left. The code is -1 then.
func (m *murder) goOn(y *yard, args ...string) (code int, err error) {
	if len(m.then) > 0 {
		n := m.then[0]
		m.then = m.then[1:]
		return -1, m.kill(y, y.records()+n, args...)
	}
	c, code, err := y.run(args...)
	if err == nil && code < 0 {
		err = errors.New(c.String())
	}
	return code, err
}

// stillborn looks at a run that died before its plan was recorded.
func (m *murder) stillborn(y *yard) error {
	if n := len(y.scheduler.Carried()); n > 0 {
		return fmt.Errorf("%d requests were carried out before the run was recorded", n)
	}
	if y.records() < 0 {
		return nil
	}
	c, code, err := y.run("resume", "last")
	if err == nil && code != 2 {
		err = errors.New(c.String())
	}
	return err
}

// settleDoubt says of every step in doubt what the scheduler knows of it.
func (m *murder) settleDoubt(y *yard) error {
	if err := y.settle(); err != nil {
		return err
	}
	s, err := y.show()
	if err != nil {
		return err
	}
	for _, step := range s.Steps {
		if step.State != runner.State(fact.InDoubt) {
			continue
		}
		args := []string{"resolve", "last", step.ID, "--not-started", "--reason", "the monitor shows none"}
		for _, c := range y.scheduler.Carried() {
			if c.Mark == s.Run+"/"+step.Request.Key {
				args = []string{"resolve", "last", step.ID, "--started", c.RunID, "--reason", "seen on the monitor"}
			}
		}
		if _, err := m.goOn(y, args...); err != nil {
			return err
		}
	}
	return nil
}

// inspect holds what is left against the laws.
func (m *murder) inspect(y *yard) error {
	c, code, err := y.run("audit", "verify", "last")
	if err == nil && (code != 0 || !strings.Contains(c.out.String(), "match the head")) {
		err = errors.New(c.String())
	}
	if err != nil {
		return err
	}
	s, err := y.show()
	if err != nil {
		return err
	}
	if got := s.outcomes(); !maps.Equal(got, m.usual) {
		return fmt.Errorf("the outcomes are %v, and without kills %v", got, m.usual)
	}
	return y.lawful()
}

// lawful holds the newest run, which has ended, against the laws a night must keep.
func (y *yard) lawful() error {
	run, text := y.log()
	return laws.Check(text, laws.Seen{Run: run, Carried: y.scheduler.Carried(), Faults: true, Stops: true})
}
