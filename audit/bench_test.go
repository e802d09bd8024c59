package audit

import (
	"bytes"
	"errors"
	"io"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// usual is a record as a trigger writes it: about 700 bytes.
func usual(i int) Entry {
	e := entry(i, "request.sent", `{"key":"load/1/trigger/1","op":"trigger","url":"https://aml.example.com/acme-prd/SchedulerService/rest-api/v1/external/trigger","body_sha256":"5f70bf18a086007016e948b04aed3b82103a36bea41755b6cddfaf10ace3c6ef","body":"`+strings.Repeat("x", 200)+`","permit":"first request of the attempt"}`)
	e.Step, e.Attempt = "load", 1
	return e
}

// BenchmarkSync writes and syncs records, and as many bare appends of the same bytes, by turns in the same
// folder: x-bare is what the journal costs over the disk.
func BenchmarkSync(b *testing.B) {
	dir := b.TempDir()
	j, err := Create(RealDisk{}, dir, testRun)
	if err != nil {
		b.Fatal(err)
	}
	bare, err := RealDisk{}.Create(filepath.Join(dir, "bare"))
	if err != nil {
		b.Fatal(err)
	}
	line, err := (&Entry{Time: testStart, Type: "x", Data: usual(0).Data}).appendLine(nil, place{testRun, 1, 0, Genesis})
	if err != nil {
		b.Fatal(err)
	}
	line = append(line, '\n')
	var ours, theirs time.Duration
	e := usual(1)
	for b.Loop() {
		start := time.Now()
		if err := errors.Join(j.Append(e), j.Sync()); err != nil {
			b.Fatal(err)
		}
		middle := time.Now()
		if err := errors.Join(second(bare.Write(line)), bare.Sync()); err != nil {
			b.Fatal(err)
		}
		ours, theirs = ours+middle.Sub(start), theirs+time.Since(middle)
	}
	b.ReportMetric(float64(ours)/float64(theirs), "x-bare")
}

// discard is a disk that takes everything and does nothing.
type discard struct{ Memory }

type discardFile struct{ io.Writer }

func (discardFile) Close() error         { return nil }
func (discardFile) Sync() error          { return nil }
func (discardFile) Truncate(int64) error { return nil }

func (*discard) Create(string) (File, error) { return discardFile{io.Discard}, nil }

// BenchmarkAppend is the cost of a line without the disk.
func BenchmarkAppend(b *testing.B) {
	j, err := Create(&discard{}, "a", testRun)
	if err != nil {
		b.Fatal(err)
	}
	e := usual(1)
	b.ReportAllocs()
	for b.Loop() {
		if err := j.Append(e); err != nil {
			b.Fatal(err)
		}
	}
	b.SetBytes(j.written.Size / j.written.Count)
}

// BenchmarkVerify reads back ten thousand records.
func BenchmarkVerify(b *testing.B) {
	var disk Memory
	j, err := Create(&disk, "a", testRun)
	if err != nil {
		b.Fatal(err)
	}
	for i := range 10000 {
		if err := j.Append(usual(i)); err != nil {
			b.Fatal(err)
		}
	}
	journal := readAll(b, &disk, j.Path())
	b.SetBytes(int64(len(journal)))
	for b.Loop() {
		if v, err := Verify(bytes.NewReader(journal), Expect{}); err != nil || v.State != Intact {
			b.Fatal(v, err)
		}
	}
}
