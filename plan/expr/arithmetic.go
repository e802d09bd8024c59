package expr

import (
	"cmp"
	"math"
	"math/big"
	"math/bits"
	"slices"
	"strings"
	"time"
)

// decimal is a number of either kind as a decimal.
func decimal(v any) Decimal {
	if n, ok := v.(int); ok {
		return whole(n)
	}
	d, _ := v.(Decimal)
	return d
}

// unary is the value of an operator before a value.
func unary(operator string, v any) (any, error) {
	switch v := v.(type) {
	case bool:
		return !v, nil
	case int:
		if operator == "-" {
			return wholes("-", 0, v)
		}
		return v, nil
	}
	if operator == "-" {
		return calculate("-", Decimal{}, decimal(v))
	}
	return v, nil
}

// binary is the value of an operator between two values that are there: of none that decides without its right side.
func binary(operator string, a, b any) (any, error) {
	switch operator {
	case "==":
		return equal(a, b), nil
	case "!=":
		return !equal(a, b), nil
	case "in":
		return contains(b, a), nil
	case "contains":
		return strings.Contains(a.(string), b.(string)), nil
	case "startsWith":
		return strings.HasPrefix(a.(string), b.(string)), nil
	case "endsWith":
		return strings.HasSuffix(a.(string), b.(string)), nil
	case "<":
		return order(a, b) < 0, nil
	case "<=":
		return order(a, b) <= 0, nil
	case ">":
		return order(a, b) > 0, nil
	case ">=":
		return order(a, b) >= 0, nil
	}
	return arithmetic(operator, a, b)
}

// arithmetic is for + - * / and %.
func arithmetic(operator string, a, b any) (any, error) {
	switch x := a.(type) {
	case string:
		y := b.(string)
		if len(x)+len(y) > maxText {
			return nil, errTooLong
		}
		return x + y, nil
	case int:
		if y, ok := b.(int); ok && operator != "/" {
			return wholes(operator, x, y)
		}
	case time.Duration:
		return durations(operator, x, b)
	case Date:
		return times(operator, x.Midnight, b)
	case time.Time:
		return times(operator, x, b)
	}
	switch y := b.(type) {
	case time.Duration: // a number times a duration
		return durations(operator, y, a)
	}
	return calculate(operator, decimal(a), decimal(b))
}

// wholes applies + - * or % to two whole numbers.
func wholes(operator string, a, b int) (any, error) {
	out, fits := 0, true
	switch operator {
	case "+":
		out = a + b
		fits = (out > a) == (b > 0)
	case "-":
		out = a - b
		fits = (out < a) == (b > 0)
	case "*":
		out, fits = product(a, b)
	default:
		if b == 0 {
			return nil, errDivision
		}
		if b != -1 { // which leaves nothing, also of the number whose opposite does not exist
			out = a % b
		}
	}
	if !fits {
		return nil, errWhole
	}
	return out, nil
}

// product multiplies, and is false when the result does not fit.
func product(a, b int) (int, bool) {
	size := func(n int) uint64 {
		if n < 0 {
			return -uint64(n)
		}
		return uint64(n)
	}
	high, low := bits.Mul64(size(a), size(b))
	negative := (a < 0) != (b < 0)
	most := uint64(math.MaxInt64)
	if negative {
		most++
	}
	if high > 0 || low > most {
		return 0, false
	}
	return a * b, true
}

// durations applies an operator to a duration and what stands beside it.
func durations(operator string, d time.Duration, beside any) (any, error) {
	switch v := beside.(type) {
	case time.Duration:
		n, err := wholes(operator, int(d), int(v))
		if err != nil {
			return nil, errDuration
		}
		return time.Duration(n.(int)), nil
	case time.Time:
		return moved(v, d)
	case Date:
		return moved(v.Midnight, d)
	}
	size := new(big.Rat).SetInt64(int64(d))
	size.Mul(size, decimal(beside).rat())
	n := new(big.Int).Quo(size.Num(), size.Denom())
	if !n.IsInt64() {
		return nil, errDuration
	}
	return time.Duration(n.Int64()), nil
}

// times applies an operator to a time and what stands beside it.
func times(operator string, t time.Time, beside any) (any, error) {
	switch v := beside.(type) {
	case time.Duration:
		if operator == "-" {
			if v == math.MinInt64 {
				return nil, errOutOfRange
			}
			v = -v
		}
		return moved(t, v)
	case Date:
		return between(t, v.Midnight)
	}
	return between(t, beside.(time.Time))
}

// moved is the moment that much later.
func moved(t time.Time, d time.Duration) (any, error) {
	out := t.Add(d)
	if year := out.UTC().Year(); year < 1 || year > 9999 {
		return nil, errOutOfRange
	}
	return out, nil
}

// between is how long it is from b to a.
func between(a, b time.Time) (any, error) {
	d := a.Sub(b)
	if !b.Add(d).Equal(a) { // it was cut to the longest there is
		return nil, errDuration
	}
	return d, nil
}

// equal reports whether two values are the same: numbers by what they are, times by the moment, lists item by item.
func equal(a, b any) bool {
	switch x := a.(type) {
	case string:
		y, ok := b.(string)
		return ok && x == y
	case bool:
		y, ok := b.(bool)
		return ok && x == y
	case []string, []any:
		xs, ys := anyItems(a), anyItems(b)
		if len(xs) != len(ys) {
			return false
		}
		for i := range xs {
			if !equal(xs[i], ys[i]) {
				return false
			}
		}
		return true
	}
	return ordered(a, b) && order(a, b) == 0
}

// ordered reports whether order can tell which of the two comes first.
func ordered(a, b any) bool {
	class := func(v any) int {
		switch v.(type) {
		case int, Decimal:
			return 1
		case Date, time.Time:
			return 2
		case time.Duration:
			return 3
		}
		return 0
	}
	return class(a) > 0 && class(a) == class(b)
}

// order is -1, 0 or 1, as a comes before b or is the same or comes behind it.
func order(a, b any) int {
	switch x := a.(type) {
	case int:
		if y, ok := b.(int); ok {
			return cmp.Compare(x, y)
		}
	case string:
		return strings.Compare(x, b.(string))
	case time.Duration:
		return cmp.Compare(x, b.(time.Duration))
	case Date, time.Time:
		return instant(a).Compare(instant(b))
	}
	return decimal(a).Compare(decimal(b))
}

// instant is a moment, or the midnight of a date.
func instant(v any) time.Time {
	if d, ok := v.(Date); ok {
		return d.Midnight
	}
	return v.(time.Time)
}

// contains reports whether something is in a list.
func contains(list, v any) bool {
	if texts, ok := list.([]string); ok {
		text, ok := v.(string)
		return ok && slices.Contains(texts, text)
	}
	return slices.ContainsFunc(list.([]any), func(item any) bool { return equal(v, item) })
}

// anyItems are a list's items, whichever way it came about.
func anyItems(list any) []any {
	texts, ok := list.([]string)
	if !ok {
		return list.([]any)
	}
	out := make([]any, len(texts))
	for i, text := range texts {
		out[i] = text
	}
	return out
}
