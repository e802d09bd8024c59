package scenario

import (
	"fmt"
	"strconv"
	"time"

	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan/calendar"
)

// beside reads what belongs to the night and is not at the scheduler.
func (r reader) beside(m source.Map) (b sim.Beside) {
	for _, f := range m.Mapping("files", "*").Fields() {
		set(&b.Files, f.Key, r.file(f.Value, fmt.Sprintf("file %q", f.Key)))
	}
	for _, f := range m.Mapping("checks", "*").Fields() {
		set(&b.Checks, f.Key, r.check(f.Value, fmt.Sprintf("check %q", f.Key)))
	}
	for _, f := range m.Mapping("plans", "*").Fields() {
		set(&b.Plans, f.Key, r.plan(f.Value, fmt.Sprintf("plan %q", f.Key)))
	}
	return b
}

// file reads how a file comes to be.
func (r reader) file(n *source.Node, what string) sim.File {
	m := r.Mapping(n, what, "appears", "never", "size", "grows_until", "modified", "trouble")
	f := sim.File{
		Appears: r.when(m, "appears"), Never: m.Bool("never", false), GrowsUntil: r.when(m, "grows_until"),
		Modified: r.when(m, "modified"), Trouble: m.Text("trouble"),
	}
	if s := m.Get("size"); s != nil {
		size := source.Read(r.Reader, s, `"size" of `+what, source.Size)
		f.Size = &size
	}
	if f.Never {
		r.instead(m, "never", "appears", "size", "grows_until", "modified", "trouble")
	}
	if a, u := f.Appears.Clock, f.GrowsUntil.Clock; a != nil && u != nil && *a == *u {
		r.Add(m.Get("grows_until").Pos, `"grows_until" of %s is when it appears: leave it out`, what)
	}
	return f
}

// check reads when a check says yes.
func (r reader) check(n *source.Node, what string) sim.Check {
	m := r.Mapping(n, what, "ready", "never", "line", "trouble")
	c := sim.Check{Ready: r.when(m, "ready"), Never: m.Bool("never", false), Line: m.Text("line"), Trouble: m.Text("trouble")}
	if c.Never {
		r.instead(m, "never", "ready", "trouble")
	}
	return c
}

// plan reads how the newest run of another plan goes.
func (r reader) plan(n *source.Node, what string) sim.PlanRun {
	m := r.Mapping(n, what, "starts", "fails", "succeeds", "never")
	p := sim.PlanRun{Starts: r.when(m, "starts"), Fails: r.when(m, "fails"), Succeeds: r.when(m, "succeeds"), Never: m.Bool("never", false)}
	switch {
	case p.Never:
		r.instead(m, "never", "succeeds")
	case !p.Fails.IsZero() && p.Succeeds.IsZero():
		p.Never = true
	}
	return p
}

// instead refuses what has no meaning beside a key.
func (r reader) instead(m source.Map, key string, others ...string) {
	for _, other := range others {
		if f := m.Node.Field(other); f != nil {
			r.Add(f.KeyPos, "%q of %s means nothing beside %q", other, m.What, key)
		}
	}
}

// when reads a moment of the night: a time of day, or a date and time.
func (r reader) when(m source.Map, key string) (w sim.When) {
	n := m.Get(key)
	if n == nil {
		return w
	}
	return source.Read(r.Reader, n, fmt.Sprintf("%q of %s", key, m.What), readWhen)
}

func readWhen(text string) (sim.When, error) {
	if clock, err := calendar.ParseClock(text); err == nil {
		c := sim.Clock(clock)
		return sim.When{Clock: &c}, nil
	}
	at, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return sim.When{}, fmt.Errorf("%q is no time of a night: write 02:10, in quotes, or 2026-11-23T02:10:00Z", text)
	}
	return sim.When{At: at.UTC()}, nil
}

// addBeside writes what beside reads.
func addBeside(f *source.Sparse, b sim.Beside) {
	f.Filled("files", sorted(b.Files, fileItem))
	f.Filled("checks", sorted(b.Checks, checkItem))
	f.Filled("plans", sorted(b.Plans, planItem))
}

func fileItem(one sim.File) source.Item {
	var f source.Sparse
	addWhen(&f, "appears", one.Appears)
	f.Flag("never", one.Never)
	f.Add("size", one.Size != nil, func() source.Item { return source.Plain(strconv.FormatInt(*one.Size, 10) + "B") })
	addWhen(&f, "grows_until", one.GrowsUntil)
	addWhen(&f, "modified", one.Modified)
	f.Text("trouble", one.Trouble)
	return source.Pairs(f...)
}

func checkItem(one sim.Check) source.Item {
	var f source.Sparse
	addWhen(&f, "ready", one.Ready)
	f.Flag("never", one.Never)
	f.Text("line", one.Line)
	f.Text("trouble", one.Trouble)
	return source.Pairs(f...)
}

func planItem(one sim.PlanRun) source.Item {
	var f source.Sparse
	addWhen(&f, "starts", one.Starts)
	addWhen(&f, "fails", one.Fails)
	addWhen(&f, "succeeds", one.Succeeds)
	f.Flag("never", one.Never && one.Fails.IsZero())
	return source.Pairs(f...)
}

// addWhen adds a moment, unless nothing is said.
func addWhen(f *source.Sparse, key string, w sim.When) {
	if w.Clock != nil {
		f.Text(key, fmt.Sprintf("%02d:%02d:%02d", w.Clock.Hour, w.Clock.Minute, w.Clock.Second))
	} else if !w.At.IsZero() {
		f.Text(key, w.At.UTC().Format(time.RFC3339Nano))
	}
}
