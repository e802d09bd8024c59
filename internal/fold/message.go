package fold

import (
	"time"

	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Message is what one channel was told, or was to be.
type Message struct {
	At      time.Time    `json:"at"` // when it was ordered
	Key     runner.Key   `json:"key"`
	Channel string       `json:"channel"`
	Event   runner.Worth `json:"event"`
	Step    string       `json:"step,omitempty"` // the step it is about
	Text    string       `json:"text"`
	State   MessageState `json:"state"`
	Ended   time.Time    `json:"ended,omitzero"` // when it was known to be so; zero: it is open
	Why     string       `json:"why,omitempty"`  // why it was not sent
	Tries   int          `json:"tries,omitempty"`
}

// MessageState is what became of a message.
type MessageState string

// The states of a message. One that is open when a process is gone is sent by whoever resumes the run.
const (
	MessageOpen     MessageState = "open"
	MessageSent     MessageState = "sent"
	MessageFailed   MessageState = "failed"
	MessageWithheld MessageState = "withheld" // the run tells nobody anything, since its scheduler is simulated
	MessageDropped  MessageState = "dropped"  // it was not wanted any more
)

// messages takes what a turn says of messages to people.
func (b *Builder) messages(t record.Turn) {
	switch e := t.Event.(type) {
	case runner.NoticeSent:
		state := MessageSent
		if e.Withheld != "" {
			state = MessageWithheld
		}
		b.messageEnds(e.Key, t.At, state, e.Withheld, e.Tries)
	case runner.NoticeFailed:
		b.messageEnds(e.Key, t.At, MessageFailed, e.Message, e.Tries)
	}
	for _, k := range t.Decision.Drops {
		if k.Op.Tells() {
			b.messageEnds(k, t.At, MessageDropped, "", 0)
		}
	}
	for _, c := range t.Decision.Commands {
		if m := c.Message; m != nil {
			one := &Message{At: t.At, Key: c.Key, Channel: m.Channel, Event: m.Event, Step: m.Step, Text: m.Text, State: MessageOpen}
			b.run.Messages = append(b.run.Messages, one)
			if b.open == nil {
				b.open = map[runner.Key]*Message{}
			}
			b.open[c.Key] = one
		}
	}
}

// Ended is the message that a turn has ended; nil: it has ended none.
func (b *Builder) Ended(t record.Turn) *Message {
	switch t.Event.(type) {
	case runner.NoticeSent, runner.NoticeFailed:
		return b.last
	}
	return nil
}

// messageEnds settles a message. What was dropped and has been sent all the same is nobody's any more.
func (b *Builder) messageEnds(k runner.Key, at time.Time, state MessageState, why string, tries int) {
	m := b.open[k]
	if b.last = m; m == nil {
		return
	}
	delete(b.open, k)
	m.State, m.Ended, m.Why, m.Tries = state, at, why, tries
}

// Untold are the messages that a channel did not take, in order.
func (r *Run) Untold() []*Message {
	var out []*Message
	for _, m := range r.Messages {
		if m.State == MessageFailed {
			out = append(out, m)
		}
	}
	return out
}
