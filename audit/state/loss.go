package state

import (
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ofsplan/audit"
)

// A Loss is a run of which the ledger knows more than the store holds.
type Loss struct {
	Head         audit.Head      `json:"head"`
	What         string          `json:"what"`
	Acknowledged *Acknowledgment `json:"acknowledged,omitempty"` // nil: by nobody yet
	left         int64           // bytes of the audit log; 0: nothing
}

// An Acknowledgment says that a loss is known, by whom, and why. It brings nothing back and permits nothing: such a run is
// not resumed.
type Acknowledgment struct {
	By     string    `json:"by"` // user@host
	Reason string    `json:"reason"`
	At     time.Time `json:"at"`
	// Size is what was left of the audit log then, in bytes; 0: nothing. With less, more was lost, which nobody knows of.
	Size int64 `json:"size"`
}

// Losses compares the ledger with what is there: runs that were deleted, and audit logs shorter than their
// last kept head, as an old copy put back is. It looks at sizes only; [audit.Verify] with the head looks at all.
func Losses(s Store) ([]Loss, error) {
	all, err := headsOf(s.Ledger())
	if err != nil {
		return nil, err
	}
	var losses []Loss
	for _, k := range all {
		if !ValidRunID(k.Run) {
			continue
		}
		loss, err := lossOf(s, k)
		if err != nil {
			return nil, err
		}
		if loss != nil {
			losses = append(losses, *loss)
		}
	}
	return losses, nil
}

// lossOf is what is missing of a run by what the ledger keeps of it; nil: nothing.
func lossOf(s Store, k Kept) (*Loss, error) {
	size, err := s.Size(k.Run)
	loss := Loss{Head: k.Head, left: size}
	switch {
	case errors.Is(err, fs.ErrNotExist):
		loss.left = 0
		loss.What = fmt.Sprintf("run %s is in the ledger with %d records, and its audit log is gone", k.Run, k.Count)
	case err != nil:
		return nil, fmt.Errorf("look at the audit log of run %q: %w", k.Run, err)
	case size < k.Size:
		loss.What = fmt.Sprintf("the audit log of run %s has %d bytes, and had %d when its head was kept: it was cut, or is an old copy", k.Run, size, k.Size)
	default:
		return nil, nil
	}
	if k.Acknowledged != nil && loss.left >= k.Acknowledged.Size {
		loss.Acknowledged = k.Acknowledged
	}
	return &loss, nil
}

// Acknowledge writes into the ledger that the loss of a run is known, durably, with what is left of it. A run of which
// nothing is missing is an error that wraps ErrNoRun.
func Acknowledge(s Store, run string, a Acknowledgment) error {
	ledger := s.Ledger()
	if ledger == nil {
		return fmt.Errorf("%w: simulated runs have no ledger", ErrNoRun)
	}
	losses, err := Losses(s)
	if err != nil {
		return err
	}
	for _, l := range losses {
		if l.Head.Run == run {
			a.Size = l.left
			return ledger.Acknowledge(run, a)
		}
	}
	return fmt.Errorf("%w: nothing is missing of run %q", ErrNoRun, run)
}
