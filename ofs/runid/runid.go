// Package runid tells what a batch run id says of itself. The scheduler's guide shows the form of one and does not promise
// it, so nothing here refuses an id: it is read as far as it can be. Start with [Code].
package runid

import (
	"strings"
	"time"
)

// Code is the batch or group code in a batch run id, <code>_<yyyy-mm-dd>_<epoch ms>_<n>, read from the right because codes
// hold underscores. False: the id has another form, and nothing is known of its code.
func Code(id string) (string, bool) {
	rest := id
	var parts [3]string // n, milliseconds, date
	for i := range parts {
		at := strings.LastIndexByte(rest, '_')
		if at < 0 {
			return "", false
		}
		rest, parts[i] = rest[:at], rest[at+1:]
	}
	if rest == "" || !digits(parts[0]) || !digits(parts[1]) {
		return "", false
	}
	if _, err := time.Parse(time.DateOnly, parts[2]); err != nil {
		return "", false
	}
	return rest, true
}

// Begins reports whether an id begins with a code, as one of any form does that a scheduler makes of the code of what it
// starts. Case does not count.
func Begins(id, code string) bool {
	return code != "" && len(id) >= len(code) && strings.EqualFold(id[:len(code)], code) && (len(id) == len(code) || id[len(code)] == '_')
}

func digits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
