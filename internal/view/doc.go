// Package view tells people what a run did, from what was recorded and from nothing else.
//
// A [Fold] takes turns, live or read back, and adds them up to a [Run]: where each step stands, since when
// and why. It never decides anything again, so a journal stays readable when decisions have changed. From a
// Run come the lines printed while it goes on ([Lines]), the summary at its end ([Run.Summary]), the card for
// whoever is called at two in the morning ([Run.Card]), and what show and runs print. A [Graph] draws a plan
// or a run. Everything also marshals to JSON with the same facts.
//
// Times are shown in UTC. What came from a server or a file is made printable before it is shown. Colour
// codes are written only where [Style] asks for them.
package view
