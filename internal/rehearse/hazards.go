package rehearse

import (
	"net/http"
	"time"

	"ofsplan/audit/state"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// hazards are what surrounds a runner: where its log is kept, its way to the scheduler, its inbox, and the operators. Seeded
// nights put a disk that forgets and breaks, deaths at chosen moments and operators who speak in the place of these.
type hazards struct {
	// store is what the next runner finds. It may have lost what was not synced; an empty one has nothing to lose.
	store func(empty bool) state.Store
	// kept is what is there in the end, with nothing in the way.
	kept func() state.Store
	// transport stands between the runner and the scheduler.
	transport func(next http.RoundTripper) http.RoundTripper
	// inbox is that of the next runner, and how often it is looked into; nil: it has none.
	inbox func() (drive.Inbox, time.Duration)
	// turn is told each turn while the run is live, once it is durable.
	turn func(record.Turn)
	operators
}

// operators speak: to a run that was left or whose runner died, directly; to one that is live, by its inbox.
type operators struct {
	// again reports whether somebody has a word for a run that was left, so that another runner comes.
	again func(left drive.Result, err error) bool
	// words are what is said to a run that is taken up.
	words func(*resume.Run) []runner.Event
	// told is told what became of such a word; an error ends the night.
	told func(word runner.Event, err error) error
	// accepts is asked when an audit log is refused as broken, whether somebody answers for its last line. An error ends
	// the night.
	accepts func(refused error) (bool, error)
}

// noHazards are those of a night in which everything holds and nobody speaks.
func noHazards() hazards {
	store := state.NewMemory(true)
	return hazards{
		store:     func(bool) state.Store { return store },
		kept:      func() state.Store { return store },
		transport: func(next http.RoundTripper) http.RoundTripper { return next },
		inbox:     func() (drive.Inbox, time.Duration) { return nil, 0 },
		turn:      func(record.Turn) {},
		operators: operators{
			again:   func(drive.Result, error) bool { return false },
			words:   func(*resume.Run) []runner.Event { return nil },
			told:    func(_ runner.Event, err error) error { return err },
			accepts: func(refused error) (bool, error) { return false, refused },
		},
	}
}
