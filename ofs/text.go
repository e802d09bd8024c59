package ofs

import (
	"errors"
	"strings"
	"time"
	"unicode"

	"ofsplan/internal/secret"
)

// maxText is the longest piece of a server's text we repeat, in bytes.
const maxText = 500

// plain makes a server's text safe to print and to keep: one line of valid UTF-8 without control characters or
// characters that turn the direction of writing, and not too long.
func plain(s string) string {
	cut := len(s) > 4*maxText
	if cut {
		s = s[:4*maxText]
	}
	s = strings.ToValidUTF8(s, "\uFFFD")
	s = strings.Map(func(r rune) rune {
		if unicode.IsSpace(r) {
			return ' '
		}
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) || unicode.Is(unicode.Co, r) {
			return '\uFFFD'
		}
		return r
	}, s)
	s = strings.Join(strings.Fields(s), " ")
	if len(s) > maxText {
		s, cut = strings.ToValidUTF8(s[:maxText], ""), true
	}
	if cut {
		s += "…"
	}
	return s
}

// OneLine is a message with its hint behind it instead of on a line below.
func OneLine(message string) string { return strings.ReplaceAll(message, "\n\t", "; ") }

// safe is plain for text that may repeat a secret. It is cleaned as it came and once more as it is told, since a
// secret that was broken over two lines is whole again then.
func safe(f *secret.Filter, s string) string {
	return string(f.Clean([]byte(plain(string(f.Clean([]byte(s)))))))
}

// told is the text of an error, made safe to print. What we say ourselves does not pass the filter: a password may be one of our
// words, and no foreign text is in it.
func told(f *secret.Filter, err error) string {
	text := reason(err)
	if _, stopped := errors.AsType[stopError](err); stopped {
		return plain(text)
	}
	for _, own := range []error{errNoPass, errReused, errTwice, errTimeout, errEarly, errTooLarge, ErrBroken} {
		if errors.Is(err, own) {
			return plain(text)
		}
	}
	return safe(f, text)
}

// say makes a server's text safe to print and to keep.
func (c *Client) say(s string) string { return safe(c.cfg.Filter, s) }

// name is a code or a batch run id out of an answer. Steps are decided by it, so it stays what it is, even where the
// name of a user or client is part of it; only what is neither, or tells a secret, is made safe like other text.
func (c *Client) name(s string) string {
	if (CheckCode(s) == nil || CheckCode(RunCode(s)) == nil) && !c.cfg.Filter.Holds(s) {
		return s
	}
	return c.say(s)
}

// stamped is a moment as people read it in messages.
func stamped(t time.Time) string { return t.UTC().Format(time.RFC3339) }
