package terminal

import (
	"bytes"
	"errors"
	"strings"
	"testing"
)

func TestNothingThatATerminalObeysIsPrinted(t *testing.T) {
	for _, c := range []struct {
		name, text, want string
		color            bool
	}{
		{"plain", "two lines\n\tand a hint\n", "two lines\n\tand a hint\n", false},
		{"other scripts", "Übung 夜 🙂\n", "Übung 夜 🙂\n", false},
		{"a title and a cleared screen", "a\x1b[2J\x1b]0;pwn\x07b", `a\u001b[2J\u001b]0;pwn\u0007b`, false},
		{"the same in colour", "a\x1b[2J\x1b]0;pwn\x07b", `a\u001b[2J\u001b]0;pwn\u0007b`, true},
		{"colours where there are none", "\x1b[31mred\x1b[0m", `\u001b[31mred\u001b[0m`, false},
		{"colours", "\x1b[31mred\x1b[1;2m\x1b[0m", "\x1b[31mred\x1b[1;2m\x1b[0m", true},
		{"back to the beginning of the line", "good\rbad", `good\rbad`, false},
		{"the other direction", "a\u202eb\u2066c", `a\u202eb\u2066c`, false},
		{"C1, separators, and what cannot be seen", "a\u009bb\u2028c\u200bd", `a\u009bb\u2028c\u200bd`, false},
		{"no UTF-8", "a\xffb\xc3", "a\ufffdb\ufffd", false},
	} {
		for step := 1; step <= len(c.text); step++ {
			if c.color && step < len(c.text) {
				continue // one that colours a text writes the whole sequence at once
			}
			var got bytes.Buffer
			w := &printable{to: &got, color: c.color}
			for rest := c.text; rest != ""; {
				part := rest[:min(step, len(rest))]
				rest = rest[len(part):]
				if n, err := w.Write([]byte(part)); n != len(part) || err != nil {
					t.Fatalf("%s: %d, %v", c.name, n, err)
				}
			}
			if err := w.flush(); err != nil || got.String() != c.want {
				t.Errorf("%s, %d bytes at a time\n got %q, %v\nwant %q", c.name, step, got.String(), err, c.want)
			}
		}
	}
}

func TestAnOutputThatFailsSaysSo(t *testing.T) {
	w := &printable{to: failing{}}
	if _, err := w.Write([]byte(strings.Repeat("x", 10))); err == nil {
		t.Error("nobody hears of it")
	}
}

type failing struct{}

func (failing) Write([]byte) (int, error) { return 0, errors.New("no") }
