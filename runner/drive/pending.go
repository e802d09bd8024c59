package drive

import (
	"fmt"
	"time"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// When nothing special happens the head is passed on after a minute, and from then on at twice the distance each time, up
// to an hour. So what no head speaks of yet is the same part of a run however long it lasts, and a night keeps a dozen heads.
const (
	firstHead = time.Minute
	mostHead  = time.Hour
)

// pending holds what happened and is not settled yet, in order. A line is settled when it is written and, where its
// kind asks for it, synced, and everything before it is settled; only then anybody acts on it or hears of it.
//
//	taken ──append──▶ written ──sync, if it or one before it needs one──▶ settled: gate, commands, observers
type pending struct {
	journal Journal
	Observers
	lines    []line
	written  int           // so many of lines are in the journal
	flushing bool          // a sync is under way beside the loop
	closed   bool          // a write or sync has failed: nothing is written any more
	entries  []audit.Entry // of the lines being written, kept for their memory
	headline bool          // the head is worth keeping elsewhere
	asked    bool          // a gate was opened before: the first request is out
	head     time.Time     // when the head was last passed on
	gap      time.Duration // from then to the next time; zero: firstHead
}

// A line is one record to be, and what waits for it.
type line struct {
	turn record.Turn // its Event is nil for a note
	note record.Note
	wait
}

// wait is what a line waits for, and what waits for the line.
type wait struct {
	durable bool                // it needs a sync
	gate    func(refusal error) // of a request that may leave then; nil: none
	keys    []runner.Key        // of commands that may be carried out then
	letter  string              // to be taken out of the inbox then; empty: none
}

// add takes a line. Nothing is taken once the journal is closed.
func (b *pending) add(n line) {
	if !b.closed {
		b.lines = append(b.lines, n)
	}
}

// last is the line taken last, or nil.
func (b *pending) last() *line {
	if len(b.lines) == 0 {
		return nil
	}
	return &b.lines[len(b.lines)-1]
}

// append writes what was taken and is not written, as one write.
func (b *pending) append() error {
	if b.written == len(b.lines) {
		return nil
	}
	for i := range b.lines[b.written:] {
		e, err := b.lines[b.written+i].entry()
		if err != nil {
			return fmt.Errorf("%w: %w", ErrJournal, err)
		}
		b.entries = append(b.entries, e)
	}
	err := b.journal.Append(b.entries...)
	clear(b.entries)
	b.entries = b.entries[:0]
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	b.written = len(b.lines)
	return nil
}

// settled takes out the lines that are settled.
func (b *pending) settled() []line {
	n := 0
	for n < b.written && !b.lines[n].durable {
		n++
	}
	out := b.lines[:n:n]
	b.lines = b.lines[n:]
	b.written -= n
	return out
}

// synced notes that the first n lines are durable, and passes the head on when it is due.
func (b *pending) synced(n int, err error) error {
	if err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	first := false
	for i := range b.lines[:n] {
		b.lines[i].durable = false
		first = first || b.lines[i].gate != nil && !b.asked
	}
	at := b.lines[n-1].at()
	special, gap := first || b.headline, max(b.gap, firstHead)
	if b.Head == nil || !special && at.Sub(b.head) < gap {
		return nil
	}
	if !special {
		b.gap = min(2*gap, mostHead)
	}
	b.asked, b.headline, b.head = b.asked || first, false, at
	if err := b.Head(); err != nil {
		return fmt.Errorf("%w: %w", ErrJournal, err)
	}
	return nil
}

// shut drops everything that is not settled: the gates stay shut, and observers hear only of outcomes that are
// lost with it.
func (b *pending) shut(err error) {
	lines := b.lines
	b.lines, b.written, b.closed = nil, 0, true
	for i := range lines {
		if lines[i].gate != nil {
			lines[i].gate(err)
		}
	}
	for i := range lines {
		b.unrecorded(lines[i].at(), lines[i].turn.Event)
	}
}

// gates is how many calls stand at their gate and wait for a line.
func (b *pending) gates() (n int) {
	for i := range b.lines {
		if b.lines[i].gate != nil {
			n++
		}
	}
	return n
}

// tell shows a line to whom it concerns.
func (b *pending) tell(l *line) {
	switch {
	case l.turn.Event == nil && b.Note != nil:
		b.Note(l.note)
	case l.turn.Event != nil && b.Turn != nil:
		b.Turn(l.turn)
	}
}

// unrecorded tells observers what became of a request, because the journal is closed to it and nothing else
// will tell. Of other events, and of requests that were not sent, there is nothing to tell.
func (b *pending) unrecorded(at time.Time, e runner.Event) {
	n := record.Note{At: at, Kind: record.Unrecorded}
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

// entry is the line as the journal takes it.
func (l *line) entry() (audit.Entry, error) {
	if l.turn.Event == nil {
		return l.note.Entry()
	}
	return record.Entry(l.turn)
}

func (l *line) at() time.Time {
	if l.turn.Event == nil {
		return l.note.At
	}
	return l.turn.At
}

// A Flusher is a Journal whose syncs can be done beside the loop, so that what comes in meanwhile shares the next
// one; *audit.Journal is one. A journal that is none, or a sync for which nothing else is under way that could
// come in, is synced in the loop.
type Flusher interface {
	// Flush begins to make everything appended so far durable; nil, nil when there is nothing new. Sync does it, in any
	// goroutine, while the loop may append; settle is called in the loop afterwards with what sync returned.
	Flush() (sync func() error, settle func(error) error)
}

// write puts everything taken into the journal and acts on what is settled. When that fails, the gates stay shut
// and nothing new starts.
func (l *loop) write() {
	b := &l.pending
	for {
		if err := b.append(); err != nil {
			l.broken(err)
			return
		}
		l.act(b.settled())
		switch {
		case b.written < len(b.lines):
			continue // acting took something down
		case len(b.lines) == 0 || b.flushing:
			return
		}
		if f, ok := b.journal.(Flusher); ok && l.flying() > b.gates() {
			l.flush(f)
			return
		}
		if err := b.synced(b.written, b.journal.Sync()); err != nil {
			l.broken(err)
			return
		}
	}
}

// flush starts a sync beside the loop, for all that is written.
func (l *loop) flush(f Flusher) {
	sync, settle := f.Flush()
	if sync == nil { // durable already
		sync, settle = func() error { return nil }, func(error) error { return nil }
	}
	b, n := &l.pending, l.pending.written
	b.flushing = true
	var failed error
	l.world.Start(&Call{
		do: func(func() error) { failed = sync() },
		ended: func() {
			b.flushing = false
			err := settle(failed)
			if b.closed {
				return
			}
			if err := b.synced(n, err); err != nil {
				l.broken(err)
			}
		},
	})
}

// broken leaves a run whose journal cannot be written.
func (l *loop) broken(err error) {
	l.fail(err)
	l.pending.shut(err)
}

// act does what was waiting for these lines: requests leave first.
func (l *loop) act(lines []line) {
	for i := range lines {
		if open := lines[i].gate; open != nil {
			open(nil)
		}
	}
	for i := range lines {
		l.pending.tell(&lines[i])
		for _, k := range lines[i].keys {
			l.enlist(k)
		}
		if id := lines[i].letter; id != "" {
			l.discard(id)
		}
		lines[i] = line{}
	}
}

// enlist lets a command be carried out, unless it was dropped meanwhile.
func (l *loop) enlist(k runner.Key) {
	switch {
	case k.Op.Mutating():
		l.requests.enlist(k)
	case k.Op.Tells():
		l.notices.enlist(k)
	case k.Op == runner.OpSense:
		l.sensors.enlist(k)
	default:
		l.watches.enlist(k)
	}
}
