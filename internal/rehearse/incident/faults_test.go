package incident

import (
	"testing"
	"time"

	"ofsplan/runner"
	"ofsplan/runner/record"
)

// Contact that is lost with an answer is no outage, although a real clock goes on between the note and the turn.
func TestALostAnswerIsNoOutage(t *testing.T) {
	doubt := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	key := runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}
	f := &finder{Past: &Past{}}
	f.turns = []record.Turn{{At: doubt, Event: runner.RequestInDoubt{Key: key}}}
	for lost, want := range map[time.Duration]bool{
		0: true, -time.Millisecond: true, 3 * time.Microsecond: true, -2 * time.Second: false, time.Second: false,
	} {
		if got := f.doubtAt(doubt.Add(lost)); got != want {
			t.Errorf("lost %s after the doubt: explained by it: %t", lost, got)
		}
	}
}
