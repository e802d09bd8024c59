// Package operate is what an operator does with runs: begin one against a target, unless another counts as the same; take
// one up again; and say something to one.
//
// It knows no command line and prints nothing. What it is asked for comes in small structs, what comes of it goes out as
// values and as errors that carry exit codes, and the observers of its loop see how a run goes. It decides nothing
// that a run does: that is runner's.
//
// Start with an [Env], which says who has something done, and with the target of a [Choice]. [Prepare] binds a plan
// to it; what comes of that can be shown, admitted and begun ([Prepared]), and a [Run] that has begun is driven. [TakeUp] is
// the way to a run of before, and [Address] the way to speak to one.
package operate
