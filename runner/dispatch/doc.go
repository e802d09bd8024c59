// Package dispatch turns a command of the machine into a call to the scheduler and the answer into an event.
//
// It is the only place where the words of plans meet those of the scheduler's interface. A [Desk] prepares a
// request ([Desk.Prepare]), makes it ([Desk.Send]) or asks for a status ([Desk.Look]), one exchange each; it
// repeats nothing and decides nothing.
package dispatch
