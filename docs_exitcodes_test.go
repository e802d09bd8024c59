package main_test

import (
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"testing"

	"ofsplan/internal/exitcode"
)

// The documents tell of every exit code what the program's own table says, in the same words.
func TestExitCodesAreDocumented(t *testing.T) {
	meaning, scheduler := "", ""
	for _, r := range exitcode.Table() {
		meaning += fmt.Sprintf("| %d | %s |\n", r.Code, r.Meaning)
		if r.Scheduler != "" {
			scheduler += fmt.Sprintf("| %d | %s | %s |\n", r.Code, r.Meaning, r.Scheduler)
		}
	}
	killed := exitcode.Killed()
	meaning += fmt.Sprintf("| 128 + n | %s |\n", killed.Meaning)
	scheduler += fmt.Sprintf("| 128 + n | %s | %s |\n", killed.Meaning, killed.Scheduler)
	for file, table := range map[string]string{
		"README.md":       "| code | meaning |\n| --- | --- |\n" + meaning,
		"docs/nightly.md": "| code | means | the scheduler that started us should |\n| --- | --- | --- |\n" + scheduler,
	} {
		if !strings.Contains(read(t, file), "\n"+table+"\n") {
			t.Errorf("%s does not have the table\n%s", file, table)
		}
	}
}

// What systemd and Kubernetes start again by themselves is only what a machine may start again.
func TestOnlyWhatIsSafeIsStartedAgain(t *testing.T) {
	var again, never []string
	for _, r := range exitcode.Table() {
		switch code := strconv.Itoa(int(r.Code)); {
		case r.Again:
			again = append(again, code)
		case r.Code != exitcode.Succeeded:
			never = append(never, code)
		}
	}
	page := read(t, "docs/nightly.md")
	for _, want := range []string{
		"`RestartPreventExitStatus=" + strings.Join(never, " ") + "`",
		"onExitCodes: {operator: In, values: [" + strings.Join(again, ", ") + "]}",
		"onExitCodes: {operator: NotIn, values: [0, " + strings.Join(again, ", ") + "]}",
	} {
		if !strings.Contains(page, want) {
			t.Errorf("docs/nightly.md does not show %s", want)
		}
	}
}

// codeInText is an exit code that a sentence names; codeInTable one that ends the row of a table whose last head is
// "exit code", or begins one whose first head is.
var (
	codeInText  = regexp.MustCompile(`exit code (\d+)`)
	codeInTable = regexp.MustCompile(`(?m)^\| (\d+) \||\| (\d+) \|$`)
)

// No page names an exit code that does not exist.
func TestEveryExitCodeInADocumentExists(t *testing.T) {
	known := func(page, digits string) {
		n, err := strconv.Atoi(digits)
		if _, ok := exitcode.Code(n).Row(); err != nil || !ok && n <= 128 {
			t.Errorf("%s names the exit code %s, which the program never ends with", page, digits)
		}
	}
	seen := 0
	for _, page := range documents(t) {
		text := read(t, page)
		for _, found := range codeInText.FindAllStringSubmatch(text, -1) {
			seen++
			known(page, found[1])
		}
		for _, table := range strings.Split(text, "\n\n") {
			head, rows, _ := strings.Cut(table, "\n| --- |")
			if !strings.HasPrefix(head, "| exit code |") && !strings.HasSuffix(head, "| exit code |") {
				continue
			}
			for _, found := range codeInTable.FindAllStringSubmatch(rows, -1) {
				seen++
				known(page, found[1]+found[2])
			}
		}
	}
	if seen < 30 {
		t.Errorf("only %d exit codes were found in the documents", seen)
	}
}
