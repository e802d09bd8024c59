// Package view prints what a run did, for people.
//
// It prints what package fold has added up from the records, and nothing else: it neither reads a journal nor decides
// anything. There are the lines printed while a run goes on ([Lines]), the summary at its end ([Summary]), the card for
// whoever is called at two in the morning ([Card]), what show and runs print ([Show], [Runs]), the bars of a
// [Timeline], and a [Graph] of a plan or a run.
//
// Times are shown in UTC. What came from a server or a file is made printable before it is shown. Colour
// codes are written only where [Style] asks for them.
package view
