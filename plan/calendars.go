package plan

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
)

// ParseCalendar reads a calendar file. The error is a [source.Errors] with every problem, in file order.
func ParseCalendar(display string, data []byte) (*calendar.Calendar, error) {
	r := source.Reader{Synonyms: synonyms}
	c, _ := parseCalendar(&r, &Source{Name: display, Data: data, file: display})
	if err := r.Err(); err != nil {
		return nil, err
	}
	return c, nil
}

// parseCalendar reads a calendar file, and where its valid_until stands. Its problems go to r.
func parseCalendar(r *source.Reader, f *Source) (c *calendar.Calendar, ends source.Pos) {
	c = calendar.Default()
	c.Name = f.Name
	root, errs := source.Parse(f.file, f.Data)
	r.Errors = append(r.Errors, errs...)
	if root != nil {
		ends = readCalendar(r, r.Mapping(root, "the calendar", calendarFileKeys...), c)
	}
	return c, ends
}

// readCalendar reads the keys of a calendar over what c has, and tells where its valid_until stands.
func readCalendar(r *source.Reader, cal source.Map, c *calendar.Calendar) (ends source.Pos) {
	if n := cal.Get("timezone"); n != nil {
		if zone := source.Read(r, n, `"timezone" of the calendar`, zone); zone != nil {
			c.Zone = zone
		}
	}
	if n := cal.Get("weekend"); n != nil {
		c.Weekend = nil
		for _, day := range r.List(n, `"weekend" of the calendar`, true) {
			before := len(r.Errors)
			d := source.Read(r, day, "a day of the weekend", calendar.ParseWeekday)
			switch {
			case len(r.Errors) > before:
			case slices.Contains(c.Weekend, d):
				r.Add(day.Pos, "%q is listed twice", day.Value)
			default:
				c.Weekend = append(c.Weekend, d)
			}
		}
		if err := c.Check(); err != nil {
			r.Add(n.Pos, "%s", err)
		}
	}
	if n := cal.Get("holidays"); n != nil {
		c.Holidays = make(map[time.Time]bool)
		for _, day := range r.List(n, `"holidays" of the calendar`, true) {
			if d := source.Read(r, day, "a holiday", calendar.Parse); !d.IsZero() {
				c.Holidays[d] = true
			}
		}
	}
	if n := cal.Get("valid_until"); n != nil {
		c.Until, ends = source.Read(r, n, `"valid_until" of the calendar`, calendar.Parse), n.Pos
	}
	if n := cal.Get("day_starts"); n != nil {
		c.DayStarts = source.Read(r, n, `"day_starts" of the calendar`, calendar.ParseClock)
	}
	if n := cal.Get("closed"); n != nil {
		for _, one := range r.List(n, `"closed" of the calendar`, true) {
			readWindow(r, one, c)
		}
		if err := c.CheckClosed(); err != nil {
			r.Add(n.Pos, "%s", err)
		}
	}
	return ends
}

// mostWindows is how many closed windows a calendar may have.
const mostWindows = 100

// readWindow reads one closed window.
func readWindow(r *source.Reader, n *source.Node, c *calendar.Calendar) {
	before := len(r.Errors)
	m := r.Mapping(n, "a closed window", windowKeys...)
	m.Require("from", "to")
	w := calendar.Window{}
	if from := m.Get("from"); from != nil {
		w.From = source.Read(r, from, `"from" of a closed window`, calendar.ParseClock)
	}
	if to := m.Get("to"); to != nil {
		w.To = source.Read(r, to, `"to" of a closed window`, clockOrEnd)
		if len(r.Errors) == before && w.From == w.To {
			r.Add(to.Pos, "the closed window ends when it begins, at %s", w.To).Hint = `a whole day is {from: "00:00", to: "24:00"}`
		}
	}
	if days := m.Get("days"); days != nil {
		list := r.List(days, `"days" of a closed window`, true)
		if days.Is(source.Sequence) && len(list) == 0 {
			r.Add(days.Pos, `"days" of a closed window is empty`).Hint = "leave it out for each day"
		}
		for _, one := range list {
			had := len(r.Errors)
			switch day := source.Read(r, one, "a day of a closed window", calendar.ParseWeekday); {
			case len(r.Errors) > had:
			case slices.Contains(w.Days, day):
				r.Add(one.Pos, "%q is listed twice", one.Value)
			default:
				w.Days = append(w.Days, day)
			}
		}
	}
	if len(c.Closed) == mostWindows {
		r.Add(n.Pos, "there are more than %d closed windows", mostWindows)
	}
	if len(r.Errors) == before {
		slices.SortFunc(w.Days, func(a, b time.Weekday) int { return int(a+6)%7 - int(b+6)%7 })
		c.Closed = append(c.Closed, w)
	}
}

// clockOrEnd reads a clock time, or 24:00.
func clockOrEnd(text string) (calendar.Clock, error) {
	if text == calendar.EndOfDay.String() {
		return calendar.EndOfDay, nil
	}
	return calendar.ParseClock(text)
}

// calendar reads the plan's calendar: one that stands in it, a file, or several files combined.
func (l *loader) calendar(m source.Map) {
	n := m.Get("calendar")
	switch {
	case n == nil:
	case n.Is(source.Scalar):
		if c := l.calendarFile(n); c != nil {
			l.plan.Calendar = c
		}
	case n.Get("all") != nil || n.Get("any") != nil:
		if c := l.combined(m.Mapping("calendar", calendarKeys...)); c != nil {
			l.plan.Calendar = c
		}
	default:
		l.ends(l.plan.Calendar, readCalendar(&l.Reader, m.Mapping("calendar", calendarKeys...), l.plan.Calendar))
	}
}

// ends keeps where the valid_until of a calendar stands.
func (l *loader) ends(c *calendar.Calendar, at source.Pos) {
	if at.Line > 0 {
		l.plan.ends[c.Name] = at
	}
}

// ending warns 30 days before the calendar ends, counted from the day on which the run starts, and from then on.
func (o *opening) ending() {
	first := o.Calendar.Ends()
	today := o.Calendar.Today(o.StartedAt)
	if first.Until.IsZero() || !first.Until.Before(today.AddDate(0, 0, 30)) {
		return
	}
	how := "is valid until %s, which is less than 30 days from now"
	if first.Until.Before(today) {
		how = "was valid until %s, which has passed"
	}
	var odd source.Errors
	e := odd.Add(o.Plan.ends[first.Name], "%s "+how, cmp.Or(first.Name, "the calendar"), first.Until.Format(time.DateOnly))
	e.ID, e.Hint = warnCalendarEnds, "write the holidays to come into it, and move valid_until: whether a later day is a business day is an error"
	o.Odd = append(o.Odd, o.Silence(odd)...)
}

// calendarFile reads the calendar file that a node names; nil when it cannot be read.
func (l *loader) calendarFile(n *source.Node) *calendar.Calendar {
	f := l.shelf.open(&l.Reader, n, "the calendar")
	if f == nil {
		return nil
	}
	c, at := parseCalendar(&l.Reader, f)
	l.ends(c, at)
	return c
}

// combined reads several calendar files as one; nil when they make none.
func (l *loader) combined(cal source.Map) *calendar.Calendar {
	how := "all"
	if cal.Has("any") {
		how = "any"
	}
	for _, f := range cal.Fields() {
		if f.Key != how && slices.Contains(calendarKeys, f.Key) {
			l.Add(f.KeyPos, "%q cannot stand beside %q in a calendar", f.Key, how).Hint =
				"what combines calendars says nothing else: write it into their files"
		}
	}
	list := l.List(cal.Get(how), fmt.Sprintf("%q of the calendar", how), true)
	if n := cal.Get(how); n.Is(source.Sequence) && len(list) < 2 {
		l.Add(n.Pos, "%q of the calendar combines fewer than two", how).Hint = "one alone is named as it is: calendar: calendars/emea.yaml"
	}
	c := &calendar.Calendar{Any: how == "any"}
	first := make(map[string]source.Pos)
	for _, n := range list {
		before := len(l.Errors)
		part := l.calendarFile(n)
		if len(l.Errors) > before {
			continue
		}
		if at, again := first[part.Name]; again {
			l.Add(n.Pos, "calendar %q is listed twice", source.Short(n.Value)).Hint = "the first one is at " + at.String()
			continue
		}
		first[part.Name] = n.Pos
		l.joins(n, c, part)
	}
	if len(c.Parts) == 0 {
		return nil
	}
	if err := cmp.Or(c.Check(), c.CheckClosed()); err != nil {
		l.Add(cal.Get(how).Pos, "%s", err)
		return nil
	}
	return c
}

// joins adds a part to a combined calendar, which has the zone of its first part and begins its days when that does.
func (l *loader) joins(n *source.Node, c, part *calendar.Calendar) {
	if len(c.Parts) > 0 {
		lead := c.Parts[0]
		if a, b := lead.Location().String(), part.Location().String(); a != b {
			l.Add(n.Pos, "calendar %q is in the zone %s, and %q in %s", part.Name, b, lead.Name, a).Hint =
				"calendars that are combined share one zone: a day must begin and end in all of them at once"
		} else if lead.DayStarts != part.DayStarts {
			l.Add(n.Pos, "a day of calendar %q starts at %s, and of %q at %s", part.Name, part.DayStarts, lead.Name, lead.DayStarts).Hint =
				"calendars that are combined agree in day_starts"
		}
	}
	c.Zone, c.DayStarts = part.Zone, part.DayStarts
	c.Parts = append(c.Parts, part)
}

// zone finds a time zone by its name.
func zone(name string) (*time.Location, error) {
	if name == "" || name == "Local" {
		return nil, errors.New("write a zone's name, such as Europe/London: a plan means the same on every host")
	}
	z, err := time.LoadLocation(name)
	if err != nil {
		return nil, fmt.Errorf("%q is no time zone: write a name such as Europe/London", source.Short(name))
	}
	return z, nil
}
