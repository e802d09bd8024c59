// Package proof holds the promise against real processes.
//
// It holds nothing but tests. They build the program as a bank runs it, once, and start it beside a simulated scheduler
// that lives in the test and so outlives whoever is killed: with SIGKILL at every record of its audit log, with a disk
// that is full at every place, as two crontab entries of the same second. What is left is held against the laws of
// docs/reliability.md.
//
// It refuses to look inside: a process is known by its arguments, its output, its exit code and its files. What can be
// shown in virtual time belongs to the seeded nights, which are a thousand times as fast.
//
// Start with a yard: one state folder, one scheduler, and the processes that work on them.
package proof
