// Package foreground shows a run to whoever started it and waits: a line for each change while it goes on, then how it ended
// and what can be done now, for people or as JSON for programs.
//
// It begins nothing and decides nothing; package operate does the one, and the run's machine the other. Start with [NewLog], and
// let [Follow] drive the run.
package foreground
