package record

import (
	"encoding/json"
	"fmt"

	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// decided is a decision as it is written: its own fields, and the commands spelt out.
type decided struct {
	runner.Decision
	Commands []command `json:"commands,omitempty"`
}

// A command as it is written.
type command struct {
	Key             runner.Key `json:"key"`  // the command's own, which this one hides
	Kind            runner.Op  `json:"kind"` // the operation of the key, for the reader
	*runner.Command            // the rest
}

// writeDecision spells a decision's commands out.
func writeDecision(d runner.Decision) decided {
	out := decided{Decision: d}
	for _, c := range d.Commands {
		if c.Sensitive { // only an order can be
			open := *c
			open.Order = &fact.Order{Object: c.Order.Object, Code: c.Order.Code, MISDate: c.Order.MISDate}
			c = &open
		}
		out.Commands = append(out.Commands, command{c.Key, c.Key.Op, c})
	}
	return out
}

// readDecision reads what writeDecision wrote. Nothing is the zero Decision.
func readDecision(data json.RawMessage) (runner.Decision, error) {
	if len(data) == 0 {
		return runner.Decision{}, nil
	}
	var in decided
	if err := json.Unmarshal(data, &in); err != nil {
		return runner.Decision{}, err
	}
	d := in.Decision
	for i, w := range in.Commands {
		c, err := readCommand(w)
		if err != nil {
			return runner.Decision{}, fmt.Errorf("command %d: %w", i+1, err)
		}
		d.Commands = append(d.Commands, c)
	}
	return d, nil
}

// readCommand refuses what no command is.
func readCommand(w command) (*runner.Command, error) {
	c := w.Command
	if c == nil {
		c = &runner.Command{}
	}
	c.Key, c.NotAfter, c.Until = w.Key, c.NotAfter.UTC(), c.Until.UTC()
	switch w.Kind {
	case runner.OpTrigger, runner.OpInterrupt, runner.OpRestart, runner.OpRerun, runner.OpWatch, runner.OpLook, runner.OpNotify, runner.OpAlert, runner.OpSense:
	default:
		return nil, fmt.Errorf("%s: unknown kind of command %q", w.Key, w.Kind)
	}
	switch trigger := w.Kind == runner.OpTrigger; {
	case w.Kind != w.Key.Op:
		return nil, fmt.Errorf("%s is said to be a %q", w.Key, w.Kind)
	case trigger && c.Order == nil:
		return nil, fmt.Errorf("%s has no order", w.Key)
	case w.Kind.Tells() && c.Message == nil:
		return nil, fmt.Errorf("%s has no message", w.Key)
	case w.Kind == runner.OpSense && c.Sought == nil:
		return nil, fmt.Errorf("%s says not what it looks for", w.Key)
	case !trigger && !w.Kind.Tells() && w.Kind != runner.OpSense && c.Run == fact.BatchRef{}:
		return nil, fmt.Errorf("%s names no batch run", w.Key)
	}
	if c.Message != nil {
		c.Message.Since = c.Message.Since.UTC()
	}
	return c, nil
}
