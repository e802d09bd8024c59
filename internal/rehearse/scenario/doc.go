// Package scenario reads and writes scenario files, which say how a night at the scheduler goes: how long batches take,
// which of their starts fail, hang or are refused, and what goes wrong on the wire.
//
// [Read] makes of a file the struct that package ofs/sim plays, and [Text] writes it back:
//
//	sc, err := scenario.Read("scenarios/usual.yaml", data)
//	s, err := sim.New(sc, sim.Options{})
//
// Every problem of a file is reported at once, each with its place: what is misspelt here, what is impossible by
// [sim.Scenario.Check]. The simulator knows no YAML, so its problems come with a path of keys, which is walked again here
// to find the line.
//
// A case of a test lays its own few lines over a usual night ([Lay]), the command line changes one thing of it ([Set],
// [Fail]), and what a scenario names is held against what plans order ([References]). Nothing here plays anything.
package scenario
