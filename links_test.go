package main_test

import (
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
)

var inline = regexp.MustCompile("`ofsplan ([^`|]+)`")

func TestCommandsInSentencesExist(t *testing.T) {
	for _, page := range documents(t) {
		for i, line := range strings.Split(read(t, page), "\n") {
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				commandExists(t, page, i+1, strings.Fields(m[1]))
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)

func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	for _, page := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}
