package itest

import (
	"fmt"
	"testing"

	"ofsplan/ofs"
)

// A connection that ends after each possible byte of a request. Until the last one has passed nothing is carried
// out; and whatever passed, what was not answered is in doubt and nothing else.
func TestARequestCutAtEveryByte(t *testing.T) {
	r := newRoad(t, false, 0)
	n, length := 0, 0
	for ; r.count(ofs.Accepted) < 20 && n < 2000; n++ {
		r.lay(limit("upstream", n))
		if receipt := r.trigger(mark(n)); receipt.Class == ofs.Accepted && length == 0 {
			length = n - 1 // at its own length the connection ends with the last byte
		}
	}
	carried := r.settle()
	for n := range length {
		if _, was := carried[mark(n)]; was {
			t.Errorf("carried out after %d bytes of %d", n, length)
		}
	}
	if length < 400 || r.count(ofs.InDoubt) != n-20 {
		t.Errorf("of %d requests, of %d bytes, %d are in doubt", n, length, r.count(ofs.InDoubt))
	}
}

// mark names the request that was let n bytes far.
func mark(n int) string { return fmt.Sprintf("mark-%04d", n) }

// An answer that ends after each possible byte. The batch runs; only who has seen the whole answer may say so.
func TestAnAnswerCutAtEveryByte(t *testing.T) {
	r := newRoad(t, false, 0)
	n := 0
	for ; r.count(ofs.Accepted) < 20 && n < 2000; n++ {
		r.lay(limit("downstream", n))
		r.trigger(mark(n))
	}
	if carried := r.settle(); len(carried) != n || r.count(ofs.InDoubt) != n-20 || n < 200 {
		t.Errorf("of %d requests %d were carried out, %d are in doubt", n, len(carried), r.count(ofs.InDoubt))
	}
}

// The same under TLS: what ends before the handshake is over was not sent.
func TestTLSCutAtManyBytes(t *testing.T) {
	for _, direction := range []string{"upstream", "downstream"} {
		t.Run(direction, func(t *testing.T) {
			r := newRoad(t, true, 0)
			n := 0
			for ; r.count(ofs.Accepted) < 3 && n < 8000; n += 17 {
				r.lay(limit(direction, n))
				r.trigger(mark(n))
			}
			r.settle()
			if r.count(ofs.NotSent) < 5 || r.count(ofs.InDoubt) < 5 || r.count(ofs.Accepted) != 3 {
				t.Errorf("%d not sent, %d in doubt, %d accepted", r.count(ofs.NotSent), r.count(ofs.InDoubt), r.count(ofs.Accepted))
			}
			if total := r.count(ofs.NotSent) + r.count(ofs.InDoubt) + r.count(ofs.Accepted); total != len(r.told) {
				t.Errorf("%d of %d have a class that is none of these", len(r.told)-total, len(r.told))
			}
		})
	}
}

// Looks that are cut at each byte tell the truth or nothing.
func TestALookCutAtEveryByte(t *testing.T) {
	r := newRoad(t, false, 0)
	r.lay()
	id := r.trigger("mark").BatchRunID
	for _, direction := range []string{"upstream", "downstream"} {
		told := 0
		for n := 0; told < 10 && n < 2000; n++ {
			r.lay(limit(direction, n))
			if r.look(id) {
				told++
			}
			r.way.CloseIdle()
		}
		if told < 10 {
			t.Errorf("%s: no look got through", direction)
		}
	}
}
