package expr

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/source"
)

// Kind is the type of a value in expressions.
type Kind int

// The kinds. A date has no time of the day, and a moment is no date, also not the one at midnight.
const (
	Text Kind = iota
	Int
	Number
	Bool
	Day
	Moment
	Duration
	List
	unclear // none of these: no expression that compiles has it, but for an item of a list without items
)

// kindTable holds what there is to know of each kind.
var kindTable = [...]struct {
	name string // as messages call it
	zero any    // what a name of this kind is while nothing is known of it
}{
	Text:     {"text", ""},
	Int:      {"a whole number", 0},
	Number:   {"a number", Decimal{}},
	Bool:     {"true or false", false},
	Day:      {"a date", Date{}},
	Moment:   {"a moment", time.Time{}},
	Duration: {"a duration", time.Duration(0)},
	List:     {"a list", []string{}},
	unclear:  {"something else", ""},
}

// String is the kind as messages call it.
func (k Kind) String() string { return kindTable[k].name }

// number reports whether it is of a number, whole or not.
func (k Kind) number() bool { return k == Int || k == Number }

// time reports whether it is of a date or of a moment.
func (k Kind) time() bool { return k == Day || k == Moment }

// kindFor is the kind of a Go type that functions take or give.
func kindFor[T any]() Kind {
	t := reflect.TypeFor[T]()
	for k := Text; k < unclear; k++ {
		if t == reflect.TypeOf(kindTable[k].zero) {
			return k
		}
	}
	panic("no kind of expressions is a " + t.String())
}

// A Date is a value of kind [Day]. The zero Date is none.
type Date struct {
	Midnight time.Time // UTC
}

// TextOf writes a value as the scheduler gets it: a date as yyyy-mm-dd, a moment in RFC 3339, a number in its own digits, a
// duration as in 1h30m, a list with commas. It is an error when there is no such text, as for a third.
func TextOf(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case Decimal:
		return v.text()
	case Date:
		if v.Midnight.IsZero() {
			return "", nil
		}
		return v.Midnight.Format(time.DateOnly), nil
	case time.Time:
		if v.IsZero() {
			return "", nil
		}
		return v.UTC().Format(time.RFC3339Nano), nil
	case time.Duration:
		return durationText(v), nil
	case []string:
		return strings.Join(v, ","), nil
	case []any:
		items, err := texts(v)
		return strings.Join(items, ","), err
	}
	return "", fmt.Errorf("%T is nothing a plan can write", v)
}

// texts is a list as texts.
func texts(list any) ([]string, error) {
	items, ok := list.([]any)
	if !ok {
		return list.([]string), nil
	}
	out := make([]string, len(items))
	for i, item := range items {
		var err error
		if out[i], err = TextOf(item); err != nil {
			return nil, err
		}
	}
	return out, nil
}

// durationText writes a duration as plans do, cut to milliseconds: 1h30m, 1d2h, 250ms, -1m; 0s for none. Requests carry
// it and the audit log keeps it, so it never changes.
func durationText(d time.Duration) string {
	if d <= -time.Millisecond {
		return "-" + source.DurationText(-d)
	}
	return source.DurationText(d)
}
