package history_test

import (
	"bytes"
	"errors"
	"fmt"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/history"
	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

var (
	load = history.Key{Object: fact.Batch, Code: "LOAD"}
	two  = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
)

// times are of that key, in minutes.
func times(k history.Key, minutes ...int) (all []history.Time) {
	for _, m := range minutes {
		all = append(all, history.Time{Key: k, At: two, Took: time.Duration(m) * time.Minute})
	}
	return all
}

func TestWhatIsUsual(t *testing.T) {
	for _, c := range []struct {
		name         string
		minutes      []int
		median, most int64 // in minutes; 0: nothing is usual
	}{
		{"never seen", nil, 0, 0},
		{"seen twice", []int{20, 30}, 0, 0},
		{"seen three times", []int{20, 300, 30}, 30, 30},
		{"one outlier of twenty", []int{10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 600}, 11, 12},
		{"two of twenty", []int{10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 10, 11, 12, 600, 700}, 11, 600},
		{"what is older than twenty is forgotten", append([]int{500, 500, 500, 500}, 10, 10, 10, 10, 10, 10, 10, 10, 10, 10, 20, 20, 20, 20, 20, 20, 20, 20, 20, 20), 10, 20},
	} {
		var h history.History
		for _, one := range c.minutes {
			h.Add(times(load, one))
		}
		u, known := h.Usual(load)
		if known != (c.median > 0) || u.Median != c.median*60 || u.Most != c.most*60 {
			t.Errorf("%s: got %+v, %t", c.name, u, known)
		}
	}
}

// A night of which the log says that it was real.
func real(t *testing.T, text string, sc sim.Scenario, faults ...rehearse.Fault) []record.Turn {
	t.Helper()
	p, err := plan.Parse("p.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := rehearse.Night{Plan: p, Scenario: sc, Faults: faults}.Run()
	if err != nil {
		t.Fatal(err)
	}
	started := r.Turns[0].Event.(runner.RunStarted)
	started.Simulated = false
	r.Turns[0].Event = started
	return r.Turns
}

// watched is what the turns tell, in one line each.
func watched(turns []record.Turn) string {
	var w history.Watcher
	for _, t := range turns {
		w.Turn(t)
	}
	var b strings.Builder
	for _, one := range w.Times() {
		fmt.Fprintf(&b, "%s %s restarted=%t %s %v\n", one.Object, one.Code, one.Restarted, one.Took, one.Members)
	}
	return b.String()
}

const nights = `version: 1
name: n
misdate: 2026-11-20
defaults: {timeout: 3h, poll: 1m}
steps:
  - {id: load, trigger: {batch: LOAD}, on_failure: [{if: 'failure.kind == "batch_failed"', do: restart}]}
  - {id: all, trigger: {group: G, members: [A, B]}}
  - {id: again, rerun: load}
`

func TestWhatARunTells(t *testing.T) {
	usual := sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: sim.Lasting(20 * time.Minute)}}}
	failing := sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: sim.Lasting(20 * time.Minute), Starts: []sim.Start{{Fails: sim.Whole}, {Duration: sim.Lasting(3 * time.Minute)}}}}}
	key := runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}
	killed := rehearse.Fault{After: runner.RequestAccepted{}.Type(), Key: key, Do: sim.KillRunner, For: time.Hour}
	for _, c := range []struct {
		name, want string
		turns      []record.Turn
	}{
		{"a usual night", "batch LOAD restarted=false 20m0s []\ngroup G restarted=false 5m0s [A B]\nbatch LOAD restarted=false 20m0s []\n", real(t, nights, usual)},
		{"what failed teaches nothing, and a restart is one of its own", "batch LOAD restarted=true 3m0s []\ngroup G restarted=false 5m0s [A B]\nbatch LOAD restarted=false 20m0s []\n", real(t, nights, failing)},
		{"what ended while nobody was there teaches nothing", "group G restarted=false 5m0s [A B]\nbatch LOAD restarted=false 20m0s []\n", real(t, nights, usual, killed)},
	} {
		if got := watched(c.turns); got != c.want {
			t.Errorf("%s: got\n%swant\n%s", c.name, got, c.want)
		}
	}
	simulated := real(t, nights, usual)
	e := simulated[0].Event.(runner.RunStarted)
	e.Simulated = true
	simulated[0].Event = e
	if got := watched(simulated); got != "" {
		t.Errorf("a simulated run tells\n%s", got)
	}
}

// kept puts the log of a run into a store.
func kept(t *testing.T, s state.Store, turns []record.Turn, n int) {
	t.Helper()
	id, err := state.NewRunID(two.Add(time.Duration(n)*time.Hour), "n", "0001")
	if err != nil {
		t.Fatal(err)
	}
	run, err := s.Begin(id)
	if err != nil {
		t.Fatal(err)
	}
	for _, turn := range turns {
		e, err := record.Entry(turn)
		if err == nil {
			err = run.Append(e)
		}
		if err != nil {
			t.Fatal(err)
		}
	}
	if err := errors.Join(run.Sync(), s.Ledger().Keep(run.Head(), state.About{Plan: "n"}), run.Close()); err != nil {
		t.Fatal(err)
	}
}

// A history that is missing, damaged or of another form is drawn from the logs, and so is what is kept then.
func TestAHistoryIsDrawnAgain(t *testing.T) {
	usual := sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: sim.Lasting(20 * time.Minute)}}}
	turns := real(t, nights, usual)
	s := state.NewMemory(false)
	for i := range 3 {
		kept(t, s, turns, i)
	}
	want := runner.Usual{Object: fact.Batch, Code: "LOAD", Times: 6, Median: 1200, Most: 1200}
	for _, text := range []string{"", "{", `{"v":2,"batches":[]}`, `{"v":1,"batches":[{"object":"batch","code":"LOAD","took_s":[1,2,-3]}]}`, `{"v":1,"batches":[null]}`} {
		must(t, s.KeepHistory(func([]byte) ([]byte, error) { return []byte(text), nil }))
		h, err := history.Read(s)
		must(t, err)
		if got, _ := h.Usual(load); got != want || h.Runs() != 3 {
			t.Errorf("%q: got %+v of %d runs", text, got, h.Runs())
		}
		must(t, history.Keep(s, nil))
		if h, err = history.Read(unread{s}); err != nil {
			t.Fatal(err)
		}
		if got, _ := h.Usual(load); got != want {
			t.Errorf("%q: kept %+v", text, got)
		}
	}
	must(t, history.Keep(s, times(load, 20, 20)))
	h, err := history.Read(unread{s})
	must(t, err)
	if h.Seen(load) != 8 || h.Runs() != 4 {
		t.Errorf("after one more run: seen %d, %d runs", h.Seen(load), h.Runs())
	}
	p, err := plan.Parse("p.yaml", []byte(nights))
	must(t, err)
	r, err := p.Resolve(plan.Inputs{Now: two, RunID: "20261123T020000Z-n-0001", Target: "lab"})
	must(t, err)
	about := runner.HistoryRead{Runs: 4, Usual: []runner.Usual{
		{Object: fact.Batch, Code: "LOAD", Times: 8, Median: 1200, Most: 1200}, {Object: fact.Group, Code: "G", Times: 3, Median: 300, Most: 300},
	}}
	if diff := cmp.Diff(about, h.About(r)); diff != "" {
		t.Errorf("about the plan (-want +got):\n%s", diff)
	}
}

// unread is a store whose logs are not to be opened: a start that finds a history reads no log.
type unread struct{ state.Store }

func (unread) Open(string) (*state.Log, error) { return nil, errors.New("a log was opened") }

func must(t testing.TB, err error) {
	t.Helper()
	if err != nil {
		t.Fatal(err)
	}
}

// Times of a log that breaks off are those before.
func TestABrokenLogTellsWhatStandsBefore(t *testing.T) {
	turns := real(t, nights, sim.Scenario{})
	var disk audit.Memory
	j, err := audit.Create(&disk, "a", "20261123T020000Z-n-0001")
	must(t, err)
	for _, turn := range turns {
		e, err := record.Entry(turn)
		must(t, err)
		must(t, j.Append(e))
	}
	must(t, j.Sync())
	f, err := disk.Read("a/" + audit.FileName)
	must(t, err)
	var log bytes.Buffer
	_, err = log.ReadFrom(f)
	must(t, err)
	if got := history.Times(&log); len(got) != 3 {
		t.Errorf("the whole log tells %v", got)
	}
}

// A start after ten years of twenty plans a night reads what is kept of four hundred batches, and nothing else.
func BenchmarkRead(b *testing.B) {
	s := state.NewMemory(false)
	must(b, s.KeepHistory(func([]byte) ([]byte, error) { return []byte(`{"v":1,"batches":[]}`), nil }))
	var all []history.Time
	for i := range 400 {
		for n := range 40 {
			all = append(all, history.Time{Key: history.Key{Object: fact.Batch, Code: fmt.Sprintf("PLAN_%d_BATCH_%d", i/20, i%20)}, At: two, Took: time.Duration(600+n) * time.Second})
		}
	}
	must(b, history.Keep(s, all))
	for b.Loop() {
		if _, err := history.Read(unread{s}); err != nil {
			b.Fatal(err)
		}
	}
}
