package drive

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ofsplan/audit/state"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// collectEvery is how often the inbox is looked into when nobody says.
const collectEvery = time.Second

// inbox is what the loop knows of its inbox.
type inbox struct {
	inbox  Inbox // nil: none
	every  time.Duration
	next   time.Time // when to look again; zero without an inbox
	taken  []string  // letters whose record waits to be durable; then they are taken out
	passed []string  // letters that cannot be read, of which a note was made
	closed bool      // it could not be read last time
}

// collect takes in the statements that wait. Each is an event like any other; one that does not fit where the run
// stands is refused, on the record, so that its author hears of it.
func (l *loop) collect(now time.Time) {
	p := &l.inbox
	if p.inbox == nil || now.Before(p.next) {
		return
	}
	p.next = now.Add(p.every)
	letters, err := p.inbox.Letters()
	if err != nil {
		if !p.closed {
			l.note(record.Note{Kind: record.InboxClosed, Message: err.Error()})
		}
		p.closed = true
		return
	}
	p.closed = false
	for _, letter := range letters {
		if l.leave.going {
			return // what is left stays for whoever takes the run up
		}
		if slices.Contains(p.taken, letter.ID) {
			continue
		}
		if letter.Unread != nil { // the others are read all the same, and so is this one when somebody has mended it
			if !slices.Contains(p.passed, letter.ID) {
				p.passed = append(p.passed, letter.ID)
				l.note(record.Note{Kind: record.InboxClosed, Statement: letter.ID, Message: passedOver(letter)})
			}
			continue
		}
		e, err := record.Hear(letter.ID, letter.Owner, letter.Data)
		var d runner.Decision
		if err == nil {
			e = l.machine.Interpret(e)
			d, err = l.machine.Apply(now, e)
		}
		switch {
		case errors.Is(err, runner.ErrApplied): // applied before, and the file outlived the process
			l.discard(letter.ID)
			continue
		case err != nil:
			l.note(record.Note{Kind: record.StatementRefused, Statement: letter.ID, Message: runner.Reason(err)})
			l.pending.last().durable = true // its author reads it before the letter is gone
		default:
			l.turn(now, e, d, durable)
		}
		l.pending.last().letter = letter.ID
		p.taken = append(p.taken, letter.ID)
	}
}

// passedOver says that a letter cannot be read.
func passedOver(letter state.Letter) string {
	by := ""
	if letter.Owner != "" {
		by = " of " + letter.Owner
	}
	return fmt.Sprintf("a word%s in the inbox cannot be read and is passed over: %v", by, letter.Unread)
}

// discard takes out a letter whose record is durable. One that cannot be removed is heard again and recognised
// by its id.
func (l *loop) discard(id string) {
	p := &l.inbox
	p.taken = slices.DeleteFunc(p.taken, func(h string) bool { return h == id })
	if err := p.inbox.Remove(id); err != nil && !p.closed {
		p.closed = true
		l.note(record.Note{Kind: record.InboxClosed, Message: err.Error()})
	}
}
