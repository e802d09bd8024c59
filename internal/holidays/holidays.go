// Package holidays reads the holidays in an iCalendar file, as authorities and exchanges publish them, and writes them as a calendar
// file of ours. A person does that once a year and looks at the outcome: no run ever reads iCalendar.
//
// It takes whole days alone, and says what it has left out. Start with [Read].
package holidays

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"slices"
	"time"
)

// A Span is the years that are wanted, both included.
type Span struct{ First, Last int }

// mostYears bounds a span: a rule that goes on for ever is written out.
const mostYears = 50

// A Holiday is one day, with the names of the events on it, in the order of the file.
type Holiday struct {
	Date  time.Time // midnight UTC
	Names []string
}

// A List is what a file comes to.
type List struct {
	Days  []Holiday // by date
	Until time.Time // the last day of which the file tells: see [Read]
	Zone  string    // the zone that the file names for itself; empty: none
	// Left are events that were left out since they are not about whole days, in words, in the order of the file.
	Left []string
	// Short is true when the file tells less than all the years that were wanted.
	Short bool
}

// Read finds the holidays of those years. Events that come again are written out; one that was moved or canceled is taken as such.
//
// The list ends with the last year that is wanted, or with an earlier one: where a file also names single days, as those of Easter,
// it knows no holidays after the year of the last of them, though others come again for ever.
func Read(data []byte, years Span) (*List, error) {
	if years.Last < years.First || years.Last-years.First >= mostYears || years.First < 1900 || years.Last > 9999 {
		return nil, fmt.Errorf("%d to %d are no years that can be imported: at most %d, from 1900 on", years.First, years.Last, mostYears)
	}
	events, list, err := events(data)
	if err != nil {
		return nil, err
	}
	from, to := time.Date(years.First, time.January, 1, 0, 0, 0, 0, time.UTC), time.Date(years.Last, time.December, 31, 0, 0, 0, 0, time.UTC)
	names := map[time.Time][]string{}
	last := 0 // the year of the last day that is named alone
	var problems []error
	for _, e := range events {
		if !e.repeats() && e.moved.IsZero() {
			last = max(last, e.start.AddDate(0, 0, e.days-1).Year())
		}
		starts, err := e.between(from.AddDate(0, 0, 1-e.days), to)
		if err != nil {
			problems = append(problems, fmt.Errorf("%s: %w", e.name, err))
		}
		for _, start := range starts {
			for n := range e.days {
				if d := start.AddDate(0, 0, n); !d.Before(from) && !d.After(to) && !slices.Contains(names[d], e.name) {
					names[d] = append(names[d], e.name)
				}
			}
		}
	}
	if err := errors.Join(problems...); err != nil {
		return nil, err
	}
	if list.Until = to; last > 0 && last < years.Last {
		list.Until, list.Short = time.Date(last, time.December, 31, 0, 0, 0, 0, time.UTC), true
	}
	for _, d := range slices.SortedFunc(maps.Keys(names), time.Time.Compare) {
		if !d.After(list.Until) {
			list.Days = append(list.Days, Holiday{d, names[d]})
		}
	}
	if len(list.Days) == 0 {
		return nil, fmt.Errorf("it has no event of whole days from %d to %d", years.First, cmp.Or(min(years.Last, last), years.Last))
	}
	return list, nil
}
