package ofs

// An Answer is what a status call told of a batch run. Its slices are shared between answers: read only.
type Answer struct {
	BatchRunID string
	Object     Object // Group when the answer lists members, else Batch
	State
	Tasks   []Part // of a batch, in the scheduler's order
	Members []Part // of a group, likewise
	// Same is true when the body equals, byte for byte, the last one seen for this batch run.
	Same bool
}

// State is one pair of status and code.
type State struct {
	Status     string // in our words, see StatusOf: decided by the code alone
	StatusCode int    // NoCode when it is missing or not a number
	Text       string // the scheduler's own word, made safe to print; with a code that is no number, that code too
}

// Part is a task of a batch or a member of a group.
type Part struct {
	Code  string // of a member: read from its batch run id
	RunID string // of a member; empty for a task
	State
}
