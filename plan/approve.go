package plan

import (
	"fmt"
	"slices"
	"strings"

	"ofsplan/internal/source"
)

// Approve waits for a person's word: what comes below it starts when somebody who may has approved.
type Approve struct {
	// Message is what the person is asked, with its lines as they are written. It is never empty.
	Message string
	// NotSelf is true when nobody who started, resumed or retried the run may approve.
	NotSelf bool
	// Users and Groups are whose word counts: that of one of these users, or of a member of one of these groups. Both empty:
	// that of everybody whose statements reach the run.
	Users, Groups []string
}

// Keyword is the verb as the plan writes it.
func (*Approve) Keyword() string { return "approve" }

func (*Approve) rests() {}

// Restricted reports whether it matters who speaks.
func (v *Approve) Restricted() bool { return v.NotSelf || len(v.Users)+len(v.Groups) > 0 }

// By says whose word counts, as the end of a sentence: "by carol or a member of duty, but nobody who started …".
func (v *Approve) By() string {
	var who []string
	who = append(who, v.Users...)
	for _, g := range v.Groups {
		who = append(who, "a member of "+g)
	}
	text := "by everybody who can speak to the run"
	if len(who) > 0 {
		text = "by " + strings.Join(who, " or ")
	}
	if v.NotSelf {
		text += ", but nobody who started, resumed or retried it"
	}
	return text
}

// Approval is the verb of a step that waits for a person's word; nil for any other step.
func (s *Step) Approval() *Approve { v, _ := s.Do.(*Approve); return v }

// Approvals are the steps that wait for a person's word, in file order.
func (p *Plan) Approvals() (all []*Step) {
	for _, s := range p.Steps {
		if s.Approval() != nil {
			all = append(all, s)
		}
	}
	return all
}

// mostNames bounds how many users, and how many groups, an approval names: each is asked for one by one.
const mostNames = 64

// accountName is the form of a user's or group's name: what getent takes for a name, and for nothing else. One of digits alone would be
// taken for a number, and a dash in front for an option.
var accountName = source.Pattern(`^[A-Za-z0-9_.][A-Za-z0-9_.@\\$-]{0,127}$`)

// approve reads an approval.
func (l *loader) approve(s *Step, n *source.Node, what string, step source.Map) Verb {
	v := &Approve{}
	if s.Finally {
		l.Add(l.places[s.Index].verb, "%s is an approval, but it is one of finally", step.What).Hint =
			"nothing waits for a step of finally, so there is nothing to approve: make it a step above, which the others need"
	}
	if n.Kind == source.Scalar {
		l.Add(n.Pos, "%s must be a mapping", what).Hint = "write approve: {message: WHAT IS ASKED}"
		return v
	}
	m := l.Mapping(n, what, approveKeys...)
	if m.Node == nil {
		return v
	}
	m.Require("message")
	l.forPeople(m, "message")
	if m.Has("message") {
		v.Message = strings.TrimSpace(m.Text("message"))
		if v.Message == "" && m.Get("message").Is(source.Scalar) {
			l.Add(m.Get("message").Pos, `"message" of %s says nothing`, what).Hint = "say what is asked: it is what the person reads who approves or rejects"
		}
	}
	v.NotSelf = m.Bool("not_self", false)
	if m.Has("from") {
		from := m.Mapping("from", fromKeys...)
		v.Users, v.Groups = l.accounts(from, "users"), l.accounts(from, "groups")
		if from.Node != nil && !from.Has("users") && !from.Has("groups") {
			l.Add(from.Node.Pos, `"from" of %s names nobody`, what).Hint = "name users: [NAME], groups: [NAME], or both; without from, everybody may who can speak to the run"
		}
	}
	if f := step.Node.Field("allow_failure"); f != nil && step.Bool("allow_failure", false) {
		l.Add(f.KeyPos, "%s is an approval with allow_failure, so that a rejection would stop nothing", step.What).Hint =
			`to go on when nobody answers in time: on_failure: [{if: 'failure.kind == "timeout"', do: continue}]`
	}
	return v
}

// accounts reads names of users or groups.
func (l *loader) accounts(m source.Map, key string) (names []string) {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	what := fmt.Sprintf("%q of %s", key, m.What)
	items := l.List(n, what, true)
	if len(items) > mostNames {
		l.Add(n.Pos, "%s has %d names; %d are the most", what, len(items), mostNames).Hint = "name a group"
		return nil
	}
	if n.Is(source.Sequence) && len(items) == 0 {
		l.Add(n.Pos, "%s is empty", what).Hint = "leave it out, or name somebody"
	}
	for _, item := range items {
		if item = l.Scalar(item, "an item of "+what); item == nil {
			continue
		}
		switch name := item.Value; {
		case !accountName().MatchString(name), strings.Trim(name, "0123456789") == "":
			l.Add(item.Pos, "%q in %s is not the name of an account", source.Short(name), what).Hint =
				"write the name as the system knows it, such as alice or duty_managers: letters, digits and _ . @ - \\ $, not digits alone"
		case slices.Contains(names, name):
			l.Add(item.Pos, "%q is listed twice in %s", name, what)
		default:
			names = append(names, name)
		}
	}
	return names
}
