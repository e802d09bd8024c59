// Package plandiff says in words how two plans differ, bound to the same night: which steps come, go or are called otherwise,
// who waits for whom, conditions, times, rules, and every request byte for byte.
//
// What counts is what the plans come to, not how they are written: it compares resolved plans and forecasts of what they
// send. Comments, layout and texts for people are no difference. What it does not know by name, it finds by reflection: a
// key of the language that is added later cannot be overlooked. Where it is not sure that a step was only given another id,
// it says that one is gone and another is new.
//
// Start with [Compare]; [CompareNights] holds two rehearsals of one night against each other. A [Difference] is JSON for programs;
// [Difference.Text] and [Difference.Markdown] write it for people.
package plandiff
