package expr

import (
	"fmt"
	"reflect"
	"strconv"
	"strings"
	"time"

	"github.com/expr-lang/expr/types"

	"ofsplan/internal/source"
)

// Kind is the type of a value in expressions.
type Kind int

// The kinds. A date is a time.Time at midnight UTC, and a moment any other.
const (
	Text Kind = iota
	Int
	Number
	Bool
	Time
	Duration
	List
	unclear // none of these: no expression that compiles has it
)

// kindTable holds what there is to know of each kind.
var kindTable = [...]struct {
	name string     // as messages call it
	zero any        // what a name of this kind is while nothing is known of it
	lib  types.Type // as the expression library knows it
}{
	Text:     {"text", "", types.String},
	Int:      {"a whole number", 0, types.Int},
	Number:   {"a number", 0.0, types.Float64},
	Bool:     {"true or false", false, types.Bool},
	Time:     {"a date or time", time.Time{}, types.TypeOf(time.Time{})},
	Duration: {"a duration", time.Duration(0), types.TypeOf(time.Duration(0))},
	List:     {"a list", []string{}, types.TypeOf([]string(nil))},
	unclear:  {"something else", "", nil},
}

// String is the kind as messages call it.
func (k Kind) String() string { return kindTable[k].name }

// kindOf is the kind of a type the library found.
func kindOf(t reflect.Type) Kind {
	if t == reflect.TypeFor[[]any]() {
		return List
	}
	for k := Text; k < unclear; k++ {
		if t == reflect.TypeOf(kindTable[k].zero) {
			return k
		}
	}
	return unclear
}

// TextOf writes a value as the scheduler gets it: a date as yyyy-mm-dd, any other moment in RFC 3339, a duration as in
// 1h30m, a list with commas.
func TextOf(v any) (string, error) {
	switch v := v.(type) {
	case string:
		return v, nil
	case bool:
		return strconv.FormatBool(v), nil
	case int:
		return strconv.Itoa(v), nil
	case float64:
		return strconv.FormatFloat(v, 'f', -1, 64), nil
	case time.Time:
		if v.IsZero() {
			return "", nil
		}
		if isDate(v) {
			return v.Format(time.DateOnly), nil
		}
		return v.UTC().Format(time.RFC3339Nano), nil
	case time.Duration:
		return durationText(v), nil
	case []string:
		return strings.Join(v, ","), nil
	case []any:
		items := make([]string, len(v))
		for i, item := range v {
			text, err := TextOf(item)
			if err != nil {
				return "", err
			}
			items[i] = text
		}
		return strings.Join(items, ","), nil
	}
	return "", fmt.Errorf("%T is nothing a plan can write", v)
}

// isDate reports whether a time is a date: midnight UTC to the nanosecond.
func isDate(t time.Time) bool { return t.Equal(t.UTC().Truncate(24 * time.Hour)) }

// durationText writes a duration as plans do, cut to milliseconds: 1h30m, 1d2h, 250ms, -1m; 0s for none. Requests carry
// it and the audit log keeps it, so it never changes.
func durationText(d time.Duration) string {
	if d <= -time.Millisecond {
		return "-" + source.DurationText(-d)
	}
	return source.DurationText(d)
}
