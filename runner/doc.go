// Package runner decides what a run does next.
//
// A [Machine] holds one run of one plan. It is told what happened and when, and answers with a
// [Decision]: the steps that moved and the commands a driver must carry out. It has no clock,
// starts no goroutine and touches no file, so the same events always give the same decisions;
// resuming a run is reading its journal back.
//
// # The driver's loop
//
// Who drives a machine, as runner/drive does, goes round this loop, and keeps to its order:
//
//	for {
//		at, event := next()                 // an answer, an operator's statement, or the time m.Next() named
//		d, err := m.Apply(at, event)        // decides; an error changes nothing
//		if !d.Empty() || milestone(event) {
//			journal.Append(at, event, d)    // before anything of it is done; an empty turn is not written
//		}
//		sync(journal)                       // before a gate opens, an accepted id is used, an operator is answered
//		for _, key := range d.Drops {
//			stop(key)                       // a request that was sent is never dropped
//		}
//		for _, c := range d.Commands {
//			start(c)
//		}
//	}
//
// To start a command that changes something is to make it ready, to connect, and then to ask: the driver applies
// [RequestSent] and lets the first byte go only when Apply took it and the turn is durable (laws L2 and L9). What the
// machine refuses is not sent, whatever happened in between, so no race needs a lock. One final event follows. A watch shows
// every answer to Apply as a [BatchObserved]; most decide nothing. After [Decision.End] nothing moves until an operator's
// statement, or never again. To take a run up again, apply what its journal holds, then [RunResumed], and carry on with
// what [Machine.Status] calls pending.
//
// # The states of a step
//
// [Machine.Apply] moves a step only along this table; a test holds it against the conversations in testdata and the frozen
// journals. From an outcome a step comes back on an operator's statement alone, except that a failure is healed in place. Running is the
// state of a foreach step as a whole, and of nothing else.
//
//	waiting    -> waiting queued closed requesting watching looking sleeping notifying sensing awaiting running succeeded failed skipped blocked canceled
//	queued     -> waiting closed requesting watching looking sleeping succeeded failed skipped canceled
//	requesting -> waiting closed requesting watching looking stopping delaying in_doubt succeeded failed canceled
//	watching   -> closed requesting looking stopping delaying succeeded failed canceled
//	looking    -> waiting closed requesting looking stopping delaying in_doubt succeeded failed canceled
//	stopping   -> closed requesting looking stopping delaying succeeded failed canceled
//	delaying   -> waiting closed requesting watching looking stopping notifying sensing awaiting in_doubt succeeded failed skipped canceled
//	sleeping   -> waiting succeeded skipped canceled
//	running    -> waiting succeeded failed skipped blocked canceled
//	notifying  -> waiting notifying delaying succeeded failed canceled
//	sensing    -> waiting sensing delaying succeeded failed skipped canceled
//	closed     -> waiting queued closed requesting watching looking in_doubt succeeded failed skipped canceled
//	awaiting   -> awaiting delaying succeeded failed canceled
//	in_doubt   -> waiting closed requesting watching succeeded failed
//	succeeded  -> waiting
//	failed     -> waiting watching succeeded failed
//	skipped    -> waiting
//	blocked    -> waiting running succeeded
//	canceled   -> waiting watching succeeded
package runner
