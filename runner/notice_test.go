package runner

import (
	"os"
	"path/filepath"
	"regexp"
	"slices"
	"strings"
	"testing"
)

// Tests of plans may expect any notice there is, and nothing else: the list must not fall behind the code.
func TestNoticeKindsAreAllThereAre(t *testing.T) {
	files, err := filepath.Glob("*.go")
	if err != nil {
		t.Fatal(err)
	}
	given := regexp.MustCompile(`m\.notice\(.*?, "(\w+)"|kind, text (?::=|=) "(\w+)"`)
	found := map[string]bool{NoticeLate: true, NoticeEarly: true} // given by their names, which the compiler knows
	for _, file := range files {
		if strings.HasSuffix(file, "_test.go") {
			continue
		}
		text, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		for _, match := range given.FindAllStringSubmatch(string(text), -1) {
			kind := match[1] + match[2]
			found[kind] = true
			if !slices.Contains(NoticeKinds(), kind) {
				t.Errorf("%s gives a notice %q, which is not among NoticeKinds", file, kind)
			}
		}
	}
	for _, kind := range NoticeKinds() {
		if !found[kind] {
			t.Errorf("nothing gives a notice %q", kind)
		}
	}
}
