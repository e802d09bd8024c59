package main_test

import (
	"errors"
	"go/parser"
	"go/token"
	"io/fs"
	"os"
	"path"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"testing"
)

// module is the path in go.mod.
const module = "ofsplan"

// layers says what each package of ours may import of ours. Changing it is a design decision: the commit
// that does so says why, and docs/decisions keeps it when it outlives the commit.
var layers = map[string][]string{
	"internal/source":         {},
	"internal/format":         {"internal/source"},                                                                                  // lays a file out, and changes nothing that it says
	"internal/source/torture": {},                                                                                                   // bad files for the tests of whatever reads YAML
	"internal/frozen":         {"audit", "runner", "runner/record"},                                                                 // audit logs for the tests of whatever reads them
	"internal/fold/agree":     {"audit", "internal/fold", "internal/view", "plan/fact", "runner", "runner/record", "runner/resume"}, // for tests
	"internal/trust":          {},                                                                                                   // who may change a file, and who may read one that holds a secret: the one place
	"internal/secret":         {"internal/trust"},
	"internal/git":            {"internal/secret"}, // asks the git program
	"internal/readable":       {},                  // durations, counts and tables as people read them, the same in records and on the screen
	"internal/exitcode":       {},                  // the one table, so that whoever ends a run can say how
	"internal/accounts":       {},                  // who somebody is, as the operating system knows it
	"schema":                  {},
	"audit":                   {},
	"audit/state":             {"audit", "internal/trust"},
	"internal/walltime":       {}, // which moment the clocks of a zone mean
	"plan/calendar":           {"internal/walltime"},
	"plan/fact":               {},
	"plan/expr":               {"internal/secret", "internal/source", "ofs/callcode", "plan/calendar", "plan/fact"},
	"plan/expr/sample":        {}, // expressions at random, for tests
	"plan":                    {"internal/readable", "internal/source", "internal/secret", "plan/calendar", "plan/expr", "plan/fact"},
	"runner":                  {"internal/readable", "internal/secret", "ofs/callcode", "ofs/runid", "plan", "plan/calendar", "plan/fact"},
	"ofs/callcode":            {}, // a table of the guide, for whoever words or judges a code
	"ofs/runid":               {}, // the form of a batch run id, for whoever judges one
	"ofs":                     {"internal/secret", "internal/trust", "ofs/callcode", "ofs/runid"},
	"ofs/sim":                 {"internal/walltime", "ofs"},
	"runner/record":           {"audit", "plan/fact", "runner"},
	"runner/dispatch":         {"ofs", "plan/fact", "runner"},
	"runner/drive":            {"audit", "audit/state", "internal/exitcode", "internal/readable", "ofs", "ofs/callcode", "plan", "plan/fact", "runner", "runner/dispatch", "runner/record"},
	"runner/resume":           {"audit", "audit/state", "internal/exitcode", "plan", "runner", "runner/drive", "runner/record"},
	"runner/local":            {"ofs", "plan/fact", "runner", "runner/drive"},
	"runner/virtual":          {"ofs", "ofs/sim", "plan/fact", "runner", "runner/drive"},
	"internal/notice":         {"internal/secret"}, // messages to people, by the channels of a target
	"internal/config":         {"internal/notice", "internal/secret", "internal/source", "internal/trust", "ofs"},
	"internal/fold":           {"audit", "internal/readable", "plan", "plan/fact", "runner", "runner/record"},                                     // what turns add up to
	"internal/explain":        {"audit", "internal/exitcode", "internal/source", "plan", "plan/fact", "runner", "runner/record", "runner/resume"}, // why a step stands where it stands
	"internal/history":        {"audit/state", "plan", "plan/fact", "runner", "runner/record"},                                                    // how long batches usually take
	"internal/view":           {"audit", "internal/explain", "internal/fold", "internal/readable", "plan", "plan/fact", "runner", "runner/record"},
	"internal/forecast":       {"internal/readable", "ofs", "plan", "plan/fact", "runner", "runner/dispatch"}, // what would be sent
	"internal/plandiff": { // what changes tonight from one plan to another
		"internal/exitcode", "internal/fold", "internal/forecast", "internal/readable", "internal/rehearse", "internal/source", "internal/view", "plan",
		"plan/calendar", "plan/expr", "runner",
	},
	"internal/cli": { // the tree of commands
		"internal/cli/audit", "internal/cli/batch", "internal/cli/flags", "internal/cli/plans", "internal/cli/runs", "internal/cli/target",
		"internal/cli/terminal", "internal/exitcode", "internal/operate", "internal/source", "internal/stamp",
	},
	"internal/cli/terminal": {"audit", "internal/secret", "internal/view", "plan"}, // streams, the question for a secret, signals
	"internal/cli/audit": { // verify, show, acknowledge
		"audit", "audit/state", "internal/cli/flags", "internal/cli/terminal", "internal/exitcode", "internal/operate", "internal/readable", "runner",
		"runner/record",
	},
	"internal/cli/batch": { // trigger, status, wait, interrupt, restart, rerun
		"internal/cli/flags", "internal/cli/foreground", "internal/cli/terminal", "internal/exitcode", "internal/fold", "internal/operate",
		"internal/readable", "internal/source", "ofs", "plan", "plan/fact", "runner",
	},
	"internal/cli/runs": { // run, plan, resume, resolve, adopt, cancel, runs, show
		"audit", "audit/state", "internal/cli/files", "internal/cli/flags", "internal/cli/foreground", "internal/cli/terminal", "internal/exitcode",
		"internal/explain", "internal/fold", "internal/operate", "internal/readable", "internal/secret", "internal/source", "internal/view", "plan", "plan/fact", "runner",
		"runner/record",
	},
	"internal/cli/plans": { // validate, graph, rehearse, test, scenario, sim, init, schema
		"audit", "audit/state", "internal/cli/files", "internal/cli/flags", "internal/cli/starter", "internal/cli/terminal", "internal/config",
		"internal/exitcode", "internal/fold", "internal/forecast", "internal/format", "internal/git", "internal/history", "internal/holidays", "internal/operate", "internal/plandiff", "internal/readable", "internal/rehearse", "internal/rehearse/incident",
		"internal/rehearse/plantest", "internal/rehearse/scenario", "internal/rehearse/sweep", "internal/source", "internal/view", "ofs/sim",
		"plan", "plan/calendar", "plan/fact", "schema",
	},
	"internal/cli/target": { // list, check, init
		"audit/state", "internal/cli/files", "internal/cli/flags", "internal/cli/starter", "internal/cli/terminal", "internal/config",
		"internal/exitcode", "internal/operate", "internal/readable", "ofs", "ofs/callcode", "plan", "runner/dispatch",
	},
	"internal/cli/starter": {"internal/cli/terminal"},
	"internal/cli/files":   {"internal/cli/terminal", "internal/source", "internal/trust", "plan"}, // those that a person names
	"internal/cli/flags": { // those that several commands share, and what they name
		"audit", "audit/state", "internal/cli/files", "internal/config", "internal/exitcode", "internal/fold", "internal/operate", "internal/secret",
		"internal/source", "internal/trust", "internal/view", "plan",
	},
	"internal/cli/foreground": { // a run in front of whoever started it
		"audit", "audit/state", "internal/cli/flags", "internal/cli/terminal", "internal/exitcode", "internal/fold", "internal/operate", "internal/readable", "internal/view", "plan",
		"plan/fact", "runner", "runner/drive", "runner/record",
	},
	"internal/operate": { // what an operator does with runs; no command line, nothing printed
		"audit", "audit/state", "internal/accounts", "internal/config", "internal/exitcode", "internal/fold", "internal/forecast", "internal/git", "internal/history", "internal/notice", "internal/readable", "internal/secret",
		"internal/source", "internal/trust", "ofs", "ofs/sim", "plan", "plan/fact", "runner", "runner/dispatch", "runner/drive", "runner/local",
		"runner/record", "runner/resume", "runner/virtual",
	},
	"internal/holidays":   {}, // holidays of an iCalendar file, as a calendar file
	"internal/stamp":      {}, // the digest of a program, behind its last byte
	"internal/stamp/file": {"internal/stamp"},
	"internal/manual":     {"internal/cli"}, // writes the manual pages, outside the program
	".":                   {"internal/cli"},

	// Nights in virtual time, and what is made of them. Judges share no reading of turns with anybody, so laws has no fold.
	"internal/rehearse/scenario": {"internal/history", "internal/source", "ofs/sim", "plan", "plan/calendar", "plan/fact"},
	"internal/rehearse/laws": {
		"audit", "internal/readable", "ofs/sim", "plan", "plan/fact", "runner", "runner/drive", "runner/record", "runner/resume",
	},
	"internal/rehearse": {
		"audit", "audit/state", "internal/exitcode", "internal/fold", "internal/readable", "internal/rehearse/laws", "internal/secret",
		"internal/source", "ofs", "ofs/callcode", "ofs/sim", "plan", "plan/calendar", "plan/fact", "runner", "runner/dispatch", "runner/drive",
		"runner/record", "runner/resume", "runner/virtual",
	},
	"internal/rehearse/plantest": {
		"internal/exitcode", "internal/fold", "internal/readable", "internal/rehearse", "internal/rehearse/scenario",
		"internal/source", "plan", "plan/calendar", "plan/fact", "runner", "runner/record",
	},
	"internal/rehearse/incident": {
		"audit", "internal/fold", "internal/readable", "internal/rehearse", "internal/rehearse/plantest",
		"internal/rehearse/scenario", "internal/source", "ofs/callcode", "ofs/sim", "plan", "plan/fact", "runner", "runner/drive",
		"runner/record",
	},
	"internal/rehearse/sweep": {
		"internal/exitcode", "internal/fold", "internal/readable", "internal/rehearse", "internal/rehearse/scenario",
		"internal/source", "ofs/callcode", "ofs/sim", "plan", "plan/calendar", "plan/fact", "runner", "runner/drive",
	},

	// Nothing but tests.
	"audit/state/statetest": {"audit", "audit/state"}, // holds each store to what audit/state promises
	"internal/mutants":      {},
	"internal/proof":        {},
}

// homes names the packages that may import each library we did not write. A library is known by its module
// path; what is not listed may be imported by nobody.
var homes = map[string][]string{
	"github.com/emersion/go-ical":     {"internal/holidays"},
	"github.com/teambition/rrule-go":  {"internal/holidays"},
	"gopkg.in/yaml.v3":                {"internal/source"},
	"github.com/expr-lang/expr":       {"plan/expr"},
	"github.com/rickar/cal/v2":        {"plan/calendar"},
	"github.com/go-resty/resty/v2":    {"ofs"},
	"golang.org/x/oauth2":             {"ofs"},
	"github.com/wneessen/go-mail":     {"internal/notice"},
	"golang.org/x/text":               {"plan"},               // Unicode's normal forms
	"github.com/rogpeppe/go-internal": {"internal/cli/plans"}, // its diff alone
	"github.com/spf13/pflag":          {"internal/cli"},       // the flags of a cobra command
	"github.com/spf13/cobra":          {"internal/cli", "internal/cli/audit", "internal/cli/batch", "internal/cli/flags", "internal/cli/plans", "internal/cli/runs", "internal/cli/target"},
	"github.com/rs/zerolog":           {"internal/cli/foreground"},
	"golang.org/x/term":               {"internal/cli/terminal"},
	"golang.org/x/sys":                {"audit/state", "internal/secret"},
}

func TestLayersHold(t *testing.T) {
	for dir, imports := range importsByPackage(t) {
		allowed, listed := layers[dir]
		if !listed {
			t.Errorf("package %q is not in the table of layers", dir)
			continue
		}
		for _, imp := range imports {
			checkImport(t, dir, imp, allowed)
		}
	}
}

// checkImport reports an import that package dir may not have.
func checkImport(t *testing.T, dir, imp string, allowed []string) {
	t.Helper()
	if ours, ok := strings.CutPrefix(imp, module+"/"); ok {
		if !slices.Contains(allowed, ours) {
			t.Errorf("%s imports %s: the table of layers has no such edge", dir, ours)
		}
		return
	}
	if !strings.Contains(strings.Split(imp, "/")[0], ".") {
		return // the standard library
	}
	home := homeOf(imp)
	if !slices.Contains(home, dir) {
		t.Errorf("%s imports %s, whose home is %v", dir, imp, home)
	}
}

// homeOf is where a library's packages may be imported; nil for a library nobody listed.
func homeOf(imp string) []string {
	for lib, home := range homes {
		if imp == lib || strings.HasPrefix(imp, lib+"/") {
			return home
		}
	}
	return nil
}

// importsByPackage maps each package directory of this module to what its files import, tests left out.
func importsByPackage(t *testing.T) map[string][]string {
	t.Helper()
	found := map[string][]string{}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && !ours(name):
			return fs.SkipDir
		case d.IsDir() || path.Ext(name) != ".go" || strings.HasSuffix(name, "_test.go"):
			return nil
		}
		f, err := parser.ParseFile(token.NewFileSet(), name, nil, parser.ImportsOnly)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		found[dir] = append(found[dir], "") // listed, also when it imports nothing
		for _, spec := range f.Imports {
			imp, err := strconv.Unquote(spec.Path.Value)
			if err != nil {
				return err
			}
			found[dir] = append(found[dir], imp)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
	for dir, imports := range found {
		slices.Sort(imports)
		found[dir] = slices.Compact(imports)[1:] // without the ""
	}
	return found
}

// ours tells whether a directory holds packages of this module: not a hidden one, not test data, and not a
// module of its own such as itest.
func ours(dir string) bool {
	if dir == "." {
		return true
	}
	base := path.Base(dir)
	if base == "testdata" || base[0] == '.' || base[0] == '_' {
		return false
	}
	_, err := os.Stat(path.Join(dir, "go.mod"))
	return errors.Is(err, fs.ErrNotExist)
}

// docs/architecture.md walks through the files that are there, and names every package or a folder it stands in.
func TestTheArchitectureIsAsItIsDrawn(t *testing.T) {
	b, err := os.ReadFile("docs/architecture.md")
	if err != nil {
		t.Fatal(err)
	}
	text := string(b)
	for _, m := range regexp.MustCompile("`([a-z/_]+\\.(?:go|json|md))`").FindAllStringSubmatch(text, -1) {
		if _, err := os.Stat(m[1]); err != nil {
			t.Errorf("docs/architecture.md names %s: %v", m[1], err)
		}
	}
	for dir := range layers {
		parent, name := path.Split(dir)
		group := strings.TrimPrefix(strings.TrimSuffix(parent, "/"), "internal/")
		if !strings.Contains(text, strings.TrimPrefix(dir, "internal/")) && !(strings.Contains(text, group) && strings.Contains(text, name)) {
			t.Errorf("docs/architecture.md does not name %s", dir)
		}
	}
}

// A plan that a log has pinned is read by its own door, and by those alone who read logs; whoever reads a file asks for
// every problem of it.
func TestPinnedPlansAreReadByWhoReadsLogs(t *testing.T) {
	readers := map[string]bool{"plan": true, "runner/resume": true, "internal/fold": true, "internal/rehearse/incident": true}
	err := fs.WalkDir(os.DirFS("."), ".", func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(name, ".go") || strings.HasSuffix(name, "_test.go") {
			return err
		}
		text, err := os.ReadFile(name)
		if err != nil {
			return err
		}
		dir := path.Dir(name)
		if strings.Contains(string(text), "ParsePinned(") && !readers[dir] {
			t.Errorf("%s reads a pinned plan, and %s reads no logs", name, dir)
		}
		if strings.Contains(string(text), "plan.Parse(") && readers[dir] {
			t.Errorf("%s reads a plan of a log as if it were a file: use plan.ParsePinned", name)
		}
		return nil
	})
	if err != nil {
		t.Fatal(err)
	}
}
