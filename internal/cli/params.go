package cli

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"
	"strings"

	"ofsplan/plan"
)

// fromCommandLine is where a parameter came from, as the audit log has it.
const fromCommandLine = "command line"

// paramsLimit is the size a parameter file may have.
const paramsLimit = 1 << 20

// given collects a plan's parameters from outside, the strongest first: the command line, the parameter file,
// the variables OFSPLAN_PARAM_NAME.
func given(p *plan.Plan, args []string, file string) ([]plan.Given, error) {
	all, err := givenArgs(args)
	if err != nil {
		return nil, err
	}
	if file != "" {
		data, err := readSmall(file, "the parameter file", paramsLimit)
		if err != nil {
			return nil, err
		}
		more, err := plan.ParamsFile(file, data)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return append(all, p.Environ(os.Environ())...), nil
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
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, fmt.Errorf("%s: %s is not there\n\tcheck the name; the working folder is %s", path, what, workingFolder())
	}
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	defer file.Close()
	if info, err := file.Stat(); err == nil && info.IsDir() {
		return nil, fmt.Errorf("%s: %s is a folder\n\tname the file in it", path, what)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	if int64(len(data)) > limit {
		return nil, fmt.Errorf("%s: %s is larger than %d MiB", path, what, limit>>20)
	}
	return data, nil
}

// workingFolder is where relative names are looked up, for messages.
func workingFolder() string {
	dir, err := filepath.Abs(".")
	if err != nil {
		return "unknown"
	}
	return dir
}
