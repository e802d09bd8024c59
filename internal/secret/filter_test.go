package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"net/url"
	"strings"
	"testing"
)

func TestFilterKnowsEveryEncoding(t *testing.T) {
	f := NewFilter(New(canary), Value{}, New("abc"))
	inJSON := func(v any) string {
		b, err := json.Marshal(v)
		if err != nil {
			t.Fatal(err)
		}
		return string(b)
	}
	tests := []struct{ name, text, want string }{
		{"plain", "a " + canary + " b", "a [redacted] b"},
		{"twice", canary + canary, "[redacted][redacted]"},
		{"base64", "<" + base64.StdEncoding.EncodeToString([]byte(canary)) + ">", "<[redacted]>"},
		{"base64 for URLs", "<" + base64.RawURLEncoding.EncodeToString([]byte(canary)) + ">", "<[redacted]>"},
		{"form", "password=" + url.QueryEscape(canary) + "&x", "password=[redacted]&x"},
		{"path", "/" + url.PathEscape(canary) + "/", "/[redacted]/"},
		{"lower percent", lowerPercents(url.QueryEscape(canary)) + "!", "[redacted]!"},
		{"hex", hex.EncodeToString([]byte(canary)), "[redacted]"},
		{"JSON", inJSON(canary), `"[redacted]"`},
		{"JSON in JSON", inJSON(inJSON(canary)), `"\"[redacted]\""`},
		{"quoted", fmt.Sprintf("%q %+q", canary, canary), `"[redacted]" "[redacted]"`},
		{"HTML", html.EscapeString(canary), "[redacted]"},
		{"nothing", "abc is too short to be told from text", "abc is too short to be told from text"},
		{"empty", "", ""},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if got := string(f.Clean([]byte(tt.text))); got != tt.want {
				t.Errorf("got %q, want %q", got, tt.want)
			}
		})
	}
}

// Basic authorization is base64 of user:password, so the password can begin at any of three positions of a group.
func TestFilterFindsASecretInsideLongerBase64(t *testing.T) {
	f := NewFilter(New("s3cr3t-pässword"))
	for before := range 7 {
		for after := range 4 {
			whole := strings.Repeat("u", before) + "s3cr3t-pässword" + strings.Repeat("z", after)
			got := string(f.Clean([]byte(base64.StdEncoding.EncodeToString([]byte(whole)))))
			if !strings.Contains(got, Redacted) {
				t.Errorf("%d before, %d after: %q still holds it", before, after, got)
			}
		}
	}
}

func TestFilterPrefersTheLongerSecret(t *testing.T) {
	f := NewFilter(New("abcd"), New("abcdefgh"))
	if got := string(f.Clean([]byte("abcdefgh abcdef"))); got != "[redacted] [redacted]ef" {
		t.Errorf("got %q", got)
	}
}

// Whatever the cuts between writes, the same comes out as for one write.
func TestWriterFindsASecretCutIntoWrites(t *testing.T) {
	f := NewFilter(New("abcd"), New("abcdefgh"), New(canary))
	text := "x abcdefg y abcdefgh z " + canary + "\n ab abc abcd ab"
	want := string(f.Clean([]byte(text)))
	for size := 1; size <= len(text); size++ {
		var out bytes.Buffer
		w := f.Writer(&out)
		for rest := text; rest != ""; {
			n := min(size, len(rest))
			if got, err := w.Write([]byte(rest[:n])); got != n || err != nil {
				t.Fatalf("Write = %d, %v", got, err)
			}
			rest = rest[n:]
		}
		if err := w.Flush(); err != nil {
			t.Fatal(err)
		}
		if out.String() != want {
			t.Errorf("in pieces of %d: got %q, want %q", size, out.String(), want)
		}
	}
}

func TestWriterHoldsNothingBackAfterANewline(t *testing.T) {
	var out bytes.Buffer
	w := NewFilter(New("secret")).Writer(&out)
	if _, err := w.Write([]byte("step s\n")); err != nil || out.String() != "step s\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriterReportsAFailedWrite(t *testing.T) {
	w := NewFilter(New("secret")).Writer(broken{})
	if n, err := w.Write([]byte("hello")); n != 0 || err == nil {
		t.Errorf("Write = %d, %v", n, err)
	}
	if _, err := w.Write([]byte("sec")); err != nil {
		t.Errorf("nothing was written yet: %v", err)
	}
	if err := w.Flush(); err == nil {
		t.Error("Flush did not report the failure")
	}
}

func TestFilterLearns(t *testing.T) {
	f := NewFilter()
	var out bytes.Buffer
	w := f.Writer(&out)
	f.Add(New("fresh-token"))
	if _, err := w.Write([]byte("Bearer fresh-token\n")); err != nil || out.String() != "Bearer [redacted]\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
	if got := (*Filter)(nil).Clean([]byte("x")); string(got) != "x" {
		t.Errorf("a nil filter made %q", got)
	}
}

// Cleaning leaves no encoding behind, and writing in two pieces gives what cleaning at once gives.
func FuzzFilter(f *testing.F) {
	f.Add("secret", "a secret b", 4)
	f.Add(canary, "x"+url.QueryEscape(canary), 7)
	f.Add("aaaa", "aaaaaaaaa", 3)
	f.Fuzz(func(t *testing.T, secret, text string, cut int) {
		if len(secret) > 1000 {
			return
		}
		filter := NewFilter(New(secret))
		clean := string(filter.Clean([]byte(text)))
		if len(secret) >= minLength && !strings.Contains(Redacted, secret) && strings.Contains(strings.ReplaceAll(clean, Redacted, "\x00"), secret) && !strings.Contains(secret, "\x00") {
			t.Errorf("%q still holds %q", clean, secret)
		}
		if cut < 0 || cut > len(text) {
			return
		}
		var out bytes.Buffer
		w := filter.Writer(&out)
		_, _ = w.Write([]byte(text[:cut]))
		_, _ = w.Write([]byte(text[cut:]))
		_ = w.Flush()
		if out.String() != clean {
			t.Errorf("in two pieces: %q, at once: %q", out.String(), clean)
		}
	})
}

func BenchmarkCleanLine(b *testing.B) {
	f := NewFilter(New("client-secret-0123456789"), New("p@ssw&rd+%"), New(strings.Repeat("tok", 300)))
	line := []byte(strings.Repeat(`{"seq":12,"type":"request.sent","step":"load"}`, 10))
	b.SetBytes(int64(len(line)))
	for b.Loop() {
		f.Clean(line)
	}
}
