package state

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"hash"
	"path/filepath"
	"slices"

	"ofsplan/audit"
)

// A LedgerHead names a line of a ledger: kept elsewhere, it shows a ledger that was cut or written anew.
type LedgerHead struct {
	Number int64  `json:"n"`    // 0: no line has a number
	Hash   string `json:"hash"` // SHA-256 of the line without its newline
}

// Short is the head as it is printed and given back: the line's number, a colon, and its hash.
func (h LedgerHead) Short() string { return fmt.Sprintf("%d:%s", h.Number, h.Hash) }

// A LedgerProblem is the first thing wrong with a ledger.
type LedgerProblem struct {
	File string `json:"file"`
	Line int64  `json:"line"` // in that file, 1 for the first; 0: it is about the whole file
	What string `json:"what"`
}

// A LedgerVerdict is what became of following a ledger's chain from its first line.
type LedgerVerdict struct {
	Where   string         `json:"file"`
	Head    LedgerHead     `json:"head"`
	From    int64          `json:"from"`              // the number of the first line that has one; 0: none has
	Before  int64          `json:"before"`            // so many lines stand before it, which are of an older release and chained by its digest alone
	Matched bool           `json:"matched_head"`      // the head that was given names a line of it
	Problem *LedgerProblem `json:"problem,omitempty"` // nil: nothing is wrong
	Kept    []Kept         `json:"-"`                 // what it keeps of each run: the line with most records; in the order in which they first appear
}

// End is the head of the ledger as it stands; the zero LedgerHead when no line has a number yet.
func (l *LedgerFile) End() (LedgerHead, error) {
	end, err := l.readEnd()
	if err != nil || end.newest.Number == 0 {
		return LedgerHead{}, err
	}
	return LedgerHead{end.newest.Number, end.prev}, nil
}

// Verify follows the ledger's chain through the files of all years. A head that was kept elsewhere must be of a line in it; nil: none is
// known, and a cut end would not show.
func (l *LedgerFile) Verify(kept *LedgerHead) (LedgerVerdict, error) {
	for tries := 0; ; tries++ {
		years, err := l.years()
		if err != nil {
			return LedgerVerdict{}, err
		}
		c := ledgerChecker{kept: kept, part: l.index == nil, before: sha256.New(), at: map[string]int{}}
		c.Where = l.path
		for _, path := range append(slices.Clone(years), l.path) {
			if err := c.file(l, path); err != nil {
				return LedgerVerdict{}, err
			}
		}
		after, err := l.years()
		if err != nil {
			return LedgerVerdict{}, err
		}
		if tries < 3 && !slices.Equal(years, after) { // this year's file became that of a year before meanwhile
			continue
		}
		return c.verdict(), nil
	}
}

// A ledgerChecker takes the lines of a ledger in order.
type ledgerChecker struct {
	LedgerVerdict
	kept   *LedgerHead
	part   bool           // it may begin with any number: somebody named the file of one year alone
	before hash.Hash      // of all before the first line with a number
	lines  int64          // so far, of all files
	at     map[string]int // of each run in Kept
}

// file takes the lines of one file.
func (c *ledgerChecker) file(l *LedgerFile, path string) error {
	f, err := l.open(path)
	if err != nil || f == nil {
		return err
	}
	defer f.Close()
	for line, err := range audit.Scan(f) {
		if err != nil {
			return fmt.Errorf("read the ledger %s: %w", path, err)
		}
		if what := c.take(line); what != "" && c.Problem == nil {
			c.Problem = &LedgerProblem{filepath.Base(path), line.Number, what}
		}
	}
	return nil
}

// take takes one line, and says what is wrong with it.
func (c *ledgerChecker) take(line audit.Line) (what string) {
	c.lines++
	if line.Over != nil {
		return line.Over.Error()
	}
	l, ok := parseLine(line.Bytes)
	if ok {
		if k, keeps := l.kept(); keeps {
			c.keep(k)
		}
	} else if k, keeps := parseKept(line.Bytes); keeps {
		c.keep(k)
	}
	hash := hashOf(line.Bytes)
	switch {
	case line.Torn && !ok:
		return "" // it is being written, or its process died over it: it counts for nothing
	case c.From == 0 && !ok:
		c.Before++
		c.before.Write(append(line.Bytes[:len(line.Bytes):len(line.Bytes)], '\n'))
		return ""
	case c.From == 0:
		what = c.first(l)
	case !ok:
		what = fmt.Sprintf("it has no number, as every line has since line number %d: somebody put it in, or changed it", c.From)
		l.Number = c.Head.Number // the line after it is that of the next number
	case l.Number != c.Head.Number+1 && l.Number <= c.Head.Number:
		what = fmt.Sprintf("line number %d stands where number %d belongs: somebody put it in, or moved it", l.Number, c.Head.Number+1)
	case l.Number != c.Head.Number+1:
		what = fmt.Sprintf("line number %d is missing: the line in its place has number %d", c.Head.Number+1, l.Number)
	case l.Prev != c.Head.Hash:
		what = fmt.Sprintf("line number %d, or the link to it in number %d, was changed: they do not fit", c.Head.Number, l.Number)
	}
	if c.kept != nil && ok && l.Number == c.kept.Number {
		c.Matched = hash == c.kept.Hash
	}
	c.Head = LedgerHead{l.Number, hash}
	return what
}

// first judges the first line with a number.
func (c *ledgerChecker) first(l ledgerLine) (what string) {
	c.From = l.Number
	digest := ""
	if c.Before > 0 {
		digest = hex.EncodeToString(c.before.Sum(nil))
	}
	switch {
	case l.Number > 1 && (!c.part || c.Before > 0):
		return fmt.Sprintf("it is line number %d, and those before it are gone", l.Number)
	case l.Number == 1 && l.Prev != audit.Genesis:
		return "it is line number 1 and yet speaks of a line before it"
	case l.Before != digest:
		return fmt.Sprintf("what stands before line number %d is not what stood there when it was written", l.Number)
	}
	return ""
}

// keep takes in what is kept of a run, unless it is less than what there is. A run keeps its once key.
func (c *ledgerChecker) keep(k Kept) {
	i, seen := c.at[k.Run]
	switch {
	case !seen:
		c.at[k.Run] = len(c.Kept)
		c.Kept = append(c.Kept, k)
	case k.Count >= c.Kept[i].Count:
		if k.Once == "" {
			k.Once = c.Kept[i].Once
		}
		c.Kept[i] = k
	}
}

// verdict compares the whole with the head that was kept elsewhere.
func (c *ledgerChecker) verdict() LedgerVerdict {
	switch k := c.kept; {
	case k == nil || c.Matched || c.Problem != nil:
	case k.Number > c.Head.Number:
		c.Problem = &LedgerProblem{filepath.Base(c.Where), 0, fmt.Sprintf("line number %d is missing: the ledger ends with number %d; it was cut, or is an old copy", k.Number, c.Head.Number)}
	default:
		c.Problem = &LedgerProblem{filepath.Base(c.Where), 0, fmt.Sprintf("line number %d, or one before it, is not the one of which the head was kept", k.Number)}
	}
	return c.LedgerVerdict
}

// ErrNoLedger is what an error wraps when a file keeps no head of any run.
var ErrNoLedger = errors.New("it keeps no head of any run, so it is no ledger")

// Describe is the verdict in one or two lines for a person.
func (v LedgerVerdict) Describe() string {
	if p := v.Problem; p != nil {
		where := p.File
		if p.Line > 0 {
			where = fmt.Sprintf("line %d of %s", p.Line, p.File)
		}
		return fmt.Sprintf("%s: broken: %s: %s\n\tkeep it as it is, compare it with a copy and with the heads printed at the ends of runs, and find out who did it", v.Where, where, p.What)
	}
	before := ""
	if v.Before > 0 {
		before = fmt.Sprintf(", and %d older ones without a number", v.Before)
	}
	switch {
	case v.Head.Number == 0:
		return fmt.Sprintf("%s: %d lines without a number, as older releases wrote them: nothing shows whether they were changed", v.Where, v.Before)
	case v.From > 1:
		before += fmt.Sprintf("; those before number %d stand in another file, which was not looked at", v.From)
	}
	seen := "with no head to compare: a cut end would not show"
	if v.Matched {
		seen = "and match the head that was given"
	}
	return fmt.Sprintf("%s: intact: %d numbered lines%s, %s\n\tledger head %s", v.Where, v.Head.Number-v.From+1, before, seen, v.Head.Short())
}
