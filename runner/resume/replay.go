package resume

import (
	"errors"
	"fmt"
	"time"

	"ofsplan/audit"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// ErrOtherMachine means that a journal was written by a machine that decides differently, so that only a
// release of its own number can take it up.
var ErrOtherMachine = errors.New("the run belongs to another machine number")

// ErrDiverged means that the machine decided something else than its journal says: the journal was written by
// another hand, or the program is broken. The run is not taken up.
var ErrDiverged = errors.New("the journal does not say what the machine decides")

// Replayed is a run as its journal left it.
type Replayed struct {
	Machine  *runner.Machine
	Resolved *plan.Resolved
	Started  runner.RunStarted
	At       time.Time   // of the last turn
	called   bool        // somebody was asked for something
	away     bool        // it was left last because there was no first contact
	End      *runner.End // how the run ended or stopped in doubt when it last did; it counts while the machine's status says so
}

// A Watcher looks on while a run is replayed, and decides nothing. The zero Watcher looks at nothing.
type Watcher struct {
	// Until is the number of the last record that is applied; 0: all are. The plan is that of the whole log.
	Until int64
	// Turn is told each record that was applied, with what it decided. Nil: nobody is.
	Turn func(audit.Record, record.Turn)
	// Judged is told how conditions were judged, before Turn is told the record that made the machine judge them. Nil: nobody is.
	Judged func(audit.Record, runner.Judgement)
}

// Replay rebuilds a run from its records, which have been verified: the plan from the files pinned in them, the
// machine from the turns. Every decision is held against the recorded one. Errors wrap [ErrOtherMachine],
// [ErrDiverged], [record.ErrUnknown] or [runner.ErrUnexpected], and name the record.
func Replay(records []audit.Record) (Replayed, error) { return Watcher{}.Replay(records) }

// Replay is [Replay] with somebody who looks on.
func (w Watcher) Replay(records []audit.Record) (Replayed, error) {
	var out Replayed
	if err := out.opening(records); err != nil {
		return Replayed{}, err
	}
	var at audit.Record
	if w.Judged != nil {
		out.Machine.Listen(func(j runner.Judgement) { w.Judged(at, j) })
	}
	for _, r := range records {
		if w.Until > 0 && r.Seq > w.Until {
			break
		}
		if r.Note {
			continue
		}
		at = r
		t, err := record.ReadEvent(r)
		if err != nil {
			return Replayed{}, err
		}
		d, err := out.Machine.Apply(t.At, t.Event)
		if err != nil {
			return Replayed{}, fmt.Errorf("record %d: %w", r.Seq, err)
		}
		if err := sameDecision(r, d); err != nil {
			return Replayed{}, err
		}
		if d.End != nil {
			out.End = d.End
		}
		out.At = t.At
		out.hear(t.Event)
		if w.Turn != nil {
			t.Decision = d
			w.Turn(r, t)
		}
	}
	if !out.Machine.Status().Ended {
		out.End = nil
	}
	return out, nil
}

// hear takes in what an event tells of contact.
func (out *Replayed) hear(e runner.Event) {
	switch e := e.(type) {
	case runner.RunStarted, runner.FilePinned, runner.RunResumed, runner.ClockReached:
	case runner.RunDetached:
		out.away = e.NoContact
	default:
		out.called = true
	}
}

// Unbegun reports whether the run never asked anybody for anything though it had something to ask, so that it is taken up as it
// would be started. One that was stopped in a sleep had its first contact, and waits for the scheduler like any other.
func (out *Replayed) Unbegun() bool {
	return !out.called && (out.away || len(out.Machine.Status().Pending) > 0)
}

// opening finds run.started and the pinned files, and makes the machine of that run.
func (out *Replayed) opening(records []audit.Record) error {
	found := false
	var first int64
	var pins []runner.FilePinned
	for _, r := range records {
		if r.Note {
			continue
		}
		t, err := record.ReadEvent(r)
		if err != nil {
			return err
		}
		if _, pin := t.Event.(runner.FilePinned); len(pins) > 0 && !pin {
			break // files are pinned before anything else happens
		}
		switch e := t.Event.(type) {
		case runner.RunStarted:
			out.Started, found = e, true
			if e.Tool.Machine != runner.MachineVersion {
				return fmt.Errorf("%w: it is machine %d of release %s, this is machine %d: use that release",
					ErrOtherMachine, e.Tool.Machine, e.Tool.Version, runner.MachineVersion)
			}
		case runner.FilePinned:
			if !found {
				return fmt.Errorf("record %d: %w: a file is pinned before the run has started", r.Seq, runner.ErrUnexpected)
			}
			if len(pins) == 0 {
				first = r.Seq
			}
			pins = append(pins, e)
		}
	}
	if len(pins) == 0 {
		return fmt.Errorf("%w: the journal ends before the plan was pinned, so nothing was started: run the plan again", runner.ErrUnexpected)
	}
	return out.bind(records[0].Run, first, pins)
}

// bind makes the machine from the texts that the log has pinned, the plan's own first, not from the files as they are today.
// A process that ended between two pins had started nothing: [ErrNothingPinned].
func (out *Replayed) bind(run string, first int64, pins []runner.FilePinned) error {
	p, err := plan.ParsePinned(out.Started.File, []byte(pins[0].Text), runner.Pinned(pins[1:])...)
	switch {
	case errors.Is(err, plan.ErrNotPinned):
		return fmt.Errorf("record %d: %w: %w", first, ErrNothingPinned, err)
	case err != nil:
		return fmt.Errorf("record %d: the pinned plan cannot be read: %w", first, err)
	}
	if out.Resolved, err = runner.ResolvedOf(p, out.Started, run); err != nil {
		return fmt.Errorf("record %d: the recorded parameters: %w", first, err)
	}
	out.Machine = runner.NewMachine(out.Resolved)
	return nil
}

// Tell applies events to a run that nobody drives, such as an operator's statement, and makes them durable. The caller
// holds the run's lock. What a machine refuses is an error that wraps [runner.ErrUnexpected]; then nothing of it, and
// nothing behind it, is written.
func (out *Replayed) Tell(journal drive.Journal, at time.Time, events ...runner.Event) ([]record.Turn, error) {
	at = out.at(at)
	var turns []record.Turn
	var entries []audit.Entry
	var refused error
	for _, e := range events {
		d, err := out.Machine.Apply(at, e)
		if err != nil {
			refused = err
			break
		}
		t := record.Turn{At: at, Event: e, Decision: d}
		entry, err := record.Entry(t)
		if err != nil {
			return nil, err
		}
		turns, entries = append(turns, t), append(entries, entry)
		if out.At = at; d.End != nil {
			out.End = d.End
		}
	}
	if len(entries) > 0 {
		if err := errors.Join(journal.Append(entries...), journal.Sync()); err != nil {
			return nil, fmt.Errorf("%w: %w", drive.ErrJournal, err)
		}
	}
	return turns, refused
}

// at is a time as a record has it: UTC, whole microseconds, and never before the last turn.
func (out *Replayed) at(t time.Time) time.Time {
	if t = t.UTC().Truncate(time.Microsecond).Round(0); t.Before(out.At) {
		return out.At
	}
	return t
}
