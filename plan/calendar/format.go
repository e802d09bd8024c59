package calendar

import (
	"fmt"
	"regexp"
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
	err := walk(pattern, func(text string) { out.WriteString(text) }, func(field string) { out.WriteString(d.Format(fields[field])) })
	if err != nil {
		return "", err
	}
	return out.String(), nil
}

// walk hands out what a pattern consists of: texts that stand for themselves, and fields.
func walk(pattern string, text, field func(string)) error {
	found := false
	for rest := pattern; rest != ""; {
		c := rest[0]
		switch {
		case c == '\'':
			quoted, after, err := literal(rest, pattern)
			if err != nil {
				return err
			}
			text(quoted)
			rest = after
			continue
		case !letter(c):
			text(rest[:1])
			rest = rest[1:]
			continue
		}
		run := rest[:len(rest)-len(strings.TrimLeft(rest, string(c)))]
		if _, known := fields[run]; !known {
			return badField(run, pattern)
		}
		field(run)
		found, rest = true, rest[len(run):]
	}
	if !found {
		return fmt.Errorf("pattern %q holds no date field: write yyyy, MM or dd, as in %q", pattern, "yyyyMMdd")
	}
	return nil
}

// digits are what fields of numbers come to, as regular expressions.
var digits = map[string]string{
	"yyyy": "[0-9]{4}", "yy": "[0-9]{2}", "MM": "(0[1-9]|1[0-2])", "M": "([1-9]|1[0-2])",
	"dd": "(0[1-9]|[12][0-9]|3[01])", "d": "([1-9]|[12][0-9]|3[01])",
}

// Formatted tells what Format can come to: the only words, when the pattern is the name of a day or month and nothing
// else, and of any pattern a regular expression that every text of it matches. A pattern that Format refuses has neither.
func Formatted(pattern string) (words []string, form *regexp.Regexp) {
	var out strings.Builder
	err := walk(pattern, func(text string) { out.WriteString(regexp.QuoteMeta(text)) }, func(field string) {
		if number, ok := digits[field]; ok {
			out.WriteString(number)
			return
		}
		names := namesOf(field)
		out.WriteString("(" + strings.Join(names, "|") + ")")
		if pattern == field {
			words = names
		}
	})
	if err != nil {
		return nil, nil
	}
	form, err = regexp.Compile("^" + out.String() + "$")
	if err != nil { // too large: then nothing is known
		return nil, nil
	}
	return words, form
}

// namesOf are the names a field can come to, in order.
func namesOf(field string) []string {
	var names []string
	for i := range 7 {
		if field[0] == 'E' {
			names = append(names, Date(2026, time.November, 23+i).Format(fields[field])) // a Monday
		}
	}
	for m := time.January; m <= time.December && field[0] == 'M'; m++ {
		names = append(names, Date(2026, m, 1).Format(fields[field]))
	}
	return names
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
