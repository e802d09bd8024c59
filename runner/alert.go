package runner

import (
	"fmt"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
)

// Worth says why something is worth a notice.
type Worth string

// What is worth a notice to the channels that a plan names in alert, and WorthNotify, which a step says by itself.
const (
	WorthNotify   Worth = "notify"
	WorthFailed   Worth = "failed"     // a step has failed that nothing makes good, so the run will have failed
	WorthLate     Worth = "late"       // a step goes on for longer than expected, or the run comes too late
	WorthDoubt    Worth = "in_doubt"   // nobody knows what became of a request
	WorthApproval Worth = "approval"   // a step waits for a person's word
	WorthContact  Worth = "no_contact" // a peer has not answered for 15 minutes
	WorthOver     Worth = "over"       // the run has ended, or stopped in doubt
	WorthLeft     Worth = "left"       // its process left the run going on
)

// Worths lists them, in the order in which documents do.
func Worths() []Worth {
	return []Worth{WorthNotify, WorthFailed, WorthLate, WorthDoubt, WorthApproval, WorthContact, WorthOver, WorthLeft}
}

// mostAlerts bounds how often a run tells of its late steps, and of its steps in doubt: of a thousand that are late at once, the
// first few say what there is to say.
const mostAlerts = 20

// bounded are those of which a run tells so often at most.
var bounded = map[Worth]bool{WorthLate: true, WorthDoubt: true}

// A reason is one thing worth a notice.
type reason struct {
	worth   Worth
	step    string
	outcome fact.Outcome
	text    string
}

// worthNotice are the kinds of the machine's own notices that are worth one to people. Their words are ours.
var worthNotice = map[string]Worth{NoticeLate: WorthLate, NoticeRunLate: WorthLate, NoticeRunMayBeLate: WorthLate, NoticeRunInTime: WorthLate}

// worthOfRun is how the message about a run as a whole begins, by the kind of the notice.
var worthOfRun = map[string]string{NoticeRunLate: "is late: ", NoticeRunMayBeLate: "may be late: ", NoticeRunInTime: "is in time again: "}

// worthState are the states that are worth a notice to people when a step comes into them, and what is said of it.
var worthState = map[State]struct {
	worth Worth
	text  string
}{
	Awaiting:            {WorthApproval, "waits for a person's word: step %q asks for an approval"},
	State(fact.InDoubt): {WorthDoubt, "is in doubt: a request of step %q may or may not have been carried out, and a person must find out"},
}

// alerts are what people are told of the run by the channels of its plan.
type alerts struct {
	n    int           // messages so far
	open []*Command    // ordered and not ended
	told map[Worth]int // how often
	failing
}

// failing is what people know of the run's failure.
type failing struct {
	stand int  // so many steps have failed and are not made good
	last  int  // index of the last of them
	known int  // of those, so many are no news: an operator has seen them
	said  bool // people were told that the run fails, and no operator has spoken since
}

// Alerts reports whether people are told what becomes of the run.
func (m *Machine) Alerts() bool { return len(m.r.Alert) > 0 }

// ContactOverdue says that a peer has not answered for as long as people wait without being told. A driver says it only of a run
// that tells people, see [Machine.Alerts].
type ContactOverdue struct {
	Peer    string    `json:"peer"` // the scheduler or the identity service
	Since   time.Time `json:"since"`
	Refused bool      `json:"refused,omitempty"` // it answers, and will not have us
}

// Type names the record.
func (ContactOverdue) Type() string { return "contact.overdue" }

// Subject is the run.
func (ContactOverdue) Subject() Key { return Key{} }

// alert orders a message for everything in a turn that is worth one. It comes when the turn is over.
func (m *Machine) alert(e Event) {
	if !m.Alerts() || !m.started {
		return
	}
	for _, r := range m.reasons(e) {
		if m.alerts.told == nil {
			m.alerts.told = map[Worth]int{}
		}
		m.alerts.told[r.worth]++
		switch n := m.alerts.told[r.worth]; {
		case r.step == "": // of the run as a whole there is always something to say
		case bounded[r.worth] && n > mostAlerts:
			continue
		case bounded[r.worth] && n == mostAlerts:
			r.text += "; of others nothing more is said before the end"
		}
		m.orderAlert(r)
	}
}

// orderAlert orders the message of one reason, for each channel.
func (m *Machine) orderAlert(r reason) {
	for _, c := range m.r.Alert {
		m.alerts.n++
		cmd := &Command{Key: Key{Op: OpAlert, N: m.alerts.n}, Message: &Message{
			Channel: c.Name, Event: r.worth, Step: r.step, Outcome: r.outcome, Since: m.at, Text: r.text,
		}}
		m.alerts.open = append(m.alerts.open, cmd)
		m.d.Commands = append(m.d.Commands, cmd)
	}
}

// reasons are what a turn brought that is worth a notice: the one table of it.
func (m *Machine) reasons(e Event) (all []reason) {
	for _, t := range m.d.Moves {
		if w, worth := worthState[t.To]; worth {
			out, _ := t.To.Outcome()
			all = append(all, reason{w.worth, t.Step, out, fmt.Sprintf(w.text, t.Step)})
		}
	}
	for _, n := range m.d.Notices {
		if w, worth := worthNotice[n.Kind]; worth {
			text := worthOfRun[n.Kind] + n.Message
			if n.Step != "" {
				text = fmt.Sprintf("is late: step %q is %s", n.Step, n.Message)
			}
			all = append(all, reason{w, n.Step, "", text})
		}
	}
	if r := m.fails(e); r != nil && m.d.End == nil {
		all = append(all, *r)
	}
	switch e := e.(type) {
	case ContactOverdue:
		text, since := "has had no contact with the %s for %s: nothing new starts, and no batch run is touched", m.at.Sub(e.Since)
		if e.Refused {
			text = "has had its credentials refused by the %s for %s: nothing new starts, and no batch run is touched"
		}
		all = append(all, reason{WorthContact, "", "", fmt.Sprintf(text, e.Peer, readable.Duration(since.Truncate(time.Minute)))})
	case RunDetached:
		text := "was left, and its batches go on: it waits to be resumed"
		if e.NoContact {
			text = "could not begin: nobody answers, and nothing was started"
		}
		if !m.ended {
			all = append(all, reason{WorthLeft, "", "", text})
		}
	}
	if end := m.d.End; end != nil {
		text := "is over: it has " + string(end.Outcome)
		if end.Rejected {
			text = "is over: an approval was rejected, and nothing else has failed"
		}
		if end.Late {
			text += ", after its deadline"
		}
		switch end.Outcome {
		case fact.InDoubt:
			text = "has stopped in doubt: a person must say what became of a request"
		case fact.Canceled:
			text = "is over: it was canceled"
		}
		all = append(all, reason{WorthOver, "", end.Outcome, text})
	}
	return all
}

// fails is the news that the run fails: a step that nothing makes good any more, the first since the run began or an operator spoke.
func (m *Machine) fails(e Event) *reason {
	f := &m.alerts.failing
	if _, spoke := StatementOf(e); spoke {
		f.said, f.known = false, f.stand
	}
	if f.known = min(f.known, f.stand); f.said || f.stand == f.known {
		return nil
	}
	f.said = true
	s := &m.steps[f.last]
	return &reason{WorthFailed, s.def.ID, fact.Failed, fmt.Sprintf("fails: step %q has failed (%s)", s.def.ID, s.failure().Kind)}
}

// forgetLeft drops the messages that the run was left, since it goes on.
func (m *Machine) forgetLeft() {
	for _, c := range m.alerts.open {
		if c.Message.Event == WorthLeft {
			m.d.Drops = append(m.d.Drops, c.Key)
			m.alerts.open = lessCommand(m.alerts.open, c.Key)
		}
	}
}
