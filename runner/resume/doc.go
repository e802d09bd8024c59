// Package resume takes a run up again from its journal, and puts on record what an operator says to it.
//
//	run, err := resume.TakeUp(store, id, resume.Answer{}, time.Now)  // locked, held against the ledger, replayed
//	said, err := run.Say(statement, takenUpBy)                       // and left again: nobody drives it
//
// [TakeUp] makes the run this process's own and settles what became of a bad last line. From there it can be driven on
// (package drive), told something ([Run.Say], [Run.Collect]) or only looked at. [Replay] alone reads a run back and owns
// nothing: the plan from the files pinned in the journal, the machine from the turns, each decision held against the recorded one.
//
// The command line and the seeded nights come through the same door, so that what the nights prove is proved of what ships.
// The package decides nothing itself, makes no request and prints nothing.
package resume
