package plan

import (
	"slices"
	"strings"
	"testing"
)

// Every word of another tool leads somewhere, at the top and in a step: to the key of ours that does it once there is one. No key of ours is
// such a word where it is known.
func TestWordsOfOtherTools(t *testing.T) {
	meant := map[string]string{
		"foreach": "matrix loop for_each forEach with_items", "approve": "approval manual", "notify": "webhook mail email slack", "deadline": "sla due",
		"include": "import uses template", "check": "run shell http script cmd", "pool": "queue mutex", "file": "sensor",
		"": "schedule cron not_before with env priority skip outputs tags",
	}
	for key, words := range meant {
		known := key == "" || slices.Contains(planKeys, key) || slices.Contains(stepKeys, key)
		for _, word := range strings.Fields(words) {
			for _, keys := range [][]string{planKeys, stepKeys} {
				text := advise(word, keys)
				if text == "" && (known || key != "file" && key != "check") || known && !strings.Contains(text, key) {
					t.Errorf("%s: %q says nothing of %q", word, text, key)
				}
			}
		}
	}
}
