package schema_test

import (
	"fmt"

	"pgregory.net/rapid"
)

// A drawer makes a valid plan piece by piece. Each optional key is there or not.
type drawer struct {
	*rapid.T
	triggered []string // ids of steps above that have a batch run
}

// maybe puts a value under a key, or leaves the key out.
func (d *drawer) maybe(m map[string]any, key string, v func() any) {
	if rapid.Bool().Draw(d.T, key) {
		m[key] = v()
	}
}

func (d *drawer) pick(label string, from ...any) any { return rapid.SampledFrom(from).Draw(d.T, label) }

func (d *drawer) duration() any {
	return d.pick("duration", "90s", "30m", "2h", "1d", "1d2h3m4s", "250ms")
}

func (d *drawer) code() any { return d.pick("code", "A", "LOAD_1", "t9", "X${{ params.p }}") }

func drawPlan(t *rapid.T) map[string]any {
	d := &drawer{T: t}
	p := map[string]any{"version": d.pick("version", 1, "1"), "name": d.pick("name", "nightly", "a b", 2026, true)}
	params := map[string]any{"p": map[string]any{"default": "P"}}
	p["params"] = params
	d.maybe(params, "q", d.param)
	d.maybe(p, "description", func() any { return d.pick("text", "", "two\nlines", 5) })
	d.maybe(p, "concurrency", func() any { return d.pick("concurrency", 1, 64, "8") })
	d.maybe(p, "alert", func() any { return d.pick("alert", "ops", []any{"ops", "mail"}) })
	d.maybe(p, "misdate", func() any { return d.pick("misdate", "2026-11-20", "${{ date(\"2026-11-20\") }}") })
	d.maybe(p, "once", func() any {
		return d.pick("once", "EMEA", 7, true, "${{ params.p }}", "${{ plan.name }}-${{ target.name }}")
	})
	d.maybe(p, "x_free", func() any { return map[string]any{"a": nil} })
	d.maybe(p, "calendar", d.calendar)
	d.maybe(p, "defaults", func() any {
		m := map[string]any{}
		d.maybe(m, "poll", d.poll)
		d.maybe(m, "timeout", d.duration)
		return m
	})
	var steps []any
	for i := range rapid.IntRange(1, 5).Draw(t, "steps") {
		s := d.step(fmt.Sprintf("s%d", i))
		if i > 0 {
			d.maybe(s, "needs", func() any { return d.pick("needs", []any{}, "s0", []any{"s0"}) })
		}
		steps = append(steps, s)
	}
	p["steps"] = steps
	d.maybe(p, "finally", func() any { return []any{d.step("last")} })
	return p
}

func (d *drawer) param() any {
	m := d.pick("param", map[string]any{"type": "int", "default": 5, "min": 1}, map[string]any{"type": "list", "default": []any{"a"}},
		map[string]any{"type": "business_date", "default": "month_end-1"}, map[string]any{"type": "bool", "default": false},
		map[string]any{"enum": []any{"a", 2}, "default": 2}, map[string]any{"required": false}).(map[string]any)
	out := map[string]any{"description": "a parameter"}
	for k, v := range m {
		out[k] = v
	}
	return out
}

func (d *drawer) calendar() any {
	m := map[string]any{}
	d.maybe(m, "timezone", func() any { return d.pick("zone", "UTC", "Europe/London") })
	d.maybe(m, "weekend", func() any { return d.pick("weekend", []any{}, []any{"sunday"}, []any{"friday", "saturday"}) })
	d.maybe(m, "holidays", func() any { return []any{"2026-12-25"} })
	d.maybe(m, "day_starts", func() any { return "04:00" })
	return m
}

func (d *drawer) poll() any {
	if rapid.Bool().Draw(d.T, "short poll") {
		return d.duration()
	}
	m := map[string]any{"every": "250ms"}
	d.maybe(m, "max", d.duration)
	d.maybe(m, "factor", func() any { return d.pick("factor", 1, 1.5, "2") })
	return m
}

func (d *drawer) step(id string) map[string]any {
	s := map[string]any{"id": id}
	var of []string // of a step that goes over a list: it is named by none that does not
	if id != "last" && rapid.Bool().Draw(d.T, "loops") {
		of = append(of, d.triggered...)
		d.triggered = nil
		defer func() { d.triggered = of }()
		d.loop(s)
	}
	for _, key := range []string{"name", "description", "runbook"} {
		d.maybe(s, key, func() any { return d.pick("text", "some text", 7, false) })
	}
	d.maybe(s, "timeout", d.duration)
	d.maybe(s, "expect", d.duration)
	d.maybe(s, "poll", d.poll)
	d.maybe(s, "allow_failure", func() any { return rapid.Bool().Draw(d.T, "allowed") })
	d.maybe(s, "if", func() any {
		return d.pick("if", true, "always()", "${{ failed() }}", "params.p == \"x\" && run.id != \"\"", "succeeded()")
	})
	d.maybe(s, "watch", func() any {
		return []any{map[string]any{"if": "elapsed > duration(\"1h\")", "do": d.pick("do", "warn", "interrupt")}}
	})
	sleeps := d.verb(s, id)
	if s["trigger"] != nil || s["rerun"] != nil {
		d.maybe(s, "duplicate_safe", func() any { return d.pick("reason", "it writes the same again", "two\nlines", "7 files, all replaced") })
	}
	d.maybe(s, "on_failure", func() any { return []any{d.rule(sleeps)} })
	return s
}

func (d *drawer) loop(s map[string]any) {
	list := func() any {
		return d.pick("list", []any{"A", "B"}, []any{}, []any{1, "x.y-z_0", "${{ params.p }}"}, "${{ split(params.p, \",\") }}")
	}
	d.maybe(s, "max_parallel", func() any { return d.pick("parallel", 1, "12") })
	if rapid.Bool().Draw(d.T, "product") {
		s["foreach"] = map[string]any{"a": list(), "b_1": list()}
		return
	}
	s["foreach"], s["as"] = list(), "x"
}

func (d *drawer) rule(sleeps bool) any {
	r := map[string]any{"do": d.pick("do", "retry", "continue", "fail")}
	if !sleeps {
		r["do"] = d.pick("do", "restart", "rerun", "retry", "interrupt", "continue", "fail")
	}
	d.maybe(r, "if", func() any { return d.pick("if", true, "failure.code == 1") })
	d.maybe(r, "times", func() any { return d.pick("times", 1, "3") })
	d.maybe(r, "delay", d.duration)
	d.maybe(r, "factor", func() any { return d.pick("factor", 1, 2.5) })
	return r
}

func (d *drawer) approval() any {
	a := map[string]any{"message": d.pick("message", "Publish", "two\nlines", 7, "\"quoted\"")}
	d.maybe(a, "not_self", func() any { return rapid.Bool().Draw(d.T, "not self") })
	d.maybe(a, "from", func() any {
		return d.pick("from", map[string]any{"users": []any{"alice", "BANK\\bob"}}, map[string]any{"groups": []any{"duty"}},
			map[string]any{"users": []any{"carol@bank.example"}, "groups": []any{"a.b-c", "d$"}})
	})
	return a
}

// verb gives the step one verb, and reports whether that has no batch run. Restarts and reruns name no step: where a
// healer may stand is not for a schema to say.
func (d *drawer) verb(s map[string]any, id string) (sleeps bool) {
	switch verb := rapid.SampledFrom([]string{"trigger", "wait", "status", "interrupt", "restart", "rerun", "sleep", "notify", "file", "check", "wait_plan", "approve"}).Draw(d.T, "verb"); verb {
	case "notify":
		s["notify"] = map[string]any{"to": d.pick("to", "ops", []any{"ops", "mail"}), "text": d.pick("text", "done", "${{ plan.name }}")}
		delete(s, "allow_failure")
		return true
	case "sleep":
		s["sleep"] = d.pick("sleep", "10m", map[string]any{"until": "02:00"})
		return true
	case "file":
		s["file"] = d.pick("file", "feeds/*.dat", map[string]any{
			"path": "/data/${{ params.p }}.dat", "min_size": "10MiB", "stable_for": "0s", "modified_after": "${{ run.started_at - duration(\"12h\") }}",
		})
		return true
	case "check":
		s["check"] = d.pick("check", "landed", map[string]any{"name": "row-count", "with": map[string]any{"feed": "${{ params.p }}", "rows": 7}})
		return true
	case "wait_plan":
		s["wait"] = d.pick("plan", map[string]any{"plan": "ingest"}, map[string]any{"plan": "ingest ${{ params.p }}", "misdate": "2026-11-20", "once": "EMEA", "strict": true})
		return true
	case "approve":
		if id == "last" { // of finally
			s["sleep"] = "10m"
			return true
		}
		s["approve"] = d.approval()
		delete(s, "allow_failure")
		return true
	case "trigger":
		s["trigger"] = d.trigger()
		d.triggered = append(d.triggered, id)
	default:
		run := map[string]any{"run": d.pick("run", "R1", 17, "${{ params.p }}"), d.pick("object", "batch", "group").(string): d.code()}
		if verb == "status" {
			d.maybe(run, "tasks", func() any { return []any{"T1", "T2"} })
		}
		if verb == "restart" || verb == "rerun" {
			d.maybe(run, "wait", func() any { return rapid.Bool().Draw(d.T, "wait") })
		}
		s[verb] = run
		if verb == "interrupt" && len(d.triggered) > 0 {
			s[verb] = d.triggered[0]
		}
	}
	return false
}

func (d *drawer) trigger() any {
	t := map[string]any{}
	settings := func() any { return map[string]any{"$X$": d.pick("value", "", "0123", 5, true, "a ${{ params.p }}")} }
	tasks := func() any { return map[string]any{"T1": settings(), "T2": map[string]any{}} }
	if rapid.Bool().Draw(d.T, "group") {
		t["group"] = d.code()
		t["members"] = d.pick("members", []any{"M1", "M2"}, `${{ split(params.p, ",") }}`, map[string]any{"M1": map[string]any{"params": settings(), "tasks": tasks()}, "M2": map[string]any{}})
	} else {
		t["batch"] = d.code()
		d.maybe(t, "tasks", tasks)
	}
	d.maybe(t, "params", settings)
	code := "T1"
	if t["group"] != nil {
		code = "M1"
	}
	for _, key := range []string{"excluded", "held", "included"} {
		d.maybe(t, key, func() any {
			return d.pick("codes", []any{}, `${{ split(params.p, ",") }}`, []any{code}, []any{code, "T_${{ params.p }}"})
		})
	}
	d.maybe(t, "wait", func() any { return rapid.Bool().Draw(d.T, "wait") })
	return t
}
