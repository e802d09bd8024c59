package rehearse

import (
	"fmt"
	"math/rand/v2"
	"net/http"
	"strings"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A drawer makes nights out of a seed: a plan with every verb and rule, a scheduler with a mind of its own, faults, and a
// runner that is killed. The same seed makes the same night.
type drawer struct {
	*rand.Rand
	plan     strings.Builder
	starters []string // ids of steps that have a batch run of their own
	all      []string // ids so far

	repeatable bool // the step drawn last triggers or reruns
	// times draws what was added to nights later, so that all else of a seed's night stays as it was.
	times *rand.Rand
	talk  *rand.Rand        // draws whom a night tells something
	loopy bool              // steps may go over lists
	loops map[string]string // by step id: the list it goes over
	sense *rand.Rand        // draws what a night waits for that is not at the scheduler
	looks bool              // it does
	asks  *rand.Rand        // draws the approvals, and what people say to them
	asked []string          // ids of approvals so far
}

// drawn is the night of a seed, and the plan's text. Steps that would wait for each other in a circle are refused by
// the loader, so another plan is drawn then.
func drawn(seed uint64) (Night, string, error) {
	for try := uint64(0); ; try++ {
		d := &drawer{Rand: rand.New(rand.NewPCG(seed, 0x6e69676874+try)), times: rand.New(rand.NewPCG(seed, 0x74696d6573)), loopy: loopNights(seed), loops: map[string]string{}}
		d.talk = rand.New(rand.NewPCG(seed, 0x74616c6b+try))
		d.sense = rand.New(rand.NewPCG(seed, 0x73656e7365+try))
		d.looks = d.sense.IntN(3) == 0
		d.asks = rand.New(rand.NewPCG(seed, 0x61736b73+try))
		text := d.planText() + drawnWindows(seed)
		p, err := plan.Parse(fmt.Sprintf("seed%d.yaml", seed), []byte(text))
		if err != nil && strings.Contains(err.Error(), "in a circle") && try < 100 {
			continue
		}
		if err != nil {
			return Night{}, text, err
		}
		n := Night{Plan: p, Scenario: d.scenario(seed)}
		d.deaf(&n)
		d.besides(&n.Scenario.Beside)
		d.answers(&n)
		d.kills(&n)
		d.outages(&n)
		d.usual(&n)
		return n, text, nil
	}
}

// drawnWindows draws closed windows, in one night of four, at its end: every other night is what it was before there were any.
func drawnWindows(seed uint64) string {
	d := &drawer{Rand: rand.New(rand.NewPCG(seed, 0x636c6f736564))}
	if !d.odds(4) {
		return ""
	}
	var all []string
	for range 1 + d.IntN(3) {
		from := Start.Add(time.Duration(d.IntN(5*60*60)-60*60) * time.Second)
		to := from.Add(time.Duration(1+d.IntN(90*60)) * time.Second)
		all = append(all, fmt.Sprintf("{from: %q, to: %q%s}", from.Format(time.TimeOnly), to.Format(time.TimeOnly), pick(d, "", ", days: [monday, tuesday]")))
	}
	return fmt.Sprintf("calendar: {timezone: %s, closed: [%s]}\n", pick(d, "UTC", "Europe/London"), strings.Join(all, ", "))
}

// odds is true once in n times.
func (d *drawer) odds(n int) bool { return d.IntN(n) == 0 }

// pick draws one of some things.
func pick[T any](d *drawer, from ...T) T { return from[d.IntN(len(from))] }

func (d *drawer) line(indent int, format string, args ...any) {
	fmt.Fprintf(&d.plan, strings.Repeat(" ", indent)+format+"\n", args...)
}

var (
	drawnBatches = []string{"B0", "B1", "B2", "B3", "B4", "B5"}
	drawnUp      = "UP_2026-11-20_1795222800000_1"
)

// planText draws a plan.
func (d *drawer) planText() string {
	d.line(0, "version: 1\nname: drawn\nmisdate: 2026-11-20")
	d.line(0, "defaults: {timeout: %dm, poll: %s}", 20+d.IntN(160), pick(d, "10s", "30s", "1m", "{every: 5s, max: 2m, factor: 2}"))
	if d.odds(4) {
		d.line(0, "concurrency: %d", 1+d.IntN(3))
	}
	if d.times.IntN(3) > 0 {
		minute := d.times.IntN(300)
		d.line(0, `deadline: "%02d:%02d"`, 1+minute/60, minute%60)
	}
	if d.talk.IntN(2) == 0 {
		d.line(0, "alert: %s", []string{"ops", "[ops, mail]", "[mail, pager]"}[d.talk.IntN(3)])
	}
	d.line(0, "steps:")
	for i := range 1 + d.IntN(9) {
		d.step(fmt.Sprintf("s%d", i), false)
		d.says(fmt.Sprintf("t%d", i), "steps.s%[1]d.outcome", i)
		d.waitsFor(fmt.Sprintf("w%d", i), fmt.Sprintf("s%d", i))
		d.approval(fmt.Sprintf("a%d", i), i)
	}
	if d.odds(4) {
		d.line(0, "finally:")
		d.says("bye", "outcome", 0)
		for i := range 1 + d.IntN(2) {
			d.step(fmt.Sprintf("f%d", i), true)
		}
		d.waitsFor("last", "")
	}
	return d.plan.String()
}

// says draws a step that tells people something, now and then.
func (d *drawer) says(id, about string, i int) {
	if d.talk.IntN(5) > 0 {
		return
	}
	if strings.Contains(about, "%") {
		about = fmt.Sprintf(about, i)
	}
	to := []string{"ops", "mail", "[ops, pager]"}[d.talk.IntN(3)]
	d.line(2, "- id: %s", id)
	if id != "bye" {
		switch d.talk.IntN(3) {
		case 0:
			d.line(4, "needs: [s%d]", i)
		case 1:
			d.line(4, "if: always()")
		}
	}
	d.line(4, `notify: {to: %s, text: "%s: ${{ %s }}", required: %t}`, to, id, about, d.talk.IntN(3) == 0)
	switch d.talk.IntN(4) {
	case 0:
		d.line(4, "timeout: 20s")
	case 1:
		d.line(4, "on_failure: [{do: %s, times: 2, delay: 5s}]", []string{"retry", "continue", "fail"}[d.talk.IntN(3)])
	}
}

// waitsFor draws a step that waits for what is not at the scheduler, now and then; of finally without a step above.
func (d *drawer) waitsFor(id, above string) {
	r := d.sense
	if !d.looks || r.IntN(3) > 0 {
		return
	}
	d.line(2, "- id: %s", id)
	if above != "" {
		switch r.IntN(4) {
		case 0:
			d.line(4, "needs: [%s]", above)
		case 1:
			d.line(4, "needs: []")
		case 2:
			d.line(4, "if: always()")
		}
	}
	switch k := r.IntN(4); r.IntN(3) {
	case 0:
		d.line(4, "file: {path: %s, min_size: %dB, stable_for: %s, modified_after: %s}", []string{"f0", "f1", "f2", "f*"}[k], r.IntN(3)*50,
			[]string{"0s", "30s", "4m"}[r.IntN(3)], []string{"2026-11-20", "2026-11-23T01:00:00Z", "2026-11-23T02:10:00Z"}[r.IntN(3)])
	case 1:
		d.line(4, "check: {name: c%d, with: {day: \"${{ misdate }}\"}}", k%3)
	case 2:
		d.line(4, "wait: {plan: p%d, strict: %t}", k%3, r.IntN(2) == 0)
	}
	d.line(4, "timeout: %dm", 1+r.IntN(90))
	if r.IntN(4) == 0 {
		d.line(4, "allow_failure: true")
	}
	if r.IntN(4) == 0 {
		d.line(4, "expect: %dm", 1+r.IntN(20))
	}
	if r.IntN(2) == 0 {
		d.line(4, "on_failure: [{do: %s, times: %d, delay: %dm}]", []string{"retry", "continue", "fail"}[r.IntN(3)], 1+r.IntN(2), r.IntN(4))
	}
}

// besides draws what is not at the scheduler.
func (d *drawer) besides(b *sim.Beside) {
	r := d.sense
	when := func(minutes int) sim.When { // a third of them before the night
		if r.IntN(3) == 0 {
			return sim.When{}
		}
		return sim.When{At: Start.Add(time.Duration(r.IntN(minutes*60)) * time.Second)}
	}
	b.Files, b.Checks, b.Plans = map[string]sim.File{}, map[string]sim.Check{}, map[string]sim.PlanRun{}
	for k := range 3 {
		f, c, p := sim.File{Appears: when(90), Never: r.IntN(6) == 0}, sim.Check{Ready: when(90), Never: r.IntN(6) == 0, Line: "not yet"}, sim.PlanRun{Starts: when(30), Never: r.IntN(6) == 0}
		if size := int64(r.IntN(120)); r.IntN(2) == 0 {
			f.Size = &size
		}
		if r.IntN(3) == 0 {
			f.GrowsUntil = sim.When{At: f.Appears.At.Add(time.Duration(1+r.IntN(600)) * time.Second)}
		}
		if f.Appears.IsZero() {
			f.GrowsUntil = sim.When{}
		}
		if r.IntN(8) == 0 {
			f.Trouble, c.Trouble = "permission denied", "ended with 2"
		}
		p.Succeeds = when(90)
		if r.IntN(2) == 0 {
			p.Fails = sim.When{At: Start.Add(time.Duration(r.IntN(3600)) * time.Second)}
		}
		if f.Never {
			f = sim.File{Never: true}
		}
		if c.Never {
			c = sim.Check{Never: true, Line: c.Line}
		}
		if p.Never = p.Never || !p.Fails.IsZero() && p.Succeeds.IsZero(); p.Never {
			p.Succeeds = sim.When{}
		}
		b.Files[fmt.Sprintf("f%d", k)], b.Checks[fmt.Sprintf("c%d", k)], b.Plans[fmt.Sprintf("p%d", k)] = f, c, p
	}
}

// approval draws a step that waits for a person's word, in one night of two now and then.
func (d *drawer) approval(id string, i int) {
	if d.asks.IntN(6) > 0 {
		return
	}
	d.line(2, "- id: %s", id)
	switch d.asks.IntN(4) {
	case 0:
		d.line(4, "needs: [s%d]", i)
	case 1:
		d.line(4, "needs: []")
	case 2:
		d.line(4, "if: %s", []string{"always()", "failed()", "succeeded()"}[d.asks.IntN(3)])
	}
	if d.loopy && d.asks.IntN(3) == 0 {
		d.line(4, "foreach: [A, B]\n    as: entity\n    max_parallel: %d", 1+d.asks.IntN(2))
	}
	d.line(4, "timeout: %dm", 1+d.asks.IntN(120))
	who := []string{"", ", not_self: true", ", from: {users: [carol]}", ", from: {users: [carol, erin], groups: [duty]}", ", not_self: true, from: {groups: [duty]}"}[d.asks.IntN(5)]
	d.line(4, "approve: {message: go on%s}", who)
	if d.asks.IntN(3) == 0 {
		d.line(4, "on_failure: [{do: %s, times: 2, delay: %dm}]", []string{"retry", "continue", "fail"}[d.asks.IntN(3)], d.asks.IntN(3))
	}
	d.asked = append(d.asked, id)
}

// answers draws what people say to the approvals of a night: somebody approves or rejects, who may or may not, in time or late, or nobody.
func (d *drawer) answers(n *Night) {
	for _, s := range n.Plan.Approvals() {
		if d.asks.IntN(3) == 0 {
			continue // somebody who may, at once
		}
		var all []sim.Answer
		for range 1 + d.asks.IntN(2) {
			a := sim.Answer{After: time.Duration(d.asks.IntN(150*60)) * time.Second, Rejects: d.asks.IntN(4) == 0}
			a.By = []string{"", "", "carol", "duty", "clerk", someone}[d.asks.IntN(6)]
			if d.asks.IntN(6) == 0 {
				a = sim.Answer{Never: true}
			}
			all = append(all, a)
		}
		if n.Scenario.Approvals == nil {
			n.Scenario.Approvals = map[string][]sim.Answer{}
		}
		n.Scenario.Approvals[s.ID] = all
	}
}

// deaf draws the channels that do not take everything.
func (d *drawer) deaf(n *Night) {
	for _, channel := range []string{"ops", "mail", "pager"} {
		does := []sim.ChannelDoes{"", "", sim.ChannelFails, sim.ChannelRefuses, sim.ChannelHangs}[d.talk.IntN(5)]
		if does == "" {
			continue
		}
		if n.Scenario.Notifications == nil {
			n.Scenario.Notifications = map[string]sim.Channel{}
		}
		n.Scenario.Notifications[channel] = sim.Channel{Does: does, Tries: d.talk.IntN(4)}
	}
}

// unfit can be judged only when the run goes on, and then it cannot be.
const unfit = `'int(always() ? "none" : "1") > 0'`

// step draws one.
func (d *drawer) step(id string, finally bool) {
	d.line(2, "- id: %s", id)
	var about string // a step this one's verb is about
	if len(d.starters) > 0 && d.odds(3) {
		about = pick(d, d.starters...)
	}
	if finally && d.loops[about] != "" {
		about = ""
	}
	if !finally {
		d.needs(about)
		d.loop(id, about)
		if about != "" && d.loops[about] != "" && d.odds(3) {
			d.line(4, "if: %s", `failed() && steps.`+about+`.item.outcome == "failed"`)
		} else if d.odds(4) {
			d.line(4, "if: %s", pick(d, "failed()", "always()", "succeeded()", "always() && !failed()", unfit))
		}
	}
	waits, starts := d.verb(about)
	if d.odds(6) {
		d.line(4, "allow_failure: true")
	}
	if d.odds(6) {
		d.line(4, "expect: %dm", 1+d.IntN(20))
	}
	if waits && d.times.IntN(4) == 0 {
		d.line(4, "min_expect: %ds", 1+d.times.IntN(59))
	}
	if waits && d.odds(3) {
		d.line(4, "watch:")
		d.line(6, `- {if: 'elapsed > duration("%dm")', do: %s}`, 1+d.IntN(30), pick(d, "interrupt", "warn"))
	}
	safe := d.repeatable && d.odds(3)
	if safe {
		d.line(4, "duplicate_safe: whatever %s does, it may do twice", id)
	}
	if safe || starts && d.odds(2) {
		d.rules(safe)
	}
	d.all = append(d.all, id)
	if starts && !finally {
		d.starters = append(d.starters, id)
	}
}

// needs draws what a step waits for; what its verb is about always belongs to it.
func (d *drawer) needs(about string) {
	switch {
	case d.odds(2) || len(d.all) == 0:
		return // everything above
	case about == "" && d.odds(3):
		d.line(4, "needs: []")
		return
	}
	seen := map[string]bool{}
	var needs []string
	add := func(id string) {
		if id != "" && !seen[id] {
			seen[id], needs = true, append(needs, id)
		}
	}
	add(about)
	for range 1 + d.IntN(2) {
		add(pick(d, d.all...))
	}
	if len(d.asked) > 0 && d.asks.IntN(2) == 0 {
		add(d.asked[d.asks.IntN(len(d.asked))])
	}
	d.line(4, "needs: [%s]", strings.Join(needs, ", "))
}

// verb draws what a step does: whether it waits for a batch run, and whether it makes a request that starts one.
func (d *drawer) verb(about string) (waits, starts bool) {
	d.repeatable = false
	if about != "" {
		op := pick(d, "wait", "status", "interrupt", "restart", "restart", "rerun")
		d.repeatable = op == "rerun"
		if (op == "restart" || op == "rerun") && d.odds(4) {
			d.line(4, "%s: {step: %s, wait: false}", op, about)
			return false, true
		}
		d.line(4, "%s: %s", op, about)
		return op == "wait" || op == "restart" || op == "rerun", op == "restart" || op == "rerun"
	}
	what := d.IntN(12)
	d.repeatable = what > 1
	switch what {
	case 0:
		d.line(4, "sleep: %dm", 1+d.IntN(30))
		return false, false
	case 1:
		d.line(4, "%s: {batch: UP, run: %s}", pick(d, "wait", "status"), drawnUp)
		return false, false
	case 2, 3:
		d.line(4, "trigger: {group: %s, members: [M0, M1, M2]%s}", pick(d, "G0", "G1"), pick(d, "", ", excluded: [M2]", ", held: [M1]"))
		return true, true
	case 4:
		d.line(4, "trigger: {batch: %s, wait: false}", pick(d, drawnBatches...))
		return false, true
	case 5:
		d.line(4, "trigger: {batch: TASKS%s}", pick(d, "", ", excluded: [T1]", ", held: [T2]"))
		return true, true
	}
	d.line(4, "trigger: {batch: %s}", pick(d, drawnBatches...))
	return true, true
}

// rules draws what to do about a failure; with safe also about a request in doubt.
func (d *drawer) rules(safe bool) {
	d.line(4, "on_failure:")
	if safe && !d.odds(4) {
		d.line(6, "- {if: 'failure.kind == \"in_doubt\"', do: retry, times: %d, delay: %dm}", 1+d.IntN(3), pick(d, 0, 0, 1+d.IntN(5)))
	}
	for range 1 + d.IntN(3) {
		rule := "do: " + pick(d, "restart", "restart", "rerun", "rerun", "retry", "interrupt", "continue", "fail")
		if d.odds(2) {
			rule += fmt.Sprintf(", times: %d, delay: %dm", 1+d.IntN(3), 1+d.IntN(5))
		}
		if d.odds(2) {
			rule = fmt.Sprintf("if: 'failure.kind == %q', ", pick(d, "batch_failed", "batch_aborted", "batch_interrupted", "batch_held", "timeout", "refused", "unreachable")) + rule
		}
		d.line(6, "- {%s}", rule)
	}
}

// usual draws what history says of some batches.
func (d *drawer) usual(n *Night) {
	for _, code := range drawnBatches {
		if d.times.IntN(3) > 0 {
			half := int64(1 + d.times.IntN(1800))
			n.Usual = append(n.Usual, runner.Usual{
				Object: fact.Batch, Code: code, Restarted: d.times.IntN(4) == 0, Times: 3 + d.times.IntN(18), Median: half, Most: half + int64(d.times.IntN(900)),
			})
		}
	}
}

// lasting draws a length.
func (d *drawer) lasting() *sim.Length {
	l := sim.Lasting(time.Duration(d.IntN(1800)) * time.Second)
	if d.odds(2) {
		l.Spread = (l.Mean / 4).Truncate(time.Millisecond)
	}
	return l
}

// scenario draws how the night goes.
func (d *drawer) scenario(seed uint64) sim.Scenario {
	sc := sim.Scenario{Seed: seed, Start: Start, Unknown: sim.Unknown{Duration: d.lasting()}}
	sc.Batches, sc.Groups = map[string]sim.Batch{}, map[string]sim.Group{}
	for _, code := range drawnBatches {
		if d.odds(2) {
			sc.Batches[code] = sim.Batch{Duration: d.lasting(), Starts: d.starts(sim.Whole)}
		}
	}
	sc.Batches["TASKS"] = sim.Batch{
		Tasks:  []sim.Task{{Code: "T0", Duration: d.lasting()}, {Code: "T1", After: []string{"T0"}}, {Code: "T2", Duration: d.lasting()}},
		Starts: d.starts("T1"),
	}
	for _, code := range []string{"G0", "G1"} {
		g := sim.Group{Starts: d.starts(sim.Whole)}
		for i := range g.Starts {
			g.Starts[i].Duration = nil
		}
		for i, member := range []string{"M0", "M1", "M2"} {
			own := sim.Batch{Duration: d.lasting(), Starts: d.starts(sim.Whole)}
			m := sim.Member{Code: member, Own: &own}
			if i > 0 && d.odds(2) {
				m.After = []string{"M0"}
			}
			g.Members = append(g.Members, m)
		}
		sc.Groups[code] = g
	}
	own := sim.Batch{Duration: d.lasting(), Starts: d.starts(sim.Whole)}
	sc.Elsewhere = map[string]sim.Elsewhere{drawnUp: {Code: "UP", Own: &own}}
	for i, code := range append([]string{"TASKS", "G0", "G1"}, drawnBatches...) { // somebody may start them by hand
		e := sim.Elsewhere{Code: code, Group: code[0] == 'G'}
		if d.odds(2) && !e.Group {
			e.Own = &sim.Batch{Duration: d.lasting(), Starts: d.starts(sim.Whole)}
		}
		sc.Elsewhere[fmt.Sprintf("%s_2026-11-20_17952228000%02d_1", code, 10+i)] = e
	}
	if !d.odds(4) {
		for range d.IntN(4) {
			sc.Faults = append(sc.Faults, d.fault())
		}
	}
	return sc
}

// starts draws what becomes of the first few starts of something.
func (d *drawer) starts(part string) []sim.Start {
	var all []sim.Start
	for range d.IntN(4) {
		var s sim.Start
		at := time.Duration(1+d.IntN(1200)) * time.Second
		switch d.IntN(10) {
		case 0, 1:
			s.Fails = part
			if d.odds(2) {
				s.At = at
			}
		case 2:
			s.Hangs = part
		case 3:
			s.AbortsAt = at
		case 4:
			s.InterruptedAt = at
		case 5:
			s.Refuse = -3 - d.IntN(6)
		case 6:
			s.NewID = true
		case 7:
			if part != sim.Whole {
				s.Holds = []string{part}
			}
		}
		if d.odds(4) && s.Refuse == 0 {
			s.Duration = d.lasting()
		}
		all = append(all, s)
	}
	return all
}

// fault draws one that ends some time.
func (d *drawer) fault() sim.Fault {
	f := sim.Fault{Do: pick(d, sim.DropAnswer, sim.DropRequest, sim.Reset, sim.Hang, sim.Truncate, sim.Huge, sim.HTML, sim.HTTPStatus,
		sim.Slow, sim.CodesAsNumbers, sim.CodesIn4xx, sim.LetterO, sim.UnknownStatus,
		sim.StaleStatus, sim.StaleStatus, sim.SameID, sim.CrossedID, sim.Contradiction, sim.InvalidGrant, sim.ExpireToken,
		sim.RotateSecret, sim.KeepaliveRace, sim.RefuseCertificate, sim.Down, sim.KillRunner)}
	minute := d.IntN(180)
	when := &sim.Clock{Hour: 2 + minute/60, Minute: minute % 60, Second: d.IntN(60)}
	switch f.Do {
	case sim.Down, sim.RefuseCertificate:
		f.At, f.For = when, time.Duration(1+d.IntN(60))*time.Minute
		if d.odds(3) {
			f.On = "token"
		}
		return f
	case sim.RotateSecret:
		f.On, f.At, f.Delay = "token", when, time.Duration(d.IntN(120))*time.Minute
		return f
	case sim.KeepaliveRace:
		f.On, f.Every = "status", 1+d.IntN(4)
		return f
	case sim.InvalidGrant:
		f.On, f.Nth = "token", 1+d.IntN(3)
		return f
	case sim.KillRunner:
		if d.odds(2) {
			f.At, f.For = when, time.Duration(1+d.IntN(600))*time.Second
			return f
		}
		f.On, f.Nth = pick(d, "trigger", "restart", "rerun", "interrupt"), 1+d.IntN(3)
		return f
	case sim.HTTPStatus:
		if d.odds(4) { // a scheduler that has no time, once or for a while
			f.On, f.Nth, f.Status = pick(d, "trigger", "restart", "rerun", "interrupt"), 1+d.IntN(3), http.StatusTooManyRequests
			f.RetryAfter = time.Duration(d.IntN(2400)) * time.Second
			return f
		}
		if d.odds(2) { // a refusal of what is asked for more rarely
			f.On, f.Nth, f.Status = pick(d, "interrupt", "interrupt", "restart", "rerun"), 1+d.IntN(2), pick(d, 400, 403, 404, 422, 429)
			return f
		}
		f.Status = pick(d, 400, 401, 403, 404, 408, 409, 429, 500, 502, 503, 504)
		if d.odds(2) {
			f.RetryAfter = time.Duration(1+d.IntN(120)) * pick(d, time.Second, time.Second, time.Minute, time.Hour)
		}
	case sim.Slow:
		f.Delay = time.Duration(1+d.IntN(90)) * time.Second
	case sim.StaleStatus: // longer than a picture has to stand it cannot be told from the truth
		f.On, f.Every, f.Delay = "status", 1, time.Duration(1+d.IntN(28))*time.Second
		return f
	case sim.SameID:
		f.On, f.Every = "rerun", 1
		return f
	case sim.CrossedID:
		f.On, f.Nth = pick(d, "trigger", "trigger", "restart", "rerun"), 1+d.IntN(4)
		return f
	case sim.Contradiction:
		f.On, f.Every = "status", 1+d.IntN(3)
		return f
	}
	if f.On = pick(d, "", "trigger", "trigger", "status", "status", "interrupt", "restart", "rerun"); f.Do == sim.UnknownStatus {
		f.On = "status"
	}
	if d.odds(2) || f.Do == sim.Huge { // many of those only take time
		f.Nth = 1 + d.IntN(4)
	} else {
		f.Every, f.For = 2+d.IntN(8), 12*time.Hour // two of them may take turns, so that nothing comes through until they end
	}
	return f
}

// kills draws the deaths of runners: by the clock, and after what is written.
func (d *drawer) kills(n *Night) {
	for range max(0, d.IntN(6)-3) {
		away := time.Duration(1+d.IntN(900)) * time.Second
		if d.odds(2) {
			at := Start.Add(time.Duration(1+d.IntN(5400)) * time.Second)
			clock := &sim.Clock{Hour: at.Hour(), Minute: at.Minute(), Second: at.Second()}
			n.Scenario.Faults = append(n.Scenario.Faults, sim.Fault{At: clock, For: away, Do: sim.KillRunner})
			continue
		}
		op := pick(d, runner.OpTrigger, runner.OpRestart, runner.OpRerun, runner.OpInterrupt)
		f := Fault{Do: sim.KillRunner, For: away, After: pick(d, runner.RequestSent{}.Type(), runner.RequestAccepted{}.Type())}
		f.Key = runner.Key{Step: pick(d, d.all...), Attempt: 1 + d.IntN(2), Op: op, N: 1}
		n.Faults = append(n.Faults, f)
	}
}

// outages draws times in which nobody listens, from the moment a step wants to ask.
func (d *drawer) outages(n *Night) {
	if !d.odds(8) {
		return
	}
	key := runner.Key{Step: pick(d, d.all...), Attempt: 1, Op: pick(d, runner.OpTrigger, runner.OpTrigger, runner.OpRestart, runner.OpLook), N: 1}
	n.Faults = append(n.Faults, Fault{Key: key, Do: sim.Down, For: time.Duration(1+d.IntN(90)) * time.Minute})
}
