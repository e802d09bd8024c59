package holidays

import (
	"fmt"
	"strings"
	"testing"
	"time"
)

// file is an iCalendar file with these events, each of which is written without its frame; blanks at the beginning of a line do not count.
func file(events ...string) []byte {
	var b strings.Builder
	b.WriteString("BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//bank//EN\r\nX-WR-TIMEZONE:Europe/London\r\n")
	for i, e := range events {
		fmt.Fprintf(&b, "BEGIN:VEVENT\r\nDTSTAMP:20260101T000000Z\r\n")
		if !strings.Contains(e, "UID:") {
			fmt.Fprintf(&b, "UID:%d@bank\r\n", i)
		}
		for line := range strings.Lines(e) {
			if line = strings.TrimSpace(line); line != "" {
				b.WriteString(line + "\r\n")
			}
		}
		b.WriteString("END:VEVENT\r\n")
	}
	b.WriteString("END:VCALENDAR\r\n")
	return []byte(b.String())
}

func TestRead(t *testing.T) {
	const christmas = "SUMMARY:Christmas Day\nDTSTART;VALUE=DATE:20201225\nDTEND;VALUE=DATE:20201226\nRRULE:FREQ=YEARLY\n"
	for name, x := range map[string]struct {
		events []string
		want   string // dates and names; until
	}{
		"one day":                    {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261226"}, "2026-12-25 A; until 2026"},
		"without an end":             {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20261225"}, "2026-12-25 A; until 2026"},
		"an end that is its day":     {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261225"}, "2026-12-25 A; until 2026"},
		"several days":               {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20261230\nDTEND;VALUE=DATE:20270102"}, "2026-12-30 A, 2026-12-31 A, 2027-01-01 A; until 2027"},
		"a duration":                 {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20261230\nDURATION:P2D"}, "2026-12-30 A, 2026-12-31 A; until 2026"},
		"whole days with hours":      {[]string{"SUMMARY:A\nDTSTART;TZID=Europe/Berlin:20261225T000000\nDTEND;TZID=Europe/Berlin:20261227T000000"}, "2026-12-25 A, 2026-12-26 A; until 2026"},
		"hours are left out":         {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20261225", "SUMMARY:Lunch\nDTSTART:20261224T120000Z\nDTEND:20261224T130000Z"}, "2026-12-25 A; until 2026; left Lunch (2026-12-24 12:00)"},
		"two names":                  {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20261225", "SUMMARY:B\nDTSTART;VALUE=DATE:20261225", "SUMMARY:A\nDTSTART;VALUE=DATE:20261225"}, "2026-12-25 A/B; until 2026"},
		"in order":                   {[]string{"SUMMARY:B\nDTSTART;VALUE=DATE:20270101", "SUMMARY:A\nDTSTART;VALUE=DATE:20261225"}, "2026-12-25 A, 2027-01-01 B; until 2027"},
		"each year":                  {[]string{christmas}, "2026-12-25 Christmas Day, 2027-12-25 Christmas Day, 2028-12-25 Christmas Day; until 2028"},
		"each year, but Easter ends": {[]string{christmas, "SUMMARY:Easter Monday\nDTSTART;VALUE=DATE:20270329"}, "2026-12-25 Christmas Day, 2027-03-29 Easter Monday, 2027-12-25 Christmas Day; until 2027"},
		"the first Monday in May":    {[]string{"SUMMARY:May\nDTSTART;VALUE=DATE:20200504\nRRULE:FREQ=YEARLY;BYMONTH=5;BYDAY=1MO"}, "2026-05-04 May, 2027-05-03 May, 2028-05-01 May; until 2028"},
		"two days, each year":        {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20201231\nDTEND;VALUE=DATE:20210102\nRRULE:FREQ=YEARLY;COUNT=7"}, "2026-01-01 A, 2026-12-31 A, 2027-01-01 A; until 2028"},
		"up to a day":                {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY;UNTIL=20271225"}, "2026-12-25 A, 2027-12-25 A; until 2028"},
		"up to a moment":             {[]string{"SUMMARY:A\nDTSTART;TZID=Europe/Berlin:20201225T000000\nDTEND;TZID=Europe/Berlin:20201226T000000\nRRULE:FREQ=YEARLY;UNTIL=20271224T230000Z"}, "2026-12-25 A, 2027-12-25 A; until 2028"},
		"without exceptions":         {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY\nEXDATE;VALUE=DATE:20261225,20281225"}, "2027-12-25 A; until 2028"},
		"with further days":          {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20201225\nRRULE:FREQ=YEARLY;COUNT=7\nRDATE;VALUE=DATE:20270105"}, "2026-12-25 A, 2027-01-05 A; until 2028"},
		"one that was moved": {[]string{"UID:x\n" + christmas, "UID:x\nSUMMARY:Christmas Day, in lieu\nRECURRENCE-ID;VALUE=DATE:20271225\nDTSTART;VALUE=DATE:20271227"},
			"2026-12-25 Christmas Day, 2027-12-27 Christmas Day, in lieu, 2028-12-25 Christmas Day; until 2028"},
		"one that was canceled": {[]string{"UID:x\n" + christmas, "UID:x\nSUMMARY:No\nSTATUS:CANCELLED\nRECURRENCE-ID;VALUE=DATE:20271225\nDTSTART;VALUE=DATE:20271225"},
			"2026-12-25 Christmas Day, 2028-12-25 Christmas Day; until 2028"},
		"canceled":               {[]string{"SUMMARY:A\nSTATUS:CANCELLED\nDTSTART;VALUE=DATE:20261225", "SUMMARY:B\nDTSTART;VALUE=DATE:20261226"}, "2026-12-26 B; until 2026"},
		"years before and after": {[]string{"SUMMARY:A\nDTSTART;VALUE=DATE:20251225", "SUMMARY:B\nDTSTART;VALUE=DATE:20261226", "SUMMARY:C\nDTSTART;VALUE=DATE:20291226"}, "2026-12-26 B; until 2028"},
		"a strange name":         {[]string{"SUMMARY:A\\, \u202e b\\n c\x07\nDTSTART;VALUE=DATE:20261225"}, "2026-12-25 A, b c; until 2026"},
		"no name":                {[]string{"DTSTART;VALUE=DATE:20261225"}, "2026-12-25 an event without a name; until 2026"},
	} {
		list, err := Read(file(x.events...), Span{2026, 2028})
		if err != nil {
			t.Errorf("%s: %v", name, err)
			continue
		}
		var days []string
		for _, d := range list.Days {
			days = append(days, d.Date.Format(time.DateOnly)+" "+strings.Join(d.Names, "/"))
		}
		got := strings.Join(days, ", ") + "; until " + list.Until.Format("2006")
		if len(list.Left) > 0 {
			got += "; left " + strings.Join(list.Left, ", ")
		}
		if got != x.want || list.Short != (list.Until.Year() < 2028) || list.Zone != "Europe/London" {
			t.Errorf("%s:\n got %s (short %v, zone %s)\nwant %s", name, got, list.Short, list.Zone, x.want)
		}
	}
}

func TestReadRefuses(t *testing.T) {
	for name, x := range map[string]struct {
		data []byte
		want string
	}{
		"nothing":               {nil, "it does not begin with BEGIN:VCALENDAR"},
		"a web page":            {[]byte("<!DOCTYPE html><html>"), "it does not begin with BEGIN:VCALENDAR"},
		"half of one":           {file("SUMMARY:A\nDTSTART;VALUE=DATE:20261225")[:150], "no iCalendar file"},
		"what panics":           {[]byte("BEGIN:VCALENDAR\r\nX;A=b\r\nEND:VCALENDAR\r\n"), "a line of it cannot be read"},
		"a long line":           {[]byte("BEGIN:VCALENDAR\r\nX;A=" + strings.Repeat("b", mostLine) + ":\r\nEND:VCALENDAR\r\n"), "longer than 64 KiB"},
		"a long line in pieces": {[]byte("BEGIN:VCALENDAR\r\nX;A=" + strings.Repeat("b\r\n ", mostLine/4) + ":\r\nEND:VCALENDAR\r\n"), "longer than 64 KiB"},
		"no days":               {file("SUMMARY:A\nDTSTART:20261225T120000Z\nDTEND:20261225T130000Z"), "no event of whole days from 2026 to 2028"},
		"no start":              {file("SUMMARY:A"), "A: it does not say when it begins"},
		"no such day":           {file("SUMMARY:A\nDTSTART;VALUE=DATE:20261332"), "A: parsing time"},
		"no such zone":          {file("SUMMARY:A\nDTSTART;TZID=Mars/Rover:20261225T000000"), "A: unknown time zone"},
		"an end before it":      {file("SUMMARY:A\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20261220"), "A: it takes -5 days"},
		"years on end":          {file("SUMMARY:A\nDTSTART;VALUE=DATE:20261225\nDTEND;VALUE=DATE:20361220"), "A: it takes 3648 days"},
		"each minute":           {file("SUMMARY:A\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=MINUTELY"), "A: it comes again within a day"},
		"no rule":               {file("SUMMARY:A\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=SOMETIMES"), "A: error parsing rrule"},
		"a bad exception":       {file("SUMMARY:A\nDTSTART;VALUE=DATE:20261225\nRRULE:FREQ=YEARLY\nEXDATE:soon"), "A: "},
	} {
		if list, err := Read(x.data, Span{2026, 2028}); err == nil || !strings.Contains(err.Error(), x.want) {
			t.Errorf("%s: %+v, %v; want %q", name, list, err, x.want)
		}
	}
	for _, years := range []Span{{2028, 2026}, {2026, 2126}, {0, 3}, {9998, 10001}} {
		if _, err := Read(file("SUMMARY:A\nDTSTART;VALUE=DATE:20261225"), years); err == nil {
			t.Errorf("the years %v are taken", years)
		}
	}
}

// Whatever is read, it ends, and what is written of it is the same each time, one line for each day.
func FuzzRead(f *testing.F) {
	f.Add(file("SUMMARY:A\nDTSTART;VALUE=DATE:20201231\nDTEND;VALUE=DATE:20210102\nRRULE:FREQ=YEARLY;COUNT=7"))
	f.Add(file("SUMMARY:A\nDTSTART;TZID=Europe/Berlin:20201225T000000\nDTEND;TZID=Europe/Berlin:20201226T000000\nRRULE:FREQ=YEARLY;UNTIL=20271224T230000Z\nEXDATE:20261225"))
	f.Fuzz(func(t *testing.T, data []byte) {
		list, err := Read(data, Span{2026, 2027})
		if err != nil {
			return
		}
		text := string(list.YAML("UTC", "from somewhere"))
		if again, err := Read(data, Span{2026, 2027}); err != nil || string(again.YAML("UTC", "from somewhere")) != text {
			t.Errorf("the second time: %v", err)
		}
		if n := strings.Count(text, "\n"); n != len(list.Days)+4 {
			t.Errorf("%d lines for %d days:\n%s", n, len(list.Days), text)
		}
	})
}
