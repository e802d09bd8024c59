package plandiff_test

import (
	"flag"
	"fmt"
	"math/rand/v2"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/operate"
	"ofsplan/internal/plandiff"
	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan"
)

// rewrite puts what is said into the files: go test ./internal/plandiff -rewrite.
var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

// night is when runs begin here.
var night = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// side binds a plan to the night; an error is one of the plan.
func side(t testing.TB, name, text string) (plandiff.Side, error) {
	t.Helper()
	p, err := plan.Parse(name, []byte(text))
	if err != nil {
		return plandiff.Side{}, err
	}
	target, err := operate.Choice{Name: "sim"}.Target()
	if err != nil {
		t.Fatal(err)
	}
	env := operate.NewEnv(secret.NewFilter(), false)
	r, f, err := operate.Foretell(env, operate.Start{Plan: p, Target: target}, night)
	return plandiff.Side{Resolved: r, Forecast: f}, err
}

func compare(t testing.TB, old, new string) *plandiff.Difference {
	t.Helper()
	a, err := side(t, "old.yaml", old)
	if err != nil {
		t.Fatal(err)
	}
	b, err := side(t, "new.yaml", new)
	if err != nil {
		t.Fatal(err)
	}
	return plandiff.Compare(a, b)
}

// Each file is an old plan, a new one, and what is said of them as text and as Markdown.
func TestWhatIsSaid(t *testing.T) {
	files, err := filepath.Glob("testdata/said/*.txt")
	if err != nil || len(files) < 5 {
		t.Fatal(files, err)
	}
	for _, file := range files {
		t.Run(strings.TrimSuffix(filepath.Base(file), ".txt"), func(t *testing.T) {
			data, err := os.ReadFile(file)
			if err != nil {
				t.Fatal(err)
			}
			parts := strings.Split(string(data), "----\n")
			if len(parts) < 2 {
				t.Fatal("no line of dashes")
			}
			d := compare(t, parts[0], parts[1])
			got := strings.Join([]string{parts[0], parts[1], d.Text(), d.Markdown()}, "----\n")
			switch {
			case *rewrite:
				if err := os.WriteFile(file, []byte(got), 0o644); err != nil {
					t.Fatal(err)
				}
			case got != string(data):
				t.Errorf("it says\n%s", got)
			}
		})
	}
}

const small = `version: 1
name: small
description: A small plan.
params: {region: {enum: [EMEA, APAC], default: EMEA}}
misdate: 2026-11-20
defaults: {timeout: 1h}
steps:
  - id: load
    trigger: {batch: LOAD, params: {$R$: "${{ params.region }}"}}
    runbook: Call the team.
  - id: publish
    trigger: {batch: PUBLISH}
`

func TestWhatIsNoChange(t *testing.T) {
	for _, c := range []struct{ name, new, same string }{
		{"the same", small, "the files are the same, byte for byte"},
		{"a comment", "# ours\n" + small, "only comments and layout differ"},
		{"other brackets and blanks", strings.Replace(small, "{timeout: 1h}", "{ timeout:   1h }", 1), "only comments and layout differ"},
		{"a description", strings.Replace(small, "A small plan", "A plan", 1), "only comments, layout and texts for people differ"},
		{"a runbook", strings.Replace(small, "Call the team", "Do it again", 1), "only comments, layout and texts for people differ"},
		{"a key for anchors", small + "x_more: [1, 2]\n", "the files are written differently, and come to the same"},
		{"a default that is written out", strings.Replace(strings.Replace(small, "defaults: {timeout: 1h}\n", "", 1), "    trigger", "    timeout: 60m\n    trigger", 2), "the files are written differently, and come to the same"},
		{"needs that are implied", strings.Replace(small, "- id: publish\n", "- id: publish\n    needs: load\n", 1), "the files are written differently, and come to the same"},
	} {
		d := compare(t, small, c.new)
		if d.Changed || d.Same != c.same || len(d.Plan)+len(d.Steps) > 0 {
			t.Errorf("%s: %+v", c.name, d)
		}
		if back := compare(t, c.new, small); back.Changed {
			t.Errorf("%s, the other way round: %+v", c.name, back)
		}
	}
}

// No value of a plan can be changed without its being said: each scalar of every example is made another in turn.
func TestNothingIsOverlooked(t *testing.T) {
	files, err := filepath.Glob("../../examples/plans/*.yaml")
	if err != nil {
		t.Fatal(err)
	}
	played := 0
	for _, file := range files {
		data, err := os.ReadFile(file)
		if err != nil {
			t.Fatal(err)
		}
		old, err := side(t, "plan.yaml", string(data))
		if err != nil || strings.HasSuffix(file, "_test.yaml") {
			continue // no plan, or one of several files
		}
		tokens, errs := source.Tokenize(file, data)
		if len(errs) > 0 {
			t.Fatal(errs)
		}
		for i := range tokens.All {
			k := &tokens.All[i]
			key := i+1 < len(tokens.All) && tokens.All[i+1].Kind == source.TokenColon
			if key || k.Kind != source.TokenPlain && k.Kind != source.TokenDouble && k.Kind != source.TokenSingle {
				continue
			}
			for _, other := range others(tokens.Of(k)) {
				text := tokens.Text[:k.Begin] + other + tokens.Text[k.End:]
				new, err := side(t, "plan.yaml", text)
				if err != nil {
					continue // it is none any more
				}
				played++
				if d := plandiff.Compare(old, new); !d.Changed && len(d.Words) == 0 {
					t.Errorf("%s: %q becomes %q, and nothing is said: %s", tokens.Pos(file, i), tokens.Of(k), other, d.Same)
				}
			}
		}
	}
	if played < 300 {
		t.Errorf("only %d changes were tried", played)
	}
}

// others are values that a value could become.
func others(value string) []string {
	bare := strings.Trim(value, `"'`)
	all := []string{`"` + strings.ReplaceAll(strings.ReplaceAll(bare, `\`, `\\`), `"`, `\"`) + `_X"`, "7m", "3", "ZZZ", "2026-11-19", "zzz"}
	if n, err := strconv.Atoi(bare); err == nil {
		all = append(all, strconv.Itoa(n+1))
	}
	switch bare {
	case "true":
		all = append(all, "false")
	case "false":
		all = append(all, "true")
	}
	if strings.Contains(value, "==") {
		all = append(all, strings.Replace(value, "==", "!=", 1))
	}
	return slices.DeleteFunc(all, func(other string) bool {
		return strings.Trim(other, `"`) == bare || other == "zzz" && strings.ContainsAny(bare, " ")
	})
}

// Who waits for whom is told exactly when it is so: against a naive count of all that each step waits for.
func TestWaits(t *testing.T) {
	r := rand.New(rand.NewPCG(1, 2))
	for range 300 {
		old, new := drawn(r), drawn(r)
		d := compare(t, old.text(), new.text())
		for _, b := range new.ids {
			if !slices.Contains(old.ids, b) {
				continue
			}
			var more, fewer string
			for _, s := range d.Steps {
				if s.ID != b {
					continue
				}
				for _, c := range s.Changes {
					switch c.What {
					case "waits for":
						more = c.Is
					case "no longer waits for":
						fewer = c.Was
					}
				}
			}
			for _, a := range old.ids {
				if !slices.Contains(new.ids, a) {
					continue
				}
				was, is := old.waits(b, a), new.waits(b, a)
				told := slices.Contains(strings.Split(more, ", "), a)
				gone := slices.Contains(strings.Split(fewer, ", "), a)
				if told && (was || !is) || gone && (is || !was) {
					t.Fatalf("%s, for %s: waited %t, waits %t; told %q, %q\n%s\n%s", b, a, was, is, more, fewer, old.text(), new.text())
				}
			}
		}
		if !sameSteps(old, new) {
			continue // steps came or went, and what they carried with them
		}
		if same := old.closure(new) == new.closure(old); same == toldOfWaits(d) {
			t.Fatalf("the same: %t, told: %t\n%s\n%s\n%s", same, !same, old.text(), new.text(), d.Text())
		}
	}
}

func toldOfWaits(d *plandiff.Difference) bool {
	return slices.ContainsFunc(d.Steps, func(s plandiff.StepChange) bool {
		return slices.ContainsFunc(s.Changes, func(c plandiff.Change) bool { return strings.Contains(c.What, "waits for") })
	})
}

func sameSteps(a, b web) bool {
	x, y := slices.Sorted(slices.Values(a.ids)), slices.Sorted(slices.Values(b.ids))
	return slices.Equal(x, y)
}

// A web is steps and their needs; nil: a step has none, and waits for all above.
type web struct {
	ids   []string
	needs map[string][]string
}

func drawn(r *rand.Rand) web {
	w := web{needs: map[string][]string{}}
	for _, k := range r.Perm(6)[:4+r.IntN(3)] {
		id := string(rune('a' + k))
		switch r.IntN(3) {
		case 0:
			w.needs[id] = nil
		default:
			w.needs[id] = []string{}
			for _, other := range w.ids {
				if r.IntN(2) == 0 {
					w.needs[id] = append(w.needs[id], other)
				}
			}
		}
		w.ids = append(w.ids, id)
	}
	return w
}

func (w web) text() string {
	var b strings.Builder
	b.WriteString("version: 1\nname: drawn\nmisdate: 2026-11-20\ndefaults: {timeout: 1h}\nsteps:\n")
	for _, id := range w.ids {
		needs := ""
		if w.needs[id] != nil {
			needs = "needs: [" + strings.Join(w.needs[id], ", ") + "], "
		}
		fmt.Fprintf(&b, "  - {id: %s, %strigger: {batch: %s}}\n", id, needs, strings.ToUpper(id))
	}
	return b.String()
}

// waits reports whether a step waits for another, also through others.
func (w web) waits(step, other string) bool {
	i := slices.Index(w.ids, step)
	needs := w.needs[step]
	if needs == nil {
		needs = w.ids[:i]
	}
	for _, n := range needs {
		if n == other || w.waits(n, other) {
			return true
		}
	}
	return false
}

// closure is who waits for whom of the steps that another web has, too.
func (w web) closure(other web) string {
	var all []string
	for _, a := range w.ids {
		for _, b := range w.ids {
			if slices.Contains(other.ids, a) && slices.Contains(other.ids, b) && w.waits(a, b) {
				all = append(all, a+b)
			}
		}
	}
	slices.Sort(all)
	return strings.Join(all, " ")
}
