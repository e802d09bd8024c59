package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ofsplan/internal/secret"
	"ofsplan/plan"
)

// fromCommandLine is where a parameter came from, as the audit log has it.
const fromCommandLine = "command line"

// paramsLimit is the size a parameter file may have.
const paramsLimit = 1 << 20

// given collects a plan's parameters from outside, the strongest first: the command line, the parameter file,
// the variables OFSPLAN_PARAM_NAME. The secrets among them are hidden from here on.
func (a *app) given(p *plan.Plan, f *paramFlags) ([]plan.Given, error) {
	all, err := givenArgs(f.args)
	if err != nil {
		return nil, err
	}
	environ := p.Environ(os.Environ())
	a.hideGiven(environ)
	for _, param := range p.Sensitive() {
		for _, g := range all {
			if g.Name == param.Name {
				a.Secrets.Add(secret.New(g.Value))
				return nil, fmt.Errorf("parameter %q (%s) is sensitive, so it is not taken from the command line, which everybody on this host can see\n\tset the variable %s, or put it into a --params-file that only you can read",
					g.Name, param.Pos, plan.Variable(g.Name))
			}
		}
	}
	if f.file != "" {
		more, err := a.paramsFile(p, f.file)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return append(all, environ...), nil
}

// hideGiven keeps the secrets among parameters out of everything that is printed from here on.
func (a *app) hideGiven(all []plan.Given) {
	for _, g := range all {
		a.Secrets.Add(g.Secret)
	}
}

// paramsFile reads a parameter file. One that holds something sensitive must be out of the reach of others.
func (a *app) paramsFile(p *plan.Plan, path string) ([]plan.Given, error) {
	data, info, err := readFile(path, "the parameter file", paramsLimit)
	if err != nil {
		return nil, err
	}
	all, err := p.ParamsFile(path, data)
	a.hideGiven(all)
	if err != nil {
		return nil, err
	}
	for i, g := range all {
		if g.Secret.Empty() && g.Ref == nil {
			continue
		}
		if err := secret.Private(info, path); err != nil {
			return nil, fmt.Errorf("%s: the parameter file holds %q, which is sensitive, and %w", path, g.Name, err)
		}
		if g.Ref != nil && g.Ref.File != "" && !filepath.IsAbs(g.Ref.File) {
			all[i].Ref.File = filepath.Join(filepath.Dir(path), g.Ref.File)
		}
	}
	return all, nil
}

// givenArgs reads the -p flags. Of a name given twice neither can be meant.
func givenArgs(args []string) ([]plan.Given, error) {
	var all []plan.Given
	seen := map[string]bool{}
	for _, arg := range args {
		name, value, ok := strings.Cut(arg, "=")
		if !ok || name == "" {
			return nil, fmt.Errorf("-p %q is not NAME=VALUE", arg)
		}
		if seen[name] {
			return nil, fmt.Errorf("-p %s is given twice\n\ta list is written -p %s=a,b", name, name)
		}
		seen[name] = true
		all = append(all, plan.Given{Name: name, Value: value, From: fromCommandLine})
	}
	return all, nil
}

// readSmall reads a file that a person named, with errors that say which and what to do.
func readSmall(path, what string, limit int64) ([]byte, error) {
	data, _, err := readFile(path, what, limit)
	return data, err
}

// readFile is readSmall with what the file system knows of the file.
func readFile(path, what string, limit int64) ([]byte, fs.FileInfo, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s: %s is not there\n\tcheck the name; the working folder is %s", path, what, workingFolder())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		return nil, nil, fmt.Errorf("%s: %s is a folder\n\tname the file in it", path, what)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	if int64(len(data)) > limit {
		return nil, nil, fmt.Errorf("%s: %s is larger than %d MiB", path, what, limit>>20)
	}
	return data, info, nil
}

// workingFolder is where relative names are looked up, for messages.
func workingFolder() string {
	dir, err := filepath.Abs(".")
	if err != nil {
		return "unknown"
	}
	return dir
}
