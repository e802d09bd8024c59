package audit

import (
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"strings"
	"time"
)

// Version is the record format this package writes. It reads this and every older one.
const Version = 1

// Genesis is the prev of a journal's first record: there is no line before it.
const Genesis = "0000000000000000000000000000000000000000000000000000000000000000"

// timeLayout has a fixed width, so that times compare as text.
const timeLayout = "2006-01-02T15:04:05.000000Z"

// A Record is one line of a journal as read back.
type Record struct {
	V       int   `json:"v"`
	Seq     int64 `json:"seq"`     // 1 for the first line, without gaps
	Durable int64 `json:"durable"` // the last Seq known to be synced when this line was written; 0: none
	Stamp
	Data    json.RawMessage `json:"data,omitempty"`    // the event that came
	Decided json.RawMessage `json:"decided,omitempty"` // what followed from it
	Prev    string          `json:"prev"`              // SHA-256 of the previous line without its newline, hex; Genesis for the first
}

// Stamp says when, to which run and of what kind a record is.
type Stamp struct {
	Time    time.Time `json:"time"` // UTC, microseconds
	Run     string    `json:"run"`
	Type    string    `json:"type"`
	Step    string    `json:"step,omitempty"`    // empty: the record is about the run
	Attempt int       `json:"attempt,omitempty"` // 0: about no attempt
	Note    bool      `json:"note,omitempty"`    // chained like any other, skipped by replay
}

// An Entry is one record to be: what the caller knows. The journal adds number, run and chain.
type Entry struct {
	Time          time.Time // cut to microseconds; zero is refused
	Type          string    // empty is refused
	Step          string
	Attempt       int
	Data, Decided json.RawMessage // JSON values, left out when empty; what is no JSON is refused
	Note          bool
}

// A place is where in the chain a line stands.
type place struct {
	run     string
	seq     int64
	durable int64
	prev    string // hex
}

// appendLine encodes one record at a place, without its newline. The same entry at the same place is the
// same bytes, always.
func (e *Entry) appendLine(b []byte, at place) ([]byte, error) {
	if e.Time.IsZero() || e.Type == "" {
		return nil, fmt.Errorf("a record needs a time and a type, got %q at %v", e.Type, e.Time)
	}
	b = append(b, `{"v":1,"seq":`...)
	b = strconv.AppendInt(b, at.seq, 10)
	b = append(b, `,"durable":`...)
	b = strconv.AppendInt(b, at.durable, 10)
	b = append(b, `,"time":"`...)
	b = e.Time.UTC().AppendFormat(b, timeLayout)
	b = append(b, `","run":`...)
	b = appendText(b, at.run)
	b = append(b, `,"type":`...)
	b = appendText(b, e.Type)
	if e.Step != "" {
		b = append(b, `,"step":`...)
		b = appendText(b, e.Step)
	}
	if e.Attempt != 0 {
		b = append(b, `,"attempt":`...)
		b = strconv.AppendInt(b, int64(e.Attempt), 10)
	}
	if e.Note {
		b = append(b, `,"note":true`...)
	}
	b, err := appendPayload(b, "data", e.Data)
	if err == nil {
		b, err = appendPayload(b, "decided", e.Decided)
	}
	if err != nil {
		return nil, fmt.Errorf("record %d, %q: %w", at.seq, e.Type, err)
	}
	b = append(b, `,"prev":"`...)
	b = append(b, at.prev...)
	return append(b, `"}`...), nil
}

// Parse reads one line, without its newline. It accepts fields it does not know, because a later release
// may add some; it refuses a line that lacks what every record has.
func Parse(line []byte) (Record, error) {
	var r Record
	if err := json.Unmarshal(line, &r); err != nil {
		return Record{}, fmt.Errorf("not a JSON record: %w", err)
	}
	switch {
	case r.V > Version:
		return Record{}, fmt.Errorf("record format %d is newer than this program, which reads up to %d", r.V, Version)
	case r.V < 1 || r.Seq < 1 || r.Time.IsZero() || r.Run == "" || r.Type == "":
		return Record{}, errors.New("not a record: v, seq, time, run or type is missing or empty")
	case !isHash(r.Prev):
		return Record{}, errors.New("not a record: prev is not a SHA-256 in hex")
	}
	return r, nil
}

// isHash reports whether a text is a SHA-256 in hex, as they are written here: in lower case.
func isHash(text string) bool {
	return len(text) == len(Genesis) && strings.Trim(text, "0123456789abcdef") == ""
}
