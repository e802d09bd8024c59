package holidays

import (
	"bytes"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode"

	"github.com/emersion/go-ical"
	"github.com/teambition/rrule-go"
)

// An event is about whole days.
type event struct {
	name   string
	uid    string
	start  time.Time // the first day, midnight UTC
	days   int       // how many
	rule   *rrule.ROption
	more   []time.Time // further first days
	except []time.Time // first days that do not count
	moved  time.Time   // of which day of the event with the same uid this one stands in place; zero: it is the event itself
	off    bool        // it is canceled
}

// Bounds of what is read: what is larger is no list of holidays.
const (
	mostEvents = 20_000
	mostStarts = 20_000 // of one event
	mostDays   = 366    // of one
	mostLine   = 64 << 10
)

// events reads the events of whole days in a file. A day that was moved or canceled is an exception of the event that it
// belongs to.
func events(data []byte) (all []*event, list *List, err error) {
	calendars, err := decode(data)
	if err != nil {
		return nil, nil, err
	}
	list = &List{}
	var problems []error
	for _, c := range calendars {
		if zone, err := c.Props.Text("X-WR-TIMEZONE"); err == nil && list.Zone == "" {
			list.Zone = zone
		}
		for _, one := range c.Events() {
			e, left, err := read(one)
			switch {
			case err != nil:
				problems = append(problems, err)
			case left != "":
				list.Left = append(list.Left, left)
			default:
				all = append(all, e)
			}
		}
	}
	if len(all) > mostEvents {
		problems = append(problems, fmt.Errorf("it has more than %d events", mostEvents))
	}
	if err := errors.Join(problems...); err != nil {
		return nil, nil, err
	}
	masters := map[string]*event{}
	for _, e := range all {
		if e.moved.IsZero() {
			masters[e.uid] = e
		}
	}
	kept := all[:0]
	for _, e := range all {
		if m := masters[e.uid]; m != nil && !e.moved.IsZero() {
			m.except = append(m.except, e.moved)
		}
		if !e.off {
			kept = append(kept, e)
		}
	}
	return kept, list, nil
}

// decode reads the calendars in a file. The library panics at some lines that are none.
func decode(data []byte) (all []*ical.Calendar, err error) {
	defer func() {
		if recover() != nil {
			all, err = nil, errors.New("it is no iCalendar file: a line of it cannot be read")
		}
	}()
	data = bytes.TrimPrefix(data, []byte("\ufeff"))
	if !bytes.HasPrefix(bytes.ToUpper(bytes.TrimLeft(data[:min(len(data), 1024)], "\r\n ")), []byte("BEGIN:VCALENDAR")) {
		return nil, errors.New("it is no iCalendar file: it does not begin with BEGIN:VCALENDAR")
	}
	long := 0
	for line := range bytes.Lines(data) {
		if line[0] != ' ' && line[0] != '\t' {
			long = 0
		}
		if long += len(line); long > mostLine {
			return nil, fmt.Errorf("it is no list of holidays: a line of it is longer than %d KiB", mostLine>>10)
		}
	}
	for d := ical.NewDecoder(bytes.NewReader(data)); ; {
		c, err := d.Decode()
		switch {
		case errors.Is(err, io.EOF) && len(all) > 0:
			return all, nil
		case errors.Is(err, io.EOF):
			return nil, errors.New("it is no iCalendar file: it ends before the calendar does")
		case err != nil:
			return nil, fmt.Errorf("it is no iCalendar file: %s", strings.TrimPrefix(err.Error(), "ical: "))
		}
		all = append(all, c)
	}
}

// read reads one event. One that is not about whole days is left out, in words.
func read(one ical.Event) (e *event, left string, err error) {
	e = &event{name: plain(text(one, ical.PropSummary)), uid: text(one, ical.PropUID), off: strings.EqualFold(text(one, ical.PropStatus), "CANCELLED")}
	if e.name == "" {
		e.name = "an event without a name"
	}
	wrong := func(err error) (*event, string, error) {
		return nil, "", fmt.Errorf("%s: %s", e.name, strings.TrimPrefix(err.Error(), "ical: "))
	}
	if one.Props.Get(ical.PropDateTimeStart) == nil {
		return wrong(errors.New("it does not say when it begins"))
	}
	begin, err := one.DateTimeStart(time.UTC)
	if err != nil {
		return wrong(err)
	}
	end, err := one.DateTimeEnd(begin.Location())
	if err != nil {
		return wrong(err)
	}
	e.start = dayOf(begin)
	e.days = int(dayOf(end).Sub(e.start) / (24 * time.Hour))
	date := one.Props.Get(ical.PropDateTimeStart).ValueType() == ical.ValueDate || len(one.Props.Get(ical.PropDateTimeStart).Value) == len("20061225")
	if date && e.days == 0 { // some write the last day, and not the one after it
		e.days = 1
	}
	if !date && (!midnight(begin) || !midnight(end) || e.days == 0) {
		return nil, fmt.Sprintf("%s (%s)", e.name, begin.Format("2006-01-02 15:04")), nil
	}
	if e.days < 1 || e.days > mostDays {
		return wrong(fmt.Errorf("it takes %d days", e.days))
	}
	if e.rule, err = one.Props.RecurrenceRule(); err != nil {
		return wrong(err)
	}
	if e.rule != nil && e.rule.Freq > rrule.DAILY {
		return wrong(errors.New("it comes again within a day"))
	}
	if e.rule != nil && !e.rule.Until.IsZero() {
		e.rule.Until = dayOf(e.rule.Until.In(begin.Location())).Add(24*time.Hour - time.Second)
	}
	if e.except, err = dates(one, ical.PropExceptionDates, begin.Location()); err != nil {
		return wrong(err)
	}
	if e.more, err = dates(one, ical.PropRecurrenceDates, begin.Location()); err != nil {
		return wrong(err)
	}
	instead, err := dates(one, ical.PropRecurrenceID, begin.Location())
	if err != nil {
		return wrong(err)
	}
	if len(instead) > 0 {
		e.moved = instead[0]
	}
	return e, "", nil
}

// repeats reports whether the event comes again by a rule.
func (e *event) repeats() bool { return e.rule != nil }

// between are the first days of the event from one day to another, in order, each once.
func (e *event) between(from, to time.Time) ([]time.Time, error) {
	set := rrule.Set{}
	if e.rule != nil {
		option := *e.rule
		option.Dtstart = e.start
		rule, err := rrule.NewRRule(option)
		if err != nil {
			return nil, err
		}
		set.RRule(rule)
	}
	set.DTStart(e.start)
	set.RDate(e.start)
	for _, d := range e.more {
		set.RDate(d)
	}
	for _, d := range e.except {
		set.ExDate(d)
	}
	var all []time.Time
	for next := set.Iterator(); ; {
		d, ok := next()
		switch {
		case !ok, d.After(to):
			return all, nil
		case d.Before(from), len(all) > 0 && all[len(all)-1].Equal(d):
			continue
		case len(all) == mostStarts:
			return nil, fmt.Errorf("it comes more than %d times", mostStarts)
		}
		all = append(all, d)
	}
}

// dates reads the days that a property lists, of which an event may have several.
func dates(one ical.Event, name string, zone *time.Location) (all []time.Time, err error) {
	for _, prop := range one.Props.Values(name) {
		for value := range strings.SplitSeq(prop.Value, ",") {
			value, _, _ = strings.Cut(value, "/") // of a period its beginning
			single := ical.Prop{Name: ical.PropDateTimeStart, Params: ical.Params{}, Value: strings.TrimSpace(value)}
			if zone := prop.Params.Get(ical.PropTimezoneID); zone != "" {
				single.Params.Set(ical.PropTimezoneID, zone)
			}
			if len(single.Value) == len("20061225") {
				single.SetValueType(ical.ValueDate)
			}
			d, err := single.DateTime(zone)
			if err != nil {
				return nil, err
			}
			all = append(all, dayOf(d.In(zone)))
		}
	}
	return all, nil
}

// dayOf is the day that clocks show, at midnight UTC.
func dayOf(t time.Time) time.Time {
	return time.Date(t.Year(), t.Month(), t.Day(), 0, 0, 0, 0, time.UTC)
}

func midnight(t time.Time) bool { return t.Hour() == 0 && t.Minute() == 0 && t.Second() == 0 }

// text is what a property says; empty when it is not there, or cannot be read. A comma that is not escaped belongs to it.
func text(one ical.Event, name string) string {
	prop := one.Props.Get(name)
	if prop == nil {
		return ""
	}
	pieces, err := prop.TextList()
	if err != nil {
		return ""
	}
	return strings.Join(pieces, ", ")
}

// plain is a name in one line of characters that can be printed, cut where nobody reads on.
func plain(name string) string {
	name = strings.Join(strings.Fields(strings.Map(func(r rune) rune {
		switch {
		case unicode.IsSpace(r):
			return ' '
		case !unicode.IsPrint(r), r == unicode.ReplacementChar:
			return -1
		}
		return r
	}, name)), " ")
	const most = 100
	if r := []rune(name); len(r) > most {
		return string(r[:most]) + "…"
	}
	return name
}
