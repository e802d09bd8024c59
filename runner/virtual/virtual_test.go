package virtual_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ofsplan/ofs/sim"
	"ofsplan/runner/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

var start = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

func TestTheClockJumps(t *testing.T) {
	w := virtual.New(start)
	if _, ok := w.Next(t.Context(), start.Add(8*time.Hour)); ok {
		t.Error("a message out of nowhere")
	}
	if got := w.Now().Sub(start); got != 8*time.Hour {
		t.Errorf("the clock shows %s", got)
	}
	if _, ok := w.Next(t.Context(), start); ok || w.Now().Sub(start) != 8*time.Hour {
		t.Errorf("it went back to %s", w.Now())
	}
}

func TestTimersFireInOrderAndInTime(t *testing.T) {
	w := virtual.New(start)
	var fired []string
	at := func(d time.Duration, name string) func() {
		return w.Timer(d, func() { fired = append(fired, name+" "+w.Now().Sub(start).String()) })
	}
	at(2*time.Minute, "second")
	at(time.Minute, "first")
	stop := at(90*time.Second, "stopped")
	at(2*time.Minute, "third")
	stop()
	stop()
	w.Next(t.Context(), start.Add(time.Hour))
	want := []string{"first 1m0s", "second 2m0s", "third 2m0s"}
	if len(fired) != 3 || fired[0] != want[0] || fired[1] != want[1] || fired[2] != want[2] {
		t.Errorf("got %v, want %v", fired, want)
	}
}

func TestWithNothingToComeNobodyWaitsForEver(t *testing.T) {
	w := virtual.New(start)
	if _, ok := w.Next(t.Context(), time.Time{}); ok || !w.Now().Equal(start) {
		t.Error("something came of nothing")
	}
}

func TestOnlyACallCanWait(t *testing.T) {
	if err := virtual.New(start).Wait(t.Context(), sim.Forever); err == nil {
		t.Error("a wait outside of a call ended well")
	}
}

func TestAStoppedWorldSaysNothing(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("SIGTERM"))
	w := virtual.New(start)
	if _, ok := w.Next(ctx, start.Add(time.Hour)); ok || !w.Now().Equal(start) {
		t.Error("time passed after the stop")
	}
}
