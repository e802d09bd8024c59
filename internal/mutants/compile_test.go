package mutants

import (
	"encoding/json"
	"errors"
	"fmt"
	"go/ast"
	"go/importer"
	"go/parser"
	"go/token"
	"go/types"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
)

// A mutant that does not compile shows nothing about its test. Each is checked by the types that go build left behind,
// which takes a second or two for all of them.
func TestEveryMutantCompiles(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	packages := listed(t)
	for _, m := range mutants {
		p, ok := packages[filepath.Dir(filepath.FromSlash(m.file))]
		if !ok {
			t.Errorf("%s: there is no package of %s", m.name, m.file)
			continue
		}
		if err := p.check(m); err != nil {
			t.Errorf("%s: %v", m.name, err)
		}
	}
}

// built is a package as go list tells of it.
type built struct {
	ImportPath, Dir, Export string
	GoFiles                 []string
	parsed                  map[string]*ast.File // the files nobody has broken
	fset                    *token.FileSet
	imports                 types.Importer
}

// listed are our packages, by their folder below the root.
func listed(t *testing.T) map[string]*built {
	t.Helper()
	cmd := exec.Command("go", "list", "-export", "-deps", "-json=ImportPath,Dir,Export,GoFiles", "./...")
	cmd.Dir, cmd.Stderr = root, os.Stderr
	out, err := cmd.Output()
	if err != nil {
		t.Fatal(err)
	}
	top, err := filepath.Abs(root)
	if err != nil {
		t.Fatal(err)
	}
	exports, ours := map[string]string{}, map[string]*built{}
	fset := token.NewFileSet()
	imports := importer.ForCompiler(fset, "gc", func(path string) (io.ReadCloser, error) { return os.Open(exports[path]) })
	for d := json.NewDecoder(strings.NewReader(string(out))); ; {
		p := &built{parsed: map[string]*ast.File{}, fset: fset, imports: imports}
		if err := d.Decode(p); errors.Is(err, io.EOF) {
			return ours
		} else if err != nil {
			t.Fatal(err)
		}
		exports[p.ImportPath] = p.Export
		if dir, err := filepath.Rel(top, p.Dir); err == nil && filepath.IsLocal(dir) {
			ours[dir] = p
			for _, name := range p.GoFiles { // go test keeps a result until a file changes that it has seen us look at
				if _, err := os.Stat(filepath.Join(p.Dir, name)); err != nil {
					t.Fatal(err)
				}
			}
		}
	}
}

// check compiles the package with a mutant in it, as far as its types go.
func (p *built) check(m mutant) error {
	var files []*ast.File
	for _, name := range p.GoFiles {
		text, err := os.ReadFile(filepath.Join(p.Dir, name))
		if err != nil {
			return err
		}
		f := p.parsed[name]
		switch {
		case name == filepath.Base(m.file):
			f, err = parser.ParseFile(p.fset, name, strings.Replace(string(text), m.old, m.new, 1), 0)
		case f == nil:
			f, err = parser.ParseFile(p.fset, name, text, 0)
			p.parsed[name] = f
		}
		if err != nil {
			return err
		}
		files = append(files, f)
	}
	conf := types.Config{Importer: p.imports}
	if _, err := conf.Check(p.ImportPath, p.fset, files, nil); err != nil {
		return fmt.Errorf("it does not compile: %w", err)
	}
	return nil
}
