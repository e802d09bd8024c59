package readable_test

import (
	"strings"
	"testing"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/internal/source"
)

// Frozen journals hold these texts: none of them may ever change.
func TestDuration(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                             "0s",
		90 * time.Second:              "1m30s",
		10 * time.Minute:              "10m",
		45 * time.Minute:              "45m",
		time.Hour:                     "1h",
		10 * time.Hour:                "10h",
		150 * time.Minute:             "2h30m",
		time.Hour + 5*time.Second:     "1h0m5s",
		24 * time.Hour:                "24h",
		26 * time.Hour:                "26h",
		2500 * time.Millisecond:       "2.5s",
		250 * time.Millisecond:        "250ms",
		-time.Hour:                    "-1h",
		time.Minute + time.Nanosecond: "1m0.000000001s",
	} {
		if got := readable.Duration(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

// What people are told can be typed into a plan.
func TestAPlanReadsWhatPeopleRead(t *testing.T) {
	for d := time.Duration(0); d < 50*time.Hour; d += 61*time.Second + 13*time.Minute {
		if got, err := source.Duration(readable.Duration(d)); err != nil || got != d {
			t.Errorf("%s is read as %v, %v", readable.Duration(d), got, err)
		}
	}
}

func TestElapsed(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0:                                       "0s",
		850*time.Millisecond + 400:              "850ms",
		999*time.Millisecond + 900_000:          "1s",
		4217 * time.Millisecond:                 "4.2s",
		4 * time.Second:                         "4s",
		9960 * time.Millisecond:                 "10s",
		59*time.Second + 600*time.Millisecond:   "1m",
		40*time.Minute + 12400*time.Millisecond: "40m12s",
		24 * time.Hour:                          "24h",
		-1200 * time.Millisecond:                "-1.2s",
		-2*time.Hour - 300*time.Millisecond:     "-2h",
	} {
		if got := readable.Elapsed(d); got != want {
			t.Errorf("%v: got %q, want %q", d, got, want)
		}
	}
}

func TestTimes(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 4, 5, 678_000_000, time.FixedZone("", 3600))
	if got := readable.Clock(at); got != "02:04:05" {
		t.Errorf("got %q", got)
	}
	if got := readable.Zoned(at.In(time.FixedZone("CET", 3600))); got != "2026-11-23 03:04:05 CET" {
		t.Errorf("got %q", got)
	}
	if got := readable.Micros(at); got != "2026-11-23 02:04:05.678000" {
		t.Errorf("got %q", got)
	}
	if got := readable.Stamp(at); got != "2026-11-23T02:04:05Z" {
		t.Errorf("got %q", got)
	}
}

func TestWordsCountsAndLists(t *testing.T) {
	type outcome string
	for _, c := range []struct{ got, want string }{
		{readable.Words(outcome("in_doubt")), "in doubt"},
		{readable.Count(0, "case"), "0 cases"},
		{readable.Count(1, "case"), "1 case"},
		{readable.Count(2, "failed call"), "2 failed calls"},
		{readable.List(nil, 2), ""},
		{readable.List([]string{"a", "b"}, 2), "a, b"},
		{readable.List([]string{"a", "b", "c", "d"}, 2), "a, b and 2 more"},
		{readable.Shorten("short", 5), "short"},
		{readable.Shorten("load_customers_emea", 9), "load…emea"},
		{readable.Shorten("größer als ü", 6), "grö… ü"},
	} {
		if c.got != c.want {
			t.Errorf("got %q, want %q", c.got, c.want)
		}
	}
}

func TestEverySimulatedLineSaysSo(t *testing.T) {
	for text, want := range map[string]string{
		"":               "",
		"one\n":          "simulated: one\n",
		"one\n\ntwo\n":   "simulated: one\nsimulated:\nsimulated: two\n",
		"\n":             "simulated:\n",
		"no end of line": "simulated: no end of line",
	} {
		if got := readable.Simulated(text); got != want {
			t.Errorf("%q: got %q, want %q", text, got, want)
		}
	}
}

func TestTables(t *testing.T) {
	rows := readable.Table{
		{"step", "state", "took"},
		{"load_customers_emea", "succeeded", "40m12s"},
		{"ü", "", "4.2s"},
		{"last", "skipped", ""},
		{"alone"},
	}
	mark := func(row, col int, text string) string {
		if row == 3 && col == 1 {
			return "<" + text + ">"
		}
		return text
	}
	for _, c := range []struct {
		name   string
		layout readable.Layout
		want   string
	}{
		{"columns stand under each other", readable.Layout{}, `
step                 state      took
load_customers_emea  succeeded  40m12s
ü                               4.2s
last                 skipped
alone
`},
		{"indented, painted, a long cell sticks out", readable.Layout{Indent: "  ", Cell: 9, Paint: mark}, `
  step       state      took
  load_customers_emea  succeeded  40m12s
  ü                     4.2s
  last       <skipped>
  alone
`},
		{"the first column gives way", readable.Layout{Gap: 1, Width: 26}, `
step      state     took
load…emea succeeded 40m12s
ü                   4.2s
last      skipped
alone
`},
		{"what does not fit stands below", readable.Layout{Indent: "  ", Screen: 34}, `
  step                 state
        took
  load_customers_emea  succeeded
        40m12s
  ü
        4.2s
  last                 skipped
  alone
`},
		{"but not more than to 8 characters", readable.Layout{Gap: 1, Width: 10}, `
step     state     took
load…mea succeeded 40m12s
ü                  4.2s
last     skipped
alone
`},
	} {
		t.Run(c.name, func(t *testing.T) {
			var b strings.Builder
			b.WriteByte('\n')
			rows.Write(&b, c.layout)
			if b.String() != c.want {
				t.Errorf("got%s", b.String())
			}
		})
	}
	var b strings.Builder
	readable.Table(nil).Write(&b, readable.Layout{Width: 10})
	if b.String() != "" {
		t.Errorf("no rows are written as %q", b.String())
	}
}

func TestUpcoming(t *testing.T) {
	from := time.Date(2026, 11, 23, 13, 5, 0, 0, time.UTC) // a Monday
	for after, want := range map[time.Duration]string{
		14*time.Hour + 55*time.Minute: "04:00 Tue, in 14h55m",
		-5 * time.Minute:              "13:00 Mon, passed 5 minutes ago",
		-time.Minute:                  "13:04 Mon, passed 1 minute ago",
		-30 * time.Second:             "13:04:30 Mon, passed 30 seconds ago",
		-125 * time.Minute:            "11:00 Mon, passed 2h5m ago",
		0:                             "13:05 Mon, now",
		10 * 24 * time.Hour:           "13:05 Thu 2026-12-03, in 240h",
	} {
		if got := readable.Upcoming(from.Add(after), from); got != want {
			t.Errorf("%v: got %q, want %q", after, got, want)
		}
	}
}
