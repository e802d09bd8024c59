package source

import (
	"fmt"
	"strings"
)

// Meant is the hint at the word that [Suggest] finds, and "" when it finds none.
func Meant(word string, known []string) string {
	if better := Suggest(word, known); better != "" {
		return fmt.Sprintf("did you mean %q?", better)
	}
	return ""
}

// Suggest returns the known word that the given one is most likely a slip of the pen for, and "" when none is
// near: at most one wrong, missing, extra or swapped letter for every three, whatever the case and the
// separators. Of equally near words the first known one is chosen.
func Suggest(word string, known []string) string {
	const longest = 64 // nobody mistypes more, and the comparison is quadratic
	if len(word) > longest {
		return ""
	}
	plain := strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(word))
	best, nearest := "", 0
	for _, k := range known {
		if k == "" || len(k) > longest {
			continue
		}
		lower := strings.ToLower(k)
		if lower == plain || strings.ReplaceAll(lower, "_", "") == strings.ReplaceAll(plain, "_", "") {
			return k
		}
		limit := (max(len(plain), len(lower)) + 2) / 3
		if len(plain) <= 2 || len(lower) <= 2 {
			limit = 1
		}
		if min(len(plain), len(lower)) <= limit {
			continue // every letter could be wrong
		}
		d := distance(plain, lower)
		if d <= limit && (best == "" || d < nearest) {
			best, nearest = k, d
		}
	}
	return best
}

// distance counts the wrong, missing, extra and swapped letters between two words.
func distance(a, b string) int {
	x, y := []rune(a), []rune(b)
	previous, row := make([]int, len(y)+1), make([]int, len(y)+1)
	for j := range row {
		row[j] = j
	}
	for i := 1; i <= len(x); i++ {
		next := make([]int, len(y)+1)
		next[0] = i
		for j := 1; j <= len(y); j++ {
			cost := 1
			if x[i-1] == y[j-1] {
				cost = 0
			}
			next[j] = min(row[j]+1, next[j-1]+1, row[j-1]+cost)
			if i > 1 && j > 1 && x[i-1] == y[j-2] && x[i-2] == y[j-1] {
				next[j] = min(next[j], previous[j-2]+1)
			}
		}
		previous, row = row, next
	}
	return row[len(y)]
}
