// Package runner decides what a run does next.
//
// A [Machine] holds one run of one plan. It is told what happened and when, and answers with a
// [Decision]: the steps that moved and the commands a driver must carry out. It has no clock,
// starts no goroutine and touches no file, so the same events always give the same decisions;
// resuming a run is reading its journal back.
package runner
