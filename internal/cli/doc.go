// Package cli is the command line: it reads arguments, prints what the packages below it found, and turns how it ended into an
// exit code.
//
// [Main] is the way in. Commands stand in groups, one file each: runs, batch, plans, audit and target. Each group builds its
// commands in functions that take the streams of the invocation, and they return errors that carry exit codes. Nothing here
// decides what a run does: that is runner's; and nothing here exits: that is main's.
package cli
