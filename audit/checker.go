package audit

import (
	"cmp"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io"
)

// A checker takes a journal's lines one by one. Up to the first problem it follows the chain. After it, it reads on for two
// facts only: whether the line after the one that did not fit continues that one, since this decides which of the two
// neighbors was changed (law L3), and how far the file was once known to be durable.
//
//	following ──misfit──▶ awaiting (the next line) ──▶ surveying (durable of the rest)
type checker struct {
	want Expect
	keep func(Record) // gets every good record; nil: nobody does
	head Head         // of the last good record
	last Record       // the last good record that is no note
	bad  []byte       // the last line taken, when it lacks its newline or does not follow
	position
	firstProblem
	starts []int64 // where the good records begin that none behind them says to be durable, the oldest first
}

// position is what the checker remembers of the lines before the one at hand.
type position struct {
	durable int64  // of the last good record
	start   int64  // offset of the last good line
	before  string // hash of the line before the last good one
	atHead  string // hash of the line that a kept head speaks of; empty: not reached
}

// firstProblem is the first problem and what is still being found out about it.
type firstProblem struct {
	problem    *Problem
	misfit     *misfit // not nil while the line after it is awaited, which decides which of two neighbors is bad
	maxDurable int64   // the largest durable of any line after the problem
	lastOffset int64   // offset of the last line taken
	over       bool    // that line is beyond all bounds, and what follows it was not read
}

// A misfit is a line that reads well and does not follow from the line before it.
type misfit struct {
	rec    Record
	hash   string
	number int64
	offset int64
}

func newChecker(want Expect) *checker {
	return &checker{want: want, head: Head{Run: want.Run, Hash: Genesis}}
}

// take checks one line.
func (c *checker) take(l Line) {
	c.lastOffset, c.over = l.Offset, l.Over != nil
	if l.Torn {
		c.bad = append([]byte(nil), l.Bytes...)
		c.judgeMisfit(Record{})
		if c.problem == nil {
			c.report(l.Number, l.Offset, TornTail, fmt.Sprintf("record %d has no newline: a crash tore it while it was written", l.Number))
		}
		return
	}
	rec, err := l.Parse()
	if c.problem != nil || c.misfit != nil {
		c.judgeMisfit(rec)
		c.maxDurable = max(c.maxDurable, rec.Durable) // 0 of a line that is no record
		return
	}
	if err != nil {
		c.bad = append([]byte(nil), l.Bytes...)
		c.report(l.Number, l.Offset, "", err.Error())
		return
	}
	if c.head.Run == "" {
		c.head.Run = rec.Run
	}
	sum := sha256.Sum256(l.Bytes)
	hash := hex.EncodeToString(sum[:])
	fits := rec.Seq == l.Number && rec.Prev == c.head.Hash && rec.Durable < rec.Seq && rec.Durable >= c.durable && rec.Run == c.head.Run
	if !fits {
		c.bad = append([]byte(nil), l.Bytes...)
		c.misfit = &misfit{rec, hash, l.Number, l.Offset}
		c.maxDurable = rec.Durable
		return
	}
	c.accept(rec, hash, l)
}

// accept moves the head past a good record.
func (c *checker) accept(rec Record, hash string, l Line) {
	c.before, c.start, c.durable = c.head.Hash, l.Offset, rec.Durable
	c.head.Count, c.head.Hash, c.head.Time = l.Number, hash, rec.Time
	c.head.Size = l.Offset + int64(len(l.Bytes)) + 1
	c.starts = append(c.starts, l.Offset)
	if known := len(c.starts) - int(l.Number-rec.Durable); known > 0 {
		c.starts = c.starts[known:]
	}
	if c.want.Head != nil && c.want.Head.Count == l.Number {
		c.atHead = hash
	}
	if !rec.Note && (c.want.Beside == nil || !c.want.Beside(rec)) {
		c.last = rec
	}
	if c.keep != nil {
		c.keep(rec)
	}
}

// unsyncedFrom is where the bytes begin that may never have been durable; the head's size when there are none.
func (c *checker) unsyncedFrom() int64 {
	if len(c.starts) == 0 {
		return c.head.Size
	}
	return c.starts[0]
}

// judgeMisfit decides which of two neighbors is the bad one. next is the line after the misfit, the zero Record
// when there is none to be had.
func (c *checker) judgeMisfit(next Record) {
	m := c.misfit
	if m == nil {
		return
	}
	c.misfit = nil
	vouched, denied := next.Prev == m.hash, false
	if kept := c.want.Head; kept != nil {
		vouched = vouched || kept.Hash == m.hash
		denied = kept.Count == m.number && kept.Hash != m.hash || kept.Hash == c.head.Hash
	}
	switch {
	case m.rec.Seq > m.number && !vouched && next.Prev != "":
		c.report(m.number, m.offset, "", fmt.Sprintf("record %d was changed or swapped: the line in its place says it is number %d, and the line after it does not follow", m.number, m.rec.Seq))
	case m.rec.Seq > m.number:
		c.report(m.number, m.offset, "", fmt.Sprintf("record %d is missing: the line in its place says it is number %d", m.number, m.rec.Seq))
	case m.rec.Seq < m.number && m.rec.Seq == m.number-1 && m.rec.Prev == c.before && m.hash != c.head.Hash && vouched:
		c.reportPrevious(fmt.Sprintf("record %d was inserted: the true one follows it", m.number-1))
	case m.rec.Seq < m.number && m.hash == c.head.Hash:
		c.report(m.number, m.offset, "", fmt.Sprintf("record %d stands here a second time", m.rec.Seq))
	case m.rec.Seq < m.number:
		c.report(m.number, m.offset, "", fmt.Sprintf("record %d does not belong here: the line says it is number %d", m.number, m.rec.Seq))
	case m.rec.Prev != c.head.Hash && m.number == 1:
		c.report(1, m.offset, "", "it is number 1 and yet speaks of a line before it")
	case m.rec.Prev != c.head.Hash && vouched:
		c.reportPrevious(fmt.Sprintf("record %d was changed: its SHA-256 is not the one that record %d holds", m.number-1, m.number))
	case m.rec.Prev != c.head.Hash && (denied || next.Prev != ""):
		c.report(m.number, m.offset, "", fmt.Sprintf("record %d was changed: it fits neither the record before it nor what is known of it", m.number))
	case m.rec.Prev != c.head.Hash:
		c.reportPrevious(fmt.Sprintf("record %d, or the link to it in record %d, was changed: they do not fit", m.number-1, m.number))
	case m.rec.Run != c.head.Run:
		c.report(m.number, m.offset, "", fmt.Sprintf("record %d belongs to run %q, this is the log of %q", m.number, m.rec.Run, c.head.Run))
	default:
		c.report(m.number, m.offset, "", fmt.Sprintf("record %d was changed: its durable, %d, cannot be", m.number, m.rec.Durable))
	}
}

// reportPrevious puts the problem on the last good record, which is good no more.
func (c *checker) reportPrevious(what string) {
	c.report(c.head.Count, c.start, "", what)
	c.head.Count, c.head.Hash, c.head.Size = c.head.Count-1, c.before, c.start
}

// report notes the first problem. An empty damage is found out at the end.
func (c *checker) report(record, offset int64, damage Damage, what string) {
	c.problem = &Problem{Record: record, Offset: offset, Damage: damage, What: what}
}

// verdict is asked for once, after the last line.
func (c *checker) verdict() Verdict {
	c.judgeMisfit(Record{})
	c.compare()
	v := Verdict{State: Intact, Head: c.head, Problem: c.problem}
	v.source = cmp.Or(c.want.Source, "kept in the ledger")
	if c.want.Head != nil && (c.problem == nil || c.problem.Damage == TornTail) {
		v.Covered = c.want.Head.Count
		v.Matched = c.problem == nil && v.Covered == c.head.Count
	}
	v.Uncovered = c.head.Count - v.Covered
	v.Ended = c.problem == nil && c.last.Seq > 0 && c.want.Ends != nil && c.want.Ends(c.last)
	if p := v.Problem; p != nil {
		if p.Damage == "" {
			p.Damage = BadTail
			if c.maxDurable >= p.Record || c.want.Head != nil && c.want.Head.Count >= p.Record {
				p.Damage = Corruption
			}
		}
		p.Do = advice[p.Damage]
		if p.Last = p.Offset == c.lastOffset && !c.over; p.Last && p.Damage == BadTail {
			p.Do = fmt.Sprintf(badLastLine, cmp.Or(c.want.Run, "RUN"))
		}
		v.State = Broken
		if p.Damage == TornTail {
			v.State = Incomplete
		}
		return v
	}
	if c.head.Count == 0 || c.want.Ends != nil && !v.Ended {
		v.State = Incomplete
	}
	return v
}

// compare compares the file with a head kept elsewhere.
func (c *checker) compare() {
	kept := c.want.Head
	torn := c.problem != nil && c.problem.Damage == TornTail
	if kept == nil || c.problem != nil && !torn {
		return
	}
	switch {
	case kept.Run != c.head.Run && c.head.Run != "":
		c.report(1, 0, Corruption, fmt.Sprintf("the head is of run %q, this is the log of %q", kept.Run, c.head.Run))
	case kept.Count > c.head.Count:
		when := ""
		if !kept.Time.IsZero() {
			when = " kept " + kept.Time.UTC().Format(timeLayout)
		}
		c.report(c.head.Count+1, c.head.Size, Corruption, fmt.Sprintf("record %d is missing: the head%s counts %d records, the file has %d good ones; it was cut, or is an old copy",
			c.head.Count+1, when, kept.Count, c.head.Count))
	case kept.Count > 0 && c.atHead != kept.Hash:
		c.report(kept.Count, c.start, Corruption, fmt.Sprintf("record %d, or one before it, is not the one of which the head was kept", kept.Count))
	}
}

// badLastLine is what to do about a bad tail of one line in the log of a run.
const badLastLine = "the record may have been on disk before a crash: look at the scheduler for what was started after the last good record, then go on without it: ofsplan resume %s --accept-tail --reason WHY; what was pending then is in doubt"

// advice is what to do about each kind of damage.
var advice = map[Damage]string{
	Corruption: "the record was on disk once, so the file was changed since: keep it as it is, compare it with a copy, and find out who did; nothing resumes from it",
	BadTail:    "the record may have been on disk before a crash: keep the file as it is and look at what the scheduler did after the last good record; more than one line is lost, so nothing resumes from it",
	TornTail:   "it is set aside when the run is resumed, and nothing was done on its word",
}

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
	// BadTail: the bad record may or may not have been durable. Nothing resumes before an operator's statement.
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

// Expect is what a verifier knows that the file itself does not say. The zero value knows nothing.
type Expect struct {
	Run  string // the run it should be of; empty: whichever the first record names
	Head *Head  // a head kept elsewhere; nil: an edited last record and a cut end cannot show
	// Source says to people where that head is from, as in "the head kept in the ledger", which is what empty says.
	Source string
	// Ends reports whether a record ends its run; it is asked about the last one that is no note, nor beside the matter. Nil: not judged.
	Ends func(Record) bool
	// Beside reports a record that says nothing of how the run stands, such as one about a message to people. Nil: none does.
	Beside func(Record) bool
}

// A Verdict is what Verify found. It is the same for the same bytes, always.
type Verdict struct {
	State   State    `json:"state"`
	Head    Head     `json:"head"`              // of the last good record
	Problem *Problem `json:"problem,omitempty"` // nil when nothing is wrong
	// Matched is true when a head kept elsewhere agrees and speaks of the last record. Without one, an edit of the last
	// record and a cut end cannot be seen, and Describe says so.
	Matched bool `json:"matched_head"`
	// Covered is of how many records that head speaks, and Uncovered how many good ones stand behind those: only the
	// chain speaks for them, so that their last one may have been edited, and their end cut.
	Covered   int64 `json:"covered"`
	Uncovered int64 `json:"uncovered"`
	Ended     bool  `json:"ended"` // the last record ends the run
	source    string
}

// Err is nil for a journal that is intact or incomplete, and wraps ErrBroken otherwise.
func (v Verdict) Err() error {
	if v.State != Broken {
		return nil
	}
	return fmt.Errorf("%w: record %d at byte %d: %s\n\t%s", ErrBroken, v.Problem.Record, v.Problem.Offset, v.Problem.What, v.Problem.Do)
}

// Describe is the verdict in one or two lines for a person; name is what was verified.
func (v Verdict) Describe(name string) string {
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
	return fmt.Sprintf("%s: %s: %d records%s, %s\n\thead %s", name, v.State, v.Head.Count, end, v.compared(), v.Head.Short())
}

// compared says what a head kept elsewhere has to do with the records.
func (v Verdict) compared() string {
	switch {
	case v.Matched:
		return "and match the head " + v.source
	case v.Covered == 0:
		return "with no head to compare: an edited last record or a cut end would not show"
	}
	return fmt.Sprintf("and the head %s covers %d of them; the %d after those have no head to compare: an edited last record or a cut end would not show",
		v.source, v.Covered, v.Uncovered)
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
