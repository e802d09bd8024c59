package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// An approval is a step that waits for a person's word ([plan.Approve]): nothing below it starts before that word. It asks under a key,
// which a statement carries, so that a word about an earlier asking counts for nothing. Who may approve the plan says; who somebody is,
// the process that hears the statement asks the operating system, and it stands in the statement ([Approver]). The machine holds one
// against the other.
//
//	waiting ─▶ awaiting ─▶ succeeded    approved
//	                   ├─▶ failed       rejected, or nobody answered in time
//	                   └─▶ delaying     a rule of on_failure asks anew later
//
// Which statements about other steps would let an approval be passed over is in passing.go.

// An Approver is who says a statement, as the operating system knows it. The zero value is somebody of whom nothing is known.
type Approver struct {
	UID  string `json:"uid,omitempty"`  // the number of the user to whom the statement belongs
	Name string `json:"name,omitempty"` // what the system calls that user, where it was asked
	// Users and Groups are those of the plan's approvals that this is, and that this is a member of.
	Users  []string `json:"users,omitempty"`
	Groups []string `json:"groups,omitempty"`
	// Unasked: the run is simulated, and it was asked of nobody who he is.
	Unasked bool `json:"unasked,omitempty"`
	// Approves are the approvals that nobody has given, that the statement passes, and that it is, too.
	Approves []string `json:"approves,omitempty"`
}

// An Inquiry is what has to be known of who makes a statement before the machine can judge it.
type Inquiry struct {
	Users, Groups []string // which of these users it is, and of which of these groups a member: those of the approvals it is about, or passes
	Approves      []string // the approvals it passes
}

// Answer is who makes the statement, with the approvals it passes: whoever that is answers for them. Nil: nobody knows.
func (q Inquiry) Answer(by *Approver) *Approver {
	var a Approver
	if by != nil {
		a = *by
	}
	a.Approves = q.Approves
	return &a
}

// Same reports whether two inquiries ask for the same.
func (q Inquiry) Same(other Inquiry) bool {
	return slices.Equal(q.Users, other.Users) && slices.Equal(q.Groups, other.Groups)
}

// Inquiry is what has to be known of who makes a statement, as the run stands; nil when nothing depends on that. Nothing changes.
func (m *Machine) Inquiry(e Event) *Inquiry {
	if len(m.approvals) == 0 {
		return nil
	}
	passes := m.passes(e)
	about := slices.Clone(passes)
	switch e := e.(type) {
	case OperatorApproved, OperatorRejected:
		if i, known := m.ids[e.Subject().Step]; known && m.steps[i].def.Approval() != nil {
			about = append(about, i)
		}
	case OperatorRetried: // who retries may not approve later (not_self)
	default:
		if len(passes) == 0 {
			return nil
		}
	}
	q := &Inquiry{}
	add := func(list *[]string, names []string) {
		for _, n := range names {
			if !slices.Contains(*list, n) {
				*list = append(*list, n)
			}
		}
	}
	for _, i := range about {
		add(&q.Users, m.steps[i].def.Approval().Users)
		add(&q.Groups, m.steps[i].def.Approval().Groups)
	}
	for _, i := range passes {
		q.Approves = append(q.Approves, m.steps[i].def.ID)
	}
	return q
}

// InquiryAtStart is that of who starts a run of a plan without some of its steps; nil when nothing depends on that.
func InquiryAtStart(p *plan.Plan, skip []string) *Inquiry {
	all := LeftOut(p, skip)
	if len(all) == 0 {
		return nil
	}
	q := &Inquiry{}
	for _, s := range all {
		q.Users, q.Groups = append(q.Users, s.Approval().Users...), append(q.Groups, s.Approval().Groups...)
		q.Approves = append(q.Approves, s.ID)
	}
	for _, list := range []*[]string{&q.Users, &q.Groups} {
		slices.Sort(*list)
		*list = slices.Compact(*list)
	}
	return q
}

// CheckStart is why a run may not start without the steps it leaves out: it would pass approvals that who starts it may not give. Nil: it may.
func CheckStart(p *plan.Plan, e RunStarted) error {
	said := Statement{By: e.By.User, Reason: e.Reason, From: e.By, Approver: e.Approver}
	for _, a := range LeftOut(p, e.Skip) {
		if err := mayPass(a, said, e.Simulated, true, nil); err != nil {
			return err
		}
	}
	return nil
}

// who is the person behind a statement, in words.
func (s Statement) who() string {
	if a := s.Approver; a != nil && a.Name != "" {
		return a.Name
	}
	return s.By
}

// movers are those who started, resumed or retried the run, by number and by name.
type movers map[string]bool

func (m movers) add(ids ...string) {
	for _, id := range ids {
		if id != "" {
			m[id] = true
		}
	}
}

// addBy adds a process's user, and whoever logged in to become it.
func (m movers) addBy(by By) { m.add(by.User, uidOf(by.UID), uidOf(by.LoginUID)) }

// addSaid adds who made a statement.
func (m movers) addSaid(s Statement) {
	m.add(s.By, uidOf(s.From.LoginUID))
	if s.Approver != nil {
		m.add(uidOf(s.Approver.UID), s.Approver.Name)
	}
}

// has reports whether the person behind a statement is one of them.
func (m movers) has(s Statement) bool {
	one := movers{}
	one.addSaid(s)
	for id := range one {
		if m[id] {
			return true
		}
	}
	return false
}

// uidOf keeps numbers apart from names.
func uidOf(uid string) string {
	if uid == "" {
		return ""
	}
	return "uid " + uid
}

// Awaits reports whether a person's word is wanted.
func (m *Machine) Awaits() bool {
	return slices.ContainsFunc(m.approvals, func(i int) bool { return m.steps[i].state == Awaiting })
}

// ask begins an approval: from here on a statement may decide it.
func (m *Machine) ask(i int, v *plan.Approve) {
	s := &m.steps[i]
	s.anchor = m.at
	s.asks = s.key(OpApprove)
	m.move(i, Awaiting, "a word is wanted "+v.By()).Asks = s.asks
	m.expect(i)
	if s.def.Timeout > 0 {
		m.timeoutAt(i, m.at.Add(s.def.Timeout))
	}
}

// lateWord refuses a statement about an approval whose time was over when it was heard: what fails it is the clock, which may not have
// been told yet.
func (m *Machine) lateWord(at time.Time, e Event) error {
	switch e.(type) {
	case OperatorApproved, OperatorRejected:
	default:
		return nil
	}
	i, known := m.ids[e.Subject().Step]
	if !known || m.steps[i].state != Awaiting || m.steps[i].def.Timeout == 0 {
		return nil
	}
	s := &m.steps[i]
	if over := s.anchor.Add(s.def.Timeout); !at.Before(over) {
		return fmt.Errorf("%w: approval %q waited until %s, and the word came after that", ErrUnexpected, s.def.ID, readable.Stamp(over))
	}
	return nil
}

// acceptsApproval checks whether a statement decides an approval as it stands.
func (m *Machine) acceptsApproval(step string, asked Key, said Statement, rejects bool) error {
	i, known := m.ids[step]
	if !known {
		return fmt.Errorf("%w: no step %q", ErrUnexpected, step)
	}
	s := &m.steps[i]
	v := s.def.Approval()
	if v == nil {
		return fmt.Errorf("%w: step %q asks for no approval", ErrUnexpected, step)
	}
	switch out := s.outcome(); {
	case asked != s.asks && asked != Key{}:
		return fmt.Errorf("%w: the word is about approval %s, which is not asked for any more: step %q is %s", ErrUnexpected, asked, step, readable.Words(s.state))
	case asked != s.asks:
		return fmt.Errorf("%w: approval %s is asked for, of which the word says nothing: look at it, and say it again", ErrUnexpected, s.asks)
	case s.state == Awaiting:
	case rejects:
		return fmt.Errorf("%w: step %q is %s, and asks for no word", ErrUnexpected, step, readable.Words(s.state))
	case s.state != Waiting && s.state != Delaying && out != fact.Blocked && out != fact.Canceled && !failedForGood(s):
		return fmt.Errorf("%w: step %q is %s, and asks for no word", ErrUnexpected, step, readable.Words(s.state))
	}
	return m.mayApprove(s.def, said, rejects)
}

// mayApprove checks whether the word of who makes a statement counts for an approval.
func (m *Machine) mayApprove(def *plan.Step, said Statement, rejects bool) error {
	return mayDecide(def, said, m.simulated, rejects, m.movers)
}

// mayDecide checks that of a run that those have moved. Under not_self somebody may still reject.
func mayDecide(def *plan.Step, said Statement, simulated, rejects bool, by movers) error {
	v, a := def.Approval(), said.Approver
	switch {
	case !v.Restricted():
		return nil
	case a == nil:
		return fmt.Errorf("%w: nobody knows who says it, and approval %q is given %s", ErrUnexpected, def.ID, v.By())
	case a.Unasked && simulated:
		return nil
	case a.Unasked:
		return fmt.Errorf("%w: nobody was asked who says it, and approval %q is given %s", ErrUnexpected, def.ID, v.By())
	}
	in := func(names, of []string) bool {
		return slices.ContainsFunc(names, func(n string) bool { return slices.Contains(of, n) })
	}
	if len(v.Users)+len(v.Groups) > 0 && !in(v.Users, a.Users) && !in(v.Groups, a.Groups) {
		return fmt.Errorf("%w: %s may not decide approval %q, which is given %s", ErrUnexpected, said.who(), def.ID, v.By())
	}
	if v.NotSelf && !rejects && by.has(said) {
		return fmt.Errorf("%w: %s started, resumed or retried this run, and so may not approve %q (not_self)", ErrUnexpected, said.who(), def.ID)
	}
	return nil
}

// interpretApproval is a statement that gives an approval an outcome as what it is, an approval or a rejection; nil for any other event.
func (m *Machine) interpretApproval(e Event) Event {
	i, known := m.ids[e.Subject().Step]
	if !known || m.steps[i].def.Approval() == nil {
		return nil
	}
	said, _ := StatementOf(e)
	var as Resolution
	request := m.steps[i].asks
	switch e := e.(type) {
	case OperatorResolved:
		as, request = e.As, e.Request
	case OperatorMarked:
		as = e.As
	}
	switch {
	case as == AsSucceeded, as == AsSkipped:
		return OperatorApproved{Statement: said, Step: e.Subject().Step, Request: request}
	case as == AsFailed && m.steps[i].state == Awaiting:
		return OperatorRejected{Statement: said, Step: e.Subject().Step, Request: request}
	case as == AsFailed:
		return OperatorMarked{Statement: said, Step: e.Subject().Step, As: as}
	}
	return nil
}

// approve lets an approval succeed on somebody's word. With names the statement it came with, when that is about something else; then an
// outcome that the step has is replaced, and nothing waits again for that alone.
func (m *Machine) approve(i int, w Statement, with string) {
	s := &m.steps[i]
	from, had := s.state, s.decided()
	switch {
	case had && with == "":
		m.takeBack(i)
	case had:
		m.set(i, reopening)
	}
	s.fault, s.healed = nil, false
	t := m.finish(i, fact.Succeeded, "approved by "+w.who()+with+": "+w.Reason)
	t.Mark, t.By, t.From = MarkApproved, w.who(), from
	if had && with != "" {
		m.recount()
	}
}

// approved is told that somebody approves.
func (m *Machine) approved(i int, e OperatorApproved) {
	m.ended = false
	m.approve(i, e.Statement, "")
}

// rejected is told that somebody does not.
func (m *Machine) rejected(i int, e OperatorRejected) {
	m.ended = false
	m.failAttempt(i, m.failure(i, fact.Rejected, 0, "rejected by "+e.who()+": "+e.Reason))
}

// approveAlso gives the approvals that a statement about something else passes, and that it is, too.
func (m *Machine) approveAlso(e Event) {
	w, said := StatementOf(e)
	if !said || w.Approver == nil || len(m.approvals) == 0 {
		return
	}
	about := strings.TrimPrefix(e.Type(), "operator.")
	for _, i := range m.passes(e) {
		m.approve(i, w, ", whose word about "+e.Subject().Step+" ("+about+") passes it")
	}
}

// approveAtStart gives the approvals that the part of the plan which is started leaves out.
func (m *Machine) approveAtStart(e RunStarted) {
	if e.Approver == nil {
		return
	}
	w := Statement{By: e.By.User, Reason: e.Reason, Approver: e.Approver}
	for _, a := range LeftOut(m.r.Plan, e.Skip) {
		m.approve(m.ids[a.ID], w, " with the start, which leaves it out")
	}
}

// onlyRejected reports whether every step that went wrong of itself was rejected by a person, and there is one.
func (m *Machine) onlyRejected() bool {
	any := false
	for i := range m.steps {
		s := &m.steps[i]
		if s.outcome() != fact.Failed || m.good(i) {
			continue
		}
		if s.failure().Kind != fact.Rejected {
			return false
		}
		any = true
	}
	return any
}
