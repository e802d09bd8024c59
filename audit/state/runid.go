package state

import (
	"cmp"
	"fmt"
	"regexp"
	"strings"
	"sync"
	"time"

	"ofsplan/audit"
)

// runIDs is what a run id looks like; it is also a folder's name, so nothing else is let through.
var runIDs = sync.OnceValue(func() *regexp.Regexp {
	return regexp.MustCompile(`^[0-9]{8}T[0-9]{6}Z-[a-z0-9_]{1,40}-[0-9a-z]{4,16}$`)
})

// NewRunID names a run by when it started, what it runs, and a suffix of the caller's: four to sixteen of 0-9
// and a-z, drawn at random where it does not give the start more finely. Run ids sort by start, those of one
// second by suffix. Characters of the plan's name that have no place in a
// folder's name become an underscore, and what is past forty is cut.
func NewRunID(at time.Time, planName, suffix string) (string, error) {
	id := at.UTC().Format(startLayout) + "-" + NameInID(planName) + "-" + suffix
	if !ValidRunID(id) {
		return "", fmt.Errorf("%q is no run id: the suffix must be four to sixteen of 0-9 and a-z", id)
	}
	return id, nil
}

// NameInID is what stands in a run id for a plan of that name. Names that differ may have the same.
func NameInID(planName string) string {
	name := []byte(strings.ToLower(planName))
	for i, c := range name {
		if (c < 'a' || c > 'z') && (c < '0' || c > '9') {
			name[i] = '_'
		}
	}
	if len(name) == 0 {
		name = []byte("plan")
	}
	return string(name[:min(len(name), 40)])
}

// IDIsOf reports whether a run id is one of a plan of that name, as far as it tells.
func IDIsOf(id, planName string) bool {
	parts := strings.Split(id, "-")
	return len(parts) == 3 && parts[1] == NameInID(planName)
}

// startLayout is how a run id says when the run started.
const startLayout = "20060102T150405Z"

// StartInID is when a run started, as its id says; zero for what is no run id.
func StartInID(id string) time.Time {
	at, _, _ := strings.Cut(id, "-")
	start, _ := time.Parse(startLayout, at)
	return start
}

// ValidRunID reports whether id looks like one of ours. Only such an id ever becomes part of a path.
func ValidRunID(id string) bool { return runIDs().MatchString(id) }

// mustBeRunID panics on what is no run id.
func mustBeRunID(id string) {
	if !ValidRunID(id) {
		panic(fmt.Sprintf("state: %q is no run id", id))
	}
}

// isDigest reports whether a text is a SHA-256 in hex, and so may become part of a path.
func isDigest(text string) bool {
	return len(text) == len(audit.Genesis) && strings.Trim(text, "0123456789abcdef") == ""
}

// mustBeDigest panics on what is no SHA-256 in hex.
func mustBeDigest(key string) {
	if !isDigest(key) {
		panic(fmt.Sprintf("state: %q is no once key", key))
	}
}

// byStart orders run ids by their second, then by suffix: two plans that start in one second have different
// names, which say nothing about which was first.
func byStart(a, b string) int {
	const second = len(startLayout)
	suffix := func(id string) string { return id[strings.LastIndexByte(id, '-')+1:] }
	return cmp.Or(strings.Compare(a[:second], b[:second]), strings.Compare(suffix(a), suffix(b)), strings.Compare(a, b))
}
