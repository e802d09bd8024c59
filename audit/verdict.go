package audit

import (
	"errors"
	"fmt"
	"io"
)

// ErrBroken is what an error wraps when a journal is damaged, so that nothing may be resumed from it.
var ErrBroken = errors.New("the audit log is broken")

// State is what [Verify] found.
type State string

// The states of a journal.
const (
	Intact     State = "intact"     // every record in its place, and the last one ends the run
	Broken     State = "broken"     // something was changed, removed, swapped, inserted or lost
	Incomplete State = "incomplete" // good as far as it goes: the run goes on, was killed, or tore its last line
)

// Damage says how bad a problem is, and with it what may follow.
type Damage string

// The kinds of damage.
const (
	// Corruption: the bad record was once known to be durable, so something touched the file since. Read only.
	Corruption Damage = "corruption"
	// BadTail: the bad record may or may not have been durable. Nothing resumes before an operator's word.
	BadTail Damage = "bad_tail"
	// TornTail: the last line lacks its newline, as a crash leaves it. It is set aside, and the run goes on.
	TornTail Damage = "torn_tail"
)

// A Problem is the first thing wrong with a journal.
type Problem struct {
	Record int64  `json:"record"` // the number that belongs at this place, 1 for the first
	Offset int64  `json:"offset"` // of the line's first byte in the file
	Damage Damage `json:"damage"`
	What   string `json:"what"`
	Last   bool   `json:"last,omitempty"` // no line follows it
	Do     string `json:"do"`             // what a person should do next
}

// Expect is what a verifier knows beside the file. The zero value knows nothing.
type Expect struct {
	Run  string // the run it should be of; empty: whichever the first record names
	Head *Head  // a head kept elsewhere; nil: an edited last record and a cut end cannot show
	// Ends tells whether a record ends its run; it is asked about the last one that is no note. Nil: not judged.
	Ends func(Record) bool
}

// A Verdict is what Verify found. It is the same for the same bytes, always.
type Verdict struct {
	State   State    `json:"state"`
	Head    Head     `json:"head"`              // of the last good record
	Problem *Problem `json:"problem,omitempty"` // nil when nothing is wrong
	// Matched is true when a head kept elsewhere agrees. Without one, an edit of the last record and a cut
	// end cannot be seen, and Words says so.
	Matched bool `json:"matched_head"`
	Ended   bool `json:"ended"` // the last record ends the run
}

// Err is nil for a journal that is intact or incomplete, and wraps ErrBroken otherwise.
func (v Verdict) Err() error {
	if v.State != Broken {
		return nil
	}
	return fmt.Errorf("%w: record %d at byte %d: %s\n\t%s", ErrBroken, v.Problem.Record, v.Problem.Offset, v.Problem.What, v.Problem.Do)
}

// Words is the verdict in one or two lines for a person; name is what was verified.
func (v Verdict) Words(name string) string {
	switch {
	case v.State == Broken:
		return fmt.Sprintf("%s: broken at record %d, byte %d: %s\n\t%s", name, v.Problem.Record, v.Problem.Offset, v.Problem.What, v.Problem.Do)
	case v.Problem != nil:
		return fmt.Sprintf("%s: incomplete: %d good records, then at byte %d: %s\n\t%s", name, v.Head.Count, v.Problem.Offset, v.Problem.What, v.Problem.Do)
	}
	end := ""
	if v.State == Incomplete {
		end = ", but the run has no end in it"
	}
	seen := "and match the head kept in the ledger"
	if !v.Matched {
		seen = "with no head to compare: an edited last record or a cut end would not show"
	}
	return fmt.Sprintf("%s: %s: %d records%s, %s\n\thead %s", name, v.State, v.Head.Count, end, seen, v.Head.Hash)
}

// Verify reads a journal from its first byte and says what it is worth. The error is r's own: a file that
// cannot be read has no verdict.
func Verify(r io.Reader, want Expect) (Verdict, error) {
	c := newChecker(want)
	for line, err := range Scan(r) {
		if err != nil {
			return Verdict{}, err
		}
		c.take(line)
	}
	return c.verdict(), nil
}
