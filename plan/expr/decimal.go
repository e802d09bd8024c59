package expr

import (
	"cmp"
	"errors"
	"fmt"
	"math/big"
	"strconv"
	"strings"

	"ofsplan/internal/source"
)

// A Decimal is an exact number. One that was written keeps its digits, 0.10 as well as 0.1, and goes out in them; one
// that was calculated has none, and may be a third, which goes out nowhere. The zero Decimal is 0. It never changes.
type Decimal struct {
	value  *big.Rat // nil: 0
	digits string   // as written; empty: it was calculated
}

// The bounds of a number, past which nobody means it.
const (
	maxExponent = 400     // of one that is written as 1e5
	maxBits     = 1 << 14 // of the two halves of its fraction
)

// What has no value, or no text.
var (
	errDivision    = errors.New("the result is no number: a division by zero")
	errWhole       = errors.New("the result is too large for a whole number")
	errNumber      = errors.New("the result is too large for a number")
	errNoDecimal   = errors.New("the result is no finite decimal, such as a third: write round(x, n) for n digits behind the point")
	errDuration    = errors.New("the result is too long for a duration")
	errOutOfRange  = errors.New("the result is out of the range of times, which ends with the year 9999")
	errRoundDigits = fmt.Errorf("round wants from 0 to %d digits behind the point", maxExponent)
)

// ParseDecimal reads a decimal number such as 1.50 or -3, and keeps its digits. The error is that of [source.Float].
func ParseDecimal(text string) (Decimal, error) {
	if _, err := source.Float(text); err != nil {
		return Decimal{}, err
	}
	value, _ := new(big.Rat).SetString(text)
	return Decimal{value, text}, nil
}

// exponential reads a number as expressions may have it: .5, 1. or 1e5. It is false for one that is too large or too small.
func exponential(text string) (*big.Rat, bool) {
	_, power, _ := strings.Cut(strings.ToLower(text), "e")
	if n, err := strconv.Atoi(cmp.Or(power, "0")); err != nil || n > maxExponent || n < -maxExponent {
		return new(big.Rat), false
	}
	value, ok := new(big.Rat).SetString(text)
	if !ok {
		return new(big.Rat), false
	}
	return value, true
}

// whole is a whole number as a decimal.
func whole(n int) Decimal { return Decimal{value: new(big.Rat).SetInt64(int64(n))} }

// rat is its value, which is not changed by whoever asks.
func (d Decimal) rat() *big.Rat {
	if d.value == nil {
		return new(big.Rat)
	}
	return d.value
}

// Compare orders two numbers by what they are, whatever their digits: -1, 0 or 1.
func (d Decimal) Compare(e Decimal) int { return d.rat().Cmp(e.rat()) }

// text writes the number as it goes out: in the digits it was given in, or in as many as it takes.
func (d Decimal) text() (string, error) {
	if d.digits != "" {
		return d.digits, nil
	}
	places, finite := d.rat().FloatPrec()
	if !finite {
		return "", errNoDecimal
	}
	return d.rat().FloatString(places), nil
}

// int cuts off what stands behind the point.
func (d Decimal) int() (int, error) {
	n := new(big.Int).Quo(d.rat().Num(), d.rat().Denom())
	if !n.IsInt64() {
		return 0, errWhole
	}
	return int(n.Int64()), nil
}

// round gives the number at most so many digits behind the point, the last of them rounded away from zero at a half.
func (d Decimal) round(places int) (Decimal, error) {
	if places < 0 || places > maxExponent {
		return Decimal{}, errRoundDigits
	}
	value, _ := new(big.Rat).SetString(d.rat().FloatString(places))
	return Decimal{value: value}, nil
}

// calculate applies + - * or / to two numbers.
func calculate(operator string, a, b Decimal) (any, error) {
	out := new(big.Rat)
	switch x, y := a.rat(), b.rat(); operator {
	case "+":
		out.Add(x, y)
	case "-":
		out.Sub(x, y)
	case "*":
		out.Mul(x, y)
	default:
		if y.Sign() == 0 {
			return nil, errDivision
		}
		out.Quo(x, y)
	}
	if out.Num().BitLen()+out.Denom().BitLen() > maxBits {
		return nil, errNumber
	}
	return Decimal{value: out}, nil
}
