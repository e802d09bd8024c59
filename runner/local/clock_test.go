package local

import (
	"testing"
	"testing/synctest"
	"time"
)

// A clock that is set back must not stall what waits by it: the loop hears of it within a nap and reckons anew.
func TestNextComesBackWhenTheClockIsSetBack(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		w := New()
		w.clock = func() time.Time {
			now := time.Now()
			if now.Sub(begun) > 25*time.Second {
				now = now.Add(-time.Hour)
			}
			return now
		}
		if _, ok := w.Next(t.Context(), begun.Add(time.Minute)); ok {
			t.Error("a message out of nowhere")
		}
		if got := time.Since(begun); got < 25*time.Second || got > 25*time.Second+nap {
			t.Errorf("it took %s to see that the clock was set back after 25s", got)
		}
	})
}

// A machine that slept past the time asked for wakes up late by a nap at most.
func TestNextComesBackAfterASleep(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		begun := time.Now()
		w := New()
		w.clock = func() time.Time {
			now := time.Now().Round(0)
			if now.Sub(begun) > 25*time.Second {
				now = now.Add(7 * time.Hour)
			}
			return now
		}
		w.Next(t.Context(), begun.Round(0).Add(time.Hour))
		if got := time.Since(begun); got > 25*time.Second+nap {
			t.Errorf("it took %s to see that the machine had slept", got)
		}
	})
}
