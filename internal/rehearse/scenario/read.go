package scenario

import (
	"fmt"
	"slices"
	"strconv"
	"time"

	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan/calendar"
)

// Read reads a scenario file. display is the file's name in messages. The error is a source.Errors.
func Read(display string, data []byte) (sim.Scenario, error) {
	root, errs := source.Parse(display, data)
	if root == nil {
		return sim.Scenario{}, errs.Err()
	}
	r := reader{&source.Reader{Errors: errs, Synonyms: synonyms}}
	sc := r.scenario(root, true)
	if err := r.Err(); err != nil {
		return sim.Scenario{}, err
	}
	return sc, nil
}

// ReadPart reads a scenario that stands in another file, or is laid together from two: it need not say its version.
// Problems go to r.
func ReadPart(r *source.Reader, root *source.Node) sim.Scenario {
	known := r.Synonyms
	r.Synonyms = synonyms
	sc := reader{r}.scenario(root, false)
	r.Synonyms = known
	return sc
}

// synonyms are words people write for keys of ours.
var synonyms = map[string]string{
	"needs": "after", "depends_on": "after", "time": "duration", "fail": "fails", "hang": "hangs",
	"retry-after": "retry_after", "abort_at": "aborts_at", "hold": "holds", "members": "batches", "operation": "on",
}

// reader reads one scenario.
type reader struct{ *source.Reader }

// scenario reads the root. A whole file has to say its version.
func (r reader) scenario(root *source.Node, whole bool) sim.Scenario {
	m := r.Mapping(root, "the scenario",
		"version", "seed", "start", "batches", "groups", "elsewhere", "faults", "unknown_batches", "history", "deadline", "notifications", "files", "checks", "plans", "approvals", "x_*")
	if m.Enum("version", "1"); whole {
		m.Require("version")
	}
	sc := sim.Scenario{
		Seed:  source.Read(r.Reader, m.Get("seed"), `"seed"`, Seed),
		Start: source.Read(r.Reader, m.Get("start"), `"start"`, instant),
	}
	for _, f := range m.Mapping("batches", "*").Fields() {
		set(&sc.Batches, f.Key, r.entries(f.Value, fmt.Sprintf("batch %q", f.Key)))
	}
	for _, f := range m.Mapping("groups", "*").Fields() {
		set(&sc.Groups, f.Key, r.group(f))
	}
	for _, f := range m.Mapping("elsewhere", "*").Fields() {
		set(&sc.Elsewhere, f.Key, r.elsewhere(f))
	}
	for i, n := range r.List(m.Get("faults"), `"faults"`, true) {
		sc.Faults = append(sc.Faults, r.fault(n, fmt.Sprintf("fault %d", i+1)))
	}
	sc.Unknown = source.Read(r.Reader, m.Get("unknown_batches"), `"unknown_batches"`, unknown)
	sc.Deadline = (*sim.Clock)(source.Optional(m, "deadline", calendar.ParseClock))
	for _, f := range m.Mapping("history", "*").Fields() {
		set(&sc.History, f.Key, r.length(f.Value, fmt.Sprintf("%q in history", f.Key)))
	}
	sc.Notifications = r.notifications(m)
	sc.Beside = r.beside(m)
	sc.Approvals = r.approvals(m)
	r.place(root, sc.Check())
	return sc
}

// set puts a value into a map that may not be there yet.
func set[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = v
}

// entries reads a batch that may be written as a list: how it goes for some run-time parameters each, and last how it goes otherwise.
func (r reader) entries(n *source.Node, what string) sim.Batch {
	if !n.Is(source.Sequence) {
		return r.batch(n, what)
	}
	var b sim.Batch
	if len(n.Items) == 0 {
		r.Add(n.Pos, "%s is an empty list", what).Hint = "write how it goes: 5m, or {duration: 5m}"
	}
	var apart []sim.Apart
	for i, item := range n.Items {
		of := fmt.Sprintf("entry %d of %s", i+1, what)
		one := r.batch(item, of, "where")
		last := i == len(n.Items)-1
		if item.Is(source.Scalar) && last {
			b = one
			break
		}
		m := r.Mapping(item, of, "*")
		if last && !m.Has("where") {
			b = one
			break
		}
		a := sim.Apart{Batch: one}
		for _, f := range m.Mapping("where", "*").Fields() {
			if v := r.Scalar(f.Value, fmt.Sprintf("%q of %s", f.Key, of)); v != nil {
				set(&a.Where, f.Key, v.Value)
			}
		}
		apart = append(apart, a)
	}
	b.Apart = apart
	return b
}

// batchKeys are the keys of a batch, wherever one stands.
var batchKeys = []string{"duration", "tasks", "starts", "refuse"}

// batch reads a batch: a mapping, or its duration alone.
func (r reader) batch(n *source.Node, what string, more ...string) sim.Batch {
	if n.Is(source.Scalar) {
		return sim.Batch{Duration: r.length(n, what)}
	}
	m := r.Mapping(n, what, slices.Concat(batchKeys, more)...)
	b := sim.Batch{Duration: r.length(m.Get("duration"), m.What), Refuse: int(m.Int("refuse", 0))}
	for _, f := range m.Mapping("tasks", "*").Fields() {
		b.Tasks = append(b.Tasks, r.task(f))
	}
	b.Starts = r.starts(m)
	r.refusal(m)
	return b
}

// task reads a task: a mapping, or its duration alone.
func (r reader) task(f source.Field) sim.Task {
	what := fmt.Sprintf("task %q", f.Key)
	if f.Value.Is(source.Scalar) {
		return sim.Task{Code: f.Key, Duration: r.length(f.Value, what)}
	}
	m := r.Mapping(f.Value, what, "duration", "after")
	return sim.Task{Code: f.Key, Duration: r.length(m.Get("duration"), what), After: r.names(m, "after")}
}

// names is a list of codes, or one alone.
func (r reader) names(m source.Map, key string) []string {
	var names []string
	for _, n := range m.List(key) {
		if n = r.Scalar(n, fmt.Sprintf("%q of %s", key, m.What)); n != nil {
			names = append(names, n.Value)
		}
	}
	return names
}

func (r reader) starts(m source.Map) []sim.Start {
	var starts []sim.Start
	for i, n := range r.List(m.Get("starts"), `"starts" of `+m.What, true) {
		starts = append(starts, r.start(n, fmt.Sprintf("start %d of %s", i+1, m.What)))
	}
	return starts
}

func (r reader) start(n *source.Node, what string) sim.Start {
	m := r.Mapping(n, what,
		"fails", "at", "hangs", "holds", "aborts_at", "interrupted_at", "refuse", "duration", "new_id")
	s := sim.Start{
		Fails: r.part(m, "fails"), At: r.moment(m, "at"), Hangs: r.part(m, "hangs"), Holds: r.names(m, "holds"),
		AbortsAt: r.moment(m, "aborts_at"), InterruptedAt: r.moment(m, "interrupted_at"),
		Refuse: int(m.Int("refuse", 0)), Duration: r.length(m.Get("duration"), what),
		NewID: m.Bool("new_id", false),
	}
	r.refusal(m)
	return s
}

// refusal reports a code that was written as 0: it would look like none.
func (r reader) refusal(m source.Map) {
	if n := m.Get("refuse"); n.Is(source.Scalar) && n.Value == "0" {
		r.Add(n.Pos, `"refuse" of %s cannot be 0: it must be from -3 to -8`, m.What)
	}
}

// part is a task's code, or true for the whole.
func (r reader) part(m source.Map, key string) string {
	n := m.Get(key)
	if n.Is(source.Scalar) && !n.Quoted {
		switch n.Value {
		case "true":
			return sim.Whole
		case "false":
			return ""
		}
	}
	return m.Text(key)
}

// moment is a time after a start. At the very start nothing can end.
func (r reader) moment(m source.Map, key string) time.Duration {
	n := m.Get(key)
	before := len(r.Errors)
	d := m.Duration(key, 0)
	if n != nil && d == 0 && len(r.Errors) == before {
		r.Add(n.Pos, "%q of %s must be after the start, not 0s", key, m.What)
	}
	return d
}

// group reads a group. A member is a mapping, or its duration alone.
func (r reader) group(f source.Field) sim.Group {
	m := r.Mapping(f.Value, fmt.Sprintf("group %q", f.Key), "batches", "starts", "refuse")
	g := sim.Group{Starts: r.starts(m), Refuse: int(m.Int("refuse", 0))}
	r.refusal(m)
	for _, f := range m.Mapping("batches", "*").Fields() {
		g.Members = append(g.Members, r.member(f))
	}
	return g
}

func (r reader) member(f source.Field) sim.Member {
	own := r.batch(f.Value, fmt.Sprintf("member %q", f.Key), "after")
	member := sim.Member{Code: f.Key}
	if f.Value.Is(source.Mapping) {
		member.After = r.names(r.Mapping(f.Value, fmt.Sprintf("member %q", f.Key), "*"), "after")
	}
	if f.Value.Is(source.Scalar) || hasAny(f.Value, batchKeys) {
		member.Own = &own
	}
	return member
}

func hasAny(n *source.Node, keys []string) bool {
	return slices.ContainsFunc(keys, func(k string) bool { return n.Field(k) != nil })
}

func (r reader) elsewhere(f source.Field) sim.Elsewhere {
	what := fmt.Sprintf("batch run %q", f.Key)
	own := r.batch(f.Value, what, "batch", "group")
	m := r.Mapping(f.Value, what, "*")
	e := sim.Elsewhere{Code: m.Text("batch")}
	switch {
	case m.Node == nil:
		return e // reported already, or a duration alone
	case m.Has("batch") && m.Has("group"):
		r.Add(m.Node.Field("group").KeyPos, `%s has both "batch" and "group"`, what)
	case m.Has("group"):
		e.Code, e.Group = m.Text("group"), true
	}
	if hasAny(m.Node, batchKeys) {
		e.Own = &own
	}
	return e
}

func (r reader) fault(n *source.Node, what string) sim.Fault {
	m := r.Mapping(n, what, "on", "batch", "nth", "every", "at", "for", "do", "retry_after", "delay")
	m.Require("do")
	f := sim.Fault{
		On: m.Enum("on", sim.Operations()...), Batch: m.Text("batch"),
		Nth: r.count(m, "nth"), Every: r.count(m, "every"),
		For: r.moment(m, "for"), Do: sim.Deed(m.Text("do")),
		RetryAfter: m.Duration("retry_after", 0), Delay: m.Duration("delay", 0),
	}
	if status, err := strconv.Atoi(string(f.Do)); err == nil {
		f.Do, f.Status = sim.HTTPStatus, status
	} else if f.Do == sim.HTTPStatus {
		r.Add(m.Get("do").Pos, `"do" of %s is an HTTP status itself, such as 503`, what)
	}
	f.At = (*sim.Clock)(source.Optional(m, "at", calendar.ParseClock))
	return f
}

// count is a number from 1.
func (r reader) count(m source.Map, key string) int {
	n := m.Int(key, 0)
	if at := m.Get(key); at.Is(source.Scalar) && at.Value == "0" || n < 0 || n > 1<<31 {
		r.Add(at.Pos, "%q of %s counts requests from 1", key, m.What)
		return 0
	}
	return int(n)
}
