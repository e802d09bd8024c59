package drive

import "ofsplan/runner"

// A Flusher is a Journal whose syncs can be done beside the loop, so that what comes in meanwhile shares the next
// one; *audit.Journal is one. A journal that is none, or a sync for which nothing else is under way that could
// come in, is synced in the loop.
type Flusher interface {
	// Flush begins to make everything appended so far durable; nil, nil when there is nothing new. Sync does it, in any
	// goroutine, while the loop may append; settle is called in the loop afterwards with what sync returned.
	Flush() (sync func() error, settle func(error) error)
}

// write puts everything booked into the journal and acts on what is settled. When that fails, the gates stay shut
// and nothing new starts.
func (l *loop) write() {
	b := &l.book
	for {
		if err := b.append(); err != nil {
			l.broken(err)
			return
		}
		l.act(b.settled())
		switch {
		case b.written < len(b.lines):
			continue // acting booked something
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
	b, n := &l.book, l.book.written
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
	l.book.shut(err)
}

// act does what was waiting for these lines: requests leave first.
func (l *loop) act(lines []line) {
	for i := range lines {
		if open := lines[i].gate; open != nil {
			open(nil)
		}
	}
	for i := range lines {
		l.book.tell(&lines[i])
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
	if k.Op.Mutating() {
		l.errands.enlist(k)
		return
	}
	l.watches.enlist(k)
}
