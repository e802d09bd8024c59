package batch

import (
	"encoding/json"
	"fmt"
	"strings"

	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// A batch command writes a plan of one step for itself, so that its audit log holds, like that of every run, the plan it
// carried out. The bytes of such plans do not change.

// callStep is the id of that one step.
const callStep = "call"

// callOptions are what a batch command sets in addition to its verb.
type callOptions struct {
	misdate       bool   // the plan takes a parameter misdate
	poll, timeout string // empty: not written
}

// write writes the plan of a batch command; what are the keys of its verb.
func (o callOptions) write(verb string, what source.Sparse) []byte {
	step := source.Sparse{{Key: "id", Value: source.Plain(callStep)}}
	step.Add("poll", o.poll != "", func() source.Item { return literal(o.poll) })
	step.Add("timeout", o.timeout != "", func() source.Item { return literal(o.timeout) })
	step = append(step, source.Pair{Key: verb, Value: lines(what)})
	all := source.Sparse{
		{Key: "version", Value: source.Plain("1")},
		{Key: "name", Value: source.Plain("batch_" + verb)},
		{Key: "description", Value: source.Plain("One call, ordered with ofsplan batch " + verb + ".")},
	}
	if o.misdate {
		date := source.Pairs(source.Pair{Key: "type", Value: source.Plain("date")}, source.Pair{Key: "required", Value: source.Plain("true")})
		all = append(all,
			source.Pair{Key: "params", Value: lines(source.Sparse{{Key: "misdate", Value: date}})},
			source.Pair{Key: "misdate", Value: source.Plain("${{ params.misdate }}")})
	}
	all = append(all, source.Pair{Key: "steps", Value: source.List(lines(step))})
	return source.Write(source.Pairs(all...))
}

// lines is a mapping with a line for each key.
func lines(all []source.Pair) source.Item { return source.Pairs(all...).In(source.Block) }

// literal is a value as the plan language takes it literally: quoted, and never an expression.
func literal(value string) source.Item {
	return source.Quoted(strings.ReplaceAll(value, "${{", `${{ "${{" }}`))
}

// literals are values in one line.
func literals(values []string) source.Item {
	all := make([]source.Item, len(values))
	for i, v := range values {
		all[i] = literal(v)
	}
	return source.List(all...).In(source.Flow)
}

// quotedPair is a value under a name of the scheduler's. It is quoted, and literal as keys always are.
func quotedPair(name string, value source.Item) source.Pair {
	b, err := json.Marshal(name)
	if err != nil {
		panic(err) // a string always encodes
	}
	return source.Pair{Raw: string(b), Value: value}
}

// settings are run-time parameters.
func settings(all []fact.Pair) source.Item {
	var out []source.Pair
	for _, p := range all {
		out = append(out, quotedPair(p.Name, literal(p.Value)))
	}
	return lines(out)
}

// taskSettings are the run-time parameters of tasks.
func taskSettings(all []fact.TaskPairs) source.Item {
	var out []source.Pair
	for _, t := range all {
		out = append(out, quotedPair(t.Task, settings(t.Params)))
	}
	return lines(out)
}

// memberSettings are the members of a group with what is set for each.
func memberSettings(all []fact.MemberOrder) source.Item {
	var out []source.Pair
	for _, m := range all {
		var own source.Sparse
		own.Filled("params", settings(m.Params))
		own.Filled("tasks", taskSettings(m.Tasks))
		out = append(out, quotedPair(m.Code, lines(own)))
	}
	return lines(out)
}

// readSettings reads NAME=VALUE flags.
func readSettings(flag string, args []string) ([]fact.Pair, error) {
	var all []fact.Pair
	for _, arg := range args {
		if err := source.CheckText(arg); err != nil {
			return nil, fmt.Errorf("--%s %q: %w", flag, arg, err)
		}
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("--%s %q is not NAME=VALUE", flag, arg)
		}
		all = append(all, fact.Pair{Name: name, Value: value})
	}
	return all, nil
}

// readTaskSettings reads CODE.NAME=VALUE flags, and keeps codes in the order of first mention.
func readTaskSettings(flag string, args []string) ([]fact.TaskPairs, error) {
	var all []fact.TaskPairs
	for _, arg := range args {
		if err := source.CheckText(arg); err != nil {
			return nil, fmt.Errorf("--%s %q: %w", flag, arg, err)
		}
		name, value, ok := strings.Cut(arg, "=")
		code, name, dot := strings.Cut(name, ".")
		if !ok || !dot || code == "" || name == "" {
			return nil, fmt.Errorf("--%s %q is not CODE.NAME=VALUE", flag, arg)
		}
		all = addSetting(all, code, fact.Pair{Name: name, Value: value})
	}
	return all, nil
}

func addSetting(all []fact.TaskPairs, task string, p fact.Pair) []fact.TaskPairs {
	for i := range all {
		if all[i].Task == task {
			all[i].Params = append(all[i].Params, p)
			return all
		}
	}
	return append(all, fact.TaskPairs{Task: task, Params: []fact.Pair{p}})
}
