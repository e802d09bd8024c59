package runner

import (
	"fmt"

	"ofsplan/plan"
)

// PermitKind is on whose word, or on what ground, a request may be made.
type PermitKind string

// The kinds of permits.
const (
	PermitFirst     PermitKind = "first_request"      // the plan's own order, not asked for before
	PermitOperator  PermitKind = "operator"           // an operator let the step ask anew
	PermitReopened  PermitKind = "reopened"           // it waits again because of an operator's statement about another step
	PermitOnFailure PermitKind = "on_failure"         // a rule of the plan answers a failure that is certain
	PermitSafe      PermitKind = "duplicate_safe"     // a rule repeats a request in doubt, since the plan says that a duplicate does no harm
	PermitRefused   PermitKind = "refused"            // the last one was definitely refused for its token
	PermitWatch     PermitKind = "watch"              // of an interrupt: a watch rule
	PermitMustEnd   PermitKind = "must_end"           // of an interrupt: what follows needs the batch run to be over
	PermitInterrupt PermitKind = "interrupt_in_doubt" // of an interrupt: the last one is in doubt, and the batch run goes on
	PermitCanceled  PermitKind = "canceled"           // of an interrupt: an operator canceled the run
)

// A Permit says why a request may be made. Law L1 wants one for each request that changes something. The zero Permit
// permits nothing. A record of before kinds were kept has the text alone.
type Permit struct {
	Text   string     `json:"permit,omitempty"` // the whole of it in words, for people
	Kind   PermitKind `json:"permit_kind,omitempty"`
	Rule   string     `json:"permit_rule,omitempty"`   // file:line:col of the on_failure or watch rule
	By     string     `json:"permit_by,omitempty"`     // the operator
	Reason string     `json:"permit_reason,omitempty"` // what the operator gave as reason
	Safe   string     `json:"permit_safe,omitempty"`   // the plan's reason under duplicate_safe
}

// And is the permit with something more to say of it.
func (p Permit) And(more string) Permit {
	p.Text += "; " + more
	return p
}

// firstRequest is the plan's own order.
func firstRequest() Permit { return Permit{Text: "first request", Kind: PermitFirst} }

// reopened is for a step that an operator's statement about another one lets wait again.
func reopened() Permit {
	return Permit{Text: "it waits again on an operator's word about another step", Kind: PermitReopened}
}

// permit is an operator's statement as the permit of the request it leads to.
func (s Statement) permit() Permit {
	p := Permit{Text: "operator " + s.By + ": " + s.Reason, Kind: PermitOperator, By: s.By, Reason: s.Reason}
	for _, l := range s.Looks {
		if l.Unchecked() {
			return p.And("nobody asked whether batch run " + l.BatchRunID + " goes on")
		}
	}
	return p
}

// permitOf is why on_failure rule n of step i may ask for something now.
func (m *Machine) permitOf(i, n int) Permit {
	s := &m.steps[i]
	rule := s.def.OnFailure[n].Pos.String()
	p := Permit{Text: fmt.Sprintf("on_failure %s, %s", rule, cause(s.failure())), Kind: PermitOnFailure, Rule: rule}
	if s.doubt.Op != "" {
		p.Kind, p.Safe = PermitSafe, s.def.DuplicateSafe
		p.Text = string(PermitSafe) + ": " + p.Safe + "; " + p.Text
	}
	return p
}

// renewed is why the command may be given again after a definite refusal that the scheduler did not mean for good: after a
// 401 with another token, after a 429 later.
func (m *Machine) renewed(i int, c *Command, text string) Permit {
	if s := &m.steps[i]; s.doubt.Op != "" && c.Key.Op != OpInterrupt {
		return m.permitOf(i, s.rule).And(text)
	}
	return Permit{Text: text, Kind: PermitRefused}
}

// watchPermit is that of a watch rule.
func watchPermit(rule plan.WatchRule) Permit {
	at := rule.Pos.String()
	return Permit{Text: "watch rule " + at, Kind: PermitWatch, Rule: at}
}
