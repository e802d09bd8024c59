package rehearse

import (
	"bytes"
	"fmt"
	"slices"
	"time"

	"ofsplan/audit/state"
	"ofsplan/internal/rehearse/laws"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// A mailbox is the inbox of a seeded night and the operators who use it.
type mailbox struct {
	speaks  int  // how often somebody still speaks to a run that nobody drives
	writes  int  // how many letters are still left for a live one
	live    bool // the run at hand looks into it
	serial  int  // of the last word
	advised bool // every word is one that a card offers
	letters []letter
	taken   []letter        // out of it, since power was lost last
	known   map[string]bool // those that were taken out once
	open    string          // the letter that was handed over last and is not taken out yet; empty: none
	saying  []runner.Event
	adopted map[string]string // batch runs, and the steps they were given to
}

// know notes that a letter was taken out.
func (m *mailbox) know(l letter) {
	if m.known == nil {
		m.known = map[string]bool{}
	}
	m.known[l.id] = true
	m.taken = append(m.taken, l)
}

// A letter is a statement that waits.
type letter struct {
	id   string
	word runner.Event
}

// adopt notes to which step a batch run was given.
func (m *mailbox) adopt(id, step string) {
	if m.adopted == nil {
		m.adopted = map[string]string{}
	}
	m.adopted[id] = step
}

// inbox is what the next runner looks into, and how often.
func (h *hardship) inbox() (drive.Inbox, time.Duration) {
	h.mail.saying = nil // that was heard
	if h.mail.live = h.mail.writes > 0 || len(h.mail.letters) > 0 || h.mail.speaks > 0; !h.mail.live {
		return nil, 0
	}
	return slot{h}, []time.Duration{2 * time.Second, 20 * time.Second, 20 * time.Second, time.Minute}[h.IntN(4)]
}

// write leaves a letter for a live run now and then, more often when it has bad news.
func (h *hardship) write(t record.Turn) {
	m := &h.mail
	if !m.live || t.Decision.End != nil {
		return
	}
	one := 8
	for _, move := range t.Decision.Moves {
		if move.To == runner.Awaiting && h.IntN(2) == 0 {
			m.writes, one = m.writes+1, 2
		}
		switch fact.Outcome(move.To) {
		case fact.InDoubt:
			m.writes, one = m.writes+1, 1
		case fact.Failed:
			one = min(one, 2)
		}
	}
	if m.writes == 0 || h.IntN(one) > 0 {
		return
	}
	m.writes--
	word := h.compose()
	if word == nil {
		return
	}
	w, _ := runner.StatementOf(word)
	m.letters = append(m.letters, letter{w.ID, word})
	h.tell("a letter is left: %s, %s %s", w.ID, saidBy(word), word.Subject().Step)
}

// losePower takes away letters that were not on disk for good, and brings back those whose removal was not.
func (m *mailbox) losePower(h *hardship) {
	m.letters = slices.DeleteFunc(m.letters, func(l letter) bool { return h.IntN(4) == 0 })
	for _, l := range m.taken {
		if h.IntN(2) == 0 {
			m.letters = append(m.letters, l)
			h.reached["letter came back"]++
			h.tell("letter %s came back", l.id)
		}
	}
	m.taken = nil
}

// A slot is the inbox as a runner sees it. Each call may be the one at which the runner dies or the disk breaks.
type slot struct{ *hardship }

// Letters are the statements that wait.
func (s slot) Letters() (letters []state.Letter, err error) {
	m := &s.mail
	err = s.call("looking into the inbox", func() error {
		for _, l := range m.letters {
			data, err := record.Say(l.word)
			if err != nil {
				return err
			}
			letters = append(letters, state.Letter{ID: l.id, Owner: "night", UID: l.id, Data: data})
		}
		return nil
	})
	if len(letters) > 0 && m.open == "" {
		m.open = letters[0].ID
		if s.IntN(4) == 0 { // between the word and its being taken out
			s.next = s.calls + 1 + s.IntN(4)
		}
	}
	return letters, err
}

// Remove takes a letter out. Its word has to be on record for good then.
func (s slot) Remove(id string) error {
	m := &s.mail
	durable := s.journal(s.disk.AfterCrash(nil))
	if !bytes.Contains(durable, fmt.Appendf(nil, `"id":%q`, id)) && !bytes.Contains(durable, fmt.Appendf(nil, `"word":%q`, id)) {
		s.play.process.fatal = &laws.Breach{Law: "L9", Msg: fmt.Sprintf("word %s was taken out of the inbox before its record was durable", id)}
	}
	return s.call("taking a letter out", func() error {
		m.open = ""
		i := slices.IndexFunc(m.letters, func(l letter) bool { return l.id == id })
		if i < 0 {
			return nil
		}
		l := m.letters[i]
		s.tell("letter %s is taken out", id)
		if m.known[id] {
			s.reached["letter known"]++
			m.letters = slices.Delete(m.letters, i, i+1)
			return nil
		}
		m.know(l)
		if word := s.recorded(id); word != nil {
			s.reached["letter "+string(saidBy(word))]++
		} else {
			s.reached["letter refused"]++
		}
		if s.IntN(6) > 0 { // else its author leaves it once more
			m.letters = slices.Delete(m.letters, i, i+1)
		}
		return nil
	})
}

// recorded is the word with that id as it was told; nil: it was not.
func (h *hardship) recorded(id string) runner.Event {
	for _, t := range slices.Backward(h.play.result.Turns) {
		if w, ok := runner.StatementOf(t.Event); ok && w.ID == id {
			return t.Event
		}
	}
	return nil
}
