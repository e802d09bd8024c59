// Package rehearse plays plans in virtual time.
//
// A [Night] is a plan played in a scenario, which package scenario reads from a file. A [Suite] is test files: nights, and
// what each of them has to come to. Run side by side they give a [Tested], which tells what went another way, and what no
// case exercised:
//
//	suite := rehearse.NewSuite(sources)
//	suite.Add("nightly_test.yaml", data)
//	done, err := suite.Run(ctx, rehearse.RunOptions{})
package rehearse
