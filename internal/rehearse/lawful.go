package rehearse

import (
	"slices"

	"ofsplan/internal/rehearse/laws"
	"ofsplan/ofs/callcode"
	"ofsplan/ofs/sim"
)

// Laws holds what became of the night against the laws that one night can show, see [laws.Check].
func (n Night) Laws(r Result) error {
	return laws.Check(r.Journal, laws.Seen{
		Run: r.RunID, Carried: r.Carried, Told: r.Turns, Left: r.Err, Faults: n.canDoubt(), Stops: len(r.Killed) > 0 || n.hazardous != nil,
	})
}

// doubtful are the faults that can leave a request in doubt.
var doubtful = map[sim.Deed]bool{
	sim.DropAnswer: true, sim.DropRequest: true, sim.Reset: true, sim.Hang: true, sim.Truncate: true, sim.Huge: true,
	sim.HTML: true, sim.HTTPStatus: true, sim.Slow: true, sim.LetterO: true, sim.KillRunner: true, sim.Down: true,
}

// canDoubt reports whether anything in the night can leave a request in doubt.
func (n Night) canDoubt() bool {
	return oddlyRefused(n.Scenario) ||
		slices.ContainsFunc(n.Faults, func(f Fault) bool { return f.Do == sim.KillRunner }) ||
		slices.ContainsFunc(n.Scenario.Faults, func(f sim.Fault) bool { return doubtful[f.Do] })
}

// oddlyRefused reports whether a start is refused with a code that says nothing of it, since it answers an interrupt.
func oddlyRefused(sc sim.Scenario) bool {
	odd := func(refuse int, starts []sim.Start) bool {
		return callcode.TooLate(refuse) || slices.ContainsFunc(starts, func(s sim.Start) bool { return callcode.TooLate(s.Refuse) })
	}
	for _, b := range sc.Batches {
		if odd(b.Refuse, b.Starts) {
			return true
		}
	}
	for _, g := range sc.Groups {
		if odd(g.Refuse, g.Starts) {
			return true
		}
	}
	for _, e := range sc.Elsewhere {
		if e.Own != nil && odd(e.Own.Refuse, e.Own.Starts) {
			return true
		}
	}
	return false
}
