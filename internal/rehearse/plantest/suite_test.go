package plantest_test

import (
	"bytes"
	"context"
	"encoding/json"
	"encoding/xml"
	"errors"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"

	"github.com/cockroachdb/datadriven"

	"ofsplan/internal/rehearse/plantest"
	"ofsplan/internal/source/torture"
	"ofsplan/plan"
)

// shelf is files in memory, by path.
type shelf fstest.MapFS

func (s shelf) put(path, text string) { s[path] = &fstest.MapFile{Data: []byte(text)} }

// sources lets a suite find what stands on the shelf.
func (s shelf) sources() plantest.Sources {
	return plantest.Sources{
		Plan:     func(path string) (*plan.Plan, error) { return plan.Load(fstest.MapFS(s), path, path) },
		Scenario: func(path string) ([]byte, error) { return fs.ReadFile(fstest.MapFS(s), path) },
	}
}

// suite reads every test file on the shelf.
func (s shelf) suite(t *testing.T) *plantest.Suite {
	t.Helper()
	suite := plantest.NewSuite(s.sources())
	names, err := fs.Glob(fstest.MapFS(s), "*_test.yaml")
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range names {
		suite.Add(name, s[name].Data)
	}
	return suite
}

// The conversations of testdata:
//
//	file NAME     puts the input on the shelf
//	problems      what is wrong with the test files there, and what is odd
//	test [-v] [run=…]  plays them and prints what people see
//	junit, json   likewise, for programs
func TestSuites(t *testing.T) {
	datadriven.Walk(t, "testdata", func(t *testing.T, path string) {
		if filepath.Base(path) == "schema" {
			return // see TestTestSchemaAgrees
		}
		files := shelf{}
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "file":
				files.put(d.CmdArgs[0].Key, d.Input)
				return ""
			case "problems":
				if d.Input != "" {
					files.put("n_test.yaml", d.Input)
				}
				suite := files.suite(t)
				return said(suite.Problems.Err(), suite.Warnings().Err())
			}
			return reported(t, files.suite(t), d)
		})
	})
}

func said(errs ...error) string {
	if err := errors.Join(errs...); err != nil {
		return err.Error()
	}
	return "fine"
}

// reported runs a suite and prints it as the command asks.
func reported(t *testing.T, suite *plantest.Suite, d *datadriven.TestData) string {
	t.Helper()
	if err := suite.Problems.Err(); err != nil && d.Cmd != "junit" {
		return err.Error()
	}
	var o plantest.Options
	if d.HasArg("run") {
		var only string
		d.ScanArgs(t, "run", &only)
		o.Only = regexp.MustCompile(only)
	}
	done, err := suite.Run(t.Context(), o)
	if err != nil {
		t.Fatal(err)
	}
	var out bytes.Buffer
	switch d.Cmd {
	case "test":
		err = done.WriteText(&out, d.HasArg("-v"))
	case "junit":
		err = done.WriteJUnit(&out, suite.Problems)
		wellFormed(t, out.Bytes())
	case "json":
		enc := json.NewEncoder(&out)
		enc.SetEscapeHTML(false)
		enc.SetIndent("", "  ")
		err = enc.Encode(done.Facts(done.Failed() == 0, suite.Problems, suite.Warnings()))
	default:
		t.Fatalf("nobody knows the command %q", d.Cmd)
	}
	if err != nil {
		t.Fatal(err)
	}
	return out.String()
}

// wellFormed reads XML to its end.
func wellFormed(t *testing.T, text []byte) {
	t.Helper()
	dec := xml.NewDecoder(bytes.NewReader(text))
	for {
		if _, err := dec.Token(); errors.Is(err, io.EOF) {
			return
		} else if err != nil {
			t.Fatalf("%v in\n%s", err, text)
		}
	}
}

// exampleSuite reads the tests of the example plans.
func exampleSuite(t *testing.T) *plantest.Suite {
	t.Helper()
	root := os.DirFS("../../../examples/plans")
	suite := plantest.NewSuite(plantest.Sources{
		Plan:     func(path string) (*plan.Plan, error) { return plan.Load(root, path, path) },
		Scenario: func(path string) ([]byte, error) { return fs.ReadFile(root, path) },
	})
	names, err := fs.Glob(root, "*_test.yaml")
	if err != nil || len(names) == 0 {
		t.Fatalf("got %v, %v, want the tests of every example", names, err)
	}
	for _, name := range names {
		data, err := fs.ReadFile(root, name)
		if err != nil {
			t.Fatal(err)
		}
		suite.Add(name, data)
	}
	return suite
}

// The report does not depend on how many nights are played at once, nor on who is first.
func TestReportsAreTheSame(t *testing.T) {
	var first string
	for _, workers := range []int{1, 2, 7} {
		suite := exampleSuite(t)
		done, err := suite.Run(t.Context(), plantest.Options{Workers: workers})
		if err != nil {
			t.Fatal(err)
		}
		var out bytes.Buffer
		facts, err := json.Marshal(done.Facts(true, suite.Problems, suite.Warnings()))
		if err = errors.Join(err, done.WriteText(&out, true), done.WriteJUnit(&out, nil)); err != nil {
			t.Fatal(err)
		}
		out.Write(facts)
		if first == "" {
			first = out.String()
		}
		if out.String() != first {
			t.Errorf("with %d workers the report is another", workers)
		}
	}
}

// A case that is told to stop does not go on.
func TestRunStops(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("stopped by hand"))
	if _, err := exampleSuite(t).Run(ctx, plantest.Options{}); err == nil || !strings.Contains(err.Error(), "stopped by hand") {
		t.Errorf("got %v, want the cause", err)
	}
}

// Every night's audit log can be kept, and what keeping says is passed on.
func TestLogsAreKept(t *testing.T) {
	files := shelf{}
	files.put("n.yaml", onePlan)
	files.put("n_test.yaml", "plan: n.yaml\ncases:\n- {name: one, expect: {outcome: succeeded}}\n- {name: two, expect: {outcome: succeeded}}\n")
	kept := make(chan string, 2)
	_, err := files.suite(t).Run(t.Context(), plantest.Options{
		Keep: func(f *plantest.File, number int, c *plantest.Case, journal []byte) error {
			if !bytes.HasPrefix(journal, []byte(`{"v":1,"seq":1,`)) {
				t.Errorf("%s, case %d: this is no audit log: %.40s", f.File, number, journal)
			}
			kept <- c.Name
			if number == 2 {
				return errors.New("the disk is full")
			}
			return nil
		},
	})
	if err == nil || !strings.Contains(err.Error(), `n_test.yaml:4:3: case "two": the disk is full`) {
		t.Errorf("got %v", err)
	}
	if len(kept) != 2 {
		t.Errorf("%d logs were kept, want 2", len(kept))
	}
}

// onePlan is the smallest plan.
const onePlan = "version: 1\nname: n\nsteps:\n  - {id: a, trigger: {batch: A}, timeout: 1h}\n"

// Whatever the bytes of a test file: it is read or refused, its problems have places in it, and what is accepted can
// be played.
func FuzzTestFile(f *testing.F) {
	seeds, err := filepath.Glob("../../../examples/plans/*_test.yaml")
	if err != nil {
		f.Fatal(err)
	}
	for _, name := range seeds {
		data, err := os.ReadFile(name)
		if err != nil {
			f.Fatal(err)
		}
		f.Add(data)
	}
	for _, c := range torture.Cases(f, "../../source/testdata/torture") {
		if len(c.Data) < 4096 {
			f.Add(c.Data)
		}
	}
	f.Add([]byte("plan: n.yaml\ncases: [{name: a, scenario: {batches: {A: null}}, expect: {never: [{rerun: A}]}}]"))
	f.Add([]byte("plan: n.yaml\nscenario: {batches: {A: 1m}}\ncases: [{name: a, scenario: {batches: {A: {starts: [{fails: true}]}}}, expect: {steps: {a: {outcome: failed}}, bodies: {a: [{x: [1]}]}}}]"))
	f.Fuzz(func(t *testing.T, data []byte) {
		files := shelf{}
		files.put("n.yaml", onePlan)
		suite := plantest.NewSuite(files.sources())
		suite.Add("n_test.yaml", data)
		for _, e := range suite.Problems {
			if e.File != "n_test.yaml" || e.Line < 1 || e.Col < 1 {
				t.Errorf("a problem without a place: %v", e)
			}
		}
		for _, wrong := range torture.Outside("n_test.yaml", suite.Problems.Error(), data) {
			t.Errorf("%s\n%v", wrong, suite.Problems)
		}
		if len(suite.Files) > 0 && len(suite.Files[0].Cases) > 4 {
			return // one of them is as good as many
		}
		done, err := suite.Run(t.Context(), plantest.Options{Workers: 1})
		if err != nil {
			t.Fatal(err)
		}
		if err := done.WriteJUnit(io.Discard, suite.Problems); err != nil {
			t.Error(err)
		}
	})
}
