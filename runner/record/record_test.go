package record

import (
	"bytes"
	"encoding/json"
	"errors"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/audit"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

var (
	two   = time.Date(2026, 11, 23, 2, 0, 0, 123456000, time.UTC)
	load  = runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}
	batch = fact.BatchRef{Object: fact.Batch, Code: "DATA_LOAD", RunID: "DATA_LOAD_2026-11-20_1795222800000_1"}
	said  = runner.Statement{ID: "w1", By: "ops", Reason: "seen on the monitor", Checked: "it is ongoing"}
	// approver is a statement of which it is known who said it.
	approver = runner.Statement{ID: "w2", By: "uid 1003", Reason: "it agrees", Approver: &runner.Approver{
		UID: "1003", Name: "carol", Users: []string{"carol"}, Groups: []string{"duty"}, Unasked: true, Approves: []string{"sign_off"},
	}}
	member = fact.MemberOrder{Code: "B1", Params: []fact.Pair{{Name: "$FICMISDATE$", Value: "2026-11-20"}}}
)

// key is a key of step load with another operation.
func key(op runner.Op) runner.Key { return runner.Key{Step: "load", Attempt: 2, Op: op, N: 3} }

// ordered is a request with every field set.
func ordered(op runner.Op) *runner.Command {
	c := &runner.Command{Key: key(op), Permit: &permit, NotAfter: two.Add(time.Hour), NewToken: true}
	if op != runner.OpTrigger {
		c.Run = batch
	}
	return c
}

// triggering is a trigger.
func triggering(o fact.Order) *runner.Command {
	c := ordered(runner.OpTrigger)
	c.Order = &o
	return c
}

// permit has every field set, which no permit has.
var permit = runner.Permit{
	Text: "duplicate_safe: LOAD replaces its table; on_failure nightly.yaml:9:5", Kind: runner.PermitSafe, Rule: "nightly.yaml:9:5",
	By: "ops", Reason: "seen on the monitor", Safe: "LOAD replaces its table",
}

// everyEvent has one event of each type, with every field set.
func everyEvent() []runner.Event {
	return []runner.Event{
		runner.RunStarted{
			Plan: "nightly", File: "nightly.yaml", MISDate: "2026-11-20",
			Params: []runner.Param{{Name: "region", Value: "EU", From: "default"}, {Name: "codes", Items: []string{"A", "B"}, From: "command line"}},
			Target: runner.Target{Name: "prod", URL: "https://ofs.example.com", ParamEncoding: "string", GroupDate: "members", Grant: "password", Fingerprint: "ab"},
			Tool:   runner.Tool{Version: "1.0.0", Machine: 1}, By: runner.By{User: "ops", Host: "h", PID: 7, Invoker: "cron"},
			Git: &runner.Git{Commit: "abc", Dirty: true}, Simulated: true, StartedAt: two, DueAt: two.Add(time.Hour), Reason: "asked to",
			Once: &runner.Once{Value: "EMEA", Again: true, After: "20261123T020000Z-nightly-7f3c", Found: "succeeded"},
		},
		runner.FilePinned{Name: "nightly.yaml", SHA256: "00", Text: "version: 1\nname: \u009b31m\n"},
		runner.RequestSent{Key: load, Op: runner.OpTrigger, URL: "https://ofs.example.com/trigger", BodySHA256: "ff", Body: `{"batchName":"DATA_LOAD"}`, Permit: permit, Assumed: true},
		runner.RequestAccepted{Key: load, HTTP: 200, Code: "0", BatchRunID: batch.RunID, Summary: "Object triggered"},
		runner.RequestRefused{Key: load, HTTP: 404, Code: "-3", Summary: "no such object"},
		runner.RequestNotSent{Key: load, Unauthorized: true, Message: "invalid_grant"},
		runner.RequestInDoubt{Key: load, HTTP: 502, Message: "a page"},
		runner.BatchObserved{
			Key: key(runner.OpWatch), RunID: batch.RunID, Status: fact.StatusFailed, Code: -1, Text: "FAILED",
			Tasks:   []fact.Part{{Code: "T1", Status: fact.StatusSucceeded}, {Code: "T2", Status: fact.StatusFailed, StatusCode: -1}},
			Members: []fact.Part{{Code: "B1", Status: fact.Ongoing, StatusCode: 2}}, Since: two,
		},
		runner.LookFailed{Key: key(runner.OpLook), HTTP: 200, Code: "-3", Summary: "no such object"},
		runner.SensorAnswered{
			Key: key(runner.OpSense), Since: two, Troubles: 2,
			Sight: fact.Sight{
				File: &fact.SeenFile{Path: "/data/txn.dat", Size: 10, Modified: two, NotFile: "a FIFO"}, Check: &fact.SeenCheck{Yes: true, Line: "40 of 40"},
				Run: &fact.SeenRun{ID: "20261123T020000Z-ingest-7f3c", Stands: fact.RunSucceeded, Head: "ab"}, Trouble: "permission denied",
			},
		},
		runner.ClockReached{},
		runner.RunDetached{Reason: "SIGTERM"},
		runner.RunResumed{By: runner.By{User: "ops", PID: 8}, Tool: runner.Tool{Version: "1.0.1", Machine: 1}},
		runner.HistoryRead{Runs: 40, Usual: []runner.Usual{{Object: fact.Batch, Code: "DATA_LOAD", Restarted: true, Times: 20, Median: 600, Most: 900}}},
		runner.ForecastMade{Expected: two, Most: two.Add(time.Hour), Unknown: []string{"score"}, UnknownSteps: 4, Slow: []string{"load"}},
		runner.OperatorResolved{Statement: said, Step: "load", Request: key(runner.OpTrigger), As: runner.AsStarted, BatchRunID: batch.RunID},
		runner.OperatorAdopted{Statement: said, Step: "load", Request: key(runner.OpTrigger), BatchRunID: batch.RunID},
		runner.OperatorRetried{Statement: said, Step: "load"},
		runner.OperatorMarked{Statement: said, Step: "load", As: runner.AsSkipped},
		runner.OperatorCanceled{Statement: said, Interrupt: true},
		runner.NoticeSent{Key: key(runner.OpNotify), Channel: "ops", Tries: 2, Withheld: "the scheduler is simulated"},
		runner.NoticeFailed{Key: runner.Key{Op: runner.OpAlert, N: 4}, Channel: "ops", Tries: 6, Message: "HTTP 500"},
		runner.ContactOverdue{Peer: "identity service", Since: two, Refused: true},
		runner.OperatorApproved{Statement: approver, Step: "load", Request: key(runner.OpApprove)},
		runner.OperatorRejected{Statement: approver, Step: "load", Request: key(runner.OpApprove)},
	}
}

// everything is a decision with one of each.
func everything() runner.Decision {
	return runner.Decision{
		Moves: []runner.Transition{{
			Step: "load", From: runner.Queued, To: runner.State(fact.Failed), Why: "batch failed", Rule: "nightly.yaml:9:5",
			Evidence: []fact.Evidence{{Expr: "failed()", At: "nightly.yaml:9:9", Holds: true, Values: []fact.Seen{{Name: "failed()", Value: "true"}}}},
			Failure:  &fact.Failure{Kind: fact.BatchFailed, Code: -1, Message: "m", Attempt: 1, Step: "load", Batch: "DATA_LOAD", BatchRunID: batch.RunID},
			Mark:     "healed", By: "repair", Asks: key(runner.OpApprove),
		}},
		Commands: []*runner.Command{
			triggering(fact.Order{Object: fact.Group, Code: "G", MISDate: "2026-11-20", Members: []fact.MemberOrder{member}, Excluded: []string{"X"}}),
			ordered(runner.OpInterrupt), ordered(runner.OpRestart), ordered(runner.OpRerun),
			{Key: key(runner.OpWatch), Run: batch, Foreign: true},
			{Key: key(runner.OpLook), Run: batch, Tasks: []string{"T1"}},
			{Key: key(runner.OpNotify), Message: &runner.Message{Channel: "ops", Event: runner.WorthNotify, Step: "load", Outcome: fact.Failed, Since: two, Text: "night: failed", Urgent: true}},
			{Key: runner.Key{Op: runner.OpAlert, N: 1}, Message: &runner.Message{Channel: "mail", Event: runner.WorthOver, Since: two, Text: "is over"}},
			{Key: key(runner.OpSense), Until: two, Sought: &fact.Sought{
				File:  &fact.SoughtFile{Path: "txn.dat", MinSize: 10, StableFor: fact.Span(time.Minute), After: two},
				Check: &fact.SoughtCheck{Name: "landed", With: []fact.Pair{{Name: "feed", Value: "txn"}}},
				Run:   &fact.SoughtRun{Plan: "ingest", MISDate: "2026-11-20", Once: "EMEA", Strict: true},
			}},
		},
		Drops:   []runner.Key{key(runner.OpWatch)},
		Notices: []runner.Notice{{Step: "load", Kind: "late", Message: "later than 1h"}},
		End:     &runner.End{Outcome: fact.Failed, Steps: map[fact.Outcome]int{fact.Failed: 1}, NothingStarted: true, Late: true, Rejected: true},
	}
}

// written is what a journal would hold for the turn.
func written(t *testing.T, turn Turn) audit.Record {
	t.Helper()
	e, err := Entry(turn)
	if err != nil {
		t.Fatal(err)
	}
	return audit.Record{
		V: 1, Seq: 12, Stamp: audit.Stamp{Time: e.Time, Run: "r", Type: e.Type, Step: e.Step, Attempt: e.Attempt, Note: e.Note},
		Data: e.Data, Decided: e.Decided,
	}
}

func TestEveryTurnIsReadAsItWasWritten(t *testing.T) {
	for _, e := range everyEvent() {
		for _, d := range []runner.Decision{{}, everything()} {
			want := Turn{At: two, Event: e, Decision: d}
			got, err := Read(written(t, want))
			if err != nil {
				t.Fatalf("%s: %v", e.Type(), err)
			}
			if diff := cmp.Diff(want, got); diff != "" {
				t.Errorf("%s: written (-), read (+):\n%s", e.Type(), diff)
			}
		}
	}
}

func TestEveryEventIsKnown(t *testing.T) {
	if got, want := len(everyEvent()), len(events); got != want {
		t.Fatalf("the tests know %d events, the package %d", got, want)
	}
	for _, e := range everyEvent() {
		if events[e.Type()] == nil {
			t.Errorf("nobody taught the package %s", e.Type())
		}
	}
}

func TestAnEmptyDecisionIsNotWritten(t *testing.T) {
	if r := written(t, Turn{At: two, Event: runner.ClockReached{}}); r.Decided != nil {
		t.Errorf("got %s, want nothing", r.Decided)
	}
}

func TestCommandsAreSpeltOut(t *testing.T) {
	d := runner.Decision{Commands: []*runner.Command{
		{
			Key: load, Permit: &runner.Permit{Text: "first request", Kind: runner.PermitFirst}, NotAfter: two,
			Order: &fact.Order{Object: fact.Batch, Code: "DATA_LOAD"},
		},
		{Key: key(runner.OpWatch), Run: batch},
	}}
	got := string(written(t, Turn{At: two, Event: runner.ClockReached{}, Decision: d}).Decided)
	want := `{"commands":[{"key":"load/1/trigger/1","kind":"trigger","permit":"first request","permit_kind":"first_request",` +
		`"order":{"object":"batch","code":"DATA_LOAD"},"not_after":"2026-11-23T02:00:00.123456Z"},` +
		`{"key":"load/2/watch/3","kind":"watch","run":{"object":"batch","code":"DATA_LOAD",` +
		`"batch_run_id":"DATA_LOAD_2026-11-20_1795222800000_1"}}]}`
	if got != want {
		t.Errorf("got  %s\nwant %s", got, want)
	}
}

func TestASensitiveOrderKeepsItsParametersToItself(t *testing.T) {
	c := triggering(fact.Order{
		Object: fact.Batch, Code: "DATA_LOAD", Params: []fact.Pair{{Name: "PIN", Value: "hunter2"}}, Members: []fact.MemberOrder{member},
	})
	c.Sensitive = true
	r := written(t, Turn{At: two, Event: runner.ClockReached{}, Decision: runner.Decision{Commands: []*runner.Command{c}}})
	if bytes.Contains(r.Decided, []byte("hunter2")) || bytes.Contains(r.Decided, []byte("FICMISDATE")) {
		t.Errorf("written: %s", r.Decided)
	}
}

func TestWhatNobodyWroteIsRefused(t *testing.T) {
	accepted := audit.Stamp{Time: two, Run: "r", Type: "request.accepted", Step: "load", Attempt: 1}
	for _, c := range []struct {
		name, want    string
		stamp         audit.Stamp
		data, decided string
	}{
		{"an unknown type", `record 12: unknown type of record: "request.guessed"`, audit.Stamp{Type: "request.guessed"}, `{}`, ``},
		{"no data", `record 12: clock.reached: unexpected end of JSON input`, audit.Stamp{Type: "clock.reached"}, ``, ``},
		{"a bad key", `"load" is not a request key`, accepted, `{"key":"load"}`, ``},
		{"another step", `record 12: request.accepted is filed under "load", attempt 1, and is about score/1/trigger/1`, accepted, `{"key":"score/1/trigger/1"}`, ``},
		{"an unknown command", `record 12: decided: command 1: load/1/guess/1: unknown kind of command "guess"`, accepted, `{"key":"load/1/trigger/1"}`, `{"commands":[{"key":"load/1/guess/1","kind":"guess","run":{}}]}`},
		{"a kind that is not the key's", `load/1/trigger/1 is said to be a "rerun"`, accepted, `{"key":"load/1/trigger/1"}`, `{"commands":[{"key":"load/1/trigger/1","kind":"rerun","order":{}}]}`},
		{"a trigger of nothing", `load/1/trigger/1 has no order`, accepted, `{"key":"load/1/trigger/1"}`, `{"commands":[{"key":"load/1/trigger/1","kind":"trigger"}]}`},
		{"a message of nothing", `load/1/notify/1 has no message`, accepted, `{"key":"load/1/trigger/1"}`, `{"commands":[{"key":"load/1/notify/1","kind":"notify"}]}`},
		{"a sensor for nothing", `load/1/sense/1 says not what it looks for`, accepted, `{"key":"load/1/trigger/1"}`, `{"commands":[{"key":"load/1/sense/1","kind":"sense"}]}`},
		{"a watch of nothing", `load/1/watch/1 names no batch run`, accepted, `{"key":"load/1/trigger/1"}`, `{"commands":[{"key":"load/1/watch/1","kind":"watch"}]}`},
	} {
		_, err := Read(audit.Record{Seq: 12, Stamp: c.stamp, Data: json.RawMessage(c.data), Decided: json.RawMessage(c.decided)})
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s: got %v, want %s", c.name, err, c.want)
		}
		if known := events[c.stamp.Type] != nil; errors.Is(err, ErrUnknown) == known {
			t.Errorf("%s: is it an unknown type? %v", c.name, err)
		}
	}
}

func TestTurnsOfAJournal(t *testing.T) {
	var disk audit.Memory
	j, err := audit.Create(&disk, "a", "20261123T020000Z-a-7f3c")
	if err != nil {
		t.Fatal(err)
	}
	started, err := Entry(Turn{At: two, Event: runner.RunStarted{Plan: "p"}})
	note, noteErr := Note{At: two, Kind: Heartbeat}.Entry()
	left, leftErr := Entry(Turn{At: two, Event: runner.RunDetached{Reason: "SIGTERM"}})
	unknown := left
	unknown.Type = "run.pondered"
	if err := errors.Join(err, noteErr, leftErr, j.Append(started, note, left, unknown, left)); err != nil {
		t.Fatal(err)
	}
	log, err := disk.Read(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	var got []string
	for turn, err := range Turns(log) {
		if errors.Is(err, ErrUnknown) {
			got = append(got, "unknown")
			continue
		}
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, turn.Event.Type())
	}
	if want := []string{"run.started", "run.detached", "unknown"}; !cmp.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestANoteIsNoTurn(t *testing.T) {
	n := Note{At: two, Kind: ContactLost, Key: load, Message: "no route"}
	e, err := n.Entry()
	if err != nil {
		t.Fatal(err)
	}
	want := audit.Entry{
		Time: two, Type: "contact.lost", Step: "load", Attempt: 1, Data: json.RawMessage(`{"key":"load/1/trigger/1","message":"no route"}`), Note: true,
	}
	if diff := cmp.Diff(want, e); diff != "" {
		t.Error(diff)
	}
	r := audit.Record{Stamp: audit.Stamp{Time: two, Type: e.Type, Step: e.Step, Attempt: e.Attempt, Note: true}, Data: e.Data}
	if diff := cmp.Diff(n, ReadNote(r)); diff != "" {
		t.Errorf("written (-), read (+):\n%s", diff)
	}
	r.Data = json.RawMessage(`{"key":"nobody's","message":"no route"}`)
	if diff := cmp.Diff(Note{At: two, Kind: ContactLost, Key: runner.Key{Step: "load", Attempt: 1}}, ReadNote(r)); diff != "" {
		t.Errorf("of data that cannot be read (-), read (+):\n%s", diff)
	}
}

// FuzzRead feeds Read what no journal should hold: it must refuse or read it, and what it read must survive
// being written and read again.
func FuzzRead(f *testing.F) {
	for _, e := range everyEvent() {
		entry, err := Entry(Turn{At: two, Event: e, Decision: everything()})
		if err != nil {
			f.Fatal(err)
		}
		f.Add(entry.Type, entry.Step, entry.Attempt, []byte(entry.Data), []byte(entry.Decided))
	}
	f.Fuzz(func(t *testing.T, kind, step string, attempt int, data, decided []byte) {
		r := audit.Record{Seq: 1, Stamp: audit.Stamp{Time: two, Type: kind, Step: step, Attempt: attempt}, Data: data, Decided: decided}
		first, err := Read(r)
		if err != nil {
			return
		}
		once := written(t, first)
		second, err := Read(once)
		if err != nil {
			t.Fatalf("cannot read %s and %s, which were written for %s and %s: %v", once.Data, once.Decided, data, decided, err)
		}
		again := written(t, second)
		if !bytes.Equal(once.Data, again.Data) || !bytes.Equal(once.Decided, again.Decided) {
			t.Fatalf("%s and %s became %s and %s", once.Data, once.Decided, again.Data, again.Decided)
		}
	})
}

// FuzzHear feeds Hear what anybody may leave in an inbox: it must refuse or read it, and what it read must survive
// being said and heard again. Who said it is never the letter's own word.
func FuzzHear(f *testing.F) {
	for _, e := range everyEvent() {
		letter, err := Say(e)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(letter)
	}
	f.Add([]byte(`{"type":"operator.resolved","data":{"step":"load","as":"started","by":"root","word":"w9","by":"root"}}`))
	f.Add([]byte(`{"type":"operator.canceled"} {}`))
	f.Fuzz(func(t *testing.T, letter []byte) {
		first, err := Hear("w1", "ops", letter)
		if err != nil {
			return
		}
		said, err := Say(first)
		if err != nil {
			t.Fatal(err)
		}
		second, err := Hear("w1", "ops", said)
		if err != nil {
			t.Fatalf("cannot hear %s, which was said for %s: %v", said, letter, err)
		}
		if diff := cmp.Diff(first, second); diff != "" {
			t.Fatalf("%s was heard as one word and, said again, as another:\n%s", letter, diff)
		}
		if cmp.Diff(first, runner.Signed(first, "w1", "ops")) != "" {
			t.Fatalf("%s signs for itself: %+v", letter, first)
		}
	})
}

// Whoever leaves a letter is who owns it, and what the letter says of that counts for nothing.
func TestAWordDoesNotSayWhoSaysIt(t *testing.T) {
	letter, err := Say(runner.OperatorApproved{Statement: approver, Step: "load"})
	if err != nil {
		t.Fatal(err)
	}
	heard, err := Hear("w9", "dave", letter)
	if err != nil {
		t.Fatal(err)
	}
	if w, _ := runner.StatementOf(heard); w.Approver != nil || w.By != "dave" || w.ID != "w9" {
		t.Errorf("heard %+v, want a word of dave, of whom nothing else is known", w)
	}
}
