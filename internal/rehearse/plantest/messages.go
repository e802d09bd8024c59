package plantest

import (
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ofsplan/internal/fold"
	"ofsplan/internal/source"
	"ofsplan/runner"
)

// A messageWant is one message that people would be sent. Nil means that this of it may be anything.
type messageWant struct {
	To    string
	Event *runner.Worth
	Step  *string
	Text  *string
	Sent  *bool // whether the channel takes it
}

// messages reads the messages that are expected, in order and all of them; nil: nothing is said of any.
func (r *reader) messages(e source.Map, k *known) *wanted[[]messageWant] {
	n := e.Get("messages")
	if n == nil {
		return nil
	}
	out := &wanted[[]messageWant]{Pos: n.Pos, Is: []messageWant{}}
	for i, item := range r.List(n, `"messages" of `+e.What, true) {
		m := r.Mapping(item, fmt.Sprintf("message %d of %s", i+1, e.What), "to", "event", "step", "text", "sent")
		if m.Node == nil {
			continue
		}
		m.Require("to")
		one := messageWant{To: m.Text("to")}
		if k != nil && m.Has("to") {
			r.knownChannel(one.To, m.Get("to").Pos, k)
		}
		if m.Has("event") {
			w := runner.Worth(m.Enum("event", worths()...))
			one.Event = &w
		}
		if m.Has("step") {
			id := m.Text("step")
			if one.Step = &id; id != "" {
				r.knownStep(id, m.Get("step").Pos, k)
			}
		}
		if m.Has("text") {
			text := m.Text("text")
			one.Text = &text
		}
		if m.Has("sent") {
			sent := m.Bool("sent", true)
			one.Sent = &sent
		}
		out.Is = append(out.Is, one)
	}
	return out
}

// worths are what a message can be about, as texts.
func worths() []string {
	var all []string
	for _, w := range runner.Worths() {
		all = append(all, string(w))
	}
	return all
}

// knownChannel reports a channel that the plan does not name: nobody is told anything by it.
func (r *reader) knownChannel(name string, pos source.Pos, k *known) {
	var names []string
	for c := range k.plan.Channels() {
		if c.Name == name {
			return
		}
		if !slices.Contains(names, c.Name) {
			names = append(names, c.Name)
		}
	}
	r.Add(pos, "%s tells nobody by channel %q", k.plan.File, name).Hint = source.Meant(name, names)
}

// line is what is expected of a message, as a test file has it.
func (w messageWant) line() string {
	text := "to: " + w.To
	if w.Event != nil {
		text += ", event: " + string(*w.Event)
	}
	if w.Step != nil {
		text += ", step: " + *w.Step
	}
	if w.Text != nil {
		text += ", text: " + strconv.Quote(*w.Text)
	}
	if w.Sent != nil {
		text += fmt.Sprintf(", sent: %t", *w.Sent)
	}
	return text
}

// is reports whether a message is the one that is expected.
func (w messageWant) is(m *fold.Message) bool {
	return w.To == m.Channel && (w.Event == nil || *w.Event == m.Event) && (w.Step == nil || *w.Step == m.Step) &&
		(w.Text == nil || *w.Text == m.Text) && (w.Sent == nil || *w.Sent == (m.State == fold.MessageSent))
}

// messages compares the messages of the night with those that are expected. One that is right is shown as it was expected.
func (c *comparer) messages(w *wanted[[]messageWant]) {
	if w == nil {
		return
	}
	var want, got []string
	right := len(w.Is) == len(c.run.Messages)
	for i, one := range w.Is {
		want = append(want, one.line())
		right = right && one.is(c.run.Messages[i])
	}
	if right {
		return
	}
	left := w.Is
	for _, m := range c.run.Messages {
		i := slices.IndexFunc(left, func(one messageWant) bool { return one.is(m) })
		if i >= 0 {
			got = append(got, left[i].line())
			left = slices.Delete(slices.Clone(left), i, i+1)
			continue
		}
		sent := m.State == fold.MessageSent
		full := messageWant{m.Channel, &m.Event, &m.Step, &m.Text, &sent}.line()
		got = append(got, strings.Replace(full, ", step: ,", ",", 1))
	}
	c.add(w.Pos, "messages", want, got)
}
