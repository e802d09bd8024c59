package audit

import (
	"errors"
	"testing"
	"time"
)

// flushed appends a record and begins to flush it.
func flushed(t *testing.T, j *Journal) (sync func() error, settle func(error) error) {
	t.Helper()
	if err := j.Append(Entry{Time: time.Unix(1, 0), Type: "run.started"}); err != nil {
		t.Fatal(err)
	}
	return j.Flush()
}

func TestAFlushCoversWhatWasAppendedBeforeIt(t *testing.T) {
	j, err := Create(&Memory{}, "/runs/r", "r")
	if err != nil {
		t.Fatal(err)
	}
	if sync, settle := j.Flush(); sync != nil || settle != nil {
		t.Error("there is something to flush in an empty journal")
	}
	sync, settle := flushed(t, j)
	if err := j.Append(Entry{Time: time.Unix(2, 0), Type: "clock.reached"}); err != nil { // meanwhile
		t.Fatal(err)
	}
	if j.Durable() != 0 {
		t.Error("durable before the sync")
	}
	if err := settle(sync()); err != nil || j.Durable() != 1 || j.Head().Count != 1 {
		t.Errorf("%v; %d records durable, want 1: the second came after the flush began", err, j.Durable())
	}
}

func TestAFlushThatFailsPoisonsTheJournal(t *testing.T) {
	j, err := Create(&Memory{}, "/runs/r", "r")
	if err != nil {
		t.Fatal(err)
	}
	_, settle := flushed(t, j)
	full := errors.New("input/output error")
	if err := settle(full); !errors.Is(err, ErrPoisoned) || !errors.Is(err, full) {
		t.Errorf("got %v", err)
	}
	if err := j.Append(Entry{Time: time.Unix(2, 0), Type: "clock.reached"}); !errors.Is(err, ErrPoisoned) {
		t.Errorf("appended: %v", err)
	}
	sync, settle := j.Flush()
	if err := settle(sync()); !errors.Is(err, ErrPoisoned) || j.Durable() != 0 {
		t.Errorf("a later flush: %v, %d durable", err, j.Durable())
	}
}
