// Package resume takes a run up again from its journal.
//
// [Replay] reads a run back: the plan from the files pinned in the journal, the machine from the turns, each decision
// held against the recorded one. What follows is the caller's: to drive the run on, to tell it what an operator says, or only
// to look at it. The package decides nothing itself and makes no request.
package resume
