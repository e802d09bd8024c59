package expr

import (
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
	call func(args ...any) (any, error) // of values of the kinds of one of its forms
	// forms are what it takes and gives. In messages about a wrong one it is the last that counts.
	forms []form
	// literal checks a text that is written out as the last argument, whose index is argument.
	literal  func(text string) error
	argument int
	// result says more of the texts it gives than their kind does; nil: they may be any.
	result func(args []typed) texture
}

// A form is one way to call a function.
type form struct {
	takes []Kind
	gives Kind
}

// functions returns all functions, with dates by that calendar.
func functions(c *calendar.Calendar) map[string]function {
	all := make(map[string]function)
	dateFunctions(all, dates{c})
	periodFunctions(all, dates{c})
	textFunctions(all)
	numberFunctions(all)
	listFunctions(all)
	return all
}

// functionNames lists them, sorted, for suggestions.
func functionNames(all map[string]function) []string {
	names := []string{"succeeded", "failed", "always", isSet}
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
		forms: []form{{[]Kind{kindFor[A]()}, kindFor[R]()}},
	}
}

// two makes a function of two values.
func two[A, B, R any](f func(A, B) (R, error)) function {
	return function{
		call:  func(a ...any) (any, error) { return f(a[0].(A), a[1].(B)) },
		forms: []form{{[]Kind{kindFor[A](), kindFor[B]()}, kindFor[R]()}},
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

// of is the date that v, a date or a moment, stands for.
func (c dates) of(v any) time.Time {
	if d, ok := v.(Date); ok {
		return d.Midnight
	}
	return c.Today(v.(time.Time))
}

// gives makes a date of a function's time.
func gives[A any](f func(A) (time.Time, error)) func(A) (Date, error) {
	return func(a A) (Date, error) {
		d, err := f(a)
		return Date{d}, err
	}
}

// onDate makes a function of a date, or of a moment.
func onDate[R any](c dates, f func(time.Time) (R, error)) function {
	return function{
		call:  func(a ...any) (any, error) { return f(c.of(a[0])) },
		forms: []form{{[]Kind{Moment}, kindFor[R]()}, {[]Kind{Day}, kindFor[R]()}},
	}
}

// onDateAnd makes a function of a date, or of a moment, and one more value.
func onDateAnd[B, R any](c dates, f func(time.Time, B) (R, error)) function {
	return function{
		call:  func(a ...any) (any, error) { return f(c.of(a[0]), a[1].(B)) },
		forms: []form{{[]Kind{Moment, kindFor[B]()}, kindFor[R]()}, {[]Kind{Day, kindFor[B]()}, kindFor[R]()}},
	}
}

func dateFunctions(all map[string]function, c dates) {
	all["duration"] = reads(source.Duration)
	all["date"] = function{
		call: func(a ...any) (any, error) {
			text, ok := a[0].(string)
			if !ok {
				return Date{c.of(a[0])}, nil
			}
			d, err := calendar.Parse(text)
			return Date{d}, err
		},
		forms:   []form{{[]Kind{Moment}, Day}, {[]Kind{Text}, Day}},
		literal: func(text string) error { _, err := calendar.Parse(text); return err },
	}
	format := onDateAnd(c, calendar.Format)
	format.literal, format.argument, format.result = calendar.CheckPattern, 1, formatted
	all["format"] = format
	weekday := onDate(c, sure(calendar.Weekday))
	weekday.result = func([]typed) texture { return texture{words: calendar.Weekdays()} }
	all["weekday"] = weekday
	move := func(f func(time.Time, int) (time.Time, error)) function {
		return onDateAnd(c, func(d time.Time, n int) (Date, error) {
			moved, err := f(d, n)
			return Date{moved}, err
		})
	}
	all["add_days"], all["add_months"] = move(calendar.AddDays), move(calendar.AddMonths)
	all["add_business_days"] = move(c.AddBusinessDays)
}

func periodFunctions(all map[string]function, c dates) {
	for name, f := range map[string]func(time.Time) (time.Time, error){
		"month_start": sure(calendar.MonthStart), "month_end": sure(calendar.MonthEnd),
		"quarter_start": sure(calendar.QuarterStart), "quarter_end": sure(calendar.QuarterEnd),
		"year_start": sure(calendar.YearStart), "year_end": sure(calendar.YearEnd),
		"last_business_day": c.LastBusinessDay,
	} {
		all[name] = onDate(c, gives(f))
	}
	last := func(end func(time.Time) time.Time) func(time.Time) (bool, error) {
		return func(d time.Time) (bool, error) { return d.Equal(end(d)), nil }
	}
	for name, f := range map[string]func(time.Time) (bool, error){
		"is_business_day": c.IsBusinessDay,
		"is_month_end":    c.IsMonthEnd, "is_calendar_month_end": last(calendar.MonthEnd),
		"is_quarter_end": c.IsQuarterEnd, "is_calendar_quarter_end": last(calendar.QuarterEnd),
		"is_year_end": c.IsYearEnd, "is_calendar_year_end": last(calendar.YearEnd),
	} {
		all[name] = onDate(c, f)
	}
}

func textFunctions(all map[string]function) {
	for name, f := range map[string]func(string) string{"lower": strings.ToLower, "upper": strings.ToUpper, "trim": strings.TrimSpace} {
		same := one(sure(f))
		same.result = func(args []typed) texture { return args[0].texture.through(f) }
		all[name] = same
	}
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
		forms: []form{{[]Kind{Text, Text, Text}, Text}},
	}
	all["string"] = function{
		call:   func(a ...any) (any, error) { return TextOf(a[0]) },
		result: func(args []typed) texture { return written(args[0]) },
	}
	for k := Text; k < unclear; k++ {
		f := all["string"]
		f.forms = append(f.forms, form{[]Kind{k}, Text})
		all["string"] = f
	}
}

func numberFunctions(all map[string]function) {
	all["int"] = function{
		call: func(a ...any) (any, error) {
			switch v := a[0].(type) {
			case string:
				n, err := source.Int(v)
				return int(n), err
			case Decimal:
				return v.int()
			}
			return a[0], nil
		},
		forms: []form{{[]Kind{Number}, Int}, {[]Kind{Int}, Int}, {[]Kind{Text}, Int}},
	}
	all["float"] = function{
		call: func(a ...any) (any, error) {
			switch v := a[0].(type) {
			case string:
				return ParseDecimal(v)
			case int:
				return whole(v), nil
			}
			return a[0], nil
		},
		forms: []form{{[]Kind{Number}, Number}, {[]Kind{Int}, Number}, {[]Kind{Text}, Number}},
	}
	all["round"] = function{
		call: func(a ...any) (any, error) {
			return decimal(a[0]).round(a[1].(int))
		},
		forms: []form{{[]Kind{Int, Int}, Number}, {[]Kind{Number, Int}, Number}},
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
			items, err := texts(a[0])
			separator := a[1].(string)
			size := len(separator) * max(0, len(items)-1)
			for _, item := range items {
				size += len(item)
			}
			switch {
			case err != nil:
				return nil, err
			case size > maxText:
				return nil, errTooLong
			}
			return strings.Join(items, separator), nil
		},
		forms: []form{{[]Kind{List, Text}, Text}},
	}
	all["len"] = function{
		call: func(a ...any) (any, error) {
			switch v := a[0].(type) {
			case string:
				return utf8.RuneCountInString(v), nil
			case []string:
				return len(v), nil
			}
			return len(a[0].([]any)), nil
		},
		forms: []form{{[]Kind{List}, Int}, {[]Kind{Text}, Int}},
	}
}
