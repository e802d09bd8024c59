package ofs

import (
	"strings"
	"testing"
)

// A limit is reached and not passed.
func TestLimitsAtTheirEdges(t *testing.T) {
	id := strings.Repeat("R", maxRunID)
	if err := CheckRunID(id); err != nil {
		t.Errorf("a batch run id of %d characters: %v", maxRunID, err)
	}
	if CheckRunID(id+"R") == nil {
		t.Errorf("a batch run id of %d characters is none", maxRunID+1)
	}
	text := strings.Repeat("x", maxText)
	for _, test := range []struct{ name, text, want string }{
		{"as long as may be", text, text},
		{"one more", text + "x", text + "…"},
		{"as long as is looked at, most of it blanks", text + strings.Repeat(" ", 3*maxText), text},
		{"longer than is looked at", "x" + strings.Repeat(" ", 4*maxText), "x…"},
	} {
		if got := plain(test.text); got != test.want {
			t.Errorf("%s: %d bytes have become %d, want %d: …%q", test.name, len(test.text), len(got), len(test.want), got[max(0, len(got)-5):])
		}
	}
}
