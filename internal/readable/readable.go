// Package readable writes values the way people read them: durations, times, counts, lists, tables, words.
//
// There is one spelling of each, whoever prints it. A duration is 2h30m, not 2h30m0s; a day is 24h, as in the reasons
// that the audit log keeps. What a program reads back is not written here: a plan's own durations are those of package
// source, and JSON has numbers.
//
// Texts of recorded decisions are written with [Duration], [Words], [List], [Bytes] and [Stamp]. A run that is resumed decides
// again what it has recorded, and the texts must be the same: what these write never changes.
package readable

import (
	"fmt"
	"strings"
	"time"
)

// Duration is a duration to its last nanosecond: 45m, 2h30m, 1m30s, 24h, 2.5s, 0s. A plan that is given it reads the
// same, but for fractions of a second.
func Duration(d time.Duration) string {
	text := d.String()
	for _, zero := range []string{"m0s", "h0m"} {
		if strings.HasSuffix(text, zero) {
			text = text[:len(text)-2]
		}
	}
	return text
}

// Elapsed is how long something took, as exactly as people say it: 850ms, 4.2s, 40m12s, 2h31m12s.
func Elapsed(d time.Duration) string {
	switch long := d.Abs(); {
	case long < time.Second:
		return Duration(d.Round(time.Millisecond))
	case long < 10*time.Second:
		return Duration(d.Round(100 * time.Millisecond))
	}
	return Duration(d.Round(time.Second))
}

// Clock is a time of day, UTC.
func Clock(t time.Time) string { return t.UTC().Format("15:04:05") }

// WeekdayClock is a time of day with its weekday, in the zone it is in: 04:00 Tue, 04:00:30 Tue.
func WeekdayClock(t time.Time) string {
	if t.Second() != 0 {
		return t.Format("15:04:05 Mon")
	}
	return t.Format("15:04 Mon")
}

// Upcoming is a moment as it lies from another one, in the zone it is in: "04:00 Tue, in 14h55m", "04:00 Mon, passed 5 minutes ago",
// "04:00 Mon, now". One that is a week away or more has its date.
func Upcoming(t, from time.Time) string {
	const week = 7 * 24 * time.Hour
	away := t.Sub(from)
	text := WeekdayClock(t)
	if away.Abs() >= week {
		text += t.Format(" 2006-01-02")
	}
	switch {
	case away > 0:
		return text + ", in " + Elapsed(away)
	case away < 0:
		return text + ", passed " + ago(-away) + " ago"
	}
	return text + ", now"
}

// ago is how long ago something was: 30 seconds, 5 minutes, 2h5m.
func ago(d time.Duration) string {
	switch d = d.Round(time.Second); {
	case d < time.Minute:
		return Count(int(d/time.Second), "second")
	case d < time.Hour:
		return Count(int(d/time.Minute), "minute")
	}
	return Duration(d.Round(time.Minute))
}

// Stamp is a date and time, UTC.
func Stamp(t time.Time) string { return t.UTC().Format("2006-01-02T15:04:05Z") }

// Micros is a date and time to the microsecond, as exactly as records have it, UTC.
func Micros(t time.Time) string { return t.UTC().Format("2006-01-02 15:04:05.000000") }

// Zoned is a date and time in the zone it is in, with the zone's name.
func Zoned(t time.Time) string { return t.Format("2006-01-02 15:04:05 MST") }

// Words is a word of the records or of JSON as people read it: in_doubt is "in doubt".
func Words[S ~string](s S) string {
	return strings.Map(func(r rune) rune {
		switch {
		case r == '_':
			return ' '
		case r < ' ' || r > '~': // a log that others wrote may hold anything there
			return '?'
		}
		return r
	}, string(s))
}

// Count is a number of things: "1 step", "7 steps". The thing is one whose plural ends in s.
func Count(n int, thing string) string {
	if n == 1 {
		return "1 " + thing
	}
	return fmt.Sprintf("%d %ss", n, thing)
}

// Bytes is a size: 512 bytes, 10 MiB, 1.5 GiB.
func Bytes(n int64) string {
	if n < 1<<10 {
		return Count(int(n), "byte")
	}
	size, unit := float64(n)/(1<<10), 0
	for size >= 1<<10 && unit < 3 {
		size, unit = size/(1<<10), unit+1
	}
	return strings.TrimSuffix(fmt.Sprintf("%.1f", size), ".0") + " " + [...]string{"KiB", "MiB", "GiB", "TiB"}[unit]
}

// List puts names into one line, at most that many, and counts the rest: "a, b and 3 more".
func List(names []string, most int) string {
	if len(names) > most {
		return fmt.Sprintf("%s and %d more", strings.Join(names[:most], ", "), len(names)-most)
	}
	return strings.Join(names, ", ")
}

// LeftOut says that only a part of a plan is meant, and which steps are left out of it.
func LeftOut(steps []string) string {
	const most = 12
	return "a part of the plan: left out " + List(steps, most)
}
