package notice

import (
	"encoding/json"
	"strings"
)

// A Message is what one channel is told. All of it is ours, or the plan's author's: no parameter, and no word of a server. Its
// fields are what a template may name.
type Message struct {
	Key     string `json:"key"`     // the same for every try of this message, also by another process: who has it has the message
	Event   string `json:"event"`   // what it is about: failed, late, in_doubt, approval, no_contact, over, left, or notify
	Run     string `json:"run"`     // the run's id
	Plan    string `json:"plan"`    // its plan's name
	MISDate string `json:"misdate"` // yyyy-mm-dd; empty: the plan has none
	Target  string `json:"target"`
	Step    string `json:"step"`    // empty: it is about the run as a whole
	Outcome string `json:"outcome"` // of the step, or of the run; empty: there is none yet
	Since   string `json:"since"`   // RFC 3339, UTC: when it came to be so
	Host    string `json:"host"`    // on which the run goes on
	Command string `json:"command"` // what to type
	Text    string `json:"text"`    // one line; of a notify step what the plan says
}

// Subject is the message in one line, for the subject of a mail.
func (m Message) Subject() string {
	first, _, _ := strings.Cut(m.Text, "\n")
	return "ofsplan: " + first
}

// Words is the message as people read it when no template says otherwise.
func (m Message) Words() string {
	var b strings.Builder
	b.WriteString(m.Text + "\n\n")
	for _, row := range [][2]string{
		{"run", m.Run}, {"plan", m.Plan}, {"MIS date", m.MISDate}, {"target", m.Target}, {"step", m.Step}, {"outcome", m.Outcome},
		{"since", m.Since}, {"host", m.Host}, {"to type", m.Command}, {"key", m.Key},
	} {
		if row[1] != "" {
			b.WriteString(row[0] + strings.Repeat(" ", len("MIS date  ")-len(row[0])) + row[1] + "\n")
		}
	}
	return b.String()
}

// JSON is the message for programs when no template says otherwise.
func (m Message) JSON() string {
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	if err := e.Encode(m); err != nil {
		panic(err) // texts alone
	}
	return b.String()
}

// sample is a message with everything in it that a text can hold, against which a template is tried when the target is read.
var sample = Message{
	Key: "20261123T020000Z-nightly-7f3c/load[\"EMEA\"]/1/notify/1", Event: "failed", Run: "20261123T020000Z-nightly-7f3c",
	Plan: "nightly \"aml\"", MISDate: "2026-11-20", Target: "prod", Step: "load[\"EMEA\"]", Outcome: "failed", Since: "2026-11-23T02:14:05Z",
	Host: "batch01", Command: "ofsplan show '20261123T020000Z-nightly-7f3c'", Text: "a \"quoted\" text \\ of\ntwo lines <b> & a tab\t",
}
