package audit

import (
	"bytes"
	"errors"
	"io"
	"strings"
	"testing"
)

// endless is a file without an end and without a newline.
type endless struct{ read int64 }

func (e *endless) Read(p []byte) (int, error) {
	clear(p)
	e.read += int64(len(p))
	return len(p), nil
}

func TestALineWithoutAnEndIsNotRead(t *testing.T) {
	good, _ := goldenBytes(t)
	e := &endless{}
	v, err := Verify(io.MultiReader(bytes.NewReader(good), e), Expect{})
	if err != nil {
		t.Fatal(err)
	}
	p := v.Problem
	if v.State != Broken || p == nil || p.Record != v.Head.Count+1 || !strings.Contains(p.What, "longer than 64 MiB") {
		t.Errorf("got %+v", v)
	}
	if p != nil && (p.Last || p.Damage != BadTail) {
		t.Errorf("an operator could set it aside, though what stands behind it is not known: %+v", p)
	}
	if e.read > MaxLine+1<<20 {
		t.Errorf("%d bytes of it were read", e.read)
	}
	var last error
	for _, err := range Records(io.MultiReader(bytes.NewReader(good), &endless{})) {
		last = err
	}
	if bad, ok := errors.AsType[*LineError](last); !ok || !errors.Is(bad.Err, errLineTooLong) {
		t.Errorf("its records end with %v", last)
	}
}

func TestALogHasABound(t *testing.T) {
	text := strings.Repeat("line\n", 10)
	for _, c := range []struct {
		line, log int64
		lines     int
		over      error
	}{{5, 50, 10, nil}, {4, 50, 1, errLineTooLong}, {5, 49, 10, errLogTooLong}, {5, 12, 3, errLogTooLong}} {
		n := 0
		var last Line
		for l := range scan(strings.NewReader(text), c.line, c.log) {
			n, last = n+1, l
		}
		if n != c.lines || last.Over != c.over || last.Number != int64(n) {
			t.Errorf("lines of %d, logs of %d: %d lines, the last %+v", c.line, c.log, n, last)
		}
	}
}

func TestBackwardALineHasABoundToo(t *testing.T) {
	var last error
	for _, err := range ScanBackward(zeros{}, 1<<40) {
		last = err
	}
	if !errors.Is(last, errLineTooLong) {
		t.Errorf("got %v", last)
	}
}

// zeros is a file full of them.
type zeros struct{}

func (zeros) ReadAt(p []byte, _ int64) (int, error) { clear(p); return len(p), nil }
