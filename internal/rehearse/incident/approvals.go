package incident

import (
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// pastAnswers are what people said to the approvals of the night, by step and one for each asking.
type pastAnswers struct {
	answers map[string][]sim.Answer
	askedAt map[string]time.Time
}

// ask notes the approvals that a turn asks for. Nobody has answered them yet.
func (p *pastAnswers) ask(t record.Turn) {
	for _, m := range t.Decision.Moves {
		if m.To != runner.Awaiting {
			continue
		}
		if p.answers == nil {
			p.answers, p.askedAt = map[string][]sim.Answer{}, map[string]time.Time{}
		}
		p.answers[m.Step] = append(p.answers[m.Step], sim.Answer{Never: true})
		p.askedAt[m.Step] = t.At
	}
}

// answer takes what somebody said to an approval that was asked for. False: it is about something else, too, which no scenario says.
func (p *pastAnswers) answer(t record.Turn) bool {
	a := sim.Answer{}
	var asks runner.Key
	switch e := t.Event.(type) {
	case runner.OperatorApproved:
		asks = e.Request
	case runner.OperatorRejected:
		asks, a.Rejects = e.Request, true
	default:
		return false
	}
	all := p.answers[asks.Step]
	w, _ := runner.StatementOf(t.Event)
	if len(all) == 0 || w.Approver != nil && len(w.Approver.Approves) > 0 {
		return false
	}
	a.After, a.Reason = t.At.Sub(p.askedAt[asks.Step]).Truncate(time.Millisecond), w.Reason
	switch by := w.Approver; {
	case by != nil && len(by.Users) > 0:
		a.By = by.Users[0]
	case by != nil && len(by.Groups) > 0:
		a.By = by.Groups[0]
	}
	all[len(all)-1] = a
	return true
}
