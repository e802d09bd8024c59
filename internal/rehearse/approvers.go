package rehearse

import (
	"context"
	"fmt"
	"slices"
	"time"

	"ofsplan/audit/state"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
)

// People answer the approvals of a rehearsed night by letters, as they do of a real one: what the scenario says, or, where it says nothing,
// somebody who may approves at once. Their letters lie in an inbox beside whatever else the night has for one.

// givenAnyhow is the reason of an approval of which the scenario says nothing.
const givenAnyhow = "the scenario says nothing of it, so it is given at once"

// approvers are those of one night.
type approvers struct {
	scenario sim.Scenario
	steps    map[string]*plan.Step
	asked    map[string]int // how often each was asked for
	letters  []answer       // in the order in which they come
	serial   int
	now      func() time.Time
}

// An answer is a letter that comes at its time.
type answer struct {
	id   string
	by   string // empty: somebody who may
	at   time.Time
	word runner.Event
}

// newApprovers are those of a night of that plan; nil when it asks for no approval.
func newApprovers(p *plan.Plan, sc sim.Scenario) *approvers {
	out := &approvers{scenario: sc, steps: map[string]*plan.Step{}, asked: map[string]int{}}
	for _, s := range p.Approvals() {
		out.steps[s.ID] = s
	}
	if len(out.steps) == 0 {
		return nil
	}
	return out
}

// turn lets those answer who are asked in it.
func (p *approvers) turn(t record.Turn) {
	for _, m := range t.Decision.Moves {
		if m.To != runner.Awaiting {
			continue
		}
		p.asked[m.Step]++
		a, said := p.scenario.Answer(m.Step, p.asked[m.Step])
		if !said { // of an item what is said of the whole
			a, said = p.scenario.Answer(p.steps[m.Step].Top().ID, p.asked[m.Step])
		}
		if a.Never {
			continue
		}
		p.serial++
		one := answer{id: fmt.Sprintf("a%04d", p.serial), by: a.By, at: a.When(t.At, p.scenario.Start, p.scenario.Zone)}
		w := runner.Statement{ID: one.id, By: p.name(m.Step, a.By), Reason: a.Reason}
		switch {
		case !said:
			w.Reason = givenAnyhow
		case w.Reason == "" && a.Rejects:
			w.Reason = "the scenario has it rejected"
		case w.Reason == "":
			w.Reason = "the scenario has it approved"
		}
		one.word = runner.OperatorApproved{Statement: w, Step: m.Step, Request: m.Asks}
		if a.Rejects {
			one.word = runner.OperatorRejected{Statement: w, Step: m.Step, Request: m.Asks}
		}
		p.letters = append(p.letters, one)
	}
}

// name is what somebody is called who was named as the user, or as a member of the group, that answers; or as nobody: then he may.
func (p *approvers) name(step, by string) string {
	v := p.steps[step].Approval()
	switch {
	case slices.Contains(v.Groups, by) && !slices.Contains(v.Users, by):
		return "a member of " + by
	case by != "":
		return by
	case len(v.Users) > 0:
		return v.Users[0]
	case len(v.Groups) > 0:
		return "a member of " + v.Groups[0]
	}
	return "somebody"
}

// who tells who has left a letter. Somebody who was named is that user, or a member of that group, and nobody else.
func (p *approvers) who(_ context.Context, id string, q runner.Inquiry) (*runner.Approver, error) {
	i := slices.IndexFunc(p.letters, func(a answer) bool { return a.id == id })
	if i < 0 {
		return nil, fmt.Errorf("nobody has left %s", id)
	}
	by := p.letters[i].by
	if by == "" {
		return &runner.Approver{Users: q.Users, Groups: q.Groups}, nil
	}
	is := func(name string) bool { return name != by }
	return &runner.Approver{Users: slices.DeleteFunc(slices.Clone(q.Users), is), Groups: slices.DeleteFunc(slices.Clone(q.Groups), is)}, nil
}

// beside is the inbox of the people, and the one there is otherwise; nil: none.
func (p *approvers) beside(other drive.Inbox) drive.Inbox {
	if other == nil {
		return ownInbox{p}
	}
	return sharedInbox{ownInbox{p}, other}
}

// ownInbox is an inbox that nobody else uses, so that it is known when the next letter comes.
type ownInbox struct{ *approvers }

// Letters are those that have come.
func (b ownInbox) Letters() (letters []state.Letter, err error) {
	for _, a := range b.letters {
		if a.at.After(b.now()) {
			continue
		}
		data, err := record.Say(a.word)
		if err != nil {
			return nil, err
		}
		w, _ := runner.StatementOf(a.word)
		letters = append(letters, state.Letter{ID: a.id, Owner: w.By, UID: a.id, Data: data})
	}
	return letters, nil
}

// Remove takes a letter out.
func (b ownInbox) Remove(id string) error {
	b.approvers.letters = slices.DeleteFunc(b.approvers.letters, func(a answer) bool { return a.id == id })
	return nil
}

// Due is when the next letter comes; zero: none does.
func (b ownInbox) Due() (at time.Time) {
	for _, a := range b.letters {
		if at.IsZero() || a.at.Before(at) {
			at = a.at
		}
	}
	return at
}

// sharedInbox is one that others use too.
type sharedInbox struct {
	own   ownInbox
	other drive.Inbox
}

// Letters are those of the people, and then the others.
func (b sharedInbox) Letters() ([]state.Letter, error) {
	letters, err := b.own.Letters()
	if err != nil {
		return nil, err
	}
	more, err := b.other.Letters()
	return append(letters, more...), err
}

// Remove takes a letter out.
func (b sharedInbox) Remove(id string) error {
	if slices.ContainsFunc(b.own.letters, func(a answer) bool { return a.id == id }) {
		return b.own.Remove(id)
	}
	return b.other.Remove(id)
}
