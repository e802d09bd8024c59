package rehearse

import (
	"errors"
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"

	"ofsplan/audit"
	"ofsplan/internal/frozen"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// traits are the things that an audit log shows.
type traits map[string]bool

// core begins the traits that some frozen log has to show, each of them.
const core = "core: "

// core takes in a trait that has to be shown.
func (s traits) core(format string, args ...any) { s[core+fmt.Sprintf(format, args...)] = true }

// add takes in one that is shown where there is room.
func (s traits) add(format string, args ...any) { s[fmt.Sprintf(format, args...)] = true }

// traitsOf reads a log. They come back sorted.
func traitsOf(j frozen.Journal) []string {
	s := traits{}
	if j.Verdict.Problem != nil {
		s.core("%s behind %s", j.Verdict.Problem.Damage, j.Records[len(j.Records)-1].Type)
	}
	verbs, states := map[string]string{}, map[string]runner.State{}
	var last audit.Record
	var pins []runner.FilePinned
	for _, r := range j.Records {
		if r.Note {
			s.core("note %s", r.Type)
			continue
		}
		t, err := record.Read(r)
		if err != nil {
			panic(err) // it was written a moment ago, or is frozen
		}
		if pinned, ok := t.Event.(runner.FilePinned); ok {
			pins = append(pins, pinned)
			p, err := plan.ParsePinned(pins[0].Name, []byte(pins[0].Text), runner.Pinned(pins[1:])...)
			if errors.Is(err, plan.ErrNotPinned) {
				last = r
				continue // it is pinned next
			}
			if err != nil {
				panic(err)
			}
			for _, step := range p.Steps {
				verbs[step.ID] = fmt.Sprintf("%s (finally %t, rules %t, allowed %t, safe %t)", step.Do.Keyword(), step.Finally, len(step.OnFailure) > 0, step.AllowFailure, step.DuplicateSafe != "")
				s.core("verb %s", verbs[step.ID])
			}
		}
		s.event(t)
		s.decision(t)
		for _, m := range t.Decision.Moves {
			states[m.Step] = m.To
			if slices.Contains(fact.Outcomes(), fact.Outcome(m.To)) {
				s.add("%s %s %s %s", verbs[m.Step], m.To, m.Mark, failureOf(m))
			}
		}
		last = r
	}
	if j.Verdict.State == audit.Incomplete && j.Verdict.Problem == nil && last.Type != (runner.RunDetached{}).Type() {
		s.core("killed after %s", last.Type)
		for _, state := range states {
			s.core("killed while a step is %s", state)
		}
	}
	return slices.Sorted(maps.Keys(s))
}

// failureOf is the kind of failure a move names.
func failureOf(m runner.Transition) fact.FailureKind {
	if m.Failure == nil {
		return ""
	}
	return m.Failure.Kind
}

// event takes what an event says.
func (s traits) event(t record.Turn) {
	kind := t.Event.Type()
	s.core("%s %s, something followed: %t", kind, t.Event.Subject().Op, !t.Decision.Empty())
	switch e := t.Event.(type) {
	case runner.RunStarted:
		s.add("%s params %t, once %t, misdate %t", kind, len(e.Params) > 0, e.Once != nil, e.MISDate != "")
	case runner.RequestSent:
		s.core("%s permit %s", kind, shape(e.Permit.Text))
	case runner.RequestRefused:
		s.add("%s http %d code %s", kind, e.HTTP, e.Code)
	case runner.RequestNotSent:
		s.core("%s unauthorized %t", kind, e.Unauthorized)
	case runner.RequestInDoubt:
		s.add("%s http %d", kind, e.HTTP)
	case runner.BatchObserved:
		s.add("%s %s, code %d, text %t, tasks %t, members %t", kind, e.Status, e.Code, e.Text != "", len(e.Tasks) > 0, len(e.Members) > 0)
	case runner.LookFailed:
		s.add("%s http %d code %s", kind, e.HTTP, e.Code)
	case runner.RunDetached:
		s.add("%s %s", kind, shape(e.Reason))
	case runner.OperatorResolved:
		s.core("%s %s, request %t", kind, e.As, e.Request != runner.Key{})
	case runner.OperatorAdopted:
		s.core("%s request %t", kind, e.Request != runner.Key{})
	case runner.OperatorMarked:
		s.core("%s %s", kind, e.As)
	case runner.OperatorCanceled:
		s.core("%s %t", kind, e.Interrupt)
	}
}

// decision takes what was decided.
func (s traits) decision(t record.Turn) {
	kind, d := t.Event.Type(), t.Decision
	for _, m := range d.Moves {
		s.core("%s -> %s", m.From, m.To)
		s.add("%s: %s -> %s", kind, m.From, m.To)
		s.add("%s -> %s why %s", m.From, m.To, shape(m.Why))
		s.core("%s mark %s", m.To, m.Mark)
		s.core("%s failure %s, rule %t", m.To, failureOf(m), m.Rule != "")
		if m.Failure != nil {
			s.add("failure %s %s", m.Failure.Kind, shape(m.Failure.Message))
		}
		for _, e := range m.Evidence {
			s.add("evidence of %s, holds %t", shape(strings.ReplaceAll(e.Expr, "_", "")), e.Holds)
		}
	}
	for _, c := range d.Commands {
		s.core("command %s after %s", c.Key.Op, kind)
		if c.Permit != nil {
			s.core("permit %s, %s", c.Permit.Kind, shape(c.Permit.Text))
		}
		if o := c.Order; o != nil {
			s.core("order %s, params %t, members %t, excluded %t, held %t, included %t, new token %t", o.Object,
				len(o.Params) > 0, len(o.Members) > 0, len(o.Excluded) > 0, len(o.Held) > 0, len(o.Included) > 0, c.NewToken)
			continue
		}
		s.core("%s of %s, foreign %t, tasks %t", c.Key.Op, c.Run.Object, c.Foreign, len(c.Tasks) > 0)
	}
	for _, k := range d.Drops {
		s.add("drop %s after %s", k.Op, kind)
	}
	for _, n := range d.Notices {
		s.core("notice %s, rule %t", n.Kind, n.Rule != "")
		s.add("notice %s %s", n.Kind, shape(n.Message))
	}
	if e := d.End; e != nil {
		s.core("end %s, nothing %t, no contact %t", e.Outcome, e.NothingStarted, e.NoContact)
		s.add("end %s after %s", e.Outcome, kind)
	}
}

var (
	quoted          = regexp.MustCompile(`"[^"]*"`)
	namesAndNumbers = regexp.MustCompile(`[^\s,;:()]*[0-9A-Z_][^\s,;:()]*`)
	listed          = regexp.MustCompile(`#(, #)+`)
)

// shape is a sentence without the names and numbers in it.
func shape(text string) string {
	return listed.ReplaceAllString(namesAndNumbers.ReplaceAllString(quoted.ReplaceAllString(text, "#"), "#"), "#")
}

// tags say in a file's name what is in a log: how it ends, and what happened to it.
func tags(j frozen.Journal) []string {
	end := "unended"
	did := map[string]bool{}
	for _, r := range j.Records {
		if r.Note {
			did["accepted"] = did["accepted"] || r.Type == "journal.tail_accepted"
			continue
		}
		t, err := record.Read(r)
		if err != nil {
			panic(err)
		}
		switch e := t.Event.(type) {
		case runner.RunResumed:
			did["resumed"], end = true, "unended"
		case runner.RunDetached:
			end = "left"
		case runner.RequestSent:
			did["repeated"] = did["repeated"] || e.Safe != "" || strings.HasPrefix(e.Permit.Text, string(runner.PermitSafe))
		default:
			if _, said := runner.StatementOf(e); said {
				did[strings.TrimPrefix(e.Type(), "operator.")] = true
			}
		}
		if t.Decision.End != nil {
			end = slug(string(t.Decision.End.Outcome))
		}
	}
	all := []string{end}
	for _, what := range []string{"resumed", "accepted", "resolved", "adopted", "retried", "marked", "canceled", "repeated"} {
		if did[what] && what != end {
			all = append(all, what)
		}
	}
	return all
}
