package history

import (
	"slices"
	"time"

	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// A Key is what is told apart: a batch or group, and whether it was run whole, by a trigger or rerun, or was restarted.
type Key struct {
	Object    fact.Object `json:"object"`
	Code      string      `json:"code"`
	Restarted bool        `json:"restarted,omitempty"`
}

// A Time is how long one batch run took that succeeded, from its request to the look that found it over.
type Time struct {
	Key
	At      time.Time // when it was over
	Took    time.Duration
	Members []string // of a group
}

// A Watcher is told the turns of one run, in order. The zero Watcher is ready.
type Watcher struct {
	ordered map[runner.Key]*runner.Command // requests that are not accepted yet
	sent    map[runner.Key]time.Time       // likewise
	going   map[string]start               // by batch run id
	idle    bool                           // the run is simulated
	times   []Time
}

// A start is a batch run that goes on.
type start struct {
	Key
	at      time.Time
	members []string
}

// Times are what has been learned.
func (w *Watcher) Times() []Time { return w.times }

// Turn takes one turn.
func (w *Watcher) Turn(t record.Turn) {
	if w.idle {
		return
	}
	switch e := t.Event.(type) {
	case runner.RunStarted:
		w.idle = e.Simulated
	case runner.RunDetached, runner.RunResumed:
		w.going = nil // nobody was there to see when they ended
	case runner.RequestSent:
		if w.ordered[e.Key] != nil {
			w.sent[e.Key] = t.At
		}
	case runner.RequestAccepted:
		w.accepted(t, e)
	case runner.RequestRefused, runner.RequestNotSent, runner.RequestInDoubt:
		w.forget(e.Subject())
	case runner.BatchObserved:
		w.observed(t, e)
	}
	for _, c := range t.Decision.Commands {
		if c.Key.Op == runner.OpTrigger || c.Key.Op == runner.OpRerun || c.Key.Op == runner.OpRestart {
			if w.ordered == nil {
				w.ordered, w.sent = map[runner.Key]*runner.Command{}, map[runner.Key]time.Time{}
			}
			w.ordered[c.Key] = c
		}
	}
}

func (w *Watcher) forget(k runner.Key) {
	delete(w.ordered, k)
	delete(w.sent, k)
}

// accepted takes a start. A restart is one of its own, and what it restarts is none any more.
func (w *Watcher) accepted(t record.Turn, e runner.RequestAccepted) {
	cmd, at := w.ordered[e.Key], w.sent[e.Key]
	w.forget(e.Key)
	if cmd == nil {
		return
	}
	about, id := cmd.About(), e.BatchRunID
	if t.Crossed() {
		if e.Key.Op != runner.OpRestart {
			return // the request is in doubt
		}
		id = about.RunID
	}
	if w.going == nil {
		w.going = map[string]start{}
	}
	delete(w.going, about.RunID)
	s := start{Key: Key{about.Object, about.Code, e.Key.Op == runner.OpRestart}, at: at}
	if cmd.Order != nil {
		for _, m := range cmd.Order.Members {
			s.members = append(s.members, m.Code)
		}
	}
	w.going[id] = s
}

// observed takes the end of a batch run. Only one that succeeded says how long it takes.
func (w *Watcher) observed(t record.Turn, e runner.BatchObserved) {
	s, known := w.going[e.RunID]
	if !known || !e.Status.Final() {
		return
	}
	delete(w.going, e.RunID)
	if e.Status != fact.StatusSucceeded {
		return
	}
	for _, m := range e.Members {
		if s.Object == fact.Group && !slices.Contains(s.members, m.Code) {
			s.members = append(s.members, m.Code)
		}
	}
	w.times = append(w.times, Time{s.Key, t.At, t.At.Sub(s.at), s.members})
}
