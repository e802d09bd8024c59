// Package cli is the command line: it reads arguments, wires the packages below it together, prints
// what they found and turns how it ended into an exit code.
//
// [Main] is the way in. There is one file per subcommand; each builds its cobra command in a function,
// takes the streams of its [app] and returns an error. Nothing here decides what a run does: that is
// runner's, and nothing here exits: that is main's.
package cli
