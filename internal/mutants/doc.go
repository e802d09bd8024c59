// Package mutants breaks the program on purpose, to see that its tests notice.
//
// It holds nothing but tests. mutants_test.go is the list: each mutant is one breakage of one law of
// docs/reliability.md, and the one test that must fail because of it. make mutants makes each of them in a copy of the
// program and runs that test, which takes some minutes. Every run of go test finds out, in a second or two, that each
// mutant can still be made, compiles, and has its test: whoever moves code moves its mutants with it.
//
// It refuses to keep a mutant that no test is named for: such a breakage says nothing about the tests.
package mutants
