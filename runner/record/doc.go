// Package record turns what a run did into lines of its journal, and back.
//
// A [Turn] is one event, when it came, and what the machine decided. [Entry] is how it is written, [Read] how it is read
// again, and [Turns] gives those of a whole journal. A [Note] is what was noticed beside: it is written too and decides
// nothing. The package knows every event by name and refuses what it does not know: a journal is input, and guessing at
// one would be inventing a past.
package record
