package secret

import (
	"bytes"
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"html"
	"io"
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
		{"JSON in ASCII with escaped slashes", ascii(strings.ReplaceAll(inside(inJSON(canary)), "/", `\/`), `\u%04X`), "[redacted]"},
		{"JSON in JSON", inJSON(inJSON(canary)), `"\"[redacted]\""`},
		{"quoted", fmt.Sprintf("%q %+q", canary, canary), `"[redacted]" "[redacted]"`},
		{"HTML", html.EscapeString(canary), "[redacted]"},
		{"HTML by name", strings.NewReplacer("&", "&amp;", `"`, "&quot;", "<", "&lt;", ">", "&gt;", "'", "&apos;").Replace(canary), "[redacted]"},
		{"HTML in ASCII", numbered(html.EscapeString(canary), "&#x%X;"), "[redacted]"},
		{"Basic authorization of OAuth", base64.StdEncoding.EncodeToString([]byte(url.QueryEscape(canary))), "[redacted]"},
		{"only quotes escaped", strings.ReplaceAll(canary, `"`, `\"`), "[redacted]"},
		{"only quotes doubled", strings.ReplaceAll(canary, `"`, `""`), "[redacted]"},
		{"base64 of Windows", base64.StdEncoding.EncodeToString([]byte(utf16s(canary)[0])), "[redacted]"},
		{"base64 of Windows, behind something", "<" + base64.StdEncoding.EncodeToString([]byte(utf16s("x" + canary)[0])), "<eA[redacted]"},
		{"hex of Java", hex.EncodeToString([]byte(utf16s(canary)[1])), "[redacted]"},
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

// A name may be an everyday word: it is taken out where it stands alone, and the ids that hold it stay what they are.
func TestNamesAreTakenOutWhereTheyStandAlone(t *testing.T) {
	f := NewFilter()
	f.AddNames(New("load"), New("4711"), New("batch.user@bank"))
	for text, want := range map[string]string{
		"user load is locked":               "user [redacted] is locked",
		`{"pid":4711,"user":"load"}`:        `{"pid":[redacted],"user":"[redacted]"}`,
		"load":                              "[redacted]",
		"load_2026-11-20_1795224711000_1":   "load_2026-11-20_1795224711000_1",
		"download, loads, LOAD, reload":     "download, loads, LOAD, reload",
		"a=%3Dload%26b=4711&c":              "a=%3D[redacted]%26b=[redacted]&c",
		`"line\nload\nline \u0026load"`:     `"line\n[redacted]\nline \u0026[redacted]"`,
		"xbatch.user@banks":                 "x[redacted]s",
		"Basic YmF0Y2gudXNlckBiYW5rOnNlY3I": "Basic [redacted]OnNlY3I",
	} {
		if got := string(f.Clean([]byte(text))); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
		for size := 1; size < 9; size++ {
			if got := throughWriter(t, f, text, size); got != want {
				t.Errorf("%q in pieces of %d became %q, want %q", text, size, got, want)
			}
		}
	}
	f.Add(New("load")) // somebody's password, too
	if got := string(f.Clean([]byte("download"))); got != "down[redacted]" {
		t.Errorf("got %q", got)
	}
}

// foreign is a writer for what others wrote, which takes out what Clean does.
func (f *Filter) foreign(to io.Writer) *Writer {
	w := f.Writer(to)
	w.ours = false
	return w
}

// Before what we print stands a filter that leaves our own words, dates and codes as they are, though somebody's password is one
// of them; foreign text has been through Clean.
func TestOurOwnWordsPass(t *testing.T) {
	f := NewFilter()
	for _, word := range []string{"secret", "password", "succeeded", "batch_failed", "2026", "20261120", "2026-11-20", "ok", "nightly", "lab_s3cret", "Passw0rd", "a b c d e f", "changeme-please-now"} {
		f.Add(New(word))
	}
	f.AddNames(New("batch"))
	for text, want := range map[string]string{
		"ok       secrets        all can be read":                     "ok       secrets        all can be read",
		"auth.password of batch run LOAD_2026-11-20_1_1, 20261120T02": "auth.password of batch run LOAD_2026-11-20_1_1, 20261120T02",
		"succeeded, batch_failed, nightly.yaml":                       "succeeded, batch_failed, nightly.yaml",
		"lab_s3cret Passw0rd a b c d e f changeme-please-now":         "[redacted] [redacted] [redacted] [redacted]",
		"c2VjcmV0 cGFzc3dvcmQ=":                                       "[redacted] [redacted]", // base64 is no word
	} {
		var out bytes.Buffer
		w := f.Writer(&out)
		_, _ = w.Write([]byte(text))
		_ = w.Flush()
		if out.String() != want {
			t.Errorf("%q became %q, want %q", text, out.String(), want)
		}
	}
	if got := string(f.Clean([]byte("the secret is 2026"))); got != "the [redacted] is [redacted]" {
		t.Errorf("foreign text: %q", got)
	}
}

// Of a secret of several lines each longer line is one too, and so is all of it as a log puts it into one line.
func TestLinesOfASecret(t *testing.T) {
	const key = "-----BEGIN PRIVATE KEY-----\nMIIEvQIBADANBgkq\nhkiG9w0BAQEFAASC\nabc=\n-----END PRIVATE KEY-----\n"
	f := NewFilter(New("alphaone\r\nbetatwo2\nxy\n"), New("on\ne2"), New(key), New(`{"a": 1,`+"\n"+`  "tok": "qwerty"}`))
	for text, want := range map[string]string{
		"line1=alphaone":               "line1=[redacted]",
		"betatwo2 and xy":              "[redacted] and xy",
		"nl2sp=alphaone betatwo2 xy.":  "nl2sp=[redacted].",
		"alphaonebetatwo2xy":           "[redacted]",
		"on e2, one2, on\ne2, on\\ne2": "[redacted], [redacted], [redacted], [redacted]",
		"-----BEGIN PRIVATE KEY-----":  "-----BEGIN PRIVATE KEY-----",
		"-----BEGIN PRIVATE KEY----- MIIEvQIBADANBgkq hkiG9w0BAQEFAASC abc= -----END PRIVATE KEY-----": "[redacted]",
		"MIIEvQIBADANBgkqhkiG9w0BAQEFAASCabc=":                                                         "[redacted]",
		"hkiG9w0BAQEFAASC":                                                                             "[redacted]",
		base64.StdEncoding.EncodeToString([]byte("hkiG9w0BAQEFAASC")):                                  "[redacted]",
		url.QueryEscape(`"tok": "qwerty"}`):                                                            "[redacted]",
	} {
		if got := string(f.Clean([]byte(text))); got != want {
			t.Errorf("%q became %q, want %q", text, got, want)
		}
	}
	oneLine := NewFilter(New(strings.ReplaceAll(key, "\n", `\n`))) // as a variable holds it
	if got := string(oneLine.Clean([]byte("MIIEvQIBADANBgkq"))); got != Redacted {
		t.Errorf("got %q", got)
	}
	if got := string(NewFilter(New(`a\nbcdefghij`)).Clean([]byte("bcdefghij"))); got != "bcdefghij" {
		t.Errorf("what is no key has no lines in one: %q", got)
	}
}

// throughWriter is what a text becomes that is written in pieces of one size.
func throughWriter(t *testing.T, f *Filter, text string, size int) string {
	t.Helper()
	var out bytes.Buffer
	w := f.foreign(&out)
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
	return out.String()
}

// Of secrets that replace each other the last 32 are known, and one that is known for another reason stays.
func TestRenewedSecretsAreForgotten(t *testing.T) {
	token := func(i int) string { return fmt.Sprintf("token-number-%03d", i) }
	f := NewFilter(New(token(0)))
	for i := range 100 {
		f.Renew(New(token(i)), New("refresh-"+token(i)))
		f.Renew(Value{})
	}
	for i := range 100 {
		clean := string(f.Clean([]byte(token(i))))
		if kept := i == 0 || i >= 100-renewals; (clean == Redacted) != kept {
			t.Errorf("%s became %q", token(i), clean)
		}
	}
	f.current()
	if n := len(f.known); n > 200*renewals {
		t.Errorf("%d needles are kept", n)
	}
}

// Holds is asked about codes and ids, which are not to be mangled for a short secret or a name.
func TestHolds(t *testing.T) {
	f := NewFilter(New("short"), New("a-long-enough-token"))
	f.AddNames(New("a-name-that-is-long-enough"))
	for text, want := range map[string]bool{
		"short_1": false, "x-a-long-enough-token": true, "a-name-that-is-long-enough": false, "": false, "a": false,
		hex.EncodeToString([]byte("a-long-enough-token")): true,
	} {
		if got := f.Holds(text); got != want {
			t.Errorf("Holds(%q) = %v", text, got)
		}
	}
	if (*Filter)(nil).Holds("x") || NewFilter().Holds("x") {
		t.Error("a filter that knows nothing holds something")
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
		if got := throughWriter(t, f, text, size); got != want {
			t.Errorf("in pieces of %d: got %q, want %q", size, got, want)
		}
	}
}

func TestWriterHoldsNothingBackAfterANewline(t *testing.T) {
	var out bytes.Buffer
	w := NewFilter(New("secret")).foreign(&out)
	if _, err := w.Write([]byte("step s\n")); err != nil || out.String() != "step s\n" {
		t.Errorf("%q, %v", out.String(), err)
	}
}

type broken struct{}

func (broken) Write([]byte) (int, error) { return 0, errors.New("disk full") }

func TestWriterReportsAFailedWrite(t *testing.T) {
	w := NewFilter(New("secret")).foreign(broken{})
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
		if len(secret) >= MinLength && !strings.Contains(Redacted, secret) && strings.Contains(strings.ReplaceAll(clean, Redacted, "\x00"), secret) && !strings.Contains(secret, "\x00") {
			t.Errorf("%q still holds %q", clean, secret)
		}
		if cut < 0 || cut > len(text) {
			return
		}
		filter.AddNames(New("name"), New(text[:min(cut, 8)]))
		clean = string(filter.Clean([]byte(text)))
		var out bytes.Buffer
		w := filter.foreign(&out)
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

func BenchmarkRenew(b *testing.B) {
	f := NewFilter(New("client-secret-0123456789"), New("p@ssw&rd+%"))
	for i := 0; b.Loop(); i++ {
		f.Renew(New(fmt.Sprint(strings.Repeat("eyJhbGciOi.", 180), i)), New(fmt.Sprint("refresh", i)))
	}
}
