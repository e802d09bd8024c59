package calendar

import (
	"slices"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// closedBy is the naive reading: what stands on the clocks at that moment, in minutes, and on which day of the week.
func closedBy(windows []Window, zone *time.Location, t time.Time) bool {
	local := t.In(zone)
	minute := local.Hour()*60 + local.Minute()
	for _, w := range windows {
		from, to := w.From.Hour*60+w.From.Minute, w.To.Hour*60+w.To.Minute
		on := func(day time.Weekday) bool { return w.Days == nil || slices.Contains(w.Days, day) }
		today, yesterday := local.Weekday(), (local.Weekday()+6)%7
		if from < to && on(today) && from <= minute && minute < to ||
			from >= to && (on(today) && minute >= from || on(yesterday) && minute < to) {
			return true
		}
	}
	return false
}

// Whatever the windows are, also when clocks are changed: until when it stays so is the first minute at which it does not.
func TestHoursAgreeWithTheClocks(t *testing.T) {
	zones := []string{"UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "Africa/Casablanca"}
	changes := []time.Time{ // of some of them
		time.Date(2026, 3, 29, 1, 0, 0, 0, time.UTC), time.Date(2026, 10, 25, 1, 0, 0, 0, time.UTC), time.Date(2026, 3, 8, 7, 0, 0, 0, time.UTC),
		time.Date(2026, 11, 1, 6, 0, 0, 0, time.UTC), time.Date(2026, 4, 4, 15, 0, 0, 0, time.UTC), time.Date(2026, 10, 3, 15, 30, 0, 0, time.UTC),
		time.Date(2018, 11, 4, 3, 0, 0, 0, time.UTC), time.Date(2026, 2, 15, 2, 0, 0, 0, time.UTC), time.Date(2026, 7, 1, 0, 0, 0, 0, time.UTC),
	}
	rapid.Check(t, func(t *rapid.T) {
		zone, err := time.LoadLocation(rapid.SampledFrom(zones).Draw(t, "zone"))
		if err != nil {
			t.Fatal(err)
		}
		c := &Calendar{Zone: zone}
		for range rapid.IntRange(1, 3).Draw(t, "windows") {
			w := Window{
				From: Clock{Hour: rapid.IntRange(0, 23).Draw(t, "hour"), Minute: 15 * rapid.IntRange(0, 3).Draw(t, "quarter")},
				To:   Clock{Hour: rapid.IntRange(0, 23).Draw(t, "to hour"), Minute: 15 * rapid.IntRange(0, 3).Draw(t, "to quarter")},
			}
			if rapid.Bool().Draw(t, "to the end of the day") {
				w.To = EndOfDay
			}
			if w.From == w.To {
				continue
			}
			for day := time.Sunday; day <= time.Saturday; day++ {
				if rapid.Bool().Draw(t, "on the day") {
					w.Days = append(w.Days, day)
				}
			}
			c.Closed = append(c.Closed, w)
		}
		if c.CheckClosed() != nil {
			return
		}
		start := rapid.SampledFrom(changes).Draw(t, "change").Add(time.Duration(rapid.IntRange(-1500, 300).Draw(t, "minutes")) * time.Minute)
		closed, until := c.Hours(start)
		if closed != closedBy(c.Closed, zone, start) {
			t.Fatalf("%v at %v: closed %v", c.Closed, start.In(zone), closed)
		}
		at, end := start, start.Add(4*24*time.Hour)
		for at.Before(end) && closedBy(c.Closed, zone, at) == closed {
			at = at.Add(time.Minute)
		}
		if at.Before(end) && !until.Equal(at) || !until.IsZero() && until.Before(at) {
			t.Fatalf("%v at %v: %v until %v, the clocks say %v", c.Closed, start.In(zone), closed, until.In(zone), at.In(zone))
		}
		if !until.IsZero() {
			if before, _ := c.Hours(until.Add(-time.Nanosecond)); before != closed {
				t.Fatalf("%v: just before %v it is %v", c.Closed, until, before)
			}
			if then, _ := c.Hours(until); then == closed {
				t.Fatalf("%v: at %v it is still %v", c.Closed, until, then)
			}
		}
	})
}

func TestHours(t *testing.T) {
	london, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	friday := []time.Weekday{time.Friday}
	late := Window{From: Clock{22, 0, 0}, To: Clock{23, 30, 0}, Days: friday}
	night := Window{From: Clock{22, 0, 0}, To: Clock{2, 0, 0}, Days: friday}
	for name, x := range map[string]struct {
		windows   []Window
		at, until string
		closed    bool
	}{
		"before it":                          {[]Window{late}, "2026-11-27T21:59:59Z", "2026-11-27T22:00:00Z", false},
		"at its beginning":                   {[]Window{late}, "2026-11-27T22:00:00Z", "2026-11-27T23:30:00Z", true},
		"in its last second":                 {[]Window{late}, "2026-11-27T23:29:59Z", "2026-11-27T23:30:00Z", true},
		"at its end":                         {[]Window{late}, "2026-11-27T23:30:00Z", "2026-12-04T22:00:00Z", false},
		"on another day":                     {[]Window{late}, "2026-11-26T22:30:00Z", "2026-11-27T22:00:00Z", false},
		"over midnight, the day of from":     {[]Window{night}, "2026-11-28T01:00:00Z", "2026-11-28T02:00:00Z", true},
		"over midnight, the day before":      {[]Window{night}, "2026-11-27T01:00:00Z", "2026-11-27T22:00:00Z", false},
		"two that follow on each other":      {[]Window{late, {From: Clock{23, 30, 0}, To: EndOfDay}}, "2026-11-27T22:10:00Z", "2026-11-28T00:00:00Z", true},
		"in summer it is another moment":     {[]Window{late}, "2026-07-03T21:30:00Z", "2026-07-03T22:30:00Z", true},
		"a skipped hour never comes":         {[]Window{{From: Clock{1, 0, 0}, To: Clock{2, 0, 0}}}, "2026-03-29T00:30:00Z", "2026-03-30T00:00:00Z", false},
		"a window that begins in the gap":    {[]Window{{From: Clock{1, 30, 0}, To: Clock{3, 0, 0}}}, "2026-03-29T00:30:00Z", "2026-03-29T01:00:00Z", false},
		"an hour that comes twice":           {[]Window{{From: Clock{1, 0, 0}, To: Clock{2, 0, 0}}}, "2026-10-25T00:10:00Z", "2026-10-25T02:00:00Z", true},
		"half of it is closed twice":         {[]Window{{From: Clock{1, 30, 0}, To: Clock{2, 0, 0}}}, "2026-10-25T01:10:00Z", "2026-10-25T01:30:00Z", false},
		"and open between":                   {[]Window{{From: Clock{1, 30, 0}, To: Clock{2, 0, 0}}}, "2026-10-25T00:40:00Z", "2026-10-25T01:00:00Z", true},
		"a whole day":                        {[]Window{{To: EndOfDay, Days: friday}}, "2026-11-27T10:00:00Z", "2026-11-28T00:00:00Z", true},
		"over midnight by a clock change":    {[]Window{{From: Clock{23, 0, 0}, To: Clock{1, 30, 0}}}, "2026-10-24T23:00:00Z", "2026-10-25T00:30:00Z", true},
		"none":                               {nil, "2026-11-27T22:00:00Z", "0001-01-01T00:00:00Z", false},
		"parts of a second belong to it":     {[]Window{late}, "2026-11-27T23:29:59.999999Z", "2026-11-27T23:30:00Z", true},
		"parts of a second belong before it": {[]Window{late}, "2026-11-27T21:59:59.999999Z", "2026-11-27T22:00:00Z", false},
	} {
		at, err := time.Parse(time.RFC3339Nano, x.at)
		if err != nil {
			t.Fatal(err)
		}
		c := &Calendar{Parts: []*Calendar{{Zone: london, Closed: x.windows}, {Zone: london}}, Zone: london}
		closed, until := c.Hours(at)
		if closed != x.closed || until.Format(time.RFC3339) != x.until {
			t.Errorf("%s: closed %v until %s, want %v until %s", name, closed, until.Format(time.RFC3339), x.closed, x.until)
		}
	}
	if err := (&Calendar{Closed: []Window{night, {To: Clock{22, 0, 0}}, {From: Clock{21, 0, 0}, To: EndOfDay}}}).CheckClosed(); err == nil {
		t.Error("windows that take the whole week are taken")
	}
	if err := (&Calendar{Closed: []Window{night, {To: Clock{22, 0, 0}}, {From: Clock{22, 0, 1}, To: EndOfDay}}}).CheckClosed(); err != nil {
		t.Errorf("one open second is enough: %v", err)
	}
	if got := night.String(); got != "22:00 to 02:00 on friday" {
		t.Error(got)
	}
}
