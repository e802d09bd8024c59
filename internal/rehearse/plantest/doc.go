// Package plantest runs the tests of plans: test files hold cases, each a night and what it has to come to.
//
// A [Suite] reads test files with the plans and scenarios that they name, and reports every problem of all of them at once.
// Its cases are played side by side, and a [Report] tells what went another way than expected, with the places in test file
// and plan, and what no case exercised:
//
//	suite := plantest.NewSuite(sources)
//	suite.Add("nightly_test.yaml", data)
//	report, err := suite.Run(ctx, plantest.Options{})
//
// What became of a night is read by package fold, as for whoever else looks at a run; here it is only compared. A report is
// the same for the same files, and writes itself for people, as JSON and as JUnit.
package plantest
