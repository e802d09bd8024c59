package rehearse

import (
	"fmt"
	"maps"
	"regexp"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner"
)

// exampleDrafts are nights of every example plan: the usual one, those of its tests, what may happen to each of its
// requests, and hard ones with deaths and operators.
func exampleDrafts(t *testing.T) []draft {
	t.Helper()
	root, plans := exampleFiles(t)
	var all []draft
	for _, file := range plans {
		p, err := plan.Load(root, file, file)
		if err != nil {
			t.Fatal(err)
		}
		name := strings.TrimSuffix(file, ".yaml")
		usual := Night{Plan: p}
		if name == "nightly" {
			usual.Scenario = sim.Demo()
		}
		must := draftsOf(t, name, name+"-usual", settledNight(usual))[:1]
		names, nights := TestCases(t, name+"_test.yaml")
		for i, n := range nights {
			must = append(must, draftsOf(t, name, name+"-test-"+slug(names[i]), settledNight(n))[:1]...)
		}
		for i := range must {
			must[i].must = true
		}
		all = append(all, must...)
		all = append(all, smallestOfEach(variations(t, name, usual))...)
		for seed := range uint64(60) {
			all = append(all, draftsOf(t, name, fmt.Sprintf("%s-hard-%02d", name, seed), func() (Night, error) {
				n := usual
				n.Seed = seed
				if seed%2 == 0 {
					n = withFault(n, sim.Fault{On: "trigger", Nth: 1 + int(seed/2)%3, Do: sim.DropAnswer})
				}
				n.hazardous = hardships(seed, counters{}, nil)
				return n, nil
			})...)
		}
	}
	return all
}

// TestCases are the nights of a test file of the examples, with their names. TestMain sets it, since the package that reads
// test files imports this one.
var TestCases func(t *testing.T, file string) (names []string, nights []Night)

// withFault is a night with a fault before all others, since of several the first counts.
func withFault(n Night, f sim.Fault) Night {
	n.Scenario.Faults = append([]sim.Fault{f}, n.Scenario.Faults...)
	return n
}

// smallestOfEach lets the smallest log of each kind of trouble be frozen, whatever it shows.
func smallestOfEach(drafts []draft) []draft {
	smallest := map[string]int{}
	for i, d := range drafts {
		if best, there := smallest[d.kind]; !there || d.size < drafts[best].size {
			smallest[d.kind] = i
		}
	}
	for kind, i := range smallest {
		drafts[i].must = kind == "fail" || kind == "hang" || kind == "refuse" || kind == "drop-answer" || kind == "kill"
	}
	return drafts
}

// settledNight gives the same night each time.
func settledNight(n Night) func() (Night, error) { return func() (Night, error) { return n, nil } }

// variations are the usual night, with another end of each of its requests.
func variations(t *testing.T, name string, usual Night) []draft {
	t.Helper()
	r, err := usual.Run()
	if err != nil {
		t.Fatal(err)
	}
	var all []draft
	number := map[string]int{} // of an operation on a code
	for _, c := range r.Carried {
		number[c.Op+c.Code]++
		on := sim.Fault{On: c.Op, Batch: c.Code, Nth: number[c.Op+c.Code]}
		add := func(what string, n Night) {
			drafts := draftsOf(t, name, name+"-"+what+"-"+slug(c.Op+" "+c.Code), settledNight(n))
			drafts[0].kind = what
			all = append(all, drafts[0])
		}
		for what, do := range map[string]sim.Deed{"drop-answer": sim.DropAnswer, "drop-request": sim.DropRequest, "html": sim.HTML, "kill": sim.KillRunner} {
			f := on
			f.Do = do
			add(what, withFault(usual, f))
		}
		refused := on
		refused.Do, refused.Status = sim.HTTPStatus, 403
		add("refuse", withFault(usual, refused))
		down := sim.Fault{Do: sim.Down, At: &sim.Clock{Hour: 2, Minute: 1}, For: 45 * time.Minute}
		add("down", withFault(usual, down))
		var key runner.Key
		_, mark, _ := strings.Cut(c.Mark, "/")
		if err := key.UnmarshalText([]byte(mark)); err != nil {
			t.Fatal(err)
		}
		killed := usual
		killed.Faults = []Fault{{After: runner.RequestAccepted{}.Type(), Key: key, Do: sim.KillRunner}}
		add("kill-accepted", killed)
		failing := usual
		for _, what := range []string{"fail", "fail-twice"} {
			if scenario.Fail(&failing.Scenario, r.Resolved, c.Code) == nil {
				add(what, failing)
			}
		}
		if c.Object == "batch" {
			b := usual.Scenario.Batches[c.Code]
			b.Starts = append([]sim.Start{{Hangs: sim.Whole}}, b.Starts...)
			hung := usual
			if hung.Scenario.Batches = maps.Clone(usual.Scenario.Batches); hung.Scenario.Batches == nil {
				hung.Scenario.Batches = map[string]sim.Batch{}
			}
			hung.Scenario.Batches[c.Code] = b
			add("hang", hung)
		}
	}
	slices.SortFunc(all, func(a, b draft) int { return strings.Compare(a.name, b.name) })
	return all
}

var noSlug = regexp.MustCompile(`[^a-z0-9]+`)

// slug is a text as a part of a file's name.
func slug(text string) string {
	words := strings.Split(strings.Trim(noSlug.ReplaceAllString(strings.ToLower(text), "-"), "-"), "-")
	return strings.Join(words[:min(len(words), 6)], "-")
}
