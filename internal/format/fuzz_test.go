package format

import (
	"os"
	"path/filepath"
	"testing"

	"ofsplan/internal/source/torture"
)

// FuzzFile feeds files of every sort: what is laid out says the same, and stays as it is when it is laid out again.
func FuzzFile(f *testing.F) {
	for _, pattern := range []string{"../../examples/plans/*.yaml", "testdata/*.txt"} {
		files, _ := filepath.Glob(pattern)
		for _, name := range files {
			data, err := os.ReadFile(name)
			if err != nil {
				f.Fatal(err)
			}
			f.Add(data)
		}
	}
	for _, c := range torture.Cases(f, "../source/testdata/torture") {
		if len(c.Data) < 4096 {
			f.Add(c.Data)
		}
	}
	for _, seed := range []string{
		"a: &x {b: 'c''d', e: \"f\\u00e9 \\\n g\"}\nh: *x\n<<: *x\n", "a: >-\n  x\n\n  y\nb: |2\n   z\n", "- - [a, {b: c}]\n- ? d\n  : e\n",
		"a:\n- b # c\n  # d\n-\n  e: [f,\n g # h\n]\n", "--- # x\na: |+\n  b\n\n\n# c\n...\n", "? a\n? b\n: - c\n", "{a: , ? b : c, d}\n", "a: |\n b", "- &a\n  b\n- *a\n",
		"&a b: *a\n*a : c\n", "\"a\\\n  b\": c\n", "a:\n\n\n  # b\n\n\n  'c\n\n\n   d'   # e\n", "[a: b, ? c : d, 'e':f]\n",
	} {
		f.Add([]byte(seed))
	}
	f.Fuzz(func(t *testing.T, data []byte) { held(t, data) })
}
