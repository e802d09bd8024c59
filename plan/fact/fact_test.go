package fact_test

import (
	"encoding/json"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ofsplan/plan/fact"
)

// lists are all texts of each type, known by a text that no other list has.
var lists = map[string][]string{
	"blocked":      texts(fact.Outcomes()),
	"aborted":      texts(fact.Statuses()),
	"batch_failed": texts(fact.Kinds()),
}

func texts[T ~string](list []T) []string {
	var out []string
	for _, one := range list {
		out = append(out, string(one))
	}
	return out
}

// The schemas list the same texts in the same order. A state of a step ends with the outcomes.
func TestSchemasListTheSameTexts(t *testing.T) {
	files, err := filepath.Glob("../../schema/*.schema.json")
	if err != nil || len(files) == 0 {
		t.Fatalf("%v, %v", files, err)
	}
	seen := map[string]int{}
	for _, name := range files {
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		var root any
		if err := json.Unmarshal(data, &root); err != nil {
			t.Fatal(err)
		}
		eachEnum(root, func(enum []string) {
			for mark, want := range lists {
				if !slices.Contains(enum, mark) {
					continue
				}
				seen[mark]++
				if got := enum[max(0, len(enum)-len(want)):]; !slices.Equal(got, want) {
					t.Errorf("%s lists %q, want %q", name, enum, want)
				}
			}
		})
	}
	for mark := range lists {
		if seen[mark] == 0 {
			t.Errorf("no schema lists %q", mark)
		}
	}
}

// eachEnum calls f for every list of texts under "enum".
func eachEnum(node any, f func([]string)) {
	switch node := node.(type) {
	case []any:
		for _, one := range node {
			eachEnum(one, f)
		}
	case map[string]any:
		for key, one := range node {
			if list, ok := one.([]any); ok && key == "enum" {
				var enum []string
				for _, text := range list {
					if text, ok := text.(string); ok {
						enum = append(enum, text)
					}
				}
				f(enum)
				continue
			}
			eachEnum(one, f)
		}
	}
}

// The documents speak of every one of them; the rehearsal's lists those a test may expect.
func TestDocumentsListTheSameTexts(t *testing.T) {
	language, rehearsal := document(t, "plan-language.md"), document(t, "rehearsal.md")
	for _, list := range lists {
		for _, text := range list {
			if !strings.Contains(language, "`"+text+"`") {
				t.Errorf("docs/plan-language.md does not say `%s`", text)
			}
		}
	}
	for _, mark := range []string{"blocked", "batch_failed"} {
		if list := "`" + strings.Join(lists[mark], "`, `") + "`"; !strings.Contains(rehearsal, list) {
			t.Errorf("docs/rehearsal.md does not list %s", list)
		}
	}
}

func document(t *testing.T, name string) string {
	t.Helper()
	data, err := os.ReadFile(filepath.Join("../../docs", name))
	if err != nil {
		t.Fatal(err)
	}
	return string(data)
}
