package record

import (
	"encoding/json"
	"fmt"
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// decided is a decision as it is written: its own fields, and the commands spelt out.
type decided struct {
	runner.Decision
	Commands []command `json:"commands,omitempty"`
}

// A command as it is written. Kind is the operation of its key, spelt out for the reader.
type command struct {
	Key       runner.Key     `json:"key"`
	Kind      runner.Op      `json:"kind"`
	Permit    string         `json:"permit,omitempty"`
	Order     *fact.Order    `json:"order,omitempty"`
	Run       *fact.BatchRef `json:"run,omitempty"`
	Tasks     []string       `json:"tasks,omitempty"`
	Foreign   bool           `json:"foreign,omitempty"`
	NotAfter  *time.Time     `json:"not_after,omitempty"`
	NewToken  bool           `json:"new_token,omitempty"`
	Sensitive bool           `json:"sensitive,omitempty"`
}

// writeDecision spells a decision's commands out.
func writeDecision(d runner.Decision) decided {
	out := decided{Decision: d}
	for _, c := range d.Commands {
		out.Commands = append(out.Commands, writeCommand(c))
	}
	return out
}

// writeCommand spells one command out. A type nobody taught it is our own bug.
func writeCommand(c runner.Command) command {
	switch c := c.(type) {
	case runner.TriggerBatch:
		order := c.Order
		if c.Sensitive {
			order = fact.Order{Object: order.Object, Code: order.Code, MISDate: order.MISDate}
		}
		w := request(c.Request)
		w.Order = &order
		return w
	case runner.InterruptBatch:
		return about(c.Request, c.Run)
	case runner.RestartBatch:
		return about(c.Request, c.Run)
	case runner.RerunBatch:
		return about(c.Request, c.Run)
	case runner.WatchBatch:
		return command{Key: c.ID, Kind: c.ID.Op, Run: &c.Run, Foreign: c.Foreign}
	case runner.LookBatch:
		return command{Key: c.ID, Kind: c.ID.Op, Run: &c.Run, Tasks: c.Tasks, Foreign: c.Foreign}
	}
	panic(fmt.Sprintf("record: nobody taught it %T", c))
}

// request spells out what all mutating commands share.
func request(r runner.Request) command {
	w := command{Key: r.ID, Kind: r.ID.Op, Permit: r.Why, NewToken: r.NewToken, Sensitive: r.Sensitive}
	if !r.NotAfter.IsZero() {
		w.NotAfter = &r.NotAfter
	}
	return w
}

// about spells out a request about a batch run that exists.
func about(r runner.Request, run fact.BatchRef) command {
	w := request(r)
	w.Run = &run
	return w
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

// readCommand reads what writeCommand wrote.
func readCommand(w command) (runner.Command, error) {
	if w.Kind != w.Key.Op {
		return nil, fmt.Errorf("%s is said to be a %q", w.Key, w.Kind)
	}
	r := runner.Request{ID: w.Key, Why: w.Permit, NewToken: w.NewToken, Sensitive: w.Sensitive}
	if w.NotAfter != nil {
		r.NotAfter = w.NotAfter.UTC()
	}
	if w.Kind == runner.OpTrigger {
		if w.Order == nil {
			return nil, fmt.Errorf("%s has no order", w.Key)
		}
		return runner.TriggerBatch{Request: r, Order: *w.Order}, nil
	}
	if w.Run == nil {
		return nil, fmt.Errorf("%s names no batch run", w.Key)
	}
	switch w.Kind {
	case runner.OpInterrupt:
		return runner.InterruptBatch{Request: r, Run: *w.Run}, nil
	case runner.OpRestart:
		return runner.RestartBatch{Request: r, Run: *w.Run}, nil
	case runner.OpRerun:
		return runner.RerunBatch{Request: r, Run: *w.Run}, nil
	case runner.OpWatch:
		return runner.WatchBatch{ID: w.Key, Run: *w.Run, Foreign: w.Foreign}, nil
	case runner.OpLook:
		return runner.LookBatch{ID: w.Key, Run: *w.Run, Tasks: w.Tasks, Foreign: w.Foreign}, nil
	}
	return nil, fmt.Errorf("%s: unknown kind of command %q", w.Key, w.Kind)
}
