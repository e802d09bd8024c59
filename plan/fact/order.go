package fact

import "slices"

// Object is the kind of thing the scheduler runs.
type Object string

// The kinds of object.
const (
	Batch Object = "batch"
	Group Object = "group"
)

// An Order is a trigger filled in: what to start, with which run-time parameters. Every value is the
// text that goes to the scheduler.
type Order struct {
	Object   Object        `json:"object"`
	Code     string        `json:"code"`
	MISDate  string        `json:"misdate,omitempty"` // the date the batch, or what a group's members share, carries; already among Params
	Params   []Pair        `json:"params,omitempty"`
	Tasks    []TaskPairs   `json:"tasks,omitempty"`
	Members  []MemberOrder `json:"members,omitempty"`
	Excluded []string      `json:"excluded,omitempty"`
	Held     []string      `json:"held,omitempty"`
	Included []string      `json:"included,omitempty"`
}

// Pair is one run-time parameter.
type Pair struct {
	Name  string `json:"name"`
	Value string `json:"value"` // with "[redacted]" for what is sensitive in it
	// Pieces are what the value is put together from when something in it is sensitive; nil: nothing is.
	Pieces []Piece `json:"-"`
}

// A Piece is a stretch of a [Pair] with something sensitive in it.
type Piece struct {
	Text   string // as it stands; nothing when Sealed is set
	Sealed int    // the number of a sealed expression of the plan, from 1
}

// TaskPairs are the run-time parameters of one task.
type TaskPairs struct {
	Task   string `json:"task"`
	Params []Pair `json:"params"`
}

// MemberOrder is one member of a group with everything that is sent for it: shared parameters included.
type MemberOrder struct {
	Code   string      `json:"code"`
	Params []Pair      `json:"params,omitempty"`
	Tasks  []TaskPairs `json:"tasks,omitempty"`
}

// BatchRef names a batch run at the scheduler.
type BatchRef struct {
	Object Object `json:"object"`
	Code   string `json:"code"`
	RunID  string `json:"batch_run_id"`
}

// Sensitive reports whether something in the order stands for a sensitive value.
func (o Order) Sensitive() bool {
	some := func(params []Pair) bool {
		return slices.ContainsFunc(params, func(p Pair) bool { return p.Pieces != nil })
	}
	tasks := func(list []TaskPairs) bool {
		return slices.ContainsFunc(list, func(t TaskPairs) bool { return some(t.Params) })
	}
	return some(o.Params) || tasks(o.Tasks) ||
		slices.ContainsFunc(o.Members, func(m MemberOrder) bool { return some(m.Params) || tasks(m.Tasks) })
}
