package drive

import (
	"fmt"
	"time"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// headEvery is how often at most the head is passed on when nothing special happens.
const headEvery = time.Minute

// A book collects what happened in one round of the loop and writes it as one piece.
type book struct {
	journal Journal
	Observers
	entries  []audit.Entry
	lines    []line
	gates    []func(refusal error) // requests that wait for their record to be durable
	sync     bool                  // something booked must be durable before anything else is done
	headline bool                  // the head is worth keeping elsewhere
	asked    bool                  // a gate was opened before: the first request is out
	head     time.Time             // when the head was last passed on
}

// A line is what observers are told of one entry.
type line struct {
	turn record.Turn // its Event is nil for a note
	note Note
}

// turn books a turn.
func (b *book) turn(at time.Time, e runner.Event, d runner.Decision, sync bool) error {
	t := record.Turn{At: at, Event: e, Decision: d}
	entry, err := record.Entry(t)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	b.entries = append(b.entries, entry)
	b.lines = append(b.lines, line{turn: t})
	b.sync = b.sync || sync
	return nil
}

// note books a note.
func (b *book) note(n Note) error {
	entry, err := record.Note(n.At, string(n.Kind), n.Key, n)
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	b.entries = append(b.entries, entry)
	b.lines = append(b.lines, line{note: n})
	return nil
}

// write appends everything booked as one write, syncs when something needs it, opens the gates that waited
// and tells the observers. On an error the gates stay shut and observers hear only of outcomes that are lost with it.
func (b *book) write() error {
	if len(b.entries) == 0 {
		return nil
	}
	err := b.save()
	gates, lines := b.gates, b.lines
	b.entries, b.lines, b.gates = b.entries[:0], b.lines[:0], b.gates[:0]
	b.sync, b.headline = false, false
	for _, open := range gates {
		open(err)
	}
	for i := range lines {
		if err != nil {
			b.unrecorded(lines[i].at(), lines[i].turn.Event)
		} else {
			b.tell(lines[i])
		}
	}
	clear(lines)
	return err
}

// unrecorded tells observers what became of a request, because the journal is closed to it and nothing else
// will tell. Of other events, and of requests that were not sent, there is nothing to tell.
func (b *book) unrecorded(at time.Time, e runner.Event) {
	n := Note{At: at, Kind: Unrecorded}
	switch e := e.(type) {
	case runner.RequestAccepted:
		n.Key, n.Message = e.Key, "accepted as "+e.BatchRunID
	case runner.RequestRefused:
		n.Key, n.Message = e.Key, "refused: "+e.Summary
	case runner.RequestInDoubt:
		n.Key, n.Message = e.Key, "in doubt: "+e.Message
	default:
		return
	}
	if b.Note != nil {
		b.Note(n)
	}
}

// save makes the entries durable as far as they ask for it, and passes the head on when it is due.
func (b *book) save() error {
	if err := b.journal.Append(b.entries...); err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	clear(b.entries)
	first := len(b.gates) > 0 && !b.asked
	b.asked = b.asked || first
	if !b.sync && !b.headline {
		return nil
	}
	if err := b.journal.Sync(); err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	at := b.lines[len(b.lines)-1].at()
	if b.Head == nil || !first && !b.headline && at.Sub(b.head) < headEvery {
		return nil
	}
	b.head = at
	if err := b.Head(); err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	return nil
}

// tell shows one line to whom it concerns.
func (b *book) tell(l line) {
	switch {
	case l.turn.Event == nil && b.Note != nil:
		b.Note(l.note)
	case l.turn.Event != nil && b.Turn != nil:
		b.Turn(l.turn)
	}
}

func (l line) at() time.Time {
	if l.turn.Event == nil {
		return l.note.At
	}
	return l.turn.At
}
