package plan

import (
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

// examples are the plans people start from. They load without a problem and without a warning.
func examples(t testing.TB) map[string][]byte {
	t.Helper()
	names, err := filepath.Glob("../examples/plans/*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("no examples: %v", err)
	}
	found := make(map[string][]byte)
	for _, name := range names {
		if strings.HasSuffix(name, "_test.yaml") {
			continue // the tests of a plan
		}
		data, err := os.ReadFile(name)
		if err != nil {
			t.Fatal(err)
		}
		found[filepath.Base(name)] = data
	}
	return found
}

func TestExamplesLoad(t *testing.T) {
	for name := range examples(t) {
		p, err := Load(os.DirFS("../examples/plans"), name, name)
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, w := range p.Warnings {
			t.Errorf("%v", w)
		}
		r, err := p.Resolve(Inputs{Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), RunID: "run", Target: "sim"})
		if err != nil {
			t.Errorf("%v", err)
			continue
		}
		for _, s := range r.Steps {
			if r.Idle(s) {
				continue
			}
			switch v := s.Do.(type) {
			case *Trigger:
				_, err = r.Preview(s, nil)
			case *OnRun:
				if v.Step >= 0 {
					_, err = r.PreviewRef(s, nil)
				}
			}
			if err != nil {
				t.Errorf("%v", err)
			}
		}
	}
}
