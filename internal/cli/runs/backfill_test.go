package runs

import (
	"context"
	"errors"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
	"ofsplan/plan/calendar"
)

// A signal that comes between two dates begins no other: there is no run to leave, and the same command goes on.
func TestABackfillThatWasStoppedBeginsNoDate(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("stopped by a signal"))
	var out, complaints strings.Builder
	w := &backfilling{std: terminal.New(nil, &out, &complaints), flags: &backfillFlags{}, Backfill: &operate.Backfill{
		Dates: []time.Time{calendar.Date(2026, 11, 5), calendar.Date(2026, 11, 6)},
	}}
	w.all(ctx) // would fail for want of a plan if it began one
	if len(w.done) != 1 || w.done[0].Outcome != notBegun || w.done[0].Code != exitcode.Detached || w.done[0].Error != "" {
		t.Errorf("got %+v", w.done)
	}
	if want := "stopped by a signal before 2026-11-05 was begun"; w.stopped != want {
		t.Errorf("got %q, want %q", w.stopped, want)
	}
}

// Late is a success, and no date behind it can wait for it to be mended. What nobody answered is not asked again for the next date.
func TestWhatStopsABackfill(t *testing.T) {
	for _, c := range []struct {
		code      exitcode.Code
		keepGoing bool
		want      bool
	}{
		{exitcode.Succeeded, false, false}, {exitcode.Late, false, false}, {exitcode.Failed, false, true}, {exitcode.Failed, true, false},
		{exitcode.InDoubt, true, false}, {exitcode.Canceled, true, false}, {exitcode.AuditLog, true, false}, {exitcode.AlreadyRunning, true, false},
		{exitcode.Detached, true, true}, {exitcode.Unreachable, true, true},
	} {
		w := &backfilling{flags: &backfillFlags{keepGoing: c.keepGoing}}
		if got := w.stops(&dated{Code: c.code}); got != c.want {
			t.Errorf("code %d, keep going %v: stops is %v", c.code, c.keepGoing, got)
		}
	}
}
