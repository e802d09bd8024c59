package terminal

import (
	"io"
	"unicode/utf8"

	"ofsplan/audit"
)

// printable stands before an output and lets nothing through that a terminal would obey or that changes how a line reads, whoever
// wrote it into a log, a file's name or an answer: such a character is shown as JSON escapes it, so that JSON stays what it says.
// Line breaks and tabs pass, and in colour the colours.
type printable struct {
	to     io.Writer
	color  bool
	kept   []byte // the beginning of a character whose end was not written yet
	toSend []byte
}

// Write passes on what is harmless of p. It takes all of it, or says how the output failed.
func (w *printable) Write(p []byte) (int, error) {
	text := p
	if len(w.kept) > 0 {
		text = append(w.kept, p...)
	}
	out := w.toSend[:0]
	for len(text) > 0 {
		r, n := utf8.DecodeRune(text)
		switch {
		case r == utf8.RuneError && n == 1 && !utf8.FullRune(text):
			w.kept, w.toSend = append(w.kept[:0:0], text...), out
			return w.send(out, len(p))
		case r == '\n' || r == '\t' || ' ' <= r && r <= '~':
			out = append(out, text[:n]...)
		case r == 0x1b && w.color && colors(text) > 0:
			n = colors(text)
			out = append(out, text[:n]...)
		default:
			out = append(out, audit.Printable(string(r))...)
		}
		text = text[n:]
	}
	w.kept, w.toSend = nil, out
	return w.send(out, len(p))
}

// send writes what is left of n bytes.
func (w *printable) send(out []byte, n int) (int, error) {
	if len(out) == 0 {
		return n, nil
	}
	if _, err := w.to.Write(out); err != nil {
		return 0, err
	}
	return n, nil
}

// colors is the length of the sequence that text begins with when it sets a colour and no more; 0: it does something else.
func colors(text []byte) int {
	if len(text) < 2 || text[1] != '[' {
		return 0
	}
	for i, c := range text[2:] {
		switch {
		case c == 'm':
			return i + 3
		case (c < '0' || c > '9') && c != ';':
			return 0
		}
	}
	return 0
}

// flush shows the beginning of a character that was never ended as what it is: none.
func (w *printable) flush() error {
	if len(w.kept) == 0 {
		return nil
	}
	w.kept = nil
	_, err := w.to.Write([]byte("\ufffd"))
	return err
}
