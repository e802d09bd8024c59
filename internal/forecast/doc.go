// Package forecast says, before a run begins, what it would send: every request in the plan's order, byte for byte, with
// what only the run will show marked as such.
//
// It sends nothing and needs no secret. A request is shown as the desk that would send it puts it together, from a command
// such as the machine would give. How the night will go it does not guess: what depends on that is shown with its condition.
//
// Start with [Desk] and [Of]; the [Forecast] is JSON for programs, and [Forecast.Print] writes it for people. [CheckTarget]
// finds before a run begins what its target cannot be sent.
package forecast
