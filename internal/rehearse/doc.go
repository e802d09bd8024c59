// Package rehearse plays one night of a plan in virtual time.
//
// A [Night] is a plan in a scenario, which package scenario reads from a file. It is driven by the loop, the client and the
// machine that drive a real run, against the simulated scheduler, on a clock that jumps:
//
//	r, err := rehearse.Night{Plan: p, Scenario: sc}.Run()
//
// The same night gives the same [Result] each time, the audit log byte for byte. Runners are killed and the run taken up
// again as the scenario says, or a [Fault] of the night.
//
// Below it stand the readers of nights: scenario files and their changes (scenario), what an audit log tells of how a night
// went (incident), many nights of one plan (sweep), tests of plans (plantest), and the judge of an audit log (laws).
package rehearse
