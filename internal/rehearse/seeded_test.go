package rehearse

import (
	"bytes"
	"flag"
	"runtime/debug"
	"testing"
	"time"

	"ofsplan/internal/fold/agree"
	"ofsplan/internal/rehearse/scenario"
)

// seeds is how many nights a test run draws: enough to reach everything. A short one draws a few.
const seeds, few = 2000, 100

var (
	campaign = flag.Duration("campaign", 0, "draw nights for as long as that, and no fewer than a test run does")
	from     = flag.Uint64("from", 0, "the first seed")
	one      = flag.Int64("seed", -1, "play the night of that seed alone, and tell it")
)

// Nights drawn by a seed: whatever the plan, the scheduler, the wire, the disk and the operators do, and whenever the
// runner dies, every law is kept, and the audit log can be told again. The counters show that nothing of it was left
// out.
func TestSeededNights(t *testing.T) {
	if *one >= 0 {
		counters{}.night(t, uint64(*one))
		return
	}
	defer debug.SetGCPercent(debug.SetGCPercent(400)) // a night leaves much behind and keeps little
	nights := uint64(seeds / slower)
	if testing.Short() {
		nights = few
	}
	const parts = 8
	var reached [parts]counters
	begun := time.Now() // says how many nights are played, and nothing of how one goes
	t.Run("nights", func(t *testing.T) {
		for part := range parts {
			reached[part] = counters{}
			t.Run("", func(t *testing.T) {
				t.Parallel()
				for n := uint64(part); n < nights || time.Since(begun) < *campaign; n += parts {
					reached[part].night(t, *from+n)
				}
			})
		}
	})
	all := counters{}
	for _, one := range reached {
		for name, n := range one {
			all[name] += n
		}
	}
	if nights == seeds {
		all.want(t)
	}
}

// night plays the night of one seed.
func (c counters) night(t *testing.T, seed uint64) {
	t.Helper()
	n, text, err := drawn(seed)
	if err != nil {
		t.Fatalf("seed %d: the drawn plan does not load: %v\n%s", seed, err, text)
	}
	var told *diary
	if *one >= 0 {
		told = &diary{}
	}
	if hazardous(seed) {
		n.hazardous, n.advised = hardships(seed, c, told), advised(seed)
	}
	r, err := n.Run()
	if err == nil {
		err = n.Laws(r)
	}
	if c["nights"]++; told != nil {
		t.Logf("\n%s\n%s%s", text, scenario.Text(n.Scenario, ""), told.night(r))
	}
	if err != nil {
		t.Errorf("seed %d: %v\n\tgo test ./internal/rehearse -run TestSeededNights -v -seed %d", seed, err, seed)
		return
	}
	if err := agree.Check(r.Journal); err != nil {
		t.Errorf("seed %d: not all tell the same of it: %v", seed, err)
	}
	if c.count(n, r); seed%97 == 0 {
		same(t, seed, r)
	}
	if err := Reread(n, r); err != nil {
		t.Errorf("seed %d: %v", seed, err)
	}
}

// Reread holds the scenario of a night, and the one that its audit log tells, against what is read back of them. TestMain
// sets it, since the package that reads logs so imports this one.
var Reread func(n Night, r Result) error

// hazardous reports whether a seed's night has hazards beside its scenario.
func hazardous(seed uint64) bool { return seed%3 > 0 }

// advised reports whether the operators of a seed's night do what cards offer, and nothing else.
func advised(seed uint64) bool { return seed%9 == 4 }

// same wants a seed to make the same night again, byte for byte.
func same(t *testing.T, seed uint64, r Result) {
	t.Helper()
	n, _, err := drawn(seed)
	if err != nil {
		t.Fatal(err)
	}
	if hazardous(seed) {
		n.hazardous = hardships(seed, counters{}, nil)
	}
	again, err := n.Run()
	if err != nil || !bytes.Equal(again.Journal, r.Journal) {
		t.Errorf("seed %d: the second night is another one, %v", seed, err)
	}
}
