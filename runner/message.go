package runner

import (
	"fmt"
	"strings"
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A Message is what people are told by one channel of the target. It holds our own words and the plan author's: no parameter, and no
// word of a server.
type Message struct {
	Channel string       `json:"channel"`
	Event   Worth        `json:"event"`
	Step    string       `json:"about,omitempty"`   // the step it is about; empty: the run
	Outcome fact.Outcome `json:"outcome,omitempty"` // of that step, or of the run; empty: there is none yet
	Since   time.Time    `json:"since"`             // when it came to be so
	Text    string       `json:"text"`
	// Urgent is true of a step's own message, for which the step waits: it is given up sooner.
	Urgent bool `json:"urgent,omitempty"`
}

// NoticeSent ends a message that its channel took.
type NoticeSent struct {
	Key     Key    `json:"key"`
	Channel string `json:"channel"`
	Tries   int    `json:"tries"` // how often it was tried by this process; a try that was given up may have been carried out too
	// Withheld says why nothing was sent, of a run that tells nobody anything; empty: it was sent.
	Withheld string `json:"withheld,omitempty"`
}

// NoticeFailed ends a message that its channel will not take.
type NoticeFailed struct {
	Key     Key    `json:"key"`
	Channel string `json:"channel"`
	Tries   int    `json:"tries"`
	Message string `json:"message"` // why, in one line without secrets
}

// Type names the record.
func (NoticeSent) Type() string   { return "notice.sent" }
func (NoticeFailed) Type() string { return "notice.failed" }

// Subject is the key of the message.
func (e NoticeSent) Subject() Key   { return e.Key }
func (e NoticeFailed) Subject() Key { return e.Key }

// telling is how far a step has come that tells people something.
type telling struct {
	open    []*Command      // the messages under way
	untaken []string        // why channels have not taken those of this attempt
	took    map[string]bool // the channels that have taken the step's message
}

// underWay are the messages of a step that have not ended.
func (s *step) underWay() []*Command {
	if s.telling == nil {
		return nil
	}
	return s.telling.open
}

// silent says which channels have not taken a step's message; empty for a step that tells nothing.
func (s *step) silent() string {
	var names []string
	for _, c := range s.underWay() {
		names = append(names, c.Message.Channel)
	}
	if len(names) == 0 {
		return ""
	}
	return ": not taken by " + strings.Join(names, ", ")
}

// tell begins a step that tells people something: each channel is ordered to, and the step waits for all of them.
func (m *Machine) tell(i int, v *plan.Notify) {
	s := &m.steps[i]
	text, err := m.r.Notice(s.def, m.view(i))
	if err != nil {
		m.failAttempt(i, m.failure(i, fact.BadExpression, 0, err.Error()))
		return
	}
	s.anchor = m.at
	if s.telling == nil {
		s.telling = &telling{took: map[string]bool{}}
	}
	var names []string
	var orders []*Command
	for _, c := range v.To {
		if !s.telling.took[c.Name] {
			names = append(names, c.Name)
			orders = append(orders, &Command{Key: s.key(OpNotify), Message: &Message{
				Channel: c.Name, Event: WorthNotify, Step: s.def.ID, Outcome: m.outcomeSoFar(i), Since: m.at, Text: text, Urgent: true,
			}})
		}
	}
	m.move(i, Notifying, strings.Join(names, ", "))
	s.telling.open = orders
	m.d.Commands = append(m.d.Commands, orders...)
	m.expect(i)
	if s.def.Timeout > 0 {
		m.timeoutAt(i, m.at.Add(s.def.Timeout))
	}
}

// outcomeSoFar is the plan's for a step of finally, which knows it; nothing for any other.
func (m *Machine) outcomeSoFar(i int) fact.Outcome {
	if m.steps[i].def.Finally {
		return m.outcome()
	}
	return ""
}

// acceptsNotice checks that a message was ordered and has not ended.
func (m *Machine) acceptsNotice(k Key) error {
	if m.ordered(k) == nil {
		return fmt.Errorf("%w: no message %s is under way", ErrUnexpected, k)
	}
	return nil
}

// ordered is the message of that key, while it is under way; nil: it is not.
func (m *Machine) ordered(k Key) *Command {
	list := m.alerts.open
	if i, known := m.ids[k.Step]; k.Op == OpNotify {
		if !known {
			return nil
		}
		list = m.steps[i].underWay()
	}
	for _, c := range list {
		if c.Key == k {
			return c
		}
	}
	return nil
}

// lessCommand is a list of commands without that of one key.
func lessCommand(list []*Command, k Key) []*Command {
	var out []*Command
	for _, c := range list {
		if c.Key != k {
			out = append(out, c)
		}
	}
	return out
}

// noticed takes in what became of a message. A step ends with the last of its own.
func (m *Machine) noticed(k Key, why string) {
	if k.Op == OpAlert {
		m.alerts.open = lessCommand(m.alerts.open, k)
		return
	}
	i := m.ids[k.Step]
	s := &m.steps[i]
	channel := m.ordered(k).Message.Channel
	w := s.telling
	if w.open = lessCommand(w.open, k); why == "" {
		w.took[channel] = true
	} else {
		w.untaken = append(w.untaken, fmt.Sprintf("channel %q: %s", channel, why))
	}
	switch {
	case len(w.open) > 0:
	case len(w.untaken) > 0:
		m.failAttempt(i, m.failure(i, fact.NotSent, 0, strings.Join(w.untaken, "; ")))
	default:
		m.finish(i, fact.Succeeded, "")
	}
}

// unsend drops the messages of step i that have not ended.
func (m *Machine) unsend(i int) {
	w := m.steps[i].telling
	if w == nil {
		return
	}
	for _, c := range w.open {
		m.d.Drops = append(m.d.Drops, c.Key)
	}
	w.open, w.untaken = nil, nil
}
