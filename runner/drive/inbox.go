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
	people
}

// people is what the loop knows of those who left letters.
type people struct {
	who    Who                // nil: nobody is asked
	asked  map[string]*person // by letter
	asking int                // how many questions are under way
}

// A person is who left a letter, as far as it was asked.
type person struct {
	about  runner.Inquiry
	told   *runner.Approver // nil while nobody has answered
	failed error            // it cannot be told
}

// mostAsked is how many letters' authors are asked for at once.
const mostAsked = 4

// A Timely inbox knows when its next letter comes, so that nobody has to look before.
type Timely interface {
	// Due is that time, which may have passed; zero: none is on its way.
	Due() time.Time
}

// due is when to look into the inbox again; zero: not before something else has happened.
func (p *inbox) due() time.Time {
	t, ok := p.inbox.(Timely)
	if !ok || p.asking > 0 {
		return p.next
	}
	due := t.Due()
	if !due.IsZero() && due.Before(p.next) {
		return p.next // it has been looked for just now, and waits for something
	}
	return due
}

// collect takes in the statements that wait. Each is an event like any other; one that does not fit where the run
// stands is refused, on the record, so that its author hears of it.
func (l *loop) collect(now time.Time) {
	p := &l.inbox
	if p.inbox == nil || now.Before(p.next) {
		return
	}
	if t, ok := p.inbox.(Timely); ok && p.asking == 0 {
		if due := t.Due(); due.IsZero() || now.Before(due) {
			return
		}
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
			wait := false
			if e, wait, err = l.identify(letter, e); wait {
				continue
			}
		}
		if err == nil {
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

// identify is a letter's statement with who left it, where anything depends on that. With wait it is being asked: the letter has its turn
// when there is an answer. The error is that it cannot be told.
func (l *loop) identify(letter state.Letter, e runner.Event) (identified runner.Event, wait bool, err error) {
	q := l.machine.Inquiry(e)
	if q == nil {
		return e, false, nil
	}
	p := &l.inbox
	one := p.asked[letter.ID]
	switch {
	case p.who == nil:
		return runner.Identified(e, q.Answer(nil)), false, nil
	case one != nil && one.told == nil && one.failed == nil:
		return e, true, nil
	case one != nil && one.failed != nil:
		return e, false, fmt.Errorf("who said it cannot be told: %w: say it again", one.failed)
	case one != nil && one.about.Same(*q):
		return runner.Identified(e, q.Answer(one.told)), false, nil
	case p.asking >= mostAsked:
		return e, true, nil
	}
	one = &person{about: *q}
	if p.asked == nil {
		p.asked = map[string]*person{}
	}
	p.asked[letter.ID] = one
	p.asking++
	var told *runner.Approver
	var failed error
	l.world.Start(&Call{
		do: func(func() error) { told, failed = p.who(l.leave.calls, letter.UID, one.about) },
		ended: func() {
			p.asking--
			p.next = l.now() // at once
			if one.told, one.failed = told, failed; told == nil && failed == nil {
				one.told = &runner.Approver{}
			}
		},
	})
	return e, true, nil
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
	delete(p.asked, id)
	if err := p.inbox.Remove(id); err != nil && !p.closed {
		p.closed = true
		l.note(record.Note{Kind: record.InboxClosed, Message: err.Error()})
	}
}
