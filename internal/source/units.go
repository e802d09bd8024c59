package source

import (
	"errors"
	"fmt"
	"math"
	"regexp"
	"strconv"
	"strings"
	"sync"
	"time"
)

// units are the parts of a duration, from large to small: each may be written once, in this order.
var units = []struct {
	letter string
	size   time.Duration
}{{"d", 24 * time.Hour}, {"h", time.Hour}, {"m", time.Minute}, {"s", time.Second}, {"ms", time.Millisecond}}

var durationPart = Pattern(`^([0-9]+)(ms|[dhms])`)

// Duration reads 90s, 30m, 2h, 2h30m, 1d or 250ms. Days have 24 hours. A bare number, a sign, a
// fraction, units out of order and anything past 292 years are errors that say how to write it.
func Duration(text string) (time.Duration, error) {
	var total time.Duration
	next, rest := 0, text
	for rest != "" {
		part := durationPart().FindStringSubmatch(rest)
		if part == nil {
			return 0, badDuration(text)
		}
		for next < len(units) && units[next].letter != part[2] {
			next++
		}
		if next == len(units) {
			return 0, badDuration(text)
		}
		count, err := strconv.ParseInt(part[1], 10, 64)
		if err != nil || count > int64(math.MaxInt64-total)/int64(units[next].size) {
			return 0, fmt.Errorf("%s is too long for a duration", quote(text))
		}
		total += time.Duration(count) * units[next].size
		next++
		rest = rest[len(part[0]):]
	}
	if text == "" {
		return 0, badDuration(text)
	}
	return total, nil
}

func badDuration(text string) error {
	if text != "" && strings.Trim(text, "0123456789") == "" {
		return fmt.Errorf("%s is not a duration: a number needs a unit, such as %ss or %sm", quote(text), text, text)
	}
	return fmt.Errorf("%s is not a duration: write 90s, 30m, 2h30m or 1d", quote(text))
}

// sizes are the units a size may carry.
var sizes = map[string]int64{
	"B": 1, "KB": 1e3, "MB": 1e6, "GB": 1e9, "TB": 1e12,
	"KiB": 1 << 10, "MiB": 1 << 20, "GiB": 1 << 30, "TiB": 1 << 40,
}

var sizeForm = Pattern(`^([0-9]+)([A-Za-z]+)$`)

// Size reads a number of bytes: 512B, 10KB (10,000), 5MiB (5,242,880). A bare number is an error.
func Size(text string) (int64, error) {
	part := sizeForm().FindStringSubmatch(text)
	if part == nil || sizes[part[2]] == 0 {
		return 0, fmt.Errorf("%s is not a size: write 512B, 10KB or 5MiB", quote(text))
	}
	count, err := strconv.ParseInt(part[1], 10, 64)
	if err != nil || count > math.MaxInt64/sizes[part[2]] {
		return 0, fmt.Errorf("%s is too large for a size", quote(text))
	}
	return count * sizes[part[2]], nil
}

// errBool is what Bool says.
var errBool = errors.New("write true or false")

// Bool reads true or false, and nothing else: yes, no, on and off are text.
func Bool(text string) (bool, error) {
	switch text {
	case "true":
		return true, nil
	case "false":
		return false, nil
	}
	return false, errBool
}

// Int reads a whole number in decimal: no sign but minus, no leading zero, no underscore, no fraction.
func Int(text string) (int64, error) {
	n, err := strconv.ParseInt(text, 10, 64)
	if err != nil && errors.Is(err, strconv.ErrRange) {
		return 0, fmt.Errorf("%s is too large for a whole number", quote(text))
	}
	digits := strings.TrimPrefix(text, "-")
	switch {
	case err != nil || strings.HasPrefix(text, "+"):
		return 0, fmt.Errorf("%s is not a whole number", quote(text))
	case len(digits) > 1 && digits[0] == '0':
		return 0, fmt.Errorf("%s is not a whole number: a leading zero makes it a code", quote(text))
	}
	return n, nil
}

// Float reads a decimal number such as 1.5 or -3; no exponent, infinity or hexadecimal.
func Float(text string) (float64, error) {
	if !floatForm().MatchString(text) {
		return 0, fmt.Errorf("%s is not a number", quote(text))
	}
	f, err := strconv.ParseFloat(text, 64)
	if err != nil {
		return 0, fmt.Errorf("%s is too large for a number", quote(text))
	}
	return f, nil
}

var floatForm = Pattern(`^-?(0|[1-9][0-9]*)(\.[0-9]+)?$`)

// quote puts a text into double quotes for a message, cut when it is long.
func quote(text string) string {
	const most = 60
	runes := 0
	for i := range text {
		if runes == most {
			return strconv.Quote(text[:i] + "…")
		}
		runes++
	}
	return strconv.Quote(text)
}

// Pattern is a regular expression that is compiled when it is first asked for, so that a program that only prints
// its version compiles none. A bad one panics then.
func Pattern(text string) func() *regexp.Regexp {
	return sync.OnceValue(func() *regexp.Regexp { return regexp.MustCompile(text) })
}
