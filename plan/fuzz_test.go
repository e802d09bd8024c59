package plan

import (
	"errors"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ofsplan/internal/source"
	"ofsplan/internal/source/torture"
	"ofsplan/plan/fact"
)

// FuzzParse looks for plans that make the loader panic, report a problem without a place or out of order, or
// load and then cannot be resolved and shown without a panic.
func FuzzParse(f *testing.F) {
	for _, data := range examples(f) {
		f.Add(data)
	}
	golden, err := filepath.Glob("testdata/load/*")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range golden {
		text, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		for _, one := range strings.Split(string(text), "\nload\n")[1:] {
			input, _, _ := strings.Cut(one, "\n----\n")
			f.Add([]byte(input))
		}
	}
	for _, c := range torture.Cases(f, "../internal/source/testdata/torture") {
		if len(c.Data) < 4096 {
			f.Add(c.Data)
		}
	}
	f.Add([]byte("version: 1\nname: n\ncalendar: {timezone: Europe/London, weekend: [friday, saturday], holidays: [2026-12-25], day_starts: '04:00'}\nmisdate: ${{ add_business_days('2026-11-20', -3) }}\nsteps: [{id: a, sleep: {until: '02:00'}}]\n"))
	f.Add([]byte("version: 1\nname: n\ncalendar: {timezone: ../etc, weekend: [sunday, sunday], holidays: [T, 2026-02-30, 9999-12-31], day_starts: 25:00}\nsteps: []\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		p, err := Parse("plan.yaml", data)
		if err != nil {
			checkProblems(t, err)
			checkPlaces(t, err, data)
			return
		}
		again, err := Parse("plan.yaml", p.Sources[0].Data)
		if err != nil || len(again.Steps) != len(p.Steps) || len(again.Warnings) != len(p.Warnings) {
			t.Fatalf("read again, it is another plan: %v", err)
		}
		r, err := p.Resolve(Inputs{Now: night, RunID: "run", Target: "sim"})
		if err != nil {
			checkProblems(t, err)
			return
		}
		blank := fact.View{Step: func(int) fact.Step { return fact.Step{} }}
		for _, s := range r.Steps {
			show(r, s, blank)
		}
	})
}

func checkProblems(t *testing.T, err error) {
	t.Helper()
	errs, ok := errors.AsType[source.Errors](err)
	if !ok || len(errs) == 0 {
		t.Fatalf("%T is no list of problems: %v", err, err)
	}
	if !slices.IsSortedFunc(errs, func(a, b *source.Error) int {
		if a.Line != b.Line {
			return a.Line - b.Line
		}
		return a.Col - b.Col
	}) {
		t.Errorf("out of order:\n%v", errs)
	}
	for _, e := range errs {
		if e.File != "plan.yaml" || e.Msg == "" || e.Line < 0 || e.Line > 0 && e.Col < 1 {
			t.Errorf("no place or no words: %#v", e)
		}
	}
}

// show does with a step all that a dry run does. What it comes to is not looked at.
func show(r *Resolved, s *Step, v fact.View) {
	if s.If != nil {
		_, _ = r.Settled(s)
		_, _ = r.Holds(s.If, v)
	}
	switch verb := s.Do.(type) {
	case *Trigger:
		_, _ = r.Preview(s, nil)
		_, _ = r.Order(s, v)
	case *OnRun:
		_, _ = r.PreviewRef(s, nil)
		_, _ = r.PreviewTasks(s, nil)
		_, _ = r.Tasks(s, v)
		if verb.Step < 0 {
			_, _ = r.Ref(s, v)
		}
	case *Sleep:
		if verb.For == 0 {
			_ = r.Until(s)
		}
	}
}
