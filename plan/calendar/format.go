package calendar

import (
	"fmt"
	"strings"
	"time"
)

// fields are what a pattern may hold, and how Go writes them.
var fields = map[string]string{
	"yyyy": "2006", "yy": "06",
	"MMMM": "January", "MMM": "Jan", "MM": "01", "M": "1",
	"dd": "02", "d": "2",
	"EEEE": "Monday", "EEE": "Mon",
}

// slips are what people write for a field, and what each of them would really mean elsewhere.
var slips = map[string]string{
	"mm": "minutes: months are MM", "m": "minutes: months are M",
	"YYYY": "the year of the week: years are yyyy", "YY": "the year of the week: years are yy",
	"DD": "the day of the year: days are dd", "D": "the day of the year: days are d",
	"HH": "hours: a date has none", "hh": "hours: a date has none", "ss": "seconds: a date has none",
}

// Format writes d by a pattern of yyyy, yy, MMMM, MMM, MM, M, dd, d, EEEE (Friday) and EEE; every other character that is
// no letter stands for itself, letters do in single quotes, and two of these are one. A pattern without a
// field, and one with other letters, is an error: mm would be minutes.
func Format(d time.Time, pattern string) (string, error) {
	var out strings.Builder
	any := false
	for rest := pattern; rest != ""; {
		c := rest[0]
		switch {
		case c == '\'':
			text, after, err := literal(rest, pattern)
			if err != nil {
				return "", err
			}
			out.WriteString(text)
			rest = after
			continue
		case !letter(c):
			out.WriteByte(c)
			rest = rest[1:]
			continue
		}
		run := rest[:len(rest)-len(strings.TrimLeft(rest, string(c)))]
		layout, known := fields[run]
		if !known {
			return "", badField(run, pattern)
		}
		out.WriteString(d.Format(layout))
		any, rest = true, rest[len(run):]
	}
	if !any {
		return "", fmt.Errorf("pattern %q holds no date field: write yyyy, MM or dd, as in %q", pattern, "yyyyMMdd")
	}
	return out.String(), nil
}

// CheckPattern reports whether Format would take the pattern.
func CheckPattern(pattern string) error {
	_, err := Format(anyMoment, pattern)
	return err
}

func badField(run, pattern string) error {
	if meaning, known := slips[run]; known {
		return fmt.Errorf("pattern %q: %q means %s", pattern, run, meaning)
	}
	return fmt.Errorf("pattern %q: %q is no date field: there are yyyy, yy, MMMM, MMM, MM, M, dd, d, EEEE and EEE; put other letters in single quotes", pattern, run)
}

// literal reads a text in single quotes at the beginning of rest.
func literal(rest, pattern string) (text, after string, err error) {
	if strings.HasPrefix(rest, "''") {
		return "'", rest[2:], nil
	}
	var out strings.Builder
	for i := 1; i < len(rest); i++ {
		if rest[i] != '\'' {
			out.WriteByte(rest[i])
			continue
		}
		if strings.HasPrefix(rest[i:], "''") {
			out.WriteByte('\'')
			i++
			continue
		}
		return out.String(), rest[i+1:], nil
	}
	return "", "", fmt.Errorf("pattern %q: a quote is not closed", pattern)
}

func letter(c byte) bool { return c >= 'a' && c <= 'z' || c >= 'A' && c <= 'Z' }
