// Package flags holds the flags and arguments that several commands share, each with what it names: a run and its state
// folder, a target, a plan's parameters. What it reads comes from flags, the environment and the files they name; it changes
// nothing.
//
// Each type has a Register, which adds its flags to a command, and methods that look up what was meant.
package flags
