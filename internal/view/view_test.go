package view

import (
	"bytes"
	"errors"
	"flag"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// The journals in testdata were recorded once and are only read: what they show must not change when
// decisions do. -rewrite makes the expected texts anew, -record the journals.
var (
	rewrite  = flag.Bool("rewrite", false, "rewrite the expected texts")
	remember = flag.Bool("record", false, "record the journals anew")
)

// journals are the recorded runs, by name.
var journals = []string{"failed", "doubt", "simulated", "detached"}

// read folds a recorded journal.
func read(t testing.TB, name string) *fold.Run {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	r, err := fold.Read(f)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// golden compares a text with testdata/name.
func golden(t *testing.T, name, got string) {
	t.Helper()
	path := filepath.Join("testdata", name)
	if *rewrite {
		if err := os.WriteFile(path, []byte(got), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(path)
	if err != nil {
		t.Fatal(err)
	}
	if got != string(want) {
		t.Errorf("%s: got\n%s\nwant\n%s", path, got, want)
	}
}

// TestRecord makes the journals, with a real machine and a real journal, when it is asked to.
func TestRecord(t *testing.T) {
	if !*remember {
		for _, name := range journals {
			read(t, name)
		}
		return
	}
	for _, name := range journals {
		text, err := os.ReadFile(filepath.Join("testdata", name+".yaml"))
		if err != nil {
			t.Fatal(err)
		}
		n := newNight(t, name, string(text))
		nights[name](n)
		n.save("testdata/" + name + ".jsonl")
	}
}

// A night plays events to a machine and keeps the journal.
type night struct {
	t    *testing.T
	m    *runner.Machine
	j    *audit.Journal
	disk *audit.Memory
	now  time.Time
}

func newNight(t *testing.T, name, text string) *night {
	t.Helper()
	p, err := plan.Parse(name+".yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	n := &night{t: t, disk: &audit.Memory{}, now: time.Date(2026, 11, 23, 23, 40, 0, 123456000, time.UTC)}
	id := "20261123T234000Z-" + name + "-7f3c"
	target := runner.Target{Name: "prod", URL: "https://aml.example.com/acme-prd", ParamEncoding: "string", GroupDate: "members", Grant: "password", Fingerprint: "ab"}
	if name == "simulated" {
		target = runner.Target{Name: "sim", URL: "https://127.0.0.1:40123", ParamEncoding: "string", GroupDate: "members", Grant: "password", Fingerprint: "ab"}
	}
	r, err := p.Resolve(plan.Inputs{Now: n.now, RunID: id, Target: target.Name})
	if err != nil {
		t.Fatal(err)
	}
	n.m = runner.NewMachine(r)
	if n.j, err = audit.Create(n.disk, "runs/"+id, id); err != nil {
		t.Fatal(err)
	}
	n.apply(0, runner.RunStarted{
		Plan: p.Name, File: name + ".yaml", MISDate: "2026-11-20", Target: target, StartedAt: n.now, Simulated: name == "simulated",
		Params: []runner.Param{{Name: "region", Value: "EMEA", From: "default"}, {Name: "codes", Items: []string{"A", "B"}, From: "command line"}},
		Tool:   runner.Tool{Version: "1.0.0", Machine: 1}, By: runner.By{User: "batch", Host: "node1", PID: 4242, Invoker: "cron"},
		Git: &runner.Git{Commit: "4807a88", Dirty: true},
	})
	n.apply(0, runner.FilePinned{Name: name + ".yaml", SHA256: "00", Text: text})
	return n
}

// apply tells the machine what happened some time after the last event, and writes the turn.
func (n *night) apply(after time.Duration, e runner.Event) {
	n.t.Helper()
	n.now = n.now.Add(after)
	d, err := n.m.Apply(n.now, e)
	if err != nil {
		n.t.Fatal(err)
	}
	entry, err := record.Entry(record.Turn{At: n.now, Event: e, Decision: d})
	if err != nil {
		n.t.Fatal(err)
	}
	if err := errors.Join(n.j.Append(entry), n.j.Sync()); err != nil {
		n.t.Fatal(err)
	}
}

// note writes something people were told.
func (n *night) note(after time.Duration, kind record.NoteKind, message string) {
	n.t.Helper()
	n.now = n.now.Add(after)
	e, err := record.Note{At: n.now, Kind: kind, Message: message}.Entry()
	if err != nil {
		n.t.Fatal(err)
	}
	if err := n.j.Append(e); err != nil {
		n.t.Fatal(err)
	}
}

// command is what the machine waits for from a step.
func (n *night) command(step string, mutating bool) *runner.Command {
	n.t.Helper()
	for _, c := range n.m.Status().Pending {
		if c.Key.Step == step && c.Key.Op.Mutating() == mutating {
			return c.Command
		}
	}
	n.t.Fatalf("the machine waits for nothing from %q", step)
	return nil
}

// sent opens the gate for a step's request.
func (n *night) sent(step string) runner.Key {
	n.t.Helper()
	k := n.command(step, true).Key
	n.apply(100*time.Millisecond, runner.RequestSent{Key: k, Op: k.Op, URL: "https://aml.example.com/x", BodySHA256: "ff", Permit: runner.Permit{Text: "test"}})
	return k
}

// accept lets the scheduler take a step's request.
func (n *night) accept(step, runID string) {
	n.t.Helper()
	n.apply(200*time.Millisecond, runner.RequestAccepted{Key: n.sent(step), HTTP: 200, Code: "0", BatchRunID: runID})
}

// observe answers a step's watch.
func (n *night) observe(after time.Duration, step string, status fact.Status, code int, tasks ...fact.Part) {
	n.t.Helper()
	c := n.command(step, false)
	n.apply(after, runner.BatchObserved{Key: c.Key, RunID: c.Run.RunID, Status: status, Code: code, Tasks: tasks, Since: n.now.Add(after)})
}

func (n *night) save(path string) {
	n.t.Helper()
	r, err := n.disk.Read(n.j.Path())
	if err != nil {
		n.t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		n.t.Fatal(err)
	}
	if err := os.WriteFile(path, b.Bytes(), 0o644); err != nil {
		n.t.Fatal(err)
	}
}

// nights are what happened in the recorded runs.
var nights = map[string]func(*night){
	"failed": func(n *night) {
		n.accept("load", "DATA_LOAD_2026-11-20_1795222800000_1")
		bad := fact.Part{Code: "STAGE_TXN", Status: fact.StatusFailed, StatusCode: -1}
		n.observe(12*time.Minute, "load", fact.StatusFailed, -1, bad)
		n.apply(5*time.Minute, runner.ClockReached{})
		n.accept("load", "DATA_LOAD_2026-11-20_1795222800000_1")
		n.note(time.Minute, record.ContactLost, "no contact with the scheduler: connection refused")
		n.apply(30*time.Minute, runner.ClockReached{}) // expect is over
		n.observe(3*time.Minute, "load", fact.StatusFailed, -1, bad)
		n.accept("tidy", "TIDY_2026-11-20_1795222800000_2")
		n.observe(3*time.Second, "tidy", fact.StatusSucceeded, 0)
	},
	"doubt": func(n *night) {
		n.accept("rates", "RATES_2026-11-20_1795222800000_1")
		n.apply(20*time.Second, runner.RequestInDoubt{Key: n.sent("load"), HTTP: 502, Message: "the answer was a page of a proxy: \x1b[31mBad Gateway\x1b[0m"})
		n.observe(40*time.Minute, "rates", fact.StatusSucceeded, 0)
	},
	"simulated": func(n *night) {
		n.accept("load", "DATA_LOAD_2026-11-20_1795222800000_1")
		n.observe(4*time.Second, "load", fact.StatusFailed, -1)
		n.accept("score", "SCORE_2026-11-20_1795222800000_2")
		n.observe(2*time.Second, "score", fact.StatusSucceeded, 0)
	},
	"detached": func(n *night) {
		n.accept("load", "DATA_LOAD_2026-11-20_1795222800000_1")
		n.note(15*time.Minute, record.Heartbeat, "1 batch runs watched")
		n.apply(time.Minute, runner.RunDetached{Reason: "SIGTERM"})
		n.note(time.Second, record.Heartbeat, "bye")
	},
}

// text collects what a view prints.
func text(t *testing.T, print func(*strings.Builder) error) string {
	t.Helper()
	var b strings.Builder
	if err := print(&b); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// printed is a recorded run as each view shows it, one after the other.
func printed(t *testing.T, name string) string {
	t.Helper()
	r := read(t, name)
	style := Style{Simulated: r.Started.Simulated}
	return text(t, func(b *strings.Builder) error {
		fmt.Fprintf(b, "== lines\n%s", lines(t, name, style))
		b.WriteString("\n== summary\n")
		err := Summary(b, style, r, "/state/audit.jsonl")
		b.WriteString("\n== card\n")
		err = errors.Join(err, Card(b, style, r, Repeat{}))
		b.WriteString("\n== show\n")
		err = errors.Join(err, Show(b, style, r, "/state/audit.jsonl"))
		g, gerr := RunGraph(r)
		if gerr != nil {
			return gerr
		}
		b.WriteString("\n== graph\n")
		return errors.Join(err, g.Text(b, style))
	})
}

// lines prints a recorded run again as it was printed while it went on.
func lines(t *testing.T, name string, style Style) string {
	t.Helper()
	f, err := os.Open(filepath.Join("testdata", name+".jsonl"))
	if err != nil {
		t.Fatal(err)
	}
	defer f.Close()
	var b strings.Builder
	var l *Lines
	for rec, err := range audit.Records(f) {
		if err != nil {
			t.Fatal(err)
		}
		if l == nil {
			l = NewLines(&b, rec.Run, nil, style)
		}
		if rec.Note {
			l.Note(record.ReadNote(rec.Record))
			continue
		}
		turn, err := record.Read(rec.Record)
		if err != nil {
			t.Fatal(err)
		}
		l.Turn(turn)
	}
	return b.String()
}

func TestRecordedRunsAreToldAsExpected(t *testing.T) {
	for _, name := range journals {
		t.Run(name, func(t *testing.T) { golden(t, name+".txt", printed(t, name)) })
	}
}
