package plan

import (
	"testing"
	"time"

	"ofsplan/internal/source"
)

// Whatever a calendar file holds, it is read or its problems have places; one that is read answers for any moment, and opens again.
func FuzzCalendar(f *testing.F) {
	for _, seed := range []string{
		"timezone: Europe/London\nweekend: [friday]\nholidays: [2026-12-25] # x\nvalid_until: 2027-12-31\nday_starts: \"04:00\"\n",
		"closed: [{from: \"22:00\", to: \"02:00\", days: [friday]}, {from: \"23:59:59\", to: \"24:00\"}]\ntimezone: Australia/Lord_Howe\n", "{}", "all: [a]", "- x",
	} {
		f.Add([]byte(seed), int64(1795372879))
	}
	f.Fuzz(func(t *testing.T, data []byte, at int64) {
		c, err := ParseCalendar("c.yaml", data)
		if err != nil {
			for _, e := range err.(source.Errors) {
				if e.Line < 1 {
					t.Errorf("a problem without a place: %v", e)
				}
			}
			return
		}
		now := time.Unix(at%4_000_000_000, 0)
		if closed, until := c.Hours(now); closed {
			if until.IsZero() || !until.After(now) {
				t.Fatalf("closed at %v until %v", now, until)
			}
			if still, _ := c.Hours(until); still {
				t.Fatalf("at %v it is closed, though it was to open then", until)
			}
		}
		_, _ = c.Resolve("T-1", true, now)
	})
}
