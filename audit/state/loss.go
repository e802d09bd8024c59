package state

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ofsplan/audit"
)

// A Loss is a run of which the ledger knows more than the folder holds.
type Loss struct {
	Head         audit.Head      `json:"head"`
	What         string          `json:"what"`
	Acknowledged *Acknowledgment `json:"acknowledged,omitempty"` // nil: by nobody yet
}

// An Acknowledgment is somebody's word that a loss is known. It brings nothing back and permits nothing: such a run is
// not resumed.
type Acknowledgment struct {
	By     string    `json:"by"` // user@host
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// Size is what was left of the journal then, in bytes; 0: nothing. With less, more was lost, which nobody knows of.
	Size int64 `json:"size"`
}

// Losses compares the ledger with what is there: runs that were deleted, and journals shorter than their
// last kept head, as an old copy put back is. It looks at sizes only; [audit.Verify] with the head looks at all.
func (f *Folder) Losses() ([]Loss, error) {
	all, err := f.kept()
	if err != nil {
		return nil, err
	}
	var losses []Loss
	for _, k := range all {
		h := k.Head
		if !ValidRunID(h.Run) {
			continue
		}
		size, err := f.disk.Size(f.Journal(h.Run))
		loss := Loss{Head: h}
		switch {
		case errors.Is(err, fs.ErrNotExist):
			size = 0
			loss.What = fmt.Sprintf("run %s is in the ledger with %d records, and its audit log is gone", h.Run, h.Count)
		case err != nil:
			return nil, fmt.Errorf("look at the audit log of run %q: %w", h.Run, err)
		case size < h.Size:
			loss.What = fmt.Sprintf("the audit log of run %s has %d bytes, and had %d when its head was kept: it was cut, or is an old copy", h.Run, size, h.Size)
		default:
			continue
		}
		if k.Acknowledged != nil && size >= k.Acknowledged.Size {
			loss.Acknowledged = k.Acknowledged
		}
		losses = append(losses, loss)
	}
	return losses, nil
}

// Acknowledge writes into the ledger that the loss of a run is known, durably. A run of which nothing is missing is an
// error that wraps ErrNoRun.
func (f *Folder) Acknowledge(run string, a Acknowledgment) error {
	ledger := f.Ledger()
	if ledger == nil {
		return fmt.Errorf("%w: simulated runs have no ledger", ErrNoRun)
	}
	losses, err := f.Losses()
	if err != nil {
		return err
	}
	for _, l := range losses {
		if l.Head.Run != run {
			continue
		}
		k, err := ledger.of(run)
		if err != nil {
			return err
		}
		if a.Size, err = f.disk.Size(f.Journal(run)); errors.Is(err, fs.ErrNotExist) {
			a.Size, err = 0, nil
		}
		if err != nil {
			return fmt.Errorf("look at the audit log of run %q: %w", run, err)
		}
		k.Acknowledged = &a
		return ledger.write(*k)
	}
	return fmt.Errorf("%w: nothing is missing of run %q", ErrNoRun, run)
}
