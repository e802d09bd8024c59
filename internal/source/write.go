package source

import (
	"encoding/json"
	"strconv"
	"strings"
	"time"
)

// DurationText writes a duration as Duration reads it: 2h30m, 4s250ms, 0s. It is cut to milliseconds, and a negative
// one is written as 0s, since none can be read.
func DurationText(d time.Duration) string {
	if d < time.Millisecond {
		return "0s"
	}
	var b strings.Builder
	for _, u := range units {
		if n := d / u.size; n > 0 {
			b.WriteString(strconv.FormatInt(int64(n), 10) + u.letter)
			d -= n * u.size
		}
	}
	return b.String()
}

// plainForm is text that YAML reads as that text wherever it stands.
var plainForm = Pattern(`^[A-Za-z_][A-Za-z0-9_.-]*$`)

// Quote writes a text as a YAML scalar that reads as exactly that text, in one line, also as a key and inside { } and
// [ ]: plain where that is safe, else in double quotes. Words that YAML itself takes for something else, such
// as true, null and no, are quoted.
func Quote(text string) string {
	if plainForm().MatchString(text) && len(text) <= 128 {
		switch strings.ToLower(text) {
		case "true", "false", "yes", "no", "on", "off", "y", "n", "null":
		default:
			return text
		}
	}
	var b strings.Builder
	e := json.NewEncoder(&b)
	e.SetEscapeHTML(false)
	_ = e.Encode(text) // a text always encodes, and a Builder takes everything
	return strings.TrimSuffix(b.String(), "\n")
}
