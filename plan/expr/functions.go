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
	dateFunctions(all, dates{c})
	periodFunctions(all, dates{c})
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

// one makes a function of one value.
func one[A, R any](f func(A) (R, error)) function {
	return function{
		call:  func(a ...any) (any, error) { return f(a[0].(A)) },
		types: []any{func(A) (zero R) { return zero }},
	}
}

// two makes a function of two values.
func two[A, B, R any](f func(A, B) (R, error)) function {
	return function{
		call:  func(a ...any) (any, error) { return f(a[0].(A), a[1].(B)) },
		types: []any{func(A, B) (zero R) { return zero }},
	}
}

// sure gives a function that cannot fail an error, which is nil.
func sure[A, R any](f func(A) R) func(A) (R, error) {
	return func(a A) (R, error) { return f(a), nil }
}

// sure2 is sure for a function of two values.
func sure2[A, B, R any](f func(A, B) R) func(A, B) (R, error) {
	return func(a A, b B) (R, error) { return f(a, b), nil }
}

// reads makes a function that reads a text, and checks one that is written out.
func reads[R any](parse func(string) (R, error)) function {
	f := one(parse)
	f.literal = func(text string) error {
		_, err := parse(text)
		return err
	}
	return f
}

// dates are those that the functions of dates work on: a date is one itself, and a moment stands for its date in the
// calendar's zone.
type dates struct{ *calendar.Calendar }

func (c dates) of(t time.Time) time.Time {
	if isDate(t) {
		return t.UTC()
	}
	return c.Today(t)
}

// onDate makes a function of a date.
func onDate[R any](c dates, f func(time.Time) (R, error)) function {
	return one(func(t time.Time) (R, error) { return f(c.of(t)) })
}

// onDateAnd makes a function of a date and one more value.
func onDateAnd[B, R any](c dates, f func(time.Time, B) (R, error)) function {
	return two(func(t time.Time, b B) (R, error) { return f(c.of(t), b) })
}

func dateFunctions(all map[string]function, c dates) {
	all["date"], all["duration"] = reads(calendar.Parse), reads(source.Duration)
	format := onDateAnd(c, calendar.Format)
	format.literal, format.argument = calendar.CheckPattern, 1
	all["format"] = format
	all["weekday"] = onDate(c, sure(calendar.Weekday))
	all["add_days"] = onDateAnd(c, calendar.AddDays)
	all["add_months"] = onDateAnd(c, calendar.AddMonths)
	all["add_business_days"] = onDateAnd(c, c.AddBusinessDays)
}

func periodFunctions(all map[string]function, c dates) {
	for name, f := range map[string]func(time.Time) (time.Time, error){
		"month_start": sure(calendar.MonthStart), "month_end": sure(calendar.MonthEnd),
		"quarter_start": sure(calendar.QuarterStart), "quarter_end": sure(calendar.QuarterEnd),
		"year_start": sure(calendar.YearStart), "year_end": sure(calendar.YearEnd),
		"last_business_day": c.LastBusinessDay,
	} {
		all[name] = onDate(c, f)
	}
	last := func(end func(time.Time) time.Time) func(time.Time) (bool, error) {
		return func(d time.Time) (bool, error) { return d.Equal(end(d)), nil }
	}
	for name, f := range map[string]func(time.Time) (bool, error){
		"is_business_day": sure(c.IsBusinessDay),
		"is_month_end":    c.IsMonthEnd, "is_calendar_month_end": last(calendar.MonthEnd),
		"is_quarter_end": c.IsQuarterEnd, "is_calendar_quarter_end": last(calendar.QuarterEnd),
		"is_year_end": c.IsYearEnd, "is_calendar_year_end": last(calendar.YearEnd),
	} {
		all[name] = onDate(c, f)
	}
}

func textFunctions(all map[string]function) {
	all["lower"] = one(sure(strings.ToLower))
	all["upper"] = one(sure(strings.ToUpper))
	all["trim"] = one(sure(strings.TrimSpace))
	all["trimPrefix"] = two(sure2(strings.TrimPrefix))
	all["trimSuffix"] = two(sure2(strings.TrimSuffix))
	all["hasPrefix"] = two(sure2(strings.HasPrefix))
	all["hasSuffix"] = two(sure2(strings.HasSuffix))
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
	all["string"] = one(TextOf)
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
	all["split"] = two(func(text, separator string) ([]string, error) {
		if text == "" {
			return []string{}, nil
		}
		return strings.Split(text, separator), nil
	})
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
