// Package drive is the one loop that carries a run out: it tells the machine what happened, writes each turn to the
// journal, and only then does what the machine ordered.
//
// [Run] drives a run in a [World], which is a clock and a way to make calls; there is a real one (runner/local) and one
// that jumps (runner/virtual). Package resume brings a machine to where a journal left it, so that Run can go on. The loop
// decides nothing about steps, retries nothing that changes a batch run, and does nothing that could not be recorded.
package drive
