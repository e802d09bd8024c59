package main_test

import (
	"bytes"
	"os"
	"strings"
	"testing"

	"ofsplan/internal/cli"
)

// Every plan we show has its tests beside it. They pass, and nothing in the plan is left that they do not exercise.
func TestExamplePlansPassTheirTests(t *testing.T) {
	for _, file := range examplePlans(t) {
		if _, err := os.Stat(strings.TrimSuffix(file, ".yaml") + "_test.yaml"); err != nil {
			t.Errorf("%s has no tests: %v", file, err)
		}
	}
	var out, errs bytes.Buffer
	if code := cli.Main([]string{"test", "examples/plans", "--min-coverage", "100"}, strings.NewReader(""), &out, &errs); code != 0 || errs.Len() > 0 {
		t.Errorf("exit code %d\n%s%s", code, errs.String(), out.String())
	}
}
