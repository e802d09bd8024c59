// Package fold adds up the turns of a run to what became of it.
//
// It is the one place that reads a run's picture out of its records: where each step stands, since when and why, how
// often it tried, and where its time went. Whoever prints, draws, compares or counts runs asks here, so that no two of
// them tell one run differently. It decides nothing again, so that a journal stays readable when decisions have changed,
// and it prints nothing: that is for package view. Only the laws of a rehearsal read turns by themselves, since a
// witness must not share what it judges.
//
// [Read] folds a whole journal to a [Run]. A [Builder] does so turn by turn, while a run goes on. [ReadOverview] is for
// lists: it reads no more than the two ends of a journal.
package fold
