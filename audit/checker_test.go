package audit

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"slices"
	"strings"
	"testing"
	"testing/iotest"
	"time"
)

// lines splits a journal, newlines kept.
func lines(b []byte) [][]byte {
	return bytes.SplitAfter(bytes.TrimSuffix(b, []byte("\n")), []byte("\n"))
}

func join(parts ...[]byte) []byte {
	var b []byte
	for _, p := range parts {
		b = append(b, bytes.TrimSuffix(p, []byte("\n"))...)
		b = append(b, '\n')
	}
	return b
}

// offsetOf is where the n-th line (from 1) begins.
func offsetOf(b []byte, n int64) int64 {
	var at int64
	for _, l := range lines(b)[:n-1] {
		at += int64(len(l))
	}
	return at
}

func TestVerifyAcceptsTheUntouchedFile(t *testing.T) {
	b, head := goldenBytes(t)
	if v := verify(t, b, nil); v.State != Intact || v.Head != head || v.Matched || !v.Ended {
		t.Errorf("without a head: %+v", v)
	} else if !strings.Contains(v.Describe("x"), "would not show") {
		t.Errorf("a verdict without a head must say so: %s", v.Describe("x"))
	}
	if v := verify(t, b, &head); v.State != Intact || !v.Matched {
		t.Errorf("with its head: %+v", v)
	}
	early := verify(t, join(lines(b)[:5]...), nil).Head
	// An earlier head speaks of the records it counts, and of no more.
	if v := verify(t, b, &early); v.State != Intact || v.Matched || v.Covered != 5 || v.Uncovered != head.Count-5 {
		t.Errorf("with an earlier head: %+v", v)
	} else if text := v.Describe("x"); !strings.Contains(text, "covers 5 of them") || !strings.Contains(text, "would not show") {
		t.Errorf("a verdict with an earlier head must say so: %s", text)
	}
}

// Bits of every byte of every golden journal are flipped: a different one each time, and the one that makes letters
// upper case and some of them newlines. Any flip is found at its record; in the last one, only a head is sure to show it.
func TestVerifyNamesTheRecordOfEveryFlippedByte(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) { t.Parallel(); flipEveryByte(t, g) })
	}
}

func flipEveryByte(t *testing.T, g goldenFile) {
	record := int64(1)
	for i, c := range g.b {
		for k, bit := range []int{i % 8, 5} {
			if g.ours || k == 0 && i%2 == 0 { // the others are long
				g.flipWithHead(t, i, bit, record)
			}
			if g.ours || k == 0 && i%2 == 1 {
				g.flipWithout(t, i, bit, record)
			}
		}
		if c == '\n' {
			record++
		}
	}
}

// flipped is the journal with one bit changed.
func (g goldenFile) flipped(i, bit int) []byte {
	bad := bytes.Clone(g.b)
	bad[i] ^= 1 << bit
	return bad
}

func (g goldenFile) flipWithHead(t *testing.T, i, bit int, record int64) {
	v := verify(t, g.flipped(i, bit), &g.head)
	if v.Problem == nil || v.Problem.Record != record || v.Problem.Offset != offsetOf(g.b, record) || v.State != Broken {
		t.Fatalf("byte %d bit %d, in record %d, with a head: got %+v", i, bit, record, v.Problem)
	}
	if v.Problem.Damage != Corruption {
		t.Fatalf("byte %d bit %d: got %q, want corruption: the head says it was durable", i, bit, v.Problem.Damage)
	}
}

func (g goldenFile) flipWithout(t *testing.T, i, bit int, record int64) {
	v := verify(t, g.flipped(i, bit), nil)
	last := g.head.Count
	switch {
	case record == last: // the chain alone may be silent, or not know which of the last two it is
		if v.Problem != nil && v.Problem.Record < last-1 {
			t.Fatalf("byte %d bit %d, in the last record: got %+v", i, bit, v.Problem)
		}
	case v.Problem == nil || v.Problem.Record != record || v.Problem.Offset != offsetOf(g.b, record):
		t.Fatalf("byte %d bit %d, in record %d: got %+v", i, bit, record, v.Problem)
	}
}

func TestVerifyNamesRemovedDoubledSwappedInserted(t *testing.T) {
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) { shuffleRecords(t, g.b, g.head) })
	}
}

func shuffleRecords(t *testing.T, b []byte, head Head) {
	ls := lines(b)
	n := len(ls)
	check := func(name string, bad []byte, want int, with *Head) {
		t.Helper()
		v := verify(t, bad, with)
		if v.State != Broken || v.Problem.Record != int64(want) {
			t.Errorf("%s (head %v): got %s %+v, want record %d", name, with != nil, v.State, v.Problem, want)
			return
		}
		if got := offsetOf(bad, int64(want)); v.Problem.Offset != got {
			t.Errorf("%s: got offset %d, want %d", name, v.Problem.Offset, got)
		}
		if v.Problem.What == "" || v.Problem.Do == "" {
			t.Errorf("%s: a problem without words: %+v", name, v.Problem)
		}
	}
	for k := 1; k <= n; k++ {
		removed := join(slices.Delete(slices.Clone(ls), k-1, k)...)
		doubled := join(slices.Insert(slices.Clone(ls), k, ls[k-1])...)
		// The forger knows the chain: his line has the right number and the right link.
		rec, err := Parse(bytes.TrimSuffix(ls[k-1], []byte("\n")))
		if err != nil {
			t.Fatal(err)
		}
		forgery := entry(1, "request.refused", `{"forged":true}`)
		forged, err := forgery.appendLine(nil, place{head.Run, rec.Seq, rec.Durable, rec.Prev})
		if err != nil {
			t.Fatal(err)
		}
		inserted := join(slices.Insert(slices.Clone(ls), k-1, forged)...)
		replaced := join(slices.Replace(slices.Clone(ls), k-1, k, forged)...)
		garbage := join(slices.Insert(slices.Clone(ls), k-1, []byte("garbage\n"))...)
		for _, with := range []*Head{nil, &head} {
			if k < n {
				check(fmt.Sprintf("removed %d", k), removed, k, with)
				check(fmt.Sprintf("replaced %d", k), replaced, k, with)
				swapped := slices.Clone(ls)
				swapped[k-1], swapped[k] = swapped[k], swapped[k-1]
				check(fmt.Sprintf("swapped %d", k), join(swapped...), k, with)
			}
			if k < n || with != nil { // before the last record, nothing but a head tells the true one
				check(fmt.Sprintf("inserted %d", k), inserted, k, with)
			}
			check(fmt.Sprintf("doubled %d", k), doubled, k+1, with)
			check(fmt.Sprintf("garbage %d", k), garbage, k, with)
		}
	}
	// Cut after a whole record: only a head shows it.
	for k := range n {
		cut := join(ls[:k]...)
		if v := verify(t, cut, nil); v.State == Broken || v.Head.Count != int64(k) || v.Problem != nil {
			t.Errorf("cut after %d, no head: got %+v, want no problem", k, v)
		}
		v := verify(t, cut, &head)
		if v.State != Broken || v.Problem.Record != int64(k+1) || v.Problem.Offset != int64(len(cut)) || v.Problem.Damage != Corruption {
			t.Errorf("cut after %d: got %+v", k, v.Problem)
		}
	}
}

func TestVerifySeesATearAtEveryByte(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, g := range goldens(t) {
		t.Run(g.name, func(t *testing.T) { tearEveryByte(t, g) })
	}
}

// lastRecords is where a tear begins: in a long journal, three records before its end.
func (g goldenFile) lastRecords() int {
	if g.ours {
		return 0
	}
	return int(offsetOf(g.b, g.head.Count-2))
}

func tearEveryByte(t *testing.T, g goldenFile) {
	b, head := g.b, g.head
	for cut := g.lastRecords(); cut < len(b); cut++ {
		whole := bytes.LastIndexByte(b[:cut], '\n') + 1
		v := verify(t, b[:cut], nil)
		if v.State != Incomplete && (g.ours || v.State == Broken || v.Problem != nil) || v.Head.Size != int64(whole) || (v.Problem == nil) != (whole == cut) {
			t.Fatalf("cut at %d: got %+v %+v", cut, v, v.Problem)
		}
		if v.Problem != nil && (v.Problem.Damage != TornTail || v.Problem.Offset != int64(whole) || v.Err() != nil) {
			t.Fatalf("cut at %d: got %+v", cut, v.Problem)
		}
		if v := verify(t, b[:cut], &head); v.State != Broken || v.Problem.Offset != int64(whole) {
			t.Fatalf("cut at %d, with a head: got %+v", cut, v.Problem)
		}
	}
}

// Whoever rewrites the whole chain is only shown by a head.
func TestOnlyAHeadShowsARewrittenChain(t *testing.T) {
	_, head := goldenBytes(t)
	var disk Memory
	j, err := Create(&disk, "runs/x", testRun)
	if err != nil {
		t.Fatal(err)
	}
	for i := range int(head.Count) {
		e := entry(i, "forged", `{}`)
		e.Decided = []byte(`{"end":1}`)
		if err := j.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	b := readAll(t, &disk, j.Path())
	if v := verify(t, b, nil); v.State != Intact {
		t.Errorf("without a head: %+v", v.Problem)
	}
	if v := verify(t, b, &head); v.State != Broken || v.Problem.Record != head.Count {
		t.Errorf("with the head: %+v", v.Problem)
	}
	other := head
	other.Run = "20261122T020000Z-nightly_aml-0000"
	if v := verify(t, b, &other); v.State != Broken {
		t.Errorf("with the head of another run: %+v", v)
	}
}

func TestDamageIsJudgedByWhatWasDurable(t *testing.T) {
	b, _ := goldenBytes(t)
	ls := lines(b)
	zeros := bytes.Repeat([]byte{0}, 40)
	tests := []struct {
		name   string
		bytes  []byte
		state  State
		damage Damage
		record int64
	}{
		{"an old record, later ones vouch for its having been durable", join(ls[0], zeros, ls[2], ls[3], ls[4]), Broken, Corruption, 2},
		{"a record no later one says to be durable", join(ls[0], ls[1], ls[2], ls[3], ls[4], zeros, ls[6]), Broken, BadTail, 6},
		{"a whole last line of garbage", join(ls[0], ls[1], zeros), Broken, BadTail, 3},
		{"a last line of zeros without its newline", append(join(ls[0], ls[1]), zeros...), Incomplete, TornTail, 3},
		{"a record of a later release", join(ls[0], bytes.Replace(ls[1], []byte(`"v":1`), []byte(`"v":2`), 1)), Broken, BadTail, 2},
		{"nothing but a torn line", []byte(`{"v":1`), Incomplete, TornTail, 1},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			v := verify(t, tt.bytes, nil)
			if v.State != tt.state || v.Problem.Damage != tt.damage || v.Problem.Record != tt.record {
				t.Errorf("got %s %+v, want %s %s at record %d", v.State, v.Problem, tt.state, tt.damage, tt.record)
			}
			if (v.Err() != nil) != (tt.state == Broken) || v.Err() != nil && !errors.Is(v.Err(), ErrBroken) {
				t.Errorf("got error %v", v.Err())
			}
			if !strings.Contains(v.Describe("f"), v.Problem.Do) {
				t.Errorf("the words lack the advice: %s", v.Describe("f"))
			}
		})
	}
}

func TestVerifyOfAnotherRunsLog(t *testing.T) {
	b, _ := goldenBytes(t)
	v, err := Verify(bytes.NewReader(b), Expect{Run: "20261124T020000Z-nightly_aml-0001"})
	if err != nil || v.State != Broken || v.Problem.Record != 1 {
		t.Errorf("got %+v, %v", v, err)
	}
}

func TestVerifyReportsAReadErrorAsSuch(t *testing.T) {
	boom := errors.New("input/output error")
	if _, err := Verify(iotest.ErrReader(boom), Expect{}); !errors.Is(err, boom) {
		t.Errorf("got %v, want %v", err, boom)
	}
}

func TestScanReadsLinesOfAnyLength(t *testing.T) {
	long := bytes.Repeat([]byte("x"), 3<<20)
	in := append(append(append([]byte("a\n\n"), long...), '\n'), "tail"...)
	var got []string
	for l, err := range Scan(iotest.HalfReader(bytes.NewReader(in))) {
		if err != nil {
			t.Fatal(err)
		}
		got = append(got, fmt.Sprintf("%d@%d len %d torn %v", l.Number, l.Offset, len(l.Bytes), l.Torn))
	}
	want := []string{"1@0 len 1 torn false", "2@2 len 0 torn false", "3@3 len 3145728 torn false", "4@3145732 len 4 torn true"}
	if !slices.Equal(got, want) {
		t.Errorf("got %q, want %q", got, want)
	}
}

func TestRecordsAreReadAsFarAsTheyAreWhole(t *testing.T) {
	line := func(seq int64) string {
		e := entry(int(seq), "x", `{}`)
		b, err := e.appendLine(nil, place{run: testRun, seq: seq, prev: Genesis})
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	one, two := line(1)+"\n", line(2)
	boom := errors.New("input/output error")
	for _, c := range []struct {
		name string
		in   io.Reader
		want []int64 // the records that are given
		bad  string  // the error that ends the walk
	}{
		{"whole", strings.NewReader(one + two + "\n"), []int64{1, 2}, ""},
		{"nothing", strings.NewReader(""), nil, ""},
		{"torn, and nothing else", strings.NewReader(one + two), []int64{1, 2}, "line 2 is not a whole record"},
		{"torn", strings.NewReader(one + two[:20]), []int64{1, 0}, "line 2 is not a whole record: not a JSON record: unexpected end of JSON input"},
		{"no record", strings.NewReader("{}\n" + one), []int64{0}, "line 1 is not a whole record: not a record: v, seq, time, run or type is missing or empty"},
		{"a bad file", io.MultiReader(strings.NewReader(one), iotest.ErrReader(boom)), []int64{1, 0}, boom.Error()},
	} {
		t.Run(c.name, func(t *testing.T) {
			var got []int64
			bad := ""
			for r, err := range Records(c.in) {
				got = append(got, r.Seq)
				if err != nil {
					bad = err.Error()
				}
			}
			if !slices.Equal(got, c.want) || bad != c.bad {
				t.Errorf("got %v, %q, want %v, %q", got, bad, c.want, c.bad)
			}
		})
	}
}

func TestALongRecordSurvives(t *testing.T) {
	var disk Memory
	j, err := Create(&disk, "runs/a", testRun)
	if err != nil {
		t.Fatal(err)
	}
	text := `{"text":"` + strings.Repeat("y", 5<<20) + `"}`
	if err := errors.Join(j.Append(entry(1, "file.pinned", text)), j.Append(entry(2, "x", `{}`)), j.Sync()); err != nil {
		t.Fatal(err)
	}
	again, records, err := reopen(&disk, "runs/a", testRun)
	if err != nil {
		t.Fatal(err)
	}
	if string(records[0].Data) != text || again.Head() != j.Head() {
		t.Error("it came back changed")
	}
	if !records[0].Time.Equal(testStart.Add(time.Second)) {
		t.Errorf("got time %v", records[0].Time)
	}
}
