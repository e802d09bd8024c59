// Package state keeps runs: the audit log of each, the lock of the one process that may write it, the inbox in which others
// leave an operator's word for it, and beside them all the ledger of their heads, the locks of once keys, and the key of the
// digests of secrets.
//
// A [Folder] is where they live. [Folder.Begin] makes a new run and [Folder.TakeUp] goes on with one; both give a [Run],
// which is this process's own until it is closed.
//
// What stands in a record, in a letter or behind a once key is bytes to this package: it knows no event by name. It starts no
// goroutine and reads no clock; only for a lock that somebody looks at does it pause. It never repairs what it finds: a
// folder whose locks cannot be trusted, and a log that is not what the ledger knows, are refused with what a person can do.
package state
