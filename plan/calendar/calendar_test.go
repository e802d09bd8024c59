package calendar

import (
	"strings"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// day reads a date the test is sure of.
func day(text string) time.Time {
	d, err := Parse(text)
	if err != nil {
		panic(err)
	}
	return d
}

// business asks a calendar that knows every day.
func business(c *Calendar, d time.Time) bool {
	is, err := c.IsBusinessDay(d)
	return is && err == nil
}

// emea is a calendar with two holidays, in London, whose day begins at four.
func emea(t *testing.T) *Calendar {
	zone, err := time.LoadLocation("Europe/London")
	if err != nil {
		t.Fatal(err)
	}
	return &Calendar{
		Zone: zone, Weekend: []time.Weekday{time.Saturday, time.Sunday}, DayStarts: Clock{Hour: 4},
		Holidays: map[time.Time]bool{day("2026-12-25"): true, day("2026-12-28"): true},
	}
}

func TestResolve(t *testing.T) {
	c := emea(t)
	thursday := time.Date(2026, 11, 19, 2, 0, 0, 0, time.UTC).Add(4 * time.Hour)
	for _, x := range []struct {
		name, text string
		now        time.Time
		date, busy string // as a date, and as a business date
	}{
		{"written out", "2026-11-20", thursday, "2026-11-20", "2026-11-20"},
		{"today", "T", thursday, "2026-11-19", "2026-11-19"},
		{"yesterday", "T-1", thursday, "2026-11-18", "2026-11-18"},
		{"before the day starts it is still yesterday", "T", time.Date(2026, 11, 19, 3, 59, 0, 0, time.UTC), "2026-11-18", "2026-11-18"},
		{"Saturday: T rolls back", "T", day("2026-11-21").Add(5 * time.Hour), "2026-11-21", "2026-11-20"},
		{"Saturday: the business day before it", "T-1", day("2026-11-21").Add(5 * time.Hour), "2026-11-20", "2026-11-20"},
		{"Saturday: the next business day", "T+1", day("2026-11-21").Add(5 * time.Hour), "2026-11-22", "2026-11-23"},
		{"Monday: over the weekend", "T-1", day("2026-11-23").Add(5 * time.Hour), "2026-11-22", "2026-11-20"},
		{"over holidays", "T-2", day("2026-12-30").Add(5 * time.Hour), "2026-12-28", "2026-12-24"},
		{"end of the month on a weekend", "month_end", day("2026-10-05").Add(5 * time.Hour), "2026-10-31", "2026-10-30"},
		{"the day before it", "month_end-1", day("2026-10-05").Add(5 * time.Hour), "2026-10-30", "2026-10-29"},
		{"end of the month before", "prev_month_end", day("2026-11-05").Add(5 * time.Hour), "2026-10-31", "2026-10-30"},
		{"end of the year before", "prev_month_end", day("2027-01-05").Add(5 * time.Hour), "2026-12-31", "2026-12-31"},
	} {
		t.Run(x.name, func(t *testing.T) {
			for business, want := range map[bool]string{false: x.date, true: x.busy} {
				got, err := c.Resolve(x.text, business, x.now)
				if err != nil || !got.Equal(day(want)) {
					t.Errorf("business %v: got %v, %v; want %s", business, got, err, want)
				}
			}
		})
	}
}

func TestResolveRefuses(t *testing.T) {
	c := emea(t)
	for text, want := range map[string]string{
		"2026-11-31": "there is no such day", "20261120": "write yyyy-mm-dd", "2026-1-2": "write yyyy-mm-dd", "0026-11-20": "out of range",
		"%Y-%m-%d": "% formats are not read here", "yesterday": "write yyyy-mm-dd, T, T-1", "t": "write yyyy-mm-dd, T", "T-": "write", "T -1": "write",
		"T-99999": "", "T+100000": "write", "": "write", "2026-11-21": "a Saturday", "2026-12-25": "a holiday",
	} {
		if got, err := c.Resolve(text, true, day("2026-11-20").Add(time.Hour)); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %v, %v; want an error with %q", text, got, err, want)
		}
		if err := CheckTerm(text); (err == nil) != (text == "2026-11-21" || text == "2026-12-25") {
			t.Errorf("CheckTerm(%q): %v", text, err)
		}
	}
}

// The one moment that a clock time of a run means: from six hours before its start on.
func TestMeant(t *testing.T) {
	c := emea(t)
	at := func(text string) time.Time {
		m, err := time.Parse(time.RFC3339, text)
		if err != nil {
			t.Fatal(err)
		}
		return m
	}
	for _, x := range []struct{ name, clock, start, want string }{
		{"later today", "05:30", "2026-11-20T02:00:00Z", "2026-11-20T05:30:00Z"},
		{"tomorrow", "04:00", "2026-11-20T22:00:00Z", "2026-11-21T04:00:00Z"},
		{"passed a moment ago", "04:00", "2026-11-20T04:05:00Z", "2026-11-20T04:00:00Z"},
		{"passed yesterday", "22:30", "2026-11-20T02:00:00Z", "2026-11-19T22:30:00Z"},
		{"exactly now", "02:00", "2026-11-20T02:00:00Z", "2026-11-20T02:00:00Z"},
		{"six hours ago", "20:00", "2026-11-20T02:00:00Z", "2026-11-19T20:00:00Z"},
		{"a second longer ago", "19:59:59", "2026-11-20T02:00:00Z", "2026-11-20T19:59:59Z"},
		{"in the gap: the first moment after it", "01:30", "2026-03-29T00:00:00Z", "2026-03-29T01:00:00Z"},
		{"in the gap, just before", "01:59:59", "2026-03-29T00:59:59Z", "2026-03-29T01:00:00Z"},
		{"in the gap, passed", "01:30", "2026-03-29T05:00:00Z", "2026-03-29T01:00:00Z"},
		{"after the gap, in summer time", "05:30", "2026-03-29T00:00:00Z", "2026-03-29T04:30:00Z"},
		{"twice: the first", "01:30", "2026-10-25T00:00:00Z", "2026-10-25T00:30:00Z"},
		{"twice: the first, though the second is to come", "01:30", "2026-10-25T00:45:00Z", "2026-10-25T00:30:00Z"},
	} {
		t.Run(x.name, func(t *testing.T) {
			clock, err := ParseClock(x.clock)
			if err != nil {
				t.Fatal(err)
			}
			if got := c.Meant(clock, at(x.start)); !got.Equal(at(x.want)) {
				t.Errorf("got %v, want %s", got, x.want)
			}
		})
	}
	for n, want := range []string{"2026-03-28T01:30:00Z", "2026-03-29T01:00:00Z", "2026-03-30T00:30:00Z"} {
		if got := c.OnDay(Clock{Hour: 1, Minute: 30}, at("2026-03-28T23:59:00Z"), n); !got.Equal(at(want)) {
			t.Errorf("on day %d: got %v, want %s", n, got, want)
		}
	}
}

func TestParseMoment(t *testing.T) {
	c := emea(t)
	for text, want := range map[string]string{
		"2026-03-29T01:30":          "2026-03-29T01:00:00Z", // in a gap
		"2026-03-29 02:30:30":       "2026-03-29T01:30:30Z",
		"2026-10-25T01:30":          "2026-10-25T00:30:00Z", // comes twice
		"2026-11-20T02:00:00+05:30": "2026-11-19T20:30:00Z",
	} {
		if got, err := c.ParseMoment(text); err != nil || got.Format(time.RFC3339) != want || got.Location() != time.UTC {
			t.Errorf("%s: got %v, %v, want %s", text, got, err, want)
		}
	}
	for _, text := range []string{"", "2026-11-20", "2026-11-20T24:00", "2026-02-30T02:00", "2026-11-20_02:00", "02:00", "2026-11-20T2:00"} {
		if got, err := c.ParseMoment(text); err == nil {
			t.Errorf("%s: got %v", text, got)
		}
	}
}

func TestParseClock(t *testing.T) {
	for text, want := range map[string]string{"05:30": "05:30", "00:00": "00:00", "23:59:59": "23:59:59", "05:30:00": "05:30"} {
		if c, err := ParseClock(text); err != nil || c.String() != want {
			t.Errorf("%s: got %v, %v", text, c, err)
		}
	}
	for _, text := range []string{"", "5:30", "24:00", "05:60", "05.30", "0530", "05:30 ", "330"} {
		if c, err := ParseClock(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, c)
		}
	}
}

func TestFormat(t *testing.T) {
	d := day("2026-03-07")
	for pattern, want := range map[string]string{
		"yyyyMMdd": "20260307", "dd/MM/yyyy": "07/03/2026", "d.M.yy": "7.3.26", "MMM yyyy": "Mar 2026", "EEEE, d MMMM": "Saturday, 7 March",
		"yyyy-MM-dd'T'00:00": "2026-03-07T00:00", "'it''s' yyyy": "it's 2026", "''yy": "'26", "EEE": "Sat", "yyyy年": "2026年",
	} {
		if got, err := Format(d, pattern); got != want || err != nil {
			t.Errorf("%s: got %q, %v; want %q", pattern, got, err, want)
		}
	}
	for pattern, want := range map[string]string{
		"yyyymmdd": "months are MM", "YYYY-MM-dd": "years are yyyy", "yyyy-MM-DD": "days are dd", "": "no date field", "---": "no date field",
		"'yyyy'": "no date field", "yyyy'": "not closed", "yyyyy": "no date field", "HH": "a date has none", "date yyyy": `"a" is no date field`,
	} {
		if got, err := Format(d, pattern); err == nil || !strings.Contains(err.Error(), want) {
			t.Errorf("%q: got %q, %v; want an error with %q", pattern, got, err, want)
		}
	}
}

// calendars draws calendars with at least one business day in the week.
func calendars(t *rapid.T) *Calendar {
	c := &Calendar{Holidays: make(map[time.Time]bool)}
	free := rapid.IntRange(0, 6).Draw(t, "weekend days")
	first := rapid.IntRange(0, 6).Draw(t, "first day of the weekend")
	for i := range free {
		c.Weekend = append(c.Weekend, time.Weekday((first+i)%7))
	}
	for _, n := range rapid.SliceOfN(rapid.IntRange(0, 400), 0, 12).Draw(t, "holidays") {
		c.Holidays[Date(2026, 1, 1+n)] = true
	}
	return c
}

func TestBusinessDaysAgreeWithCounting(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calendars(t)
		d := Date(2026, 1, 1+rapid.IntRange(0, 400).Draw(t, "day"))
		n := rapid.IntRange(-40, 40).Draw(t, "n")
		got, err := c.AddBusinessDays(d, n)
		if err != nil {
			t.Fatal(err)
		}
		step, left := 1, n
		if n < 0 {
			step, left = -1, -n
		}
		want := d
		for left > 0 {
			if want = want.AddDate(0, 0, step); business(c, want) {
				left--
			}
		}
		if !got.Equal(want) || n != 0 && !business(c, got) {
			t.Fatalf("%v + %d = %v, want %v", d, n, got, want)
		}
	})
}

func TestPeriodsHoldTheirDays(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := calendars(t)
		d := Date(2000, 1, 1+rapid.IntRange(0, 40_000).Draw(t, "day"))
		for name, p := range map[string][2]time.Time{
			"month": {MonthStart(d), MonthEnd(d)}, "quarter": {QuarterStart(d), QuarterEnd(d)}, "year": {YearStart(d), YearEnd(d)},
		} {
			if d.Before(p[0]) || d.After(p[1]) || p[0].Day() != 1 || p[1].AddDate(0, 0, 1).Day() != 1 {
				t.Fatalf("%v is not in its %s %v to %v", d, name, p[0], p[1])
			}
		}
		last, err := c.LastBusinessDay(d)
		if err != nil || !business(c, last) {
			t.Fatalf("last business day of %v: %v, %v", d, last, err)
		}
		is, err := c.IsMonthEnd(d)
		if err != nil || is != d.Equal(last) {
			t.Fatalf("%v: is_month_end %v, but the last business day is %v", d, is, last)
		}
		n := rapid.IntRange(-500, 500).Draw(t, "months")
		moved, err := AddMonths(d, n)
		if months := (moved.Year()-d.Year())*12 + int(moved.Month()-d.Month()); err != nil || months != n || moved.Day() > d.Day() {
			t.Fatalf("%v + %d months = %v, %v", d, n, moved, err)
		}
	})
}

func TestMeantIsAlwaysWithinADay(t *testing.T) {
	var zones []*time.Location
	for _, name := range []string{"UTC", "Europe/London", "America/New_York", "Australia/Lord_Howe", "Asia/Kathmandu", "America/Sao_Paulo", "Pacific/Apia"} {
		zone, err := time.LoadLocation(name)
		if err != nil {
			t.Fatal(err)
		}
		zones = append(zones, zone)
	}
	rapid.Check(t, func(t *rapid.T) {
		c := &Calendar{Zone: rapid.SampledFrom(zones).Draw(t, "zone")}
		clock := Clock{rapid.IntRange(0, 23).Draw(t, "hour"), rapid.IntRange(0, 59).Draw(t, "minute"), 0}
		start := time.Unix(rapid.Int64Range(1262304000, 1893456000).Draw(t, "start"), 0).UTC()
		got := c.Meant(clock, start)
		// A day of 25 hours, or one that is not there, may lie between.
		if since := got.Sub(start); since < -6*time.Hour || since > 43*time.Hour {
			t.Fatalf("%v of a run that began %v is %v", clock, start, got)
		}
		if local := clockOf(got.In(c.Zone)); local != clock {
			begin, _ := got.In(c.Zone).ZoneBounds()
			if !begin.Equal(got) {
				t.Fatalf("%v of a run that began %v is %v, which shows %v and is not the end of a gap", clock, start, got, local)
			}
		}
	})
}

func TestDatesOutOfRangeAreErrors(t *testing.T) {
	c := Default()
	for name, f := range map[string]func() (time.Time, error){
		"too many days":          func() (time.Time, error) { return AddDays(day("2026-01-01"), 1_000_000_000) },
		"too many business days": func() (time.Time, error) { return c.AddBusinessDays(day("2026-01-01"), -1_000_000_000) },
		"too many months":        func() (time.Time, error) { return AddMonths(day("2026-01-01"), 1_000_000_000) },
		"before 1900":            func() (time.Time, error) { return AddDays(day("1900-01-01"), -1) },
		"no business day": func() (time.Time, error) {
			return (&Calendar{Weekend: []time.Weekday{0, 1, 2, 3, 4, 5, 6}}).AddBusinessDays(day("2026-01-01"), 1)
		},
	} {
		if d, err := f(); err == nil {
			t.Errorf("%s: got %v, want an error", name, d)
		}
	}
}

// So far a date may be moved, and not a day or a month further.
func TestDatesAreMovedAsFarAsTheirLimit(t *testing.T) {
	c := &Calendar{Zone: time.UTC} // every day is a business day
	for name, f := range map[string]func(n int) (time.Time, error){
		"days":          func(n int) (time.Time, error) { return AddDays(day("2250-06-15"), n*mostDays+n) },
		"business days": func(n int) (time.Time, error) { return c.AddBusinessDays(day("2250-06-15"), n*mostDays+n) },
		"months":        func(n int) (time.Time, error) { return AddMonths(day("5000-06-15"), n*(mostDays/28)+n) },
	} {
		for _, sign := range []int{1, -1} {
			if _, err := f(sign); err == nil || !strings.Contains(err.Error(), "too many") {
				t.Errorf("one more than the most %s: got %v", name, err)
			}
		}
	}
	for _, n := range []int{mostDays, -mostDays} {
		if d, err := AddDays(day("2250-06-15"), n); err != nil || int(d.Sub(day("2250-06-15")).Hours()) != 24*n {
			t.Errorf("%d days: %v, %v", n, d, err)
		}
		if d, err := c.AddBusinessDays(day("2250-06-15"), n); err != nil || int(d.Sub(day("2250-06-15")).Hours()) != 24*n {
			t.Errorf("%d business days: %v, %v", n, d, err)
		}
	}
	for _, n := range []int{mostDays / 28, -mostDays / 28} {
		if d, err := AddMonths(day("5000-06-15"), n); err != nil || d.Day() != 15 {
			t.Errorf("%d months: %v, %v", n, d, err)
		}
	}
}

// FuzzDates reads dates, clocks and patterns: nothing panics, and what was read is written back the same.
func FuzzDates(f *testing.F) {
	for _, seed := range []string{"2026-11-20", "T-1", "month_end-1", "05:30", "yyyyMMdd", "'x'yy", "prev_month_end+3", "%Y"} {
		f.Add(seed)
	}
	now := day("2026-11-20")
	f.Fuzz(func(t *testing.T, text string) {
		if d, err := Parse(text); err == nil && d.Format(time.DateOnly) != text {
			t.Errorf("Parse(%q) = %v", text, d)
		}
		for _, business := range []bool{false, true} {
			if d, err := Default().Resolve(text, business, now); err == nil && !d.Equal(d.Truncate(24*time.Hour)) {
				t.Errorf("Resolve(%q) = %v", text, d)
			}
		}
		if c, err := ParseClock(text); err == nil {
			if again, err := ParseClock(c.String()); err != nil || again != c {
				t.Errorf("ParseClock(%q) = %v, written %v", text, c, again)
			}
		}
		if out, err := Format(now, text); (err == nil) != (CheckPattern(text) == nil) {
			t.Errorf("Format(%q) = %q, %v, but CheckPattern differs", text, out, err)
		}
	})
}
