package callcode_test

import (
	"testing"

	"ofsplan/ofs/callcode"
)

func TestCodes(t *testing.T) {
	for _, c := range []struct {
		text             string
		code             int
		meaning          string
		refuses, tooLate bool
	}{
		{"1", 1, "", false, false},
		{"0", callcode.Success, "success", false, false},
		{"-1", callcode.Failure, "failure", false, false},
		{"-2", -2, "", false, false}, // of batch runs and tasks alone
		{"-3", callcode.NoObject, "object does not exist", true, false},
		{"-4", callcode.BadArguments, "invalid arguments, or too few in the body", true, false},
		{"-5", callcode.BadHeaders, "invalid or missing headers", true, false},
		{"-6", callcode.NoJob, "no executable job is present", true, false},
		{"-7", callcode.Interrupted, "job is already interrupted", false, true},
		{"-8", callcode.NotInterrupted, "job is not ongoing or aborted", false, true},
		{"-9", -9, "", false, false},
	} {
		if got := callcode.Meaning(c.code); got != c.meaning {
			t.Errorf("%d means %q, want %q", c.code, got, c.meaning)
		}
		if callcode.Refuses(c.code) != c.refuses || callcode.TooLate(c.code) != c.tooLate {
			t.Errorf("%d: refuses %t, too late %t", c.code, callcode.Refuses(c.code), callcode.TooLate(c.code))
		}
		if got, ok := callcode.Parse(c.text); !ok || got != c.code {
			t.Errorf("%q is read as %d, %t", c.text, got, ok)
		}
		if !callcode.Is(c.text, 99, c.code) || callcode.Is(c.text, 99) || callcode.Is(c.text) {
			t.Errorf("%q is not told from others", c.text)
		}
	}
	for _, text := range []string{"", "O", "+1", "-03", " -3", "-3 ", "1.0", "99999999999999999999"} {
		if got, ok := callcode.Parse(text); ok || callcode.Is(text, got) {
			t.Errorf("%q is read as %d", text, got)
		}
	}
}
