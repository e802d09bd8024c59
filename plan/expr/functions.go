package expr

import (
	"fmt"
	"slices"
	"strings"
	"time"
	"unicode/utf8"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
)

// A function is one that expressions may call. All of them are ours: the library's own are switched off, so that
// nothing reads a clock, builds a text without bound or changes its mind with the library's version.
type function struct {
	call  func(args ...any) (any, error)
	types []any // Go functions whose signatures are the ones allowed; they are never called
	// literal checks a text that is written out as the last argument, whose index is argument.
	literal  func(text string) error
	argument int
}

// functions returns all functions, with dates by that calendar.
func functions(c *calendar.Calendar) map[string]function {
	all := make(map[string]function)
	dateFunctions(all, c)
	periodFunctions(all, c)
	textFunctions(all)
	listFunctions(all)
	return all
}

// functionNames lists them, sorted, for suggestions.
func functionNames(all map[string]function) []string {
	names := []string{"succeeded", "failed", "always"}
	for name := range all {
		names = append(names, name)
	}
	slices.Sort(names)
	return names
}

// dateOf is the date a function works on: a date itself, and of a moment its date in the calendar's zone.
func dateOf(c *calendar.Calendar, v any) time.Time {
	t := v.(time.Time)
	if isDate(t) {
		return t.UTC()
	}
	return c.Today(t)
}

func dateFunctions(all map[string]function, c *calendar.Calendar) {
	all["date"] = function{
		call:    func(a ...any) (any, error) { return calendar.Parse(a[0].(string)) },
		types:   []any{func(string) time.Time { return time.Time{} }},
		literal: literalDate,
	}
	all["duration"] = function{
		call:    func(a ...any) (any, error) { return source.Duration(a[0].(string)) },
		types:   []any{func(string) time.Duration { return 0 }},
		literal: literalDuration,
	}
	all["format"] = function{
		call:     func(a ...any) (any, error) { return calendar.Format(dateOf(c, a[0]), a[1].(string)) },
		types:    []any{func(time.Time, string) string { return "" }},
		literal:  calendar.CheckPattern,
		argument: 1,
	}
	all["weekday"] = function{
		call:  func(a ...any) (any, error) { return calendar.Weekday(dateOf(c, a[0])), nil },
		types: []any{func(time.Time) string { return "" }},
	}
	for name, move := range map[string]func(time.Time, int) (time.Time, error){
		"add_days": calendar.AddDays, "add_months": calendar.AddMonths, "add_business_days": c.AddBusinessDays,
	} {
		all[name] = function{
			call:  func(a ...any) (any, error) { return move(dateOf(c, a[0]), a[1].(int)) },
			types: []any{func(time.Time, int) time.Time { return time.Time{} }},
		}
	}
}

func periodFunctions(all map[string]function, c *calendar.Calendar) {
	plain := func(f func(time.Time) time.Time) func(time.Time) (time.Time, error) {
		return func(d time.Time) (time.Time, error) { return f(d), nil }
	}
	for name, f := range map[string]func(time.Time) (time.Time, error){
		"month_start": plain(calendar.MonthStart), "month_end": plain(calendar.MonthEnd),
		"quarter_start": plain(calendar.QuarterStart), "quarter_end": plain(calendar.QuarterEnd),
		"year_start": plain(calendar.YearStart), "year_end": plain(calendar.YearEnd),
		"last_business_day": c.LastBusinessDay,
	} {
		all[name] = function{
			call:  func(a ...any) (any, error) { return f(dateOf(c, a[0])) },
			types: []any{func(time.Time) time.Time { return time.Time{} }},
		}
	}
	last := func(end func(time.Time) time.Time) func(time.Time) (bool, error) {
		return func(d time.Time) (bool, error) { return d.Equal(end(d)), nil }
	}
	for name, f := range map[string]func(time.Time) (bool, error){
		"is_business_day":         func(d time.Time) (bool, error) { return c.IsBusinessDay(d), nil },
		"is_month_end":            c.IsMonthEnd,
		"is_quarter_end":          c.IsQuarterEnd,
		"is_year_end":             c.IsYearEnd,
		"is_calendar_month_end":   last(calendar.MonthEnd),
		"is_calendar_quarter_end": last(calendar.QuarterEnd),
		"is_calendar_year_end":    last(calendar.YearEnd),
	} {
		all[name] = function{
			call:  func(a ...any) (any, error) { return f(dateOf(c, a[0])) },
			types: []any{func(time.Time) bool { return false }},
		}
	}
}

// textToText makes a function of one text.
func textToText(f func(string) string) function {
	return function{
		call:  func(a ...any) (any, error) { return f(a[0].(string)), nil },
		types: []any{func(string) string { return "" }},
	}
}

// twoTexts makes a function of two texts.
func twoTexts[T any](f func(a, b string) T) function {
	return function{
		call:  func(a ...any) (any, error) { return f(a[0].(string), a[1].(string)), nil },
		types: []any{func(a, b string) T { var zero T; return zero }},
	}
}

func textFunctions(all map[string]function) {
	all["lower"] = textToText(strings.ToLower)
	all["upper"] = textToText(strings.ToUpper)
	all["trim"] = textToText(strings.TrimSpace)
	all["trimPrefix"] = twoTexts(strings.TrimPrefix)
	all["trimSuffix"] = twoTexts(strings.TrimSuffix)
	all["hasPrefix"] = twoTexts(strings.HasPrefix)
	all["hasSuffix"] = twoTexts(strings.HasSuffix)
	all["replace"] = function{
		call: func(a ...any) (any, error) {
			text, old, by := a[0].(string), a[1].(string), a[2].(string)
			if grown := strings.Count(text, old) * (len(by) - len(old)); len(text)+grown > maxText {
				return nil, errTooLong // before it is built: nested, it would fill the memory
			}
			return strings.ReplaceAll(text, old, by), nil
		},
		types: []any{func(text, old, by string) string { return "" }},
	}
	all["string"] = function{
		call:  func(a ...any) (any, error) { return TextOf(a[0]) },
		types: []any{func(any) string { return "" }},
	}
	all["int"] = function{
		call: func(a ...any) (any, error) {
			switch v := a[0].(type) {
			case string:
				n, err := source.Int(v)
				return int(n), err
			case float64:
				if v != v || v >= 1<<53 || v <= -1<<53 {
					return nil, fmt.Errorf("%v is too large for a whole number", v)
				}
				return int(v), nil
			}
			return a[0], nil
		},
		types: []any{func(float64) int { return 0 }, func(int) int { return 0 }, func(string) int { return 0 }},
	}
	all["float"] = function{
		call: func(a ...any) (any, error) {
			switch v := a[0].(type) {
			case string:
				return source.Float(v)
			case int:
				return float64(v), nil
			}
			return a[0], nil
		},
		types: []any{func(float64) float64 { return 0 }, func(int) float64 { return 0 }, func(string) float64 { return 0 }},
	}
}

func listFunctions(all map[string]function) {
	all["split"] = function{
		call: func(a ...any) (any, error) {
			if a[0].(string) == "" {
				return []string{}, nil
			}
			return strings.Split(a[0].(string), a[1].(string)), nil
		},
		types: []any{func(text, separator string) []string { return nil }},
	}
	all["join"] = function{
		call: func(a ...any) (any, error) {
			items, separator := texts(a[0]), a[1].(string)
			size := len(separator) * max(0, len(items)-1)
			for _, item := range items {
				size += len(item)
			}
			if size > maxText {
				return nil, errTooLong
			}
			return strings.Join(items, separator), nil
		},
		types: []any{func(items []string, separator string) string { return "" }, func(items []any, separator string) string { return "" }},
	}
	all["len"] = function{
		call: func(a ...any) (any, error) {
			if text, ok := a[0].(string); ok {
				return utf8.RuneCountInString(text), nil
			}
			return len(texts(a[0])), nil
		},
		types: []any{func([]any) int { return 0 }, func([]string) int { return 0 }, func(string) int { return 0 }},
	}
}

// texts is a list as texts; items of a list that is written out may be of any kind.
func texts(v any) []string {
	switch v := v.(type) {
	case []string:
		return v
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			items[i], _ = TextOf(item)
		}
		return items
	}
	return nil
}
