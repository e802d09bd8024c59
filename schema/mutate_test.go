package schema_test

import (
	"fmt"
	"maps"
	"slices"
	"strings"
	"testing"

	"pgregory.net/rapid"

	"ofsplan/plan"
)

// A spot is one value of a plan: where it is, and how to have the plan with another value there.
type spot struct {
	path string
	with func(any) any  // the whole plan with this value changed
	keys map[string]any // when it is a mapping
}

// spots lists every value of a plan but what stands below x_ keys.
func spots(path string, v any, with func(any) any) []spot {
	found := []spot{{path: path, with: with}}
	switch v := v.(type) {
	case map[string]any:
		found[0].keys = v
		for _, key := range slices.Sorted(maps.Keys(v)) {
			if path == "" && strings.HasPrefix(key, "x_") {
				continue
			}
			found = append(found, spots(path+"/"+key, v[key], func(to any) any {
				m := maps.Clone(v)
				m[key] = to
				return with(m)
			})...)
		}
	case []any:
		for i := range v {
			found = append(found, spots(fmt.Sprintf("%s/%d", path, i), v[i], func(to any) any {
				list := slices.Clone(v)
				list[i] = to
				return with(list)
			})...)
		}
	}
	return found
}

// free are mappings whose keys are the author's or the scheduler's, so that none is misspelt.
func free(path string) bool {
	words := strings.Split(path, "/")
	last, before := words[len(words)-1], words[max(0, len(words)-2)]
	return last == "params" || last == "tasks" || last == "members" || before == "tasks"
}

// refused checks that schema and loader refuse a plan, both of them.
func refused(t *testing.T, validate func(any) error, what string, p any) {
	t.Helper()
	text := write(t, p)
	if validate(read(t, text)) == nil {
		t.Errorf("the schema accepts %s", what)
	}
	if _, err := plan.Parse("plan.yaml", text); err == nil {
		t.Errorf("the loader accepts %s", what)
	}
}

// In the plan that holds every key in every form, each value is replaced by what no value can be, and each key is
// misspelt. Neither gets past either.
func TestSchemaAndLoaderRefuseEveryMutation(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	validate := compiled(t).Validate
	whole := read(t, valid(t)[everyKey])
	for _, s := range spots("", whole, func(v any) any { return v }) {
		for _, wrong := range []any{nil, []any{[]any{"x"}}, map[string]any{"9 !": []any{"x"}}} {
			refused(t, validate, fmt.Sprintf("%v at %s", wrong, s.path), s.with(wrong))
		}
		if s.keys == nil || free(s.path) {
			continue
		}
		for _, key := range slices.Sorted(maps.Keys(s.keys)) {
			m := maps.Clone(s.keys)
			delete(m, key)
			m["z"+key] = s.keys[key]
			refused(t, validate, fmt.Sprintf("z%s at %s", key, s.path), s.with(m))
		}
	}
}

const (
	head = "version: 1\nname: n\n"
	step = head + "steps:\n  - id: a\n    trigger: {batch: A}\n    "
)

// slips are single mistakes that people make.
var slips = []string{
	"version: 2\nname: n\nsteps: [{id: a, sleep: 1m}]",
	"version: 1\nname: a/b\nsteps: [{id: a, sleep: 1m}]",
	"version: 1\nname: \"\"\nsteps: [{id: a, sleep: 1m}]",
	head + "steps: []",
	head + "steps: [{id: A, sleep: 1m}]",
	head + "steps: [{id: a-b, sleep: 1m}]",
	head + "steps: [{id: true, sleep: 1m}]",
	head + "steps: [{id: a}]",
	head + "steps: [{id: a, sleep: 1m, wait: b}]",
	head + "steps: [{id: a, sleep: 10}]",
	head + "once: \"  \"\nsteps: [{id: a, sleep: 1m}]",
	head + "params: {p: {sensitive: true, min: 1}}\nsteps: [{id: a, sleep: 1m}]",
	head + "steps: [{id: a, trigger: {batch: A, params: {\"${{ plan.name }}\": x}}}]",
	step + "duplicate_safe: false",
	step + "duplicate_safe: 1",
	step + "duplicate_safe: \" No\"",
	head + "steps: [{id: a, sleep: 0s}]",
	head + "steps: [{id: a, sleep: {until: 5:30}}]",
	head + "steps: [{id: a, sleep: {until: \"24:00\"}}]",
	head + "steps: [{id: a, approve: Publish}]",
	head + "steps: [{id: a, approve: {}}]",
	head + "steps: [{id: a, approve: {message: \" \"}}]",
	head + "steps: [{id: a, approve: {message: Publish, not_self: maybe}}]",
	head + "steps: [{id: a, approve: {message: Publish, from: {}}}]",
	head + "steps: [{id: a, approve: {message: Publish, from: {users: []}}}]",
	head + "steps: [{id: a, approve: {message: Publish, from: {users: duty}}}]",
	head + "steps: [{id: a, approve: {message: Publish, from: {users: [\"-s\"]}}}]",
	head + "steps: [{id: a, approve: {message: Publish, from: {users: [\"1001\"]}}}]",
	head + "steps: [{id: a, approve: {message: Publish, from: {groups: [a, a]}}}]",
	head + "steps: [{id: a, approve: {message: Publish}, allow_failure: true}]",
	head + "steps: [{id: a, sleep: 1m}]\nfinally: [{id: b, approve: {message: Publish}}]",
	head + "steps: [{id: a, trigger: A}]",
	head + "steps: [{id: a, trigger: {batch: A, group: B}}]",
	head + "steps: [{id: a, trigger: {params: {a: b}}}]",
	head + "steps: [{id: a, trigger: {batch: A-B}}]",
	head + "steps: [{id: a, trigger: {batch: 1A}}]",
	head + "steps: [{id: a, trigger: {batch: A, members: [B]}}]",
	head + "steps: [{id: a, trigger: {group: A, tasks: {T: {}}}}]",
	head + "steps: [{id: a, trigger: {group: A, params: {x: 1}}}]",
	head + "steps: [{id: a, trigger: {batch: A, wait: no}}]",
	head + "steps: [{id: a, trigger: {batch: A, excluded: T}}]",
	head + "steps: [{id: a, wait: {batch: A}}]",
	head + "steps: [{id: a, wait: {run: A}}]",
	head + "steps: [{id: a, wait: {}}]",
	head + "steps: [{id: a, wait: {batch: A, run: X, tasks: [T]}}]",
	head + "steps: [{id: a, sleep: 1m}, {id: b, wait: {step: a, run: X}}]",
	head + "steps: [{id: a, wait: {plan: p, run: X}}]",
	head + "steps: [{id: a, file: feeds/}]",
	head + "steps: [{id: a, file: ../feeds/x}]",
	head + "steps: [{id: a, file: ~/x}]",
	head + "steps: [{id: a, file: {min_size: 1B}}]",
	head + "steps: [{id: a, file: {path: x, min_size: 10}}]",
	head + "steps: [{id: a, file: {path: x, stable_for: 10}}]",
	head + "steps: [{id: a, file: {path: x, size: 1B}}]",
	head + "steps: [{id: a, check: Landed}]",
	head + "steps: [{id: a, check: {name: [sh, -c, ls]}}]",
	head + "steps: [{id: a, check: {name: landed, with: {A: 1}}}]",
	head + "steps: [{id: a, check: {name: landed, args: x}}]",
	head + "steps: [{id: a, sleep: 1m}, {id: b, needs: [a, a], sleep: 1m}]",
	head + "steps: [{id: a, sleep: 1m}]\nfinally: [{id: b, needs: a, sleep: 1m}]",
	head + "concurrency: 0\nsteps: [{id: a, sleep: 1m}]",
	head + "concurrency: -1\nsteps: [{id: a, sleep: 1m}]",
	head + "concurrency: two\nsteps: [{id: a, sleep: 1m}]",
	head + "params: {A: {}}\nsteps: [{id: a, sleep: 1m}]",
	head + "params: {a: {type: integer}}\nsteps: [{id: a, sleep: 1m}]",
	head + "params: {a: {enum: []}}\nsteps: [{id: a, sleep: 1m}]",
	head + "params: {a: {required: yes, default: b}}\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: {weekend: [sat]}\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: {weekend: [monday, monday]}\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: {holidays: [2026-13-01]}\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: {valid_until: soon}\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: []\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: {all: a.yaml}\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: {any: [a.yaml]}\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: {all: [a.yaml, b.yaml], timezone: UTC}\nsteps: [{id: a, sleep: 1m}]",
	head + "calendar: {day_starts: 4h}\nsteps: [{id: a, sleep: 1m}]",
	head + "defaults: {timeout: 0s}\nsteps: [{id: a, sleep: 1m}]",
	step + "timeout: 90",
	step + "timeout: 1h30",
	step + "timeout: 30m1h",
	step + "poll: {max: 5m}",
	step + "poll: {every: 5m, factor: 0.5}",
	step + "allow_failure: \"true\"",
	step + "duplicate_safe: \" \"",
	step + "duplicate_safe: [a reason]",
	"version: 1\nname: n\nsteps: [{id: a, sleep: 1m, duplicate_safe: it asks for nothing}]",
	step + "watch: [{do: warn}]",
	step + "watch: [{if: true, do: stop}]",
	step + "on_failure: [{if: true}]",
	step + "on_failure: [{do: restart, times: 0}]",
	step + "on_failure: [{do: restart, delay: 5}]",
	step + "on_failure: {do: restart}",
	step + "if: 1",
	step + "depends_on: b",
}

// Both refuse each of them.
func TestSchemaAndLoaderRefuseSlips(t *testing.T) {
	validate := compiled(t).Validate
	for _, text := range slips {
		if validate(read(t, []byte(text))) == nil {
			t.Errorf("the schema accepts:\n%s", text)
		}
		if _, err := plan.Parse("plan.yaml", []byte(text)); err == nil {
			t.Errorf("the loader accepts:\n%s", text)
		}
	}
}

// Plans made at random are accepted by both.
func TestSchemaAndLoaderAcceptGeneratedPlans(t *testing.T) {
	validate := compiled(t).Validate
	rapid.Check(t, func(t *rapid.T) {
		p := drawPlan(t)
		text := write(t, p)
		if _, err := plan.Parse("plan.yaml", text); err != nil {
			t.Errorf("the loader refuses:\n%s\n%v", text, err)
		}
		if err := validate(read(t, text)); err != nil {
			t.Errorf("the schema refuses:\n%s\n%v", text, err)
		}
	})
}
