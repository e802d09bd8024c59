package operate

import (
	"errors"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/fold"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// The process that holds the run takes a letter out of the inbox when its record is durable. Before that the record
// can be read, and lost with the power.
func TestAStatementIsAcknowledgedOnceItIsDurable(t *testing.T) {
	const run = "20261123T020000Z-nightly-7f3c"
	folder := state.NewFolder(audit.RealDisk{}, t.TempDir())
	journal, err := folder.Begin(run)
	if err != nil {
		t.Fatal(err)
	}
	defer func() {
		if err := journal.Close(); err != nil {
			t.Error(err)
		}
	}()
	inbox, to := folder.Inbox(run), &Addressed{store: folder, run: &fold.Run{ID: run}}
	said := runner.OperatorCanceled{Statement: runner.Statement{ID: "1", By: "ops", Reason: "wrong date"}}
	entry, err := record.Entry(record.Turn{At: time.Unix(1, 0), Event: said})
	if err != nil {
		t.Fatal(err)
	}
	if err := errors.Join(inbox.Put("1", []byte("{}")), journal.Append(entry)); err != nil {
		t.Fatal(err)
	}
	if out, err := to.recorded("1", inbox, true); out != nil || err != nil {
		t.Errorf("while its letter waits: %+v, %v", out, err)
	}
	if err := inbox.Remove("1"); err != nil {
		t.Fatal(err)
	}
	if out, err := to.recorded("1", inbox, true); err != nil || out == nil || out.Record != 1 || !out.Live {
		t.Errorf("once its letter is gone: %+v, %v", out, err)
	}
}
