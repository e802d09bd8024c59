package state

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"
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
// last kept head, as an old copy put back is. It looks at sizes only; [audit.Verify] with the head looks at all. Runs of which
// nothing was kept since that time are not looked at; the zero time is all of them.
func Losses(s Store, since time.Time) ([]Loss, error) {
	ledger := s.Ledger()
	if ledger == nil {
		return nil, nil
	}
	var recent []Kept
	for k, err := range ledger.Newest() {
		if err != nil {
			return nil, err
		}
		if k.WrittenAt.Before(since) {
			break
		}
		recent = append(recent, k)
	}
	slices.Reverse(recent)
	return LossesOf(s, recent)
}

// LossesOf compares what is kept of runs, in any ledger, with what is there.
func LossesOf(s Store, all []Kept) ([]Loss, error) {
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
	k, err := ledger.Of(run)
	if err != nil {
		return err
	}
	if k == nil && ValidRunID(run) {
		return acknowledgeUnnamed(s, run, a)
	}
	var loss *Loss
	if k != nil && ValidRunID(run) {
		if loss, err = lossOf(s, *k); err != nil {
			return err
		}
	}
	if loss == nil {
		return fmt.Errorf("%w: nothing is missing of run %q", ErrNoRun, run)
	}
	a.Size = loss.left
	k.Acknowledged = &a
	return ledger.Acknowledge(*k)
}

// acknowledgeUnnamed puts a run into the ledger that is not named there, as it stands, with the word of who answers for that.
func acknowledgeUnnamed(s Store, run string, a Acknowledgment) error {
	f, err := s.Open(run)
	if errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("%w: %q", ErrNoRun, run)
	}
	if err != nil {
		return err
	}
	v, err := audit.Verify(f, audit.Expect{Run: run})
	if err = errors.Join(err, f.Close()); err != nil {
		return err
	}
	if err := v.Err(); err != nil {
		return err
	}
	a.Size = v.Head.Size
	return s.Ledger().Acknowledge(Kept{Head: v.Head, Acknowledged: &a})
}
