package source

import (
	"math"
	"testing"
	"time"
)

func TestReaderReportsEverythingAtOnce(t *testing.T) {
	const text = `name: nightly
depends_on: x
treshold: 3
retries: 0123
loud: yes
sure: "true"
wait: 90
every: 30s
mode: fasst
sub: [1]
text: {to: ops, text: hello, world}
empty:
x_free: 1
list: one
`
	root, errs := Parse("p.yaml", []byte(text))
	r := Reader{Errors: errs, Synonyms: map[string]string{"depends_on": "needs"}}
	m := r.Mapping(root, "the file", "name", "needs", "threshold", "retries", "loud", "sure", "wait", "every", "mode", "sub",
		"text", "empty", "list", "size", "x_*")
	m.Require("name", "size")
	if m.Text("name") != "nightly" || m.Int("retries", 7) != 7 || !m.Bool("sure", true) || m.Bool("loud", false) {
		t.Error("a value is not what was written, or not the one for a wrong one")
	}
	if m.Duration("wait", time.Second) != time.Second || m.Duration("every", 0) != 30*time.Second || m.Float("size", 1.5) != 1.5 {
		t.Error("a duration is not what was written")
	}
	if m.Enum("mode", "fast", "slow") != "" || len(m.List("list")) != 1 || m.Text("empty") != "" {
		t.Error("a word, a list or nothing is not what was written")
	}
	m.Mapping("sub", "a")
	m.Mapping("text", "to", "text")
	const want = `p.yaml:1:1: the file has no "size"
p.yaml:2:1: unknown key "depends_on" in the file
	did you mean "needs"?
p.yaml:3:1: unknown key "treshold" in the file
	did you mean "threshold"?
p.yaml:4:10: "retries" of the file: "0123" is not a whole number: a leading zero makes it a code
p.yaml:5:7: "loud" of the file must be true or false, not "yes"
	write true
p.yaml:6:7: "sure" of the file must be true or false, not "true"
	leave out the quotes
p.yaml:7:7: "wait" of the file: "90" is not a duration: a number needs a unit, such as 90s or 90m
p.yaml:9:7: "mode" of the file cannot be "fasst": it must be "fast" or "slow"
	did you mean "fast"?
p.yaml:10:6: "sub" of the file must be a mapping, not a list
p.yaml:11:30: unknown key "world" in "text" of the file
	inside { } a comma ends a value: quote the value when the comma belongs to it
p.yaml:12:7: "empty" of the file has no value
	write one, or leave the key out`
	if got := r.Err().Error(); got != want {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}

func TestDuration(t *testing.T) {
	for text, want := range map[string]time.Duration{
		"90s": 90 * time.Second, "30m": 30 * time.Minute, "2h30m": 150 * time.Minute, "1d": 24 * time.Hour, "250ms": 250 * time.Millisecond,
		"0s": 0, "1d2h3m4s5ms": 26*time.Hour + 3*time.Minute + 4*time.Second + 5*time.Millisecond, "106751d": 106751 * 24 * time.Hour,
	} {
		if got, err := Duration(text); got != want || err != nil {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "90", "-5m", "1.5h", "5m2h", "5m5m", "1w", "5 m", "m", "9999999d", "99999999999999999999s", "5M"} {
		if got, err := Duration(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
}

func TestSizeAndNumbers(t *testing.T) {
	for text, want := range map[string]int64{"10KB": 10_000, "5MiB": 5 << 20, "0B": 0, "2TiB": 2 << 40} {
		if got, err := Size(text); got != want || err != nil {
			t.Errorf("%s: got %v, %v", text, got, err)
		}
	}
	for _, text := range []string{"", "10", "-1B", "1.5MB", "10kb", "99999999999TiB"} {
		if got, err := Size(text); err == nil {
			t.Errorf("%q: got %v, want an error", text, got)
		}
	}
	for text, fine := range map[string]bool{"0": true, "-3": true, "007": false, "+1": false, "1_000": false, "1.0": false, "": false, "9223372036854775808": false} {
		if _, err := Int(text); (err == nil) != fine {
			t.Errorf("Int(%q): %v", text, err)
		}
	}
	for text, fine := range map[string]bool{"0.5": true, "-3": true, "1e3": false, ".5": false, "NaN": false, "0x1p3": false, "01": false} {
		if f, err := Float(text); (err == nil) != fine || math.IsNaN(f) {
			t.Errorf("Float(%q): %v", text, err)
		}
	}
}

func TestSuggest(t *testing.T) {
	known := []string{"extract", "needs", "timeout", "on_failure", "if", "id"}
	for word, want := range map[string]string{
		"extrct": "extract", "exrtact": "extract", "Needs": "needs", "onFailure": "on_failure", "on-failure": "on_failure",
		"time_out": "timeout", "banana": "", "x": "", "": "", "nedes": "needs", "fi": "if",
	} {
		if got := Suggest(word, known); got != want {
			t.Errorf("Suggest(%q) = %q, want %q", word, got, want)
		}
	}
}
