package audit

import (
	"bytes"
	"encoding/json"
	"testing"
	"unicode/utf8"
)

func TestNothingUnsafeStandsBareInALine(t *testing.T) {
	tests := []struct{ name, data, want string }{
		{"plain", `{"a":"b"}`, `{"a":"b"}`},
		{"letters of the world", `{"a":"Zoë 東京 <&>"}`, `{"a":"Zoë 東京 <&>"}`},
		{"delete and C1", "{\"a\":\"\x7f\u009b31m\"}", `{"a":"\u007f\u009b31m"}`},
		{"reordering and hiding", "{\"a\":\"\u202e\u200b\ufeff\u2028\"}", `{"a":"\u202e\u200b\ufeff\u2028"}`},
		{"past the basic plane", "{\"a\":\"\U000e0041 😀\"}", `{"a":"\udb40\udc41 😀"}`},
		{"broken UTF-8", "{\"a\":\"x\xffy\"}", `{"a":"x\ufffdy"}`},
		{"spread over lines", "{\n\t\"a\": \"b c\"\r\n}", `{"a":"b c"}`},
		{"space around it", ` {"a": "b"}  `, `{"a": "b"}`},
		{"escapes stay", `{"a":"\u001b[31m\n\""}`, `{"a":"\u001b[31m\n\""}`},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			e := Entry{Time: testStart, Type: "x", Data: json.RawMessage(tt.data)}
			line, err := e.appendLine(nil, place{"r", 1, 0, Genesis})
			if err != nil {
				t.Fatal(err)
			}
			r, err := Parse(line)
			if err != nil {
				t.Fatal(err)
			}
			if string(r.Data) != tt.want {
				t.Errorf("got %s, want %s", r.Data, tt.want)
			}
		})
	}
}

func TestPrintable(t *testing.T) {
	for in, want := range map[string]string{
		"plain":                  "plain",
		"two\nlines\tand a tab":  `two\nlines and a tab`,
		"red \x1b[31m, bell \a":  `red \u001b[31m, bell \u0007`,
		"bad \xff byte":          "bad \ufffd byte",
		"gespeichert: für Zoë":   "gespeichert: für Zoë",
		"reversed \u202etxt.exe": `reversed \u202etxt.exe`,
	} {
		if got := Printable(in); got != want {
			t.Errorf("%q: got %q, want %q", in, got, want)
		}
	}
}

// FuzzLine: whatever is accepted survives being written and read, alone on its line, safe to print.
func FuzzLine(f *testing.F) {
	f.Add("request.sent", "load", `{"key":"load/1/trigger/1"}`)
	f.Add("\x1b", "score[RETAIL]", "[\"\xff\u2028\"]")
	f.Add("0", "0", "0  ")
	f.Add("a\"b\\", "\U000e0041", "\n{}\n")
	f.Fuzz(func(t *testing.T, kind, step, data string) {
		e := Entry{Time: testStart, Type: kind, Step: step, Attempt: 1, Data: json.RawMessage(data)}
		line, err := e.appendLine(nil, place{testRun, 1, 0, Genesis})
		if err != nil {
			return
		}
		if !utf8.Valid(line) || bytes.ContainsFunc(line, unsafe) {
			t.Fatalf("unsafe line %q", line)
		}
		r, err := Parse(line)
		if err != nil {
			t.Fatalf("%q: %v", line, err)
		}
		if utf8.ValidString(kind) && r.Type != kind || utf8.ValidString(step) && r.Step != step {
			t.Fatalf("got %q %q, want %q %q", r.Type, r.Step, kind, step)
		}
		again := Entry{Time: r.Time, Type: r.Type, Step: r.Step, Attempt: r.Attempt, Data: r.Data}
		twice, err := again.appendLine(nil, place{testRun, 1, 0, Genesis})
		if err != nil || !bytes.Equal(twice, line) {
			t.Fatalf("written again:\n%s\n%s, %v", line, twice, err)
		}
	})
}

// FuzzVerify: no bytes make the verifier fall over, and what it calls good is a prefix of the file.
func FuzzVerify(f *testing.F) {
	b, _ := goldenBytes(f)
	f.Add(b)
	f.Add(b[:len(b)/2])
	f.Add([]byte("{}\n\n\x00"))
	f.Fuzz(func(t *testing.T, b []byte) {
		v := verify(t, b, nil)
		if v.Head.Size > int64(len(b)) || v.Head.Count < 0 || (v.State == Broken) != (v.Err() != nil) {
			t.Fatalf("%+v", v)
		}
		if v.Head.Size > 0 && b[v.Head.Size-1] != '\n' {
			t.Fatalf("the head ends inside a line: %+v", v.Head)
		}
	})
}
