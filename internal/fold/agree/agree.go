// Package agree compares all that say how a run went, for tests alone.
//
// What show prints as JSON, what a test, a sweep, coverage and a night that does not end ask of the turns, the bars of a
// timeline, the graph, the list of runs, what once asks, and the machine: each of them must say the same of the same
// journal. To start: [Check].
package agree

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"maps"
	"reflect"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/internal/view"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// Check reads a journal that has been verified in every way there is and says where two of them differ.
func Check(journal []byte) error {
	run, err := fold.Read(bytes.NewReader(journal))
	if err != nil {
		return err
	}
	c := &checker{run: run}
	for _, s := range run.Steps {
		c.want = append(c.want, gist{s.ID, string(s.State), s.Attempts, s.StartedAt, s.FinishedAt, s.Mark, s.Failure, s.Batch})
	}
	c.steps()
	c.overview(journal)
	c.onceState()
	c.shown()
	var turns []record.Turn
	var records []audit.Record
	for rec, err := range audit.Records(bytes.NewReader(journal[:run.Head.Size])) {
		if err != nil {
			return err
		}
		records = append(records, rec.Record)
		if rec.Note {
			continue
		}
		t, err := record.Read(rec.Record)
		if err != nil {
			return err
		}
		turns = append(turns, t)
	}
	c.requests(turns)
	if run.Plan != nil { // else the journal ends before it was pinned
		c.turns(turns)
		c.machine(records)
	}
	return errors.Join(c.found...)
}

// checker compares what a journal says of a run with what everything else says of it.
type checker struct {
	run   *fold.Run
	want  []gist
	found []error
}

func (c *checker) differ(format string, args ...any) {
	c.found = append(c.found, fmt.Errorf(format, args...))
}

// gist is what all must agree on about a step.
type gist struct {
	ID         string
	State      string        `json:"state"`
	Attempts   int           `json:"attempts"`
	StartedAt  time.Time     `json:"started_at"`
	FinishedAt time.Time     `json:"finished_at"`
	Mark       string        `json:"mark"`
	Failure    *fact.Failure `json:"failure"`
	Batch      fact.BatchRef `json:"batch"`
}

// shown compares with what a program reads of show.
func (c *checker) shown() {
	b, err := json.Marshal(c.run)
	var shown struct{ Steps []gist }
	if err == nil {
		err = json.Unmarshal(b, &shown)
	}
	if err != nil {
		c.differ("show --json: %w", err)
	}
	c.same("show --json", shown.Steps, c.want)
}

// turns compares with what is made of the turns alone: what a test, a sweep and coverage ask, a timeline, a graph.
func (c *checker) turns(turns []record.Turn) {
	var folded, bars, nodes, times, states []gist
	for _, s := range fold.Turns(c.run.Plan, turns).Steps {
		folded = append(folded, gist{s.ID, string(s.State), s.Attempts, s.StartedAt, s.FinishedAt, s.Mark, s.Failure, s.Batch})
	}
	for _, s := range fold.NewTimeline(c.run.Plan, turns, nil).Steps {
		bars = append(bars, gist{ID: s.ID, State: string(s.State), Attempts: s.Attempts, StartedAt: s.StartedAt, FinishedAt: s.FinishedAt, Mark: s.Mark})
	}
	g, err := view.RunGraph(c.run)
	if err != nil {
		c.differ("the graph: %w", err)
		return
	}
	for _, n := range g.Nodes {
		nodes = append(nodes, gist{ID: n.ID, State: string(n.State)})
	}
	for _, w := range c.want {
		times = append(times, gist{ID: w.ID, State: w.State, Attempts: w.Attempts, StartedAt: w.StartedAt, FinishedAt: w.FinishedAt, Mark: w.Mark})
		states = append(states, gist{ID: w.ID, State: w.State})
	}
	c.same("the turns", folded, c.want)
	c.same("the timeline", bars, times)
	c.same("the graph", nodes, states)
}

// same compares what two of them say, step by step.
func (c *checker) same(who string, got, want []gist) {
	for i := range max(len(got), len(want)) {
		if i >= len(got) || i >= len(want) {
			c.differ("%s has %d steps, the journal %d", who, len(got), len(want))
			return
		}
		g, _ := json.Marshal(got[i])
		w, _ := json.Marshal(want[i])
		if !bytes.Equal(g, w) {
			c.differ("%s has %s, the journal %s", who, g, w)
		}
	}
}

// steps checks what holds of every step, whatever happened.
func (c *checker) steps() {
	for _, s := range c.run.Steps {
		_, ended := s.State.Outcome()
		begun := !s.StartedAt.IsZero()
		switch {
		case begun != (s.Attempts > 0) && !(s.Whole() && s.Attempts == 0):
			c.differ("%s: it began: %v, and made %d attempts", s.ID, begun, s.Attempts)
		case ended != !s.FinishedAt.IsZero():
			c.differ("%s: it is %s, and finished at %v", s.ID, s.State, s.FinishedAt)
		case begun && ended && s.FinishedAt.Before(s.StartedAt):
			c.differ("%s: it finished at %v, and began at %v", s.ID, s.FinishedAt, s.StartedAt)
		case s.Sent != nil && !begun, s.Batch.RunID != "" && !begun:
			c.differ("%s: it has asked for something, and never began", s.ID)
		case s.Failure != nil && begun && s.Failure.Attempt > s.Attempts:
			c.differ("%s: attempt %d failed, of %d", s.ID, s.Failure.Attempt, s.Attempts)
		case begun && ended && s.Elapsed != fold.Seconds(s.FinishedAt.Sub(s.StartedAt)):
			c.differ("%s: it took %s, from %v to %v", s.ID, s.Elapsed, s.StartedAt, s.FinishedAt)
		}
	}
}

// overview compares with the list of runs.
func (c *checker) overview(journal []byte) {
	run := c.run
	o, err := fold.ReadOverview(run.ID, bytes.NewReader(journal), int64(len(journal)))
	if err != nil || o.Trouble != "" {
		c.differ("the list of runs: %v %s", err, o.Trouble)
	}
	if o.State != run.State || !o.StartedAt.Equal(run.StartedAt) || !o.FinishedAt.Equal(run.FinishedAt) || !o.UpdatedAt.Equal(run.UpdatedAt) {
		c.differ("the list of runs has %s from %v to %v, updated %v; the journal %s from %v to %v, updated %v",
			o.State, o.StartedAt, o.FinishedAt, o.UpdatedAt, run.State, run.StartedAt, run.FinishedAt, run.UpdatedAt)
	}
	if run.End != nil && (!maps.Equal(o.Steps, run.Counts()) || !maps.Equal(run.End.Steps, run.Counts())) {
		c.differ("the list of runs counts %v, the end %v, the journal %v", o.Steps, run.End.Steps, run.Counts())
	}
	began, err := fold.Began(bytes.NewReader(journal))
	if err != nil || !reflect.DeepEqual(began, run.Started) {
		c.differ("its first record says that it began as %+v, %v", began, err)
	}
}

// onceState compares with what once makes of the run.
func (c *checker) onceState() {
	state, run := c.run.OnceState(), c.run
	switch {
	case state == fold.OnceUnstarted:
		for _, s := range run.Steps {
			if s.Sent != nil {
				c.differ("once: it came to nothing before its first request, and %s made one", s.ID)
			}
		}
	case (state == fold.OnceInDoubt) != (run.Counts()[fact.InDoubt] > 0):
		c.differ("once: it is %s, with %v", state, run.Counts())
	case state == fold.OnceDone, state == fold.OnceFailed, state == fold.OnceCanceled:
		if string(state) != string(run.State) {
			c.differ("once: it is %s, and ended as %s", state, run.State)
		}
	case state == fold.OnceStopped && run.End != nil:
		c.differ("once: it is %s, and ended as %s", state, run.State)
	}
}

// requests compares with the list of requests.
func (c *checker) requests(turns []record.Turn) {
	last, attempts := map[string]runner.Key{}, map[string]int{}
	for _, r := range fold.Requests(turns) {
		last[r.Key.Step], attempts[r.Key.Step] = r.Key, max(attempts[r.Key.Step], r.Key.Attempt)
	}
	for _, s := range c.run.Steps {
		if n := attempts[s.ID]; n > s.Attempts {
			c.differ("%s: a request of attempt %d was made, of %d", s.ID, n, s.Attempts)
		}
		if key, made := last[s.ID]; made != (s.Sent != nil) || made && key != s.Sent.Key {
			c.differ("%s: its last request is %s, and the journal has %v", s.ID, key, s.Sent)
		}
	}
}

// machine compares with the machine, which decides it again.
func (c *checker) machine(records []audit.Record) {
	out, err := resume.Replay(records)
	if errors.Is(err, resume.ErrOtherMachine) {
		return
	}
	if err != nil {
		c.differ("the machine: %w", err)
		return
	}
	status := out.Machine.Status()
	if status.Ended != (c.run.End != nil) {
		c.differ("the machine has ended: %v, the journal is %s", status.Ended, c.run.State)
	}
	for i, s := range status.Steps {
		folded := c.run.Steps[i]
		if s.Step.ID != folded.ID || s.State != folded.State || s.Doubt != folded.Newest() {
			c.differ("the machine has %s %s, in doubt %s; the journal %s %s, %s", s.Step.ID, s.State, s.Doubt, folded.ID, folded.State, folded.Newest())
		}
	}
}
