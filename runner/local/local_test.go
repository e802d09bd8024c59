package local_test

import (
	"context"
	"fmt"
	"os"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

	"ofsplan/runner/local"
)

func TestMain(m *testing.M) {
	if url := os.Getenv(waitingAt); url != "" {
		if err := wait(url); err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		return
	}
	goleak.VerifyTestMain(m)
}

func TestNextComesBackInTime(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w, start := local.New(), time.Now()
		for _, wait := range []time.Duration{-time.Hour, 0, time.Millisecond, time.Hour} {
			begun := time.Now()
			if _, ok := w.Next(t.Context(), begun.Add(wait)); ok {
				t.Error("a message out of nowhere")
			}
			if got := time.Since(begun); got != max(0, wait) {
				t.Errorf("asked for %s, took %s", wait, got)
			}
		}
		if got := w.Now().Sub(start); got != time.Hour+time.Millisecond {
			t.Errorf("the clock shows %s", got)
		}
	})
}

func TestNextComesBackWhenItIsStopped(t *testing.T) {
	synctest.Test(t, func(t *testing.T) {
		w := local.New()
		ctx, cancel := context.WithTimeout(t.Context(), time.Minute)
		defer cancel()
		for _, until := range []time.Time{{}, time.Now().Add(time.Hour)} {
			if _, ok := w.Next(ctx, until); ok {
				t.Error("a message out of nowhere")
			}
		}
	})
}
