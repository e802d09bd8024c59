package itest

import (
	"bytes"
	"encoding/json"
	"go/ast"
	"go/parser"
	"go/token"
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif"
	"github.com/xeipuuv/gojsonschema"

	"ofsplan/internal/cli"
)

// What validate writes as SARIF is what the published schema says (version 2.1.0, errata 01, of OASIS), and holds no key that it
// does not know; for names of files with blanks, marks and letters of other alphabets, too.
func TestSarifIsWhatItsSchemaSays(t *testing.T) {
	dir := t.TempDir()
	for name, text := range map[string]string{
		"a b/100%.yaml":     "version: 1\nname: n\nsteps: [{id: a, needs: b, trigger: {batch: A}}]\n",
		"père#1?.yaml":      "version: 1\nname: n\nsteps: [{id: a, trigger: {batch: A}}]\n",
		"ofsplan.yaml":      "targets: {lab: {url: https://ofs.example.com, kind: on_premise, auth: {grant: none}}}\n",
		"night.yaml":        "version: 1\nbatches: {A: soon}\n",
		"broken_test.yaml":  "plan: nowhere.yaml\ncases: []\n",
		"broken.yaml":       "version: 1\nsteps:\n  - a: [\n",
		"fine.yaml":         "version: 1\nname: n\nmisdate: 2026-11-20\nsteps: [{id: a, timeout: 1h, trigger: {batch: A}}]\n",
		"elsewhere/no.yaml": "services: {}\n",
	} {
		path := filepath.Join(dir, filepath.FromSlash(name))
		if err := os.MkdirAll(filepath.Dir(path), 0o755); err != nil {
			t.Fatal(err)
		}
		if err := os.WriteFile(path, []byte(text), 0o600); err != nil {
			t.Fatal(err)
		}
	}
	schema := gojsonschema.NewStringLoader(publishedSchema(t))
	t.Chdir(dir)
	for name, args := range map[string][]string{"a folder": {"."}, "named": {filepath.Join(dir, "père#1?.yaml")}, "nothing wrong": {"fine.yaml"}, "no file": {"gone.yaml"}} {
		var out, errs bytes.Buffer
		cli.Main(append([]string{"validate", "--format", "sarif"}, args...), nil, &out, &errs)
		verdict, err := gojsonschema.Validate(schema, gojsonschema.NewBytesLoader(out.Bytes()))
		if err != nil {
			t.Errorf("%s: %v\n%s%s", name, err, out.String(), errs.String())
			continue
		}
		for _, e := range verdict.Errors() {
			t.Errorf("%s: %s", name, e)
		}
		var log sarif.Report
		if err := json.Unmarshal(out.Bytes(), &log); err != nil {
			t.Fatal(err)
		}
		if name == "a folder" && len(log.Runs[0].Results) < 7 {
			t.Errorf("%d results only:\n%s", len(log.Runs[0].Results), out.String())
		}
		for _, r := range log.Runs[0].Results {
			if rule := log.Runs[0].Tool.Driver.Rules[r.RuleIndex]; *rule.ID != *r.RuleID {
				t.Errorf("%s: a result of rule %s points at %s", name, *r.RuleID, *rule.ID)
			}
		}
	}
}

// publishedSchema is the schema of SARIF 2.1.0 as OASIS has published it, which a library carries in its source.
func publishedSchema(t *testing.T) string {
	t.Helper()
	dir, err := exec.Command("go", "list", "-f", "{{.Dir}}", "github.com/owenrumney/go-sarif/v3/pkg/report/v210/sarif").Output()
	if err != nil {
		t.Fatal(err)
	}
	file, err := parser.ParseFile(token.NewFileSet(), filepath.Join(strings.TrimSpace(string(dir)), "schema.go"), nil, 0)
	if err != nil {
		t.Fatal(err)
	}
	for _, spec := range file.Decls[0].(*ast.GenDecl).Specs {
		v := spec.(*ast.ValueSpec)
		text, err := strconv.Unquote(v.Values[0].(*ast.BasicLit).Value)
		if v.Names[0].Name == "schema" && err == nil && strings.Contains(text, "docs.oasis-open.org/sarif/sarif/v2.1.0/errata01") {
			return text
		}
	}
	t.Fatal("the library has no schema")
	return ""
}
