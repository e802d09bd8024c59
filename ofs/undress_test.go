package ofs

import (
	"bytes"
	"compress/gzip"
	"errors"
	"testing"
)

func zipped(t testing.TB, text string) string {
	t.Helper()
	var b bytes.Buffer
	w := gzip.NewWriter(&b)
	if _, err := w.Write([]byte(text)); err != nil {
		t.Fatal(err)
	}
	if err := w.Close(); err != nil {
		t.Fatal(err)
	}
	return b.String()
}

// What a gateway puts around an answer does not matter to a look. Of a request that changes something it is named, and proves
// nothing.
func TestDressedAnswers(t *testing.T) {
	bomb := zipped(t, string(bytes.Repeat([]byte(" "), 1<<20)))
	for _, tt := range []struct {
		name, encoding, body string
		look                 string // what is said of a look; empty: it is understood
		trigger              string
	}{
		{"gzip", "gzip", zipped(t, ongoing), "", "it is encoded (Content-Encoding: gzip), which nobody asked for"},
		{"gzip by its other name", " X-GZIP ", zipped(t, ongoing), "", "(Content-Encoding: x-gzip)"},
		{"gzip in silence", "", zipped(t, ongoing), "compressed with gzip, which nobody asked for", "compressed with gzip"},
		{"as it is", "identity", ongoing, "", ""},
		{"said to be gzip", "gzip", ongoing, "it is compressed (Content-Encoding: gzip), and is not", ""},
		{"cut gzip", "gzip", zipped(t, ongoing)[:40], "compressed (Content-Encoding: gzip), and broken", "(Content-Encoding: gzip)"},
		{"a bomb", "gzip", bomb, "too large: more than 4096 bytes when it is decompressed", "(Content-Encoding: gzip)"},
		{"brotli", "br", "\x1b\x99\x00", "it is encoded (Content-Encoding: br)", "(Content-Encoding: br)"},
		{"twice", "gzip, gzip", zipped(t, zipped(t, ongoing)), "(Content-Encoding: gzip, gzip)", "(Content-Encoding: gzip, gzip)"},
		{"a byte order mark", "", "\xEF\xBB\xBF" + ongoing, "", "it begins with a byte order mark (U+FEFF)"},
		{"a byte order mark in gzip", "gzip", zipped(t, "\xEF\xBB\xBF"+ongoing), "", "(Content-Encoding: gzip)"},
		{"UTF-16", "", "\xFF\xFE{\x00}\x00", "byte order mark of UTF-16", "byte order mark of UTF-16"},
		{"Latin-1", "", "{\"summary\":\"Stapel l\xe4uft\"}", "it is not in UTF-8", "it is not in UTF-8"},
	} {
		s, _ := scheduler(t, false, 200, tt.body, "Content-Encoding", tt.encoding)
		c := client(t, s.URL, nil, func(c *Config) { c.MaxAnswer = 4096 })
		for i := range 2 {
			a, err := c.Ask(t.Context(), frozen(t, c, OpStatus))
			e, failed := errors.AsType[*CallError](err)
			switch {
			case tt.look == "" && (failed || a.Status != "ongoing" || a.Same != (i == 1)):
				t.Errorf("%s: %+v, %v", tt.name, a, err)
			case tt.look != "" && (!failed || e.Kind != KindLost || e.Trouble != Garbled):
				t.Errorf("%s: %+v, %v", tt.name, a, err)
			case tt.look != "":
				contains(t, e.Message, tt.look)
			}
		}
		if tt.trigger == "" {
			continue
		}
		r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed)
		if r.Class != InDoubt {
			t.Errorf("%s: %+v", tt.name, r)
		}
		contains(t, r.Message, tt.trigger)
	}
	// Also where the answer would have been good: it is compressed against what we asked for, and nobody knows who did that.
	s, _ := scheduler(t, false, 200, zipped(t, accepted), "Content-Encoding", "gzip")
	if r := client(t, s.URL, nil).Send(t.Context(), frozen(t, client(t, s.URL, nil), OpTrigger), "k", committed); r.Class != InDoubt {
		t.Errorf("got %+v", r)
	}
}
