package ofs

// Object is the kind of thing the scheduler runs.
type Object string

// The kinds of object.
const (
	Batch Object = "batch"
	Group Object = "group"
)

// An Order is a batch or a group to trigger. Every list goes out in the order given.
type Order struct {
	Object   Object
	Code     string
	MISDate  string       // yyyy-mm-dd, of a group: sent beside batchName where GroupDateTopLevel is set; empty: none
	Params   []Pair       // batchParams of a batch; of a group: what all members share and do not set themselves
	Tasks    []TaskParams // taskRuntimeParams of a batch
	Members  []Member     // of a group
	Excluded []string     // task codes of a batch, batch codes of a group; likewise Held and Included
	Held     []string
	Included []string // on-premise MMG only
}

// Pair is one run-time parameter.
type Pair struct{ Name, Value string }

// TaskParams are the run-time parameters of one task.
type TaskParams struct {
	Task   string
	Params []Pair
}

// Member is one member batch of a group with its run-time parameters.
type Member struct {
	Code   string
	Params []Pair
	Tasks  []TaskParams
}

// MISDateParam is the run-time parameter that holds the as-of date.
const MISDateParam = "$FICMISDATE$"
