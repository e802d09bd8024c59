package cli

import (
	"bytes"
	"strings"
	"testing"

	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/secret"
)

// A panic is not wrong usage: it says that batches go on, and no secret.
func TestAPanicIsTheProgramsFailure(t *testing.T) {
	var out, errs bytes.Buffer
	std := terminal.New(strings.NewReader(""), &out, &errs)
	std.Secrets.Add(secret.New("hunter2-canary"))
	code := guarded(std, func() exitcode.Code { panic("no hunter2-canary") })
	if code != exitcode.Broken || out.Len() > 0 {
		t.Errorf("exit code %d, output %q", code, &out)
	}
	for _, want := range []string{"the program failed: panic: no [redacted]\n", "the batches it started go on", "ofsplan resume --unfinished", "died_test.go"} {
		if !strings.Contains(errs.String(), want) {
			t.Errorf("it does not say %q:\n%s", want, &errs)
		}
	}
	if code := guarded(std, func() exitcode.Code { return exitcode.Late }); code != exitcode.Late {
		t.Errorf("without a panic: exit code %d", code)
	}
}
