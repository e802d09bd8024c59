// Package rehearse reads what a rehearsal needs beside a plan.
//
// A scenario file says how a night at the scheduler goes: how long batches take, which of their starts fail,
// hang or are refused, and what goes wrong on the wire. [Scenario] reads one into the struct that package
// ofs/sim plays:
//
//	sc, err := rehearse.Scenario("scenarios/usual.yaml", data)
//	s, err := sim.New(sc, sim.Options{})
//
// Every problem of a file is reported at once, each with its place: what is misspelt here, what is impossible
// by [sim.Scenario.Check].
package rehearse
