package drive_test

import (
	"encoding/json"
	"errors"
	"strings"
	"sync"
	"testing"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// paper is a journal that can be made to fail, for good, at its k-th call.
type paper struct {
	mu      sync.Mutex // guards calls and lost
	entries []audit.Entry
	durable int
	calls   int
	syncs   int
	failAt  int // 0: never
	lost    bool
}

var errPaper = errors.New("out of paper")

func (p *paper) fails() bool {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.calls++
	p.lost = p.lost || p.calls == p.failAt
	return p.lost
}

// Append notes the entries.
func (p *paper) Append(entries ...audit.Entry) error {
	if p.fails() {
		return errPaper
	}
	p.entries = append(p.entries, entries...)
	return nil
}

// Sync makes them durable.
func (p *paper) Sync() error {
	if p.fails() {
		return errPaper
	}
	p.syncs++
	p.durable = len(p.entries)
	return nil
}

// asidePaper is paper whose syncs can be done beside the loop.
type asidePaper struct{ *paper }

// Flush begins to make the entries durable.
func (p asidePaper) Flush() (sync func() error, settle func(error) error) {
	n := len(p.entries)
	sync = func() error {
		if p.fails() {
			return errPaper
		}
		return nil
	}
	settle = func(err error) error {
		if err == nil {
			p.syncs++
			p.durable = n
		}
		return err
	}
	return sync, settle
}

// sentDurably lists the keys of the requests that may have left.
func (p *paper) sentDurably() (keys []string) {
	for _, e := range p.entries[:p.durable] {
		if e.Type != "request.sent" {
			continue
		}
		var data struct{ Key string }
		if err := json.Unmarshal(e.Data, &data); err != nil {
			panic(err)
		}
		keys = append(keys, data.Key)
	}
	return keys
}

// String is the journal as people read it.
func (p *paper) String() string {
	var b strings.Builder
	for _, e := range p.entries {
		b.WriteString(e.Time.Format("15:04:05.000000 ") + e.Type + " " + string(e.Data) + " " + string(e.Decided) + "\n")
	}
	return b.String()
}

// replayed is a machine that was shown the durable part of a journal.
func (p *paper) replayed(t testing.TB, text string) *runner.Machine {
	t.Helper()
	m := machine(t, text)
	for i, e := range p.entries[:p.durable] {
		if e.Note {
			continue
		}
		turn, err := record.Read(audit.Record{
			Seq: int64(i + 1), Stamp: audit.Stamp{Time: e.Time, Type: e.Type, Step: e.Step, Attempt: e.Attempt},
			Data: e.Data, Decided: e.Decided,
		})
		if err != nil {
			t.Fatal(err)
		}
		if _, err := m.Apply(turn.At, turn.Event); err != nil {
			t.Fatalf("record %d: %v\n%s", i+1, err, p)
		}
	}
	return m
}
