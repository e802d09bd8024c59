package fold

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/audit"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

func TestAnOverviewAgreesWithTheWholeJournal(t *testing.T) {
	for _, name := range journals {
		b := journal(t, name)
		r := read(t, name)
		o, err := ReadOverview(r.ID, bytes.NewReader(b), int64(len(b)))
		if err != nil {
			t.Fatal(err)
		}
		want := Overview{Run: r.ID, Plan: r.Started.Plan, MISDate: r.Started.MISDate, Target: r.Started.Target.Name, Simulated: r.Started.Simulated, State: r.State, Span: r.Span}
		want.Elapsed = Seconds(r.UpdatedAt.Sub(r.StartedAt))
		if r.End != nil {
			want.Steps = r.End.Steps
		}
		if diff := cmp.Diff(want, o); diff != "" {
			t.Errorf("%s: the whole journal (-), overview (+):\n%s", name, diff)
		}
	}
}

func TestAnOverviewFindsTheEndBehindManyNotes(t *testing.T) {
	var disk audit.Memory
	j, err := audit.Create(&disk, "a", "20261123T234000Z-a-7f3c")
	if err != nil {
		t.Fatal(err)
	}
	start, err := record.Entry(record.Turn{At: at0, Event: runner.RunStarted{Plan: "p"}})
	if err != nil {
		t.Fatal(err)
	}
	left, err := record.Entry(record.Turn{At: at0, Event: runner.RunDetached{Reason: "SIGTERM"}})
	if err != nil {
		t.Fatal(err)
	}
	note, err := record.Note{At: at0.Add(time.Hour), Kind: record.ContactLost, Message: strings.Repeat("x", 1000)}.Entry()
	if err != nil {
		t.Fatal(err)
	}
	err = j.Append(start, left)
	for range 200 {
		err = errors.Join(err, j.Append(note))
	}
	if err := errors.Join(err, j.Sync()); err != nil {
		t.Fatal(err)
	}
	f, err := disk.Read(j.Path())
	if err != nil {
		t.Fatal(err)
	}
	var b bytes.Buffer
	if _, err := b.ReadFrom(f); err != nil {
		t.Fatal(err)
	}
	o, err := ReadOverview("r", bytes.NewReader(b.Bytes()), int64(b.Len()))
	if err != nil || o.State != Detached || o.Elapsed != Seconds(time.Hour) {
		t.Errorf("got %+v, %v", o, err)
	}
	for what, cut := range map[string]int{"it has no record": 0, "its first record cannot be read": 10} {
		if o, err := ReadOverview("r", bytes.NewReader(b.Bytes()), int64(cut)); err != nil || o.Trouble != what {
			t.Errorf("got %q, %v, want %q", o.Trouble, err, what)
		}
	}
}

// A run of which nothing is left to do when it starts ends before its plan is pinned, however long that is.
func TestAnOverviewFindsAnEndBeforeThePlan(t *testing.T) {
	for _, size := range []int{10, 200 << 10} {
		var disk audit.Memory
		j, err := audit.Create(&disk, "a", "20261123T234000Z-a-7f3c")
		if err != nil {
			t.Fatal(err)
		}
		end := runner.End{Outcome: fact.Succeeded, Steps: map[fact.Outcome]int{fact.Skipped: 1}}
		start, err := record.Entry(record.Turn{At: at0, Event: runner.RunStarted{Plan: "p"}, Decision: runner.Decision{End: &end}})
		pinned, pinErr := record.Entry(record.Turn{At: at0, Event: runner.FilePinned{Text: strings.Repeat("x", size)}})
		if err := errors.Join(err, pinErr, j.Append(start, pinned), j.Sync()); err != nil {
			t.Fatal(err)
		}
		log, err := disk.Read(j.Path())
		if err != nil {
			t.Fatal(err)
		}
		b, err := io.ReadAll(log)
		if err != nil {
			t.Fatal(err)
		}
		o, err := ReadOverview("r", bytes.NewReader(b), int64(len(b)))
		if err != nil || o.State != "succeeded" || o.Steps[fact.Skipped] != 1 || !o.FinishedAt.Equal(at0) {
			t.Errorf("%d bytes: got %+v, %v", size, o, err)
		}
	}
}
