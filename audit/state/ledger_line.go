package state

import (
	"bytes"
	"encoding/json"
	"time"
)

// The kinds of line that are read here. A line of another kind counts in the chain, and what it says is passed over: later
// releases may add some.
const (
	headKind         = "head"         // what is kept of a run
	acknowledgedKind = "acknowledged" // the same once more, with a person's word about what is missing of the run
)

// A ledgerLine is one line of a ledger as it is written; prev stands last, as in audit logs, so that the same few lines
// of shell follow both chains.
type ledgerLine struct {
	Number int64     `json:"n"` // 1, 2, 3 … without gaps, over all files of the ledger
	At     time.Time `json:"at,omitzero"`
	Kind   string    `json:"kind"`
	Kept
	// Begins is true of the first line that names its run.
	Begins bool `json:"begins,omitempty"`
	// Indexed is the number of the newest line that put a run into the index of once keys, see [onceIndex]. 0: none did.
	Indexed int64 `json:"indexed,omitempty"`
	// Before is the digest of all that stood in the ledger before lines were numbered; of the first line alone.
	Before string `json:"before,omitempty"`
	Prev   string `json:"prev"` // SHA-256 of the line before, without its newline; [audit.Genesis] in the first
}

// parseLine reads a numbered line of whatever kind.
func parseLine(line []byte) (ledgerLine, bool) {
	var l ledgerLine
	err := json.Unmarshal(line, &l)
	return l, err == nil && l.Number > 0 && isDigest(l.Prev) && l.Kind != ""
}

// numbered reports whether a line has a number at all, well formed or not.
func numbered(line []byte) bool { return bytes.HasPrefix(line, []byte(`{"n":`)) }

// parseKept reads what a line keeps of a run, with or without a number; false: nothing. A head that was glued to the torn line
// of a crash, as could happen before lines were numbered, is found behind it.
func parseKept(line []byte) (Kept, bool) {
	var l ledgerLine
	if !numbered(line) {
		if i := bytes.LastIndex(line, []byte(`{"run":"`)); i > 0 {
			line = line[i:]
		}
		err := json.Unmarshal(line, &l.Kept)
		l.WrittenAt = l.Time
		return l.Kept, err == nil && l.Run != "" && isDigest(l.Hash)
	}
	if json.Unmarshal(line, &l) != nil {
		return Kept{}, false
	}
	return l.kept()
}

// kept is what the line keeps of a run; false: nothing.
func (l *ledgerLine) kept() (Kept, bool) {
	l.WrittenAt = l.At
	return l.Kept, (l.Kind == headKind || l.Kind == acknowledgedKind) && l.Run != "" && isDigest(l.Hash)
}

// runIn is the run that a line says something about, without reading all of it; nil when that does not show. A quotation mark inside
// a JSON text is escaped, so that what is found is no part of one.
func runIn(line []byte) []byte {
	at := bytes.Index(line, []byte(`,"run":"`))
	if !numbered(line) {
		at = bytes.LastIndex(line, []byte(`{"run":"`))
	}
	if at < 0 {
		return nil
	}
	run, _, _ := bytes.Cut(line[at+len(`,"run":"`):], []byte(`"`))
	return run
}

// timeIn is when a line was written, without reading all of it; zero when that does not show.
func timeIn(line []byte) time.Time {
	for _, field := range []string{`"at":"`, `,"time":"`} {
		if _, rest, found := bytes.Cut(line, []byte(field)); found {
			text, _, _ := bytes.Cut(rest, []byte(`"`))
			at, _ := time.Parse(time.RFC3339Nano, string(text))
			return at
		}
	}
	return time.Time{}
}

// written is when a line about this is written, as far as what it says tells: the time of the last record, or of the statement.
func (k Kept) written() time.Time {
	if k.Acknowledged != nil && k.Acknowledged.At.After(k.Time) {
		return k.Acknowledged.At
	}
	return k.Time
}
