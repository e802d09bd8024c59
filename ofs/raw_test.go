package ofs

import (
	"crypto/sha256"
	"fmt"
	"strings"
	"testing"

	"ofsplan/internal/secret"
)

func TestAnAnswerIsKeptWithoutItsSecrets(t *testing.T) {
	filter := secret.NewFilter()
	filter.Add(secret.New("hunter2-hunter2"))
	c := &Client{cfg: Config{Bounds: Bounds{Filter: filter}}}
	for _, x := range []struct {
		name, body string
		hashed     bool
		want       string
	}{
		{"a page of a proxy", "<html>\n<p>502</p>\n</html>", true, "<html>\n<p>502</p>\n</html>"},
		{"a secret", "{\"was\":\n\"hunter2-hunter2\"}", false, "{\"was\":\n\"[redacted]\"}"},
		{"nothing", "", true, ""},
		{"no UTF-8", "a\xffb", true, "a\uFFFDb"},
		{"very much", strings.Repeat("é", maxKept), true, strings.Repeat("é", maxKept/2) + "…"},
	} {
		t.Run(x.name, func(t *testing.T) {
			r := c.raw(exchange{status: 502, line: "HTTP/1.1 502 Bad\x1b[31m Gateway", body: []byte(x.body)}, true)
			if r.Size != len(x.body) || strings.ContainsRune(r.Line, 0x1b) || !strings.HasPrefix(r.Line, "HTTP/1.1 502 Bad") {
				t.Errorf("got %+v", r)
			}
			if r.Body != x.want {
				t.Errorf("kept is %.80q, want %.80q", r.Body, x.want)
			}
			if sum := fmt.Sprintf("%x", sha256.Sum256([]byte(x.body))); x.hashed && r.SHA256 != sum || !x.hashed && r.SHA256 != "" {
				t.Errorf("the hash is %q", r.SHA256)
			}
		})
	}
	if r := c.raw(exchange{status: 200, line: "HTTP/1.1 200 OK", body: []byte("{}")}, false); r.Body != "" || r.Size != 2 {
		t.Errorf("of an answer that says what it says is kept %+v", r)
	}
	if r := c.raw(exchange{}, true); r != (Raw{}) {
		t.Errorf("of no answer is kept %+v", r)
	}
	// A secret that was broken over two lines is whole again when somebody joins them.
	filter.Add(secret.New("one two three"))
	if r := c.raw(exchange{status: 500, body: []byte("was one\n two three")}, true); strings.Contains(strings.Join(strings.Fields(r.Body), " "), "one two three") {
		t.Errorf("kept is %q", r.Body)
	}
}
