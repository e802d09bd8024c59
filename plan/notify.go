package plan

import (
	"iter"
	"strings"
	"unicode/utf8"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// A Channel is the name of one of the target's channels, where people are told of a run.
type Channel struct {
	Name string
	Pos  source.Pos
}

// Notify tells people something, by channels of the target. Its step ends when each of them has taken the message, or will not.
type Notify struct {
	To       []Channel // in the order written, each once
	Text     *expr.Value
	Required bool // its failure fails the plan; otherwise it is allowed
}

// Keyword is the verb as the plan writes it.
func (*Notify) Keyword() string { return "notify" }

func (*Notify) rests() {}

// maxNotice is how long the text of a message may be, in bytes; what is longer is cut when it is sent.
const maxNotice = 4 << 10

// notify reads a message and whom it goes to.
func (l *loader) notify(s *Step, n *source.Node, what string, step source.Map) Verb {
	v := &Notify{}
	if n.Kind == source.Scalar {
		l.Add(n.Pos, "%s must be a mapping", what).Hint = "write notify: {to: CHANNEL, text: WHAT IS SAID}"
		return v
	}
	m := l.Mapping(n, what, notifyKeys...)
	if m.Node == nil {
		return v
	}
	m.Require("to", "text")
	v.To = l.channels(m, "to")
	v.Required = m.Bool("required", false)
	if text := l.Scalar(m.Get("text"), `"text" of `+what); text != nil {
		v.Text = l.value(text, s, expr.InStep)
		switch literal := strings.TrimSpace(text.Value); {
		case literal == "":
			l.Add(text.Pos, `"text" of %s says nothing`, what)
		case len(literal) > maxNotice:
			l.Add(text.Pos, `"text" of %s is longer than 4 KiB`, what)
		}
	}
	if f := step.Node.Field("allow_failure"); f != nil {
		l.Add(f.KeyPos, "%s has allow_failure, and its notify says that: it is allowed to fail unless it is required", step.What).Hint =
			"leave allow_failure out; required: true makes its failure the plan's"
	}
	s.AllowFailure = !v.Required
	return v
}

// channelForm is what a channel may be called.
var channelForm = source.Pattern(`^[A-Za-z][A-Za-z0-9_-]{0,59}$`)

// channels reads the names of channels: one, or a list of them.
func (l *loader) channels(m source.Map, key string) (all []Channel) {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	items := m.List(key)
	if n.Is(source.Sequence) && len(items) == 0 {
		l.Add(n.Pos, "%q of %s names no channel", key, m.What)
	}
	seen := map[string]bool{}
	for _, item := range items {
		if item = l.Scalar(item, "a channel of "+key); item == nil {
			continue
		}
		name := item.Value
		switch {
		case expr.Has(name):
			l.Add(item.Pos, "%q of %s names a channel with an expression", key, m.What).Hint = "write the name of a channel: the target says where it leads, and it is known before anything is sent"
		case !channelForm().MatchString(name):
			l.Add(item.Pos, "%q cannot be the name of a channel", source.Short(name)).Hint = "name one of the target's channels, such as ops: letters, digits, - and _, a letter first"
		case seen[name]:
			l.Add(item.Pos, "channel %q is named twice", name)
		default:
			seen[name] = true
			all = append(all, Channel{name, item.Pos})
		}
	}
	return all
}

// Channels yields every channel that the plan names, in the order written: those of alert, and those of each step's message.
func (p *Plan) Channels() iter.Seq[Channel] {
	return func(yield func(Channel) bool) {
		for _, c := range p.Alert {
			if !yield(c) {
				return
			}
		}
		for _, s := range p.Steps {
			v, ok := s.verb().(*Notify)
			if !ok || s.Parent != nil { // an item tells whom the whole tells
				continue
			}
			for _, c := range v.To {
				if !yield(c) {
					return
				}
			}
		}
	}
}

// Notice fills in the text of a message. The step's verb must be a [*Notify].
func (r *Resolved) Notice(s *Step, v fact.View) (string, error) {
	w := r.writer(v)
	text := w.write(s.Do.(*Notify).Text)
	return noticeText(text), w.err
}

// PreviewNotice is Notice as Preview is Order.
func (r *Resolved) PreviewNotice(s *Step, u Unknowns) (string, error) {
	w := r.previewer(u)
	text := w.write(s.Do.(*Notify).Text)
	return noticeText(text), w.err
}

// noticeText is a text as it is sent. One that expressions made longer than a message may be is cut.
func noticeText(text string) string {
	text = strings.TrimSpace(text)
	if len(text) <= maxNotice {
		return text
	}
	cut := maxNotice
	for !utf8.RuneStart(text[cut]) {
		cut--
	}
	return text[:cut] + "…"
}
