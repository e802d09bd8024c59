// Package audit keeps the journal of a run: an append-only file of JSON lines, each carrying the SHA-256 of
// the line before it, so that anybody with sha256sum can check that nothing was changed, removed or added.
//
// The journal is the run's only state. [Create] begins one, [Journal.Append] writes lines with a single
// write, [Journal.Sync] makes them durable, and a write or sync that fails poisons the journal for good:
// what cannot be recorded must not be done. [Verify] reads a journal and says whether it is intact, broken
// or incomplete, where and what to do; [Reopening.Open] takes one up again after a crash. Where the runs of a host live, with
// their locks and the ledger of their heads, is for package audit/state to say.
//
// The package knows no event by name: a record's data and decided are bytes to it. It retries nothing,
// starts no goroutine and reads no clock.
package audit
