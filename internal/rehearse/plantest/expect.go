package plantest

import (
	"cmp"
	"fmt"
	"slices"
	"strings"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// known is what an expectation can be held against before the night.
type known struct {
	plan *plan.Plan
	plan.Codes
}

// runOutcomes are those of a whole run.
var runOutcomes = []fact.Outcome{fact.Succeeded, fact.Failed, fact.Canceled, fact.InDoubt}

// callOps are the requests that a case may count.
var callOps = []string{"trigger", "interrupt", "restart", "rerun"}

// expectation reads what a case expects. Without a plan only its form is looked at.
func (r *reader) expectation(c *Case, m source.Map, k *known) {
	e := m.Mapping("expect", "outcome", "exit_code", "late", "notices", "finished_before", "steps", "calls", "never", "bodies", "messages")
	if e.Node == nil {
		return
	}
	if len(e.Node.Fields) == 0 {
		r.Add(e.Node.Pos, "%s expects nothing", m.What)
	}
	want := &c.expect
	want.Outcome = expectWord(e, "outcome", runOutcomes)
	want.ExitCode = expectRead(r, e, "exit_code", exitCode)
	want.Late = r.late(c, e, k)
	if n := e.Get("notices"); n != nil {
		want.Notices = &wanted[[]string]{n.Pos, r.noticeKinds(e, runner.RunNoticeKinds())}
	}
	want.FinishedBefore = expectRead(r, e, "finished_before", r.moment)
	for _, f := range r.some(e.Mapping("steps", "*")).Fields() {
		if r.knownStep(f.Key, f.KeyPos, k) {
			want.Steps = append(want.Steps, r.stepWant(f, k))
		}
	}
	want.Messages = r.messages(e, k)
	calls := r.some(e.Mapping("calls", callOps...))
	for _, f := range calls.Fields() {
		if slices.Contains(callOps, f.Key) {
			want.Calls = append(want.Calls, callWant{f.Key, wanted[[]string]{f.KeyPos, r.callCodes(f, k)}})
		}
	}
	if n := e.Get("never"); n.Is(source.Sequence) && len(n.Items) == 0 {
		r.Add(n.Pos, `"never" of %s expects nothing`, m.What)
	}
	for i, n := range e.List("never") {
		want.Never = append(want.Never, r.never(n, fmt.Sprintf(`"never" %d of %s`, i+1, m.What), k)...)
	}
	for _, f := range r.some(e.Mapping("bodies", "*")).Fields() {
		list := r.bodies(f)
		if r.knownStep(f.Key, f.KeyPos, k) {
			want.Bodies = append(want.Bodies, bodyWant{f.Key, list})
		}
	}
}

// late reads whether the night is to miss the deadline, which the plan or the scenario must have.
func (r *reader) late(c *Case, m source.Map, k *known) *wanted[bool] {
	n := m.Get("late")
	if n == nil {
		return nil
	}
	if k != nil && k.plan.Deadline == nil && c.Night.Scenario.Deadline == nil {
		r.Add(m.Node.Field("late").KeyPos, "%s has no deadline, so no night of it is late", k.plan.File).Hint =
			`give the plan one, such as deadline: "05:30", or expect finished_before`
	}
	return &wanted[bool]{n.Pos, m.Bool("late", false)}
}

// some reports a mapping without keys: what expects nothing cannot fail, and somebody takes it for a test.
func (r *reader) some(m source.Map) source.Map {
	if m.Node != nil && len(m.Node.Fields) == 0 {
		r.Add(m.Node.Pos, "%s expects nothing", m.What)
	}
	return m
}

// bodies reads what the bodies of a step's requests must hold.
func (r *reader) bodies(f source.Field) []*source.Node {
	what := fmt.Sprintf("bodies of step %q", f.Key)
	list := r.List(f.Value, what, true)
	if f.Value.Is(source.Sequence) && len(list) == 0 {
		r.Add(f.Value.Pos, "%s expect nothing: any number of requests would do", what).Hint =
			"that there is no request say calls and never, or attempts: 0 of the step"
	}
	for i, n := range list {
		r.body(n, fmt.Sprintf("body %d of step %q", i+1, f.Key))
	}
	return list
}

// body reports what expects nothing in a body, however deep it stands.
func (r *reader) body(n *source.Node, what string) {
	switch {
	case n.Is(source.Sequence):
		for _, item := range n.Items {
			r.body(item, "an item of "+what)
		}
	case n.Is(source.Mapping) && len(n.Fields) == 0:
		r.Add(n.Pos, "%s expects nothing", what).Hint = "without: [KEY] says that a key is not there"
	case n.Is(source.Mapping):
		for _, f := range n.Fields {
			if f.Key == without {
				r.without(f, what)
				continue
			}
			r.body(f.Value, fmt.Sprintf("%q of %s", f.Key, what))
		}
	}
}

// without reads the keys that a body must not hold.
func (r *reader) without(f source.Field, what string) {
	list := r.List(f.Value, fmt.Sprintf("%q of %s", without, what), false)
	if f.Value.Is(source.Sequence) && len(list) == 0 {
		r.Add(f.Value.Pos, "%q of %s names no key", without, what)
	}
	for _, n := range list {
		r.Scalar(n, fmt.Sprintf("a key of %q of %s", without, what))
	}
}

// expectWord reads one of some texts; nil when the key is not there.
func expectWord[T ~string](m source.Map, key string, list []T) *wanted[T] {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	texts := make([]string, len(list))
	for i, one := range list {
		texts[i] = string(one)
	}
	return &wanted[T]{n.Pos, T(m.Enum(key, texts...))}
}

// expectRead reads a value; nil when the key is not there.
func expectRead[T any](r *reader, m source.Map, key string, parse func(string) (T, error)) *wanted[T] {
	n := m.Get(key)
	if n == nil {
		return nil
	}
	return &wanted[T]{n.Pos, source.Read(&r.Reader, n, fmt.Sprintf("%q of %s", key, m.What), parse)}
}

// exitCode reads one of the codes that a driven run ends with.
func exitCode(text string) (exitcode.Code, error) {
	n, err := source.Int(text)
	if err != nil {
		return 0, err
	}
	row, ok := exitcode.Code(n).Row()
	if !ok || !row.Driven {
		return 0, fmt.Errorf("%q is no code that ofsplan run ends with", text)
	}
	return row.Code, nil
}

// attempts reads a number from 0.
func attempts(text string) (int, error) {
	n, err := source.Int(text)
	if err == nil && (n < 0 || n > 1_000_000) {
		err = fmt.Errorf("%q is no number of attempts", text)
	}
	return int(n), err
}

// knownStep reports a step that the plan does not have: a test that expects one is wrong, and cannot fail.
func (r *reader) knownStep(id string, pos source.Pos, k *known) bool {
	if k == nil {
		return false
	}
	ids := make([]string, len(k.plan.Steps))
	for i, s := range k.plan.Steps {
		if ids[i] = s.ID; s.ID == id {
			return true
		}
	}
	r.Add(pos, "%s has no step %q", k.plan.File, id).Hint = source.Meant(id, ids)
	return false
}

// stepWant reads what is expected of one step: its outcome alone, or a mapping.
func (r *reader) stepWant(f source.Field, k *known) stepWant {
	want := stepWant{ID: f.Key}
	n := f.Value
	if n.Is(source.Scalar) {
		field := []source.Field{{Key: "outcome", KeyPos: n.Pos, Value: n}}
		n = &source.Node{Kind: source.Mapping, Pos: n.Pos, Fields: field}
	}
	m := r.Mapping(n, fmt.Sprintf("step %q", f.Key),
		"outcome", "attempts", "failure", "healed_by", "continued", "notices", "started_after", "finished_before")
	if r.some(m); m.Node == nil {
		return want
	}
	want.Outcome = expectWord(m, "outcome", fact.Outcomes())
	want.Attempts = expectRead(r, m, "attempts", attempts)
	want.Failure = expectWord(m, "failure", fact.Kinds())
	if n := m.Get("healed_by"); n != nil {
		want.HealedBy = &wanted[string]{n.Pos, m.Text("healed_by")}
		if n.Is(source.Scalar) {
			r.knownStep(n.Value, n.Pos, k)
		}
	}
	if n := m.Get("continued"); n != nil {
		want.Continued = &wanted[bool]{n.Pos, m.Bool("continued", false)}
	}
	if n := m.Get("notices"); n != nil {
		want.Notices = &wanted[[]string]{n.Pos, r.noticeKinds(m, runner.NoticeKinds())}
	}
	want.StartedAfter = expectRead(r, m, "started_after", r.moment)
	want.FinishedBefore = expectRead(r, m, "finished_before", r.moment)
	return want
}

// noticeKinds reads the kinds of notices that are expected, each of which must be one.
func (r *reader) noticeKinds(m source.Map, known []string) []string {
	var kinds []string
	for _, n := range m.List("notices") {
		if n = r.Scalar(n, fmt.Sprintf("%q of %s", "notices", m.What)); n == nil {
			continue
		}
		kinds = append(kinds, n.Value)
		if slices.Contains(known, n.Value) {
			continue
		}
		r.Add(n.Pos, "there is no notice %q of %s", n.Value, m.What).Hint =
			cmp.Or(source.Meant(n.Value, known), "it is one of "+strings.Join(known, ", "))
	}
	return kinds
}

// callCodes reads the codes that requests are about.
func (r *reader) callCodes(f source.Field, k *known) []string {
	codes := []string{}
	for _, n := range r.List(f.Value, fmt.Sprintf("%q", f.Key), false) {
		if n = r.Scalar(n, "a code of "+fmt.Sprintf("%q", f.Key)); n == nil {
			continue
		}
		if k != nil {
			r.knownCode(n, k)
		}
		codes = append(codes, n.Value)
	}
	return codes
}

// knownCode reports a code that no step orders.
func (r *reader) knownCode(n *source.Node, k *known) {
	if k.May(n.Value) {
		return
	}
	r.Add(n.Pos, "no step of %s orders %q", k.plan.File, n.Value).Hint = source.Meant(n.Value, k.Known)
}

// never reads requests that must not be made: {rerun: DATA_LOAD}, or a kind of request alone.
func (r *reader) never(n *source.Node, what string, k *known) []neverWant {
	var all []neverWant
	if n.Is(source.Scalar) {
		if !slices.Contains(callOps, n.Value) {
			r.Add(n.Pos, "%s cannot be %q: it must be trigger, interrupt, restart or rerun, alone or with a code", what, n.Value).Hint =
				source.Meant(n.Value, callOps)
		}
		return []neverWant{{Op: n.Value, Pos: n.Pos}}
	}
	m := r.Mapping(n, what, callOps...)
	if m.Node != nil && len(m.Node.Fields) == 0 {
		r.Add(n.Pos, "%s names no request", what)
	}
	for _, f := range m.Fields() {
		if f.Value.Is(source.Sequence) && len(f.Value.Items) == 0 {
			r.Add(f.Value.Pos, "%s names no code", what).Hint = "write the word alone when there must be none at all: - " + f.Key
		}
		for _, code := range r.callCodes(f, k) {
			all = append(all, neverWant{f.Key, code, f.KeyPos})
		}
	}
	return all
}
