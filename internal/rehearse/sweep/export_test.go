package sweep

import (
	"testing"

	"ofsplan/internal/rehearse"
)

// A Trial is one night of a sweep.
type Trial struct {
	*Cell
	Night rehearse.Night
}

// Nights are the nights of a sweep, the usual one first.
func Nights(t *testing.T, usual rehearse.Night) []Trial {
	t.Helper()
	w, err := newSweeper(usual, Options{})
	if err != nil {
		t.Fatal(err)
	}
	all, err := w.play()
	if err != nil {
		t.Fatal(err)
	}
	nights := make([]Trial, len(all))
	for i, one := range all {
		nights[i] = Trial{one.cell, one.night}
	}
	return nights
}
