// Package rehearse plays plans in virtual time, and reads what that needs beside a plan.
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
//
// A [Night] is a plan played in a scenario. A [Suite] is test files: nights, and what each of them has to come to. Run
// side by side they give a [Tested], which tells what went another way, and what no case exercised:
//
//	suite := rehearse.NewSuite(sources)
//	suite.Add("nightly_test.yaml", data)
//	done, err := suite.Run(ctx, rehearse.RunOptions{})
package rehearse
