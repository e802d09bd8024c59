package main_test

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"regexp"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/audit"
	"ofsplan/internal/cli"
	"ofsplan/internal/cli/plans"
	"ofsplan/internal/config"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/format"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/plantest"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
)

func TestDocumentsShowWhatWorks(t *testing.T) {
	for _, page := range documents(t) {
		for _, b := range blocks(t, page) {
			check := checks[b.info]
			if strings.HasPrefix(b.info, "yaml") {
				isLaidOut(t, b)
			}
			if check == nil && b.info != "" && b.info != "ini" {
				t.Errorf("%s:%d: nobody knows how to check a block of %q", b.file, b.line, b.info)
			}
			if check != nil {
				check(t, b)
			}
		}
	}
}

// checks tells for each kind of block what must hold of it.
var checks = map[string]func(*testing.T, block){
	"yaml":            func(t *testing.T, b block) { loads(t, b, b.text) },
	"yaml steps":      func(t *testing.T, b block) { loads(t, b, head+"steps:\n"+b.text) },
	"yaml top":        func(t *testing.T, b block) { loads(t, b, head+b.text+"steps:\n- {id: a, trigger: {batch: A}}\n") },
	"yaml targets":    targetsLoad,
	"yaml calendar":   isCalendar,
	"yaml scenario":   isPossible,
	"yaml test":       passes,
	"console":         prints,
	"console run":     printsForReal,
	"yaml kubernetes": isYAML,
	"yaml ci":         isYAML,
	"sh":              commandsExist,
	"sh check":        followsTheChain,
	"json":            isJSON,
}

// head is what a fragment of a plan is put under.
const head = "version: 1\nname: doc\nmisdate: 2026-11-20\ndefaults: {timeout: 3h}\n"

// printsForReal runs the command in the block's first line and compares what it prints.
func printsForReal(t *testing.T, b block) {
	t.Helper()
	line, want, _ := strings.Cut(b.text, "\n")
	args, ok := strings.CutPrefix(line, "$ ofsplan ")
	if !ok {
		t.Fatalf("%s:%d: no command of ours", b.file, b.line)
	}
	var out, errs bytes.Buffer
	if code := cli.Main(strings.Fields(args), nil, &out, &errs); code != 0 || errs.Len() > 0 {
		t.Errorf("%s:%d: it ends with exit code %d: %s", b.file, b.line, code, errs.String())
	}
	if out.String() != want {
		t.Errorf("%s:%d: it prints\n%s", b.file, b.line, out.String())
	}
}

// loads wants a plan without errors and without warnings.
func loads(t *testing.T, b block, text string) {
	t.Helper()
	files := fstest.MapFS{"plan.yaml": {Data: []byte(text)}}
	if calendar := above(t, b)["yaml calendar"]; calendar != "" {
		files["calendars/emea.yaml"] = &fstest.MapFile{Data: []byte(calendar)}
	}
	p, err := plan.Load(files, "plan.yaml", b.file)
	if err != nil {
		t.Errorf("%s:%d: the plan does not load:\n%v", b.file, b.line, err)
		return
	}
	for _, w := range p.Warnings {
		t.Errorf("%s:%d: the plan is warned about: %v", b.file, b.line, w)
	}
}

// isCalendar wants a calendar file without errors.
func isCalendar(t *testing.T, b block) {
	t.Helper()
	if _, err := plan.ParseCalendar(b.file, []byte(b.text)); err != nil {
		t.Errorf("%s:%d: %v", b.file, b.line, err)
	}
}

// Every plan of the cookbook comes to a good end when nothing goes wrong.
func TestTheCookbookCooks(t *testing.T) {
	played := 0
	for _, b := range blocks(t, "docs/cookbook.md") {
		text := map[string]string{"yaml": b.text, "yaml steps": head + "steps:\n" + b.text}[b.info]
		if text == "" {
			continue
		}
		p, err := plan.Parse(b.file, []byte(text))
		if err != nil {
			t.Errorf("%s:%d: %v", b.file, b.line, err)
			continue
		}
		played++
		switch r, err := (rehearse.Night{Plan: p}).Run(); {
		case err != nil:
			t.Errorf("%s:%d: %v", b.file, b.line, err)
		case r.Exit != exitcode.Succeeded:
			t.Errorf("%s:%d: the night ends with exit code %d", b.file, b.line, r.Exit)
		}
	}
	if played < 15 {
		t.Errorf("%d plans were played", played)
	}
}

// targetsLoad wants every target of a file to be complete.
func targetsLoad(t *testing.T, b block) {
	t.Helper()
	file := filepath.Join(t.TempDir(), "ofsplan.yaml")
	if err := os.WriteFile(file, []byte(b.text), 0o600); err != nil {
		t.Fatal(err)
	}
	f, err := config.Load(config.Place{Path: file, Named: true})
	if err != nil {
		t.Errorf("%s:%d: %v", b.file, b.line, err)
		return
	}
	for _, name := range f.Names() {
		if _, err := f.Target(name, nil); err != nil {
			t.Errorf("%s:%d: target %s: %v", b.file, b.line, name, err)
		}
	}
}

// isPossible wants a scenario that the simulated scheduler can play.
func isPossible(t *testing.T, b block) {
	t.Helper()
	sc, err := scenario.Read(b.file, []byte(b.text))
	if err == nil {
		_, err = sim.New(sc, sim.Options{})
	}
	if err != nil {
		t.Errorf("%s:%d: %v", b.file, b.line, err)
	}
}

// tested runs the last tests above b and returns what ofsplan test prints, were they plans/nightly_test.yaml.
func tested(t *testing.T, b block, planText string) string {
	t.Helper()
	page := above(t, b)
	suite := plantest.NewSuite(plantest.Sources{
		Plan:     func(path string) (*plan.Plan, error) { return plan.Parse(path, []byte(planText)) },
		Scenario: func(string) ([]byte, error) { return []byte(page["yaml scenario"]), nil },
	})
	suite.Add("plans/nightly_test.yaml", []byte(page["yaml test"]))
	var out strings.Builder
	done, err := suite.Run(t.Context(), plantest.Options{})
	if err == nil {
		err = done.WriteText(&out, false)
	}
	if err = errors.Join(err, suite.Problems.Err(), suite.Warnings().Err()); err != nil {
		t.Errorf("%s:%d: %v", b.file, b.line, err)
	}
	return out.String()
}

// passes wants tests that pass. What they name is what the page shows above.
func passes(t *testing.T, b block) {
	t.Helper()
	if out := tested(t, b, above(t, b)["yaml"]); !strings.Contains(out, ", 0 failed") {
		t.Errorf("%s:%d:\n%s", b.file, b.line, out)
	}
}

// sedLine is an edit of the plan as a page shows it.
var sedLine = regexp.MustCompile(`^\$ sed -i 's/([^/]+)/([^/]+)/' plans/nightly\.yaml$`)

// prints wants what stands behind "$ ofsplan test" to be what it prints.
func prints(t *testing.T, b block) {
	t.Helper()
	planText, rest := above(t, b)["yaml"], b.text
	for {
		line, more, _ := strings.Cut(rest, "\n")
		rest = more
		if edit := sedLine.FindStringSubmatch(line); edit != nil {
			planText = strings.Replace(planText, edit[1], edit[2], 1)
			continue
		}
		if line != "$ ofsplan test" {
			t.Errorf("%s:%d: nobody knows how to check %q", b.file, b.line, line)
		}
		break
	}
	if got := tested(t, b, planText); got != rest {
		t.Errorf("%s:%d: ofsplan test prints\n%s", b.file, b.line, got)
	}
}

// isLaidOut wants YAML as ofsplan fmt lays it out.
func isLaidOut(t *testing.T, b block) {
	t.Helper()
	out, err := format.File(b.file, []byte(b.text))
	if err == nil && string(out) != b.text {
		t.Errorf("%s:%d: ofsplan fmt would lay this out as\n%s", b.file, b.line, out)
	}
}

func isYAML(t *testing.T, b block) {
	t.Helper()
	if _, problems := source.Parse(b.file, []byte(b.text)); problems.Err() != nil {
		t.Errorf("%s:%d: %v", b.file, b.line, problems.Err())
	}
}

func isJSON(t *testing.T, b block) {
	t.Helper()
	if !json.Valid([]byte(b.text)) {
		t.Errorf("%s:%d: this is not JSON", b.file, b.line)
	}
}

// commandsExist wants every ofsplan line to name a command and flags it has, and every make line a target.
func commandsExist(t *testing.T, b block) {
	t.Helper()
	for i, line := range strings.Split(b.text, "\n") {
		line, _, _ = strings.Cut(line, "  #")
		words := strings.Fields(strings.Replace(line, "go run .", "ofsplan", 1))
		switch {
		case len(words) > 0 && words[0] == "ofsplan":
			commandExists(t, b.file, b.line+i, words[1:])
		case len(words) > 1 && words[0] == "make":
			if !regexp.MustCompile(`(?m)^` + words[1] + `:`).MatchString(read(t, "Makefile")) {
				t.Errorf("%s:%d: the Makefile has no %q", b.file, b.line+i, words[1])
			}
		}
	}
}

// commandExists asks the program itself, through the help of the command.
func commandExists(t *testing.T, file string, line int, words []string) {
	t.Helper()
	var command, flags []string
	for _, w := range words {
		switch {
		case strings.HasPrefix(w, "-"):
			name, _, _ := strings.Cut(w, "=")
			flags = append(flags, name)
		case len(flags) == 0:
			command = append(command, w)
		}
	}
	var out, errs bytes.Buffer
	if code := cli.Main(append(command, "--help"), strings.NewReader(""), &out, &errs); code != 0 {
		t.Errorf("%s:%d: ofsplan %s: %s", file, line, strings.Join(words, " "), errs.String())
		return
	}
	help := out.String()
	depth := len(command)
	for depth > 0 && !strings.Contains(help, "\n  ofsplan "+strings.Join(command[:depth], " ")+" ") {
		depth--
	}
	takes := regexp.MustCompile(`Usage:\n  ofsplan ` + strings.Join(command[:depth], " ") + ` \[[A-Z]`) // arguments of its own
	if depth < len(command) && strings.Contains(help, "Available Commands:") && !takes.MatchString(help) {
		t.Errorf("%s:%d: there is no command %q", file, line, strings.Join(command[:depth+1], " "))
	}
	for _, f := range flags {
		if !regexp.MustCompile(`(?m)(^|[\s,])` + regexp.QuoteMeta(f) + `\b`).MatchString(help) {
			t.Errorf("%s:%d: ofsplan %s has no flag %s", file, line, strings.Join(command, " "), f)
		}
	}
}

// followsTheChain runs the script for auditors on a true journal, and on one in which a letter was changed.
func followsTheChain(t *testing.T, b block) {
	t.Helper()
	dir := t.TempDir()
	j, err := audit.Create(audit.RealDisk{}, dir, "20261123T020000Z-doc-7f3c")
	if err != nil {
		t.Fatal(err)
	}
	defer j.Close()
	at := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	for i, step := range []string{"load", `sc"o\re`, "publish"} {
		e := audit.Entry{Time: at.Add(time.Duration(i) * time.Second), Type: "request.sent", Step: step, Attempt: 1}
		if err := j.Append(e); err != nil {
			t.Fatal(err)
		}
	}
	if err := j.Sync(); err != nil {
		t.Fatal(err)
	}
	script := func() (string, error) {
		cmd := exec.Command("sh", "-c", b.text)
		cmd.Dir = dir
		out, err := cmd.CombinedOutput()
		return string(out), err
	}
	if out, err := script(); err != nil || !strings.Contains(out, "3 records, head "+j.Head().Hash) {
		t.Errorf("%s:%d: the script says of a true journal: %v\n%s", b.file, b.line, err, out)
	}
	changed := strings.Replace(read(t, j.Path()), "load", "loaf", 1)
	if err := os.WriteFile(j.Path(), []byte(changed), 0o600); err != nil {
		t.Fatal(err)
	}
	if out, err := script(); err == nil || !strings.Contains(out, "record 2 does not follow") {
		t.Errorf("%s:%d: the script says of a changed journal: %v\n%s", b.file, b.line, err, out)
	}
}

// docs/checks.md is what the table in the code says. -rewrite writes it.
func TestWarningsAreDocumented(t *testing.T) {
	const name = "docs/checks.md"
	want := checksPage(t)
	if *rewrite {
		if err := os.WriteFile(name, []byte(want), 0o644); err != nil {
			t.Fatal(err)
		}
	}
	if diff := cmp.Diff(want, read(t, name)); diff != "" {
		t.Errorf("%s is not what plan.Checks and its like say; go test . -run Documented -rewrite writes it (-want +got):\n%s", name, diff)
	}
}

// checksPage is the page about warnings.
func checksPage(t *testing.T) string {
	t.Helper()
	intro, _, _ := strings.Cut(read(t, "docs/checks.md"), "| |")
	var table, sections strings.Builder
	table.WriteString("| | warned about |\n| --- | --- |\n")
	for _, c := range plans.Checks() {
		about := markdown(c.About)
		fmt.Fprintf(&table, "| [%s](#%s) | %s |\n", c.ID, strings.ToLower(c.ID), about)
		fmt.Fprintf(&sections, "\n## %s\n\n%s%s. %s\n", c.ID, strings.ToUpper(about[:1]), about[1:], markdown(c.Why))
		fmt.Fprintf(&sections, "\n```\n%s```\n", c.Wrong)
		if c.Right != "" {
			fmt.Fprintf(&sections, "\nMeant, most likely:\n\n```%s\n%s```\n", infoOf(c), c.Right)
		}
	}
	return intro + table.String() + sections.String()
}

// infoOf is what a block with the right example of a check is.
func infoOf(c source.Check) string {
	switch {
	case c.ID >= "W201":
		return "yaml targets"
	case c.ID >= "W101":
		return "yaml scenario"
	case strings.HasPrefix(c.Right, "version:"):
		return "yaml"
	}
	return "yaml steps"
}

// markdown keeps what a page would take for markup.
func markdown(text string) string {
	return strings.NewReplacer("|", "\\|", "<", "\\<", "*", "\\*").Replace(text)
}

var inline = regexp.MustCompile("`ofsplan ([^`|]+)`")

func TestCommandsInSentencesExist(t *testing.T) {
	for _, page := range documents(t) {
		for i, line := range strings.Split(read(t, page), "\n") {
			for _, m := range inline.FindAllStringSubmatch(line, -1) {
				commandExists(t, page, i+1, strings.Fields(m[1]))
			}
		}
	}
}

var link = regexp.MustCompile(`\]\(([^)#]+)(#[^)]*)?\)`)

func TestDocumentsLinkToWhatIsThere(t *testing.T) {
	for _, page := range documents(t) {
		for _, m := range link.FindAllStringSubmatch(read(t, page), -1) {
			if strings.Contains(m[1], "://") {
				continue
			}
			if _, err := os.Stat(filepath.Join(filepath.Dir(page), m[1])); err != nil {
				t.Errorf("%s links to %s, which is not there", page, m[1])
			}
		}
	}
}

// What docs/reliability.md calls as witnesses is there.
func TestTheTestsNamedInTheDocumentsExist(t *testing.T) {
	var all strings.Builder
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() || !strings.HasSuffix(path, "_test.go") {
			return err
		}
		text, err := os.ReadFile(path)
		all.Write(text)
		return err
	})
	if err != nil {
		t.Fatal(err)
	}
	for _, name := range regexp.MustCompile("`(Test[A-Za-z0-9]+)`").FindAllStringSubmatch(read(t, "docs/reliability.md"), -1) {
		if !strings.Contains(all.String(), "func "+name[1]+"(") {
			t.Errorf("docs/reliability.md names %s, which no file holds", name[1])
		}
	}
	for _, name := range regexp.MustCompile("\\(`([a-z_]+)`\\)").FindAllStringSubmatch(read(t, "docs/reliability.md"), -1) {
		if _, err := os.Stat(filepath.Join("testdata", "script", name[1]+".txtar")); err != nil {
			t.Error(err)
		}
	}
}
