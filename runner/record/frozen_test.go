package record_test

import (
	"bytes"
	"testing"

	"ofsplan/audit"
	"ofsplan/internal/frozen"
	"ofsplan/runner/record"
)

// Whatever release wrote a record, it is read, and written anew it has the same bytes.
func TestFrozenRecordsAreWrittenAsTheyStand(t *testing.T) {
	for _, j := range frozen.Journals(t, "../../testdata/journals") {
		for _, r := range j.Records {
			if r.Note {
				continue
			}
			turn, err := record.Read(r)
			if err != nil {
				t.Errorf("%s: %v", j.Name, err)
				break
			}
			e, err := record.Entry(turn)
			if err != nil {
				t.Errorf("%s: record %d: %v", j.Name, r.Seq, err)
				break
			}
			was := audit.Stamp{Time: e.Time, Run: r.Run, Type: e.Type, Step: e.Step, Attempt: e.Attempt}
			if was != r.Stamp || !bytes.Equal(e.Data, r.Data) || !bytes.Equal(e.Decided, r.Decided) {
				t.Errorf("%s: record %d was\n%+v %s %s\nand is\n%+v %s %s", j.Name, r.Seq, r.Stamp, r.Data, r.Decided, was, e.Data, e.Decided)
				break
			}
		}
	}
}
