// Package history knows how long batches usually take, from earlier real runs of a state folder.
//
// A [Watcher] is told the turns of a run and says what took how long. A [History] holds the last twenty times of each batch, and tells
// what is usual: half of them took no longer, and nineteen of twenty. What it holds is kept beside the runs so that a start need not read
// their logs: derived data, drawn from the newest logs again when it is missing or damaged, and believed for durations alone.
//
// Simulated runs teach nothing, and neither does a batch run whose end nobody was there to see. To start: [Read], and [Keep] when a
// run was left.
package history
