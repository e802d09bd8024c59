// Package state keeps runs: the audit log of each, the lock of the one process that may write it, the inbox in which others
// leave an operator's statement for it, and for all of them the ledger of their heads, the locks of once keys, and the key of the
// digests of secrets.
//
// [Store] says what is asked of whatever keeps them, in terms of runs, records, heads and letters and never of files, so
// that a table can do it too; a [Folder] does it in files and [Memory] in memory, and package statetest holds both to it,
// crashes included. Begin makes a new run and TakeUp goes on with one: both give a [Run], this process's own until it
// is closed. What needs no store of its own, to find a run or what is missing, is a function over any: [Find], [Losses],
// [Acknowledge], [Claims].
//
// What stands in a record, in a letter or behind a once key is bytes to this package: it knows no event by name. It starts no
// goroutine and reads no clock; it pauses only for a lock about which another process asks. It never repairs what it finds: a
// folder whose locks cannot be trusted, and a log that is not what the ledger knows, are refused with what a person can do.
package state
