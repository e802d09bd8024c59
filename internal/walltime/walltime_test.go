package walltime_test

import (
	"testing"
	"time"

	"ofsplan/internal/walltime"
)

func TestAt(t *testing.T) {
	for _, c := range []struct{ zone, wall, want string }{
		{"UTC", "2026-11-23 02:00:00", "2026-11-23T02:00:00Z"},
		{"America/Chicago", "2024-03-10 01:59:59", "2024-03-10T01:59:59-06:00"},
		{"America/Chicago", "2024-03-10 02:00:00", "2024-03-10T03:00:00-05:00"}, // skipped
		{"America/Chicago", "2024-03-10 02:20:00", "2024-03-10T03:00:00-05:00"},
		{"America/Chicago", "2024-03-10 03:00:00", "2024-03-10T03:00:00-05:00"},
		{"America/Chicago", "2024-11-03 00:59:00", "2024-11-03T00:59:00-05:00"},
		{"America/Chicago", "2024-11-03 01:00:00", "2024-11-03T01:00:00-05:00"}, // comes twice
		{"America/Chicago", "2024-11-03 01:30:00", "2024-11-03T01:30:00-05:00"},
		{"America/Chicago", "2024-11-03 02:00:00", "2024-11-03T02:00:00-06:00"},
		{"Europe/Paris", "2026-03-29 02:30:00", "2026-03-29T03:00:00+02:00"},
		{"Europe/Paris", "2026-10-25 02:30:00", "2026-10-25T02:30:00+02:00"},
		{"Asia/Kolkata", "2026-10-25 02:30:00", "2026-10-25T02:30:00+05:30"},
		{"Australia/Lord_Howe", "2026-10-04 02:15:00", "2026-10-04T02:30:00+11:00"}, // half an hour is skipped
		{"Australia/Lord_Howe", "2026-04-05 01:45:00", "2026-04-05T01:45:00+11:00"}, // and comes twice
		{"Pacific/Apia", "2011-12-30 12:00:00", "2011-12-31T00:00:00+14:00"},        // a whole day is skipped
		{"America/Sao_Paulo", "2018-11-04 00:10:00", "2018-11-04T01:00:00-02:00"},   // midnight is
	} {
		zone, err := time.LoadLocation(c.zone)
		if err != nil {
			t.Fatal(err)
		}
		w, err := time.Parse(time.DateTime, c.wall)
		if err != nil {
			t.Fatal(err)
		}
		got := walltime.At(w.Year(), w.Month(), w.Day(), w.Hour(), w.Minute(), w.Second(), zone)
		if got.Format(time.RFC3339) != c.want {
			t.Errorf("%s, %s: got %s, want %s", c.wall, c.zone, got.Format(time.RFC3339), c.want)
		}
	}
}
