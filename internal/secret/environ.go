package secret

import (
	"slices"
	"strings"
)

// ours begin the variables that hold parameters and values of a target, secrets among them.
var ours = []string{"OFSPLAN_PARAM_", "OFSPLAN_TARGET_"}

// HideVariables makes names of variables known that hold secrets, so that no program we start inherits them. The file that
// names them is read before they are, and before any program is started.
func (f *Filter) HideVariables(names ...string) {
	f.mu.Lock()
	defer f.mu.Unlock()
	f.variables = append(f.variables, names...)
}

// Environ is what a program that we start inherits of an environment: all but our own variables and those that hold secrets. A
// nil Filter knows of none but our own. The address of a proxy stays unless a user or a password stands in it: who needs one gives
// it to that program itself.
func (f *Filter) Environ(environ []string) []string {
	var hidden []string
	if f != nil {
		f.mu.Lock()
		hidden = slices.Clone(f.variables)
		f.mu.Unlock()
	}
	return slices.DeleteFunc(slices.Clone(environ), func(entry string) bool {
		name, value, _ := strings.Cut(entry, "=")
		if strings.HasSuffix(strings.ToUpper(name), "_PROXY") && strings.Contains(value, "@") {
			return true
		}
		own := func(prefix string) bool { return strings.HasPrefix(strings.ToUpper(name), prefix) }
		return slices.ContainsFunc(ours, own) || slices.Contains(hidden, name)
	})
}
