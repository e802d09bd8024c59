package state

import (
	"strings"
	"testing"
	"time"
)

func TestNewRunID(t *testing.T) {
	at := time.Date(2026, 11, 23, 3, 0, 0, 0, time.FixedZone("CET", 3600))
	tests := []struct{ name, plan, suffix, want string }{
		{"usual", "nightly_aml", "7f3c", "20261123T020000Z-nightly_aml-7f3c"},
		{"a name that is no folder's", "../Nightly AML", "7f3c", "20261123T020000Z-___nightly_aml-7f3c"},
		{"no name", "", "7f3c", "20261123T020000Z-plan-7f3c"},
		{"a long name", strings.Repeat("x", 100), "7f3c", "20261123T020000Z-" + strings.Repeat("x", 40) + "-7f3c"},
		{"a short suffix", "a", "7f3", ""},
		{"a suffix that leaves the folder", "a", "7f3c/..", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := NewRunID(at, tt.plan, tt.suffix)
			if got != tt.want || (err != nil) != (tt.want == "") {
				t.Errorf("got %q, %v, want %q", got, err, tt.want)
			}
		})
	}
}
