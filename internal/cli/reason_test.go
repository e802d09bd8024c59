package cli

import (
	"strings"
	"testing"

	"ofsplan/internal/cli/terminal"
)

// A reason stands in the audit log as it was given, so it is text as a plan's is.
func TestAReasonIsText(t *testing.T) {
	for reason, want := range map[string]string{
		"M\xfcller": "it is not UTF-8", "a\x1b[31mred": "U+001B", "a\u202eb": "direction",
	} {
		for _, args := range [][]string{
			{"run", "no.yaml", "--skip", "a", "--reason", reason}, {"resolve", "last", "a", "--skipped", "--reason=" + reason},
			{"audit", "acknowledge", "RUN", "--reason", reason}, {"resume", "last", "--retry", "a", "--reason", reason},
		} {
			root := newRoot(terminal.New(nil, nil, nil), args)
			root.SetArgs(args)
			if err := root.Execute(); err == nil || !strings.Contains(err.Error(), "--reason: ") || !strings.Contains(err.Error(), want) {
				t.Errorf("%q: got %v, want %q", args, err, want)
			}
		}
	}
}
