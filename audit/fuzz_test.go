package audit

import (
	"bytes"
	"strings"
	"testing"
)

// FuzzRecord: whatever stands in a line, reading it does not fall over; and what is taken for a record, and can be
// written, is read back the same.
func FuzzRecord(f *testing.F) {
	for _, g := range goldens(f) {
		for _, line := range lines(g.b) {
			f.Add(bytes.TrimSuffix(line, []byte("\n")))
		}
	}
	f.Add([]byte(`{"v":1,"v":2,"seq":1,"time":"2026-11-23T02:00:00+01:00","run":"\ud800","type":"x","prev":"` + Genesis + `"}`))
	f.Add([]byte(`{"v":1,"seq":1,"time":"2026-11-23T02:00:00Z","run":"r","type":"x","prev":"` + strings.Repeat(`\n`, 64) + `"}`))
	f.Add([]byte(`{"V":1,"SEQ":9223372036854775807,"durable":-1,"time":"0001-01-01T00:00:00Z","run":"r","type":"t","data":[[{}]],"prev":"` + Genesis + `"}`))
	f.Fuzz(func(t *testing.T, line []byte) {
		r, err := Parse(line)
		if err != nil {
			return
		}
		write := func(r Record) ([]byte, error) {
			e := Entry{Time: r.Time, Type: r.Type, Step: r.Step, Attempt: r.Attempt, Note: r.Note, Data: r.Data, Decided: r.Decided}
			return e.appendLine(nil, place{r.Run, r.Seq, r.Durable, r.Prev})
		}
		once, err := write(r)
		if err != nil {
			return
		}
		again, err := Parse(once)
		if err != nil {
			t.Fatalf("%q was written as %q, which cannot be read: %v", line, once, err)
		}
		twice, err := write(again)
		if err != nil || !bytes.Equal(once, twice) {
			t.Fatalf("%q was written as\n%q and then as\n%q, %v", line, once, twice, err)
		}
	})
}
