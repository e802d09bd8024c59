package resume_test

import (
	"errors"
	"fmt"
	"io"
	"reflect"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

const (
	night = "20261123T020000Z-night-7f3c"
	text  = `
version: 1
name: night
misdate: 2026-11-20
steps:
  - id: load
    trigger: {batch: LOAD}
  - id: publish
    trigger: {batch: PUBLISH}
`
)

var (
	two  = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	load = runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}
	ops  = runner.Statement{ID: "w1", By: "ops", Reason: "seen on the monitor"}
	here = runner.RunResumed{By: runner.By{User: "ops"}, Tool: runner.Tool{Machine: runner.MachineVersion}}
)

// left is a run whose process died after these events, on a disk in memory.
func left(t *testing.T, events ...runner.Event) (*audit.Memory, *state.Folder) {
	t.Helper()
	p, err := plan.Parse("night.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := p.Resolve(plan.Inputs{Now: two, RunID: night})
	if err != nil {
		t.Fatal(err)
	}
	disk := &audit.Memory{}
	store := state.NewFolder(disk, "state")
	own, err := store.Begin(night)
	if err != nil {
		t.Fatal(err)
	}
	opening := []runner.Event{
		runner.RunStarted{File: "night.yaml", Tool: here.Tool, StartedAt: two}, runner.FilePinned{Name: "night.yaml", Text: text},
	}
	first := resume.Replayed{Machine: runner.NewMachine(resolved), Resolved: resolved}
	_, err = first.Tell(own, two, append(opening, events...)...)
	if err := errors.Join(err, own.Close()); err != nil {
		t.Fatal(err)
	}
	return disk, store
}

// takeUp takes the run up, an hour later.
func takeUp(t *testing.T, store state.Store) *resume.Run {
	t.Helper()
	run, err := resume.TakeUp(store, night, resume.Answer{}, func() time.Time { return two.Add(time.Hour) })
	if err != nil {
		t.Fatal(err)
	}
	return run
}

// logged is the audit log as it stands on the disk.
func logged(t *testing.T, store state.Store) string {
	t.Helper()
	log, err := store.Open(night)
	if err != nil {
		t.Fatal(err)
	}
	b, err := io.ReadAll(log)
	if err := errors.Join(err, log.Close()); err != nil {
		t.Fatal(err)
	}
	return string(b)
}

func TestAStatementIsPutOnRecord(t *testing.T) {
	_, store := left(t, runner.RequestSent{Key: load, Op: load.Op})
	run := takeUp(t, store)
	said, err := run.Say(runner.OperatorResolved{Statement: ops, Step: "load", Request: load, As: runner.AsSucceeded}, here)
	if err := errors.Join(err, run.Close()); err != nil {
		t.Fatal(err)
	}
	if said.Record != 5 || said.End != nil || said.Event.Type() != "operator.resolved" {
		t.Errorf("got %+v", said)
	}
	for _, want := range []string{`"seq":4,`, `"type":"run.resumed"`, `"seq":5,`, `"type":"operator.resolved"`, `"type":"run.detached"`} {
		if !strings.Contains(logged(t, store), want) {
			t.Errorf("the audit log lacks %s", want)
		}
	}
	again := takeUp(t, store)
	defer again.Close()
	found, err := resume.Find(again.Records, night, "w1")
	if err != nil || found == nil || found.Record != said.Record {
		t.Errorf("found again: %+v, %v", found, err)
	}
}

// The last statement ends the run, and is what is said of it.
func TestAStatementEndsTheRun(t *testing.T) {
	_, store := left(t)
	run := takeUp(t, store)
	defer run.Close()
	said, err := run.Say(runner.OperatorCanceled{Statement: ops}, here)
	if err != nil || said.End == nil || said.End.Outcome != fact.Canceled || run.Outcome() != said.End || strings.Contains(logged(t, store), "run.detached") {
		t.Errorf("got %+v, %v", said, err)
	}
}

// What is declared succeeded without being in doubt is marked, as the run stands when it is taken up.
func TestAResolutionOfWhatIsNotInDoubtIsAMark(t *testing.T) {
	_, store := left(t)
	run := takeUp(t, store)
	defer run.Close()
	said, err := run.Say(runner.OperatorResolved{Statement: ops, Step: "publish", As: runner.AsSkipped}, here)
	if want := (runner.OperatorMarked{Statement: ops, Step: "publish", As: runner.AsSkipped}); err != nil || !reflect.DeepEqual(said.Event, runner.Event(want)) {
		t.Errorf("got %+v, %v", said, err)
	}
}

func TestAStatementThatDoesNotFitLeavesNothingBehind(t *testing.T) {
	_, store := left(t, runner.RequestSent{Key: load, Op: load.Op})
	before := logged(t, store)
	run := takeUp(t, store)
	defer run.Close()
	_, err := run.Say(runner.OperatorRetried{Statement: ops, Step: "load"}, here)
	if !errors.Is(err, runner.ErrUnexpected) || err.Error() != `run `+night+`: step "load" is in doubt, not failed or canceled` {
		t.Errorf("got %v", err)
	}
	if after := logged(t, store); after != before {
		t.Errorf("left behind: %s", strings.TrimPrefix(after, before))
	}
}

// A letter that fits is on a record that outlives a loss of power before it is taken out. One that does not fit, and what is no
// statement at all, change nothing in a run that has ended: its log keeps the head that was printed.
func TestTheInboxOfARunThatHasEnded(t *testing.T) {
	disk, store := left(t, runner.OperatorCanceled{Statement: runner.Statement{ID: "w0", By: "ops", Reason: "wrong date"}})
	run := takeUp(t, store)
	defer run.Close()
	letter := func(id string, e runner.Event) {
		t.Helper()
		data, err := record.Say(e)
		if err := errors.Join(err, store.Inbox(night).Put(id, data)); err != nil {
			t.Fatal(err)
		}
	}
	var refused []string
	collect := func(inbox state.Inbox) {
		t.Helper()
		if err := run.Collect(inbox, nil, func(id string, why error) { refused = append(refused, id+": "+why.Error()) }); err != nil {
			t.Fatal(err)
		}
	}
	before := logged(t, store)
	letter("w1", runner.OperatorRetried{Statement: ops, Step: "nobody"})
	for _, junk := range []string{"{}", "", "not JSON", `{"type":"run.started","data":{}}`} {
		if err := store.Inbox(night).Put(fmt.Sprintf("w2-%d", len(refused)+len(junk)), []byte(junk)); err != nil {
			t.Fatal(err)
		}
	}
	collect(store.Inbox(night))
	if left, err := store.Inbox(night).Letters(); len(left) > 0 || err != nil || len(refused) != 5 || refused[0] != `w1: no step "nobody"` {
		t.Errorf("refused %q; %d letters are left, %v", refused, len(left), err)
	}
	if after := logged(t, store); after != before {
		t.Errorf("left behind: %s", strings.TrimPrefix(after, before))
	}

	letter("w3", runner.OperatorRetried{Statement: runner.Statement{ID: "w3", By: "ops", Reason: "right date"}, Step: "publish"})
	inbox := &watched{Inbox: store.Inbox(night), removed: func() {
		if safe := logged(t, state.NewFolder(disk.AfterCrash(nil), "state")); !strings.Contains(safe, `"id":"w3"`) {
			t.Error("the letter is taken out, and power that is lost now takes what it said along")
		}
	}}
	collect(inbox)
	if inbox.times != 1 || len(refused) != 5 {
		t.Errorf("taken out %d times, refused %q", inbox.times, refused[5:])
	}
}

// watched tells when a letter is about to be taken out.
type watched struct {
	state.Inbox
	removed func()
	times   int
}

// Remove takes a letter out.
func (w *watched) Remove(id string) error {
	w.times++
	w.removed()
	return w.Inbox.Remove(id)
}

func TestARunOfWhichThePlanIsNotOnRecordIsNotTakenUp(t *testing.T) {
	store := state.NewFolder(&audit.Memory{}, "state")
	own, err := store.Begin(night)
	if err := errors.Join(err, own.Close()); err != nil {
		t.Fatal(err)
	}
	if _, err := resume.TakeUp(store, night, resume.Answer{}, time.Now); !errors.Is(err, resume.ErrNothingPinned) || exitcode.Of(err) != exitcode.Usage {
		t.Errorf("got %v, exit code %v", err, exitcode.Of(err))
	}
}

// A process that ended between the pins of two files had asked for nothing, so there is nothing to take up.
func TestARunOfWhichAFileIsNotOnRecordIsNotTakenUp(t *testing.T) {
	const text = "version: 1\nname: night\ncalendar: emea.yaml\nsteps: [{id: load, sleep: 1m}]\n"
	p, err := plan.Load(fstest.MapFS{"night.yaml": {Data: []byte(text)}, "emea.yaml": {Data: []byte("holidays: []\n")}}, "night.yaml", "night.yaml")
	if err != nil {
		t.Fatal(err)
	}
	resolved, err := p.Resolve(plan.Inputs{Now: two, RunID: night})
	if err != nil {
		t.Fatal(err)
	}
	opening := append([]runner.Event{runner.RunStarted{File: "night.yaml", Tool: here.Tool, StartedAt: two}}, runner.Pins(resolved)...)
	for pins, want := range map[int]error{1: resume.ErrNothingPinned, 2: nil} {
		store := state.NewFolder(&audit.Memory{}, "state")
		own, err := store.Begin(night)
		if err != nil {
			t.Fatal(err)
		}
		first := resume.Replayed{Machine: runner.NewMachine(resolved), Resolved: resolved}
		_, err = first.Tell(own, two, opening[:1+pins]...)
		if err := errors.Join(err, own.Close()); err != nil {
			t.Fatal(err)
		}
		run, err := resume.TakeUp(store, night, resume.Answer{}, time.Now)
		if !errors.Is(err, want) || want != nil && exitcode.Of(err) != exitcode.Usage {
			t.Errorf("with %d pins: %v, exit code %v", pins, err, exitcode.Of(err))
		}
		if run != nil {
			if err := run.Close(); err != nil {
				t.Error(err)
			}
		}
		f, err := fold.Read(strings.NewReader(logged(t, store)))
		if err != nil || (len(f.Warnings) > 0) != (want != nil) {
			t.Errorf("with %d pins the run is told with %q, %v", pins, f.Warnings, err)
		}
	}
}
