package rehearse

import (
	"bytes"
	"cmp"
	"flag"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ofsplan/internal/frozen"
	"ofsplan/runner"
)

var (
	freeze      = flag.String("freeze", "", "choose audit logs and write them as a new set of that name: m1, or m1-approvals")
	freezeSeeds = flag.Uint64("freeze-seeds", 6000, "how many seeds are played to choose from")
)

const (
	journals = "../../testdata/journals"
	// setSize is how many journals a machine number has, unless it takes more to show every core trait.
	setSize = 220
)

// A draft is an audit log that may be frozen.
type draft struct {
	name   string // of the file, without its ending
	family string // an example plan, or seeds
	kind   string // what it is one of many of
	size   int    // of the whole log, so that a part of one is not taken for what stands in many
	sum    string // of the file
	traits []string
	must   bool // whatever it shows
	again  func() ([]byte, error)
}

// Writes a new set of frozen journals, and never touches one that is there:
//
//	go test ./internal/rehearse -run TestFreezeJournals -freeze m1 -timeout 30m
func TestFreezeJournals(t *testing.T) {
	if *freeze == "" {
		t.Skip("nothing is frozen without -freeze NAME")
	}
	if !strings.HasPrefix(*freeze, fmt.Sprintf("m%d", runner.MachineVersion)) {
		t.Fatalf("a set of machine %d has a name that begins with m%[1]d", runner.MachineVersion)
	}
	folder := filepath.Join(journals, *freeze)
	if _, err := os.Stat(folder); err == nil {
		t.Fatalf("%s is there, and a set is never written over", folder)
	}
	shown, have := map[string]bool{}, 0
	for _, j := range frozenSoFar(t) {
		if j.Machine == runner.MachineVersion {
			have++
			for _, trait := range traitsOf(j) {
				shown[trait] = true
			}
		}
	}
	drafts := append(exampleDrafts(t), seedDrafts(t)...)
	chosen := choose(drafts, shown, setSize-have)
	t.Logf("%d journals of %d, with %d traits", len(chosen), len(drafts), len(shown))
	if err := os.Mkdir(folder, 0o755); err != nil {
		t.Fatal(err)
	}
	var sums strings.Builder
	for _, d := range chosen {
		data, err := d.again()
		if err != nil {
			t.Fatalf("%s: %v", d.name, err)
		}
		if frozen.SumOf(d.name+".jsonl", data) != d.sum {
			t.Errorf("%s: the night was another one the first time", d.name)
			continue
		}
		writeNew(t, filepath.Join(folder, d.name+".jsonl"), data)
		sums.WriteString(d.sum)
	}
	writeNew(t, filepath.Join(folder, frozen.Sums), []byte(sums.String()))
}

// frozenSoFar are the journals of the sets there are.
func frozenSoFar(t *testing.T) []frozen.Journal {
	t.Helper()
	if sums, err := filepath.Glob(filepath.Join(journals, "*", frozen.Sums)); err != nil || len(sums) == 0 {
		return nil // this is the first set
	}
	return frozen.Journals(t, journals)
}

// writeNew writes a file that is not there.
func writeNew(t *testing.T, name string, data []byte) {
	t.Helper()
	f, err := os.OpenFile(name, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := f.Write(data); err != nil {
		t.Fatal(err)
	}
	if err := f.Close(); err != nil {
		t.Fatal(err)
	}
}

// choose takes what must be there, then again and again the draft that shows most new things for its size: until every
// core trait is shown, and then other traits as far as there is room. The last third of the room is for the smallest
// of each kind in turn. Drafts come back by name.
func choose(drafts []draft, shown map[string]bool, most int) []draft {
	var chosen []draft
	taken := map[string]bool{}
	take := func(d draft) {
		for _, trait := range d.traits {
			shown[trait] = true
		}
		chosen, taken[d.name] = append(chosen, d), true
	}
	for _, d := range drafts {
		if d.must {
			take(d)
		}
	}
	for _, only := range []string{core, ""} {
		left := slices.Clone(drafts)
		for only == core || len(chosen) < most*2/3 {
			fresh := func(d draft) (n int) {
				for _, trait := range d.traits {
					if !shown[trait] && strings.HasPrefix(trait, only) {
						n++
					}
				}
				return n
			}
			left = slices.DeleteFunc(left, func(d draft) bool { return fresh(d) == 0 })
			if len(left) == 0 {
				break
			}
			take(slices.MaxFunc(left, func(a, b draft) int { return cmp.Compare(fresh(a)*(b.size+2000), fresh(b)*(a.size+2000)) }))
		}
	}
	slices.SortStableFunc(drafts, func(a, b draft) int { return cmp.Compare(a.size, b.size) })
	for before := -1; before < len(chosen); {
		before = len(chosen)
		kinds := map[string]bool{}
		for _, d := range drafts {
			if len(chosen) < most && !taken[d.name] && !kinds[d.kind] {
				kinds[d.kind] = true
				take(d)
			}
		}
	}
	slices.SortFunc(chosen, func(a, b draft) int { return strings.Compare(a.name, b.name) })
	return chosen
}

// seedDrafts are the nights of the seeds.
func seedDrafts(t *testing.T) []draft {
	t.Helper()
	var all []draft
	for seed := range *freezeSeeds {
		night := func() (Night, error) {
			n, _, err := drawn(seed)
			if hazardous(seed) {
				n.hazardous = hardships(seed, counters{}, nil)
			}
			return n, err
		}
		all = append(all, draftsOf(t, "seed", fmt.Sprintf("seed-%06d", seed), night)...)
	}
	return all
}

// draftsOf plays a night. Beside its whole log there is what was on record each time a runner had died, and a log that
// was torn over an answer.
func draftsOf(t *testing.T, family, name string, night func() (Night, error)) []draft {
	t.Helper()
	play := func() ([]byte, error) {
		n, err := night()
		if err != nil {
			return nil, err
		}
		n.Requests = 2000
		r, err := n.Run()
		if r.Journal == nil {
			return nil, err
		}
		return r.Journal, nil // also of a night that does not end
	}
	log, err := play()
	if err != nil {
		t.Fatalf("%s: %v", name, err)
	}
	var all []draft
	add := func(of string, data []byte, part func([]byte) []byte) {
		j, err := frozen.Parse(data)
		if err != nil {
			t.Fatalf("%s: %v", name, err)
		}
		if of == "" {
			of = "-" + strings.Join(tags(j), "-")
		}
		d := draft{name: name + of, family: family, kind: family + strings.TrimRight(of, "-0123456789"), size: len(log)}
		d.sum, d.traits = frozen.SumOf(d.name+".jsonl", data), traitsOf(j)
		d.again = func() ([]byte, error) {
			data, err := play()
			if err != nil {
				return nil, err
			}
			return part(data), nil
		}
		all = append(all, d)
	}
	add("", log, func(data []byte) []byte { return data })
	if len(log) > 60_000 {
		return all
	}
	for i := range deaths(log) {
		add(fmt.Sprintf("-killed-%d", i+1), log[:deaths(log)[i]], func(data []byte) []byte { return data[:deaths(data)[i]] })
	}
	if at := overAnswer(log); at > 0 {
		add("-torn", log[:at], func(data []byte) []byte { return data[:overAnswer(data)] })
	}
	return all
}

// deaths are the sizes that a log had when another runner found it without a word of the one before having left.
func deaths(log []byte) []int {
	var all []int
	before, at := "", 0
	for line := range bytes.Lines(log) {
		kind := typeOf(line)
		if kind == (runner.RunResumed{}).Type() && before != (runner.RunDetached{}).Type() {
			all = append(all, at)
		}
		if at += len(line); !bytes.Contains(line, []byte(`"note":true`)) {
			before = kind
		}
	}
	return all
}

// overAnswer is a size in the middle of a line that says what became of a request; 0: there is none. The same log gives
// the same line, which is not always the first.
func overAnswer(log []byte) int {
	var all []int
	at := 0
	for line := range bytes.Lines(log) {
		switch kind := typeOf(line); kind {
		case runner.RequestAccepted{}.Type(), runner.RequestRefused{}.Type(), runner.RequestInDoubt{}.Type():
			all = append(all, at+len(line)/2)
		}
		at += len(line)
	}
	if len(all) == 0 {
		return 0
	}
	return all[len(log)%len(all)]
}

// typeOf is the type of the record on a line.
func typeOf(line []byte) string {
	_, kind, _ := bytes.Cut(line, []byte(`"type":"`))
	kind, _, _ = bytes.Cut(kind, []byte(`"`))
	return string(kind)
}

// exampleFiles are the plans of the examples.
func exampleFiles(t *testing.T) (root fs.FS, plans []string) {
	t.Helper()
	root = os.DirFS("../../examples/plans")
	names, err := fs.Glob(root, "*.yaml")
	if err != nil || len(names) == 0 {
		t.Fatal("no examples", err)
	}
	return root, slices.DeleteFunc(names, func(name string) bool { return strings.HasSuffix(name, "_test.yaml") })
}
