package flags

import (
	"fmt"
	"os"
	"path/filepath"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/secret"
	"ofsplan/internal/trust"
	"ofsplan/plan"
)

// FromCommandLine is where a parameter came from, as the audit log has it.
const FromCommandLine = "command line"

// paramsLimit is the size a parameter file may have.
const paramsLimit = 1 << 20

// Params are the parameters of a plan.
type Params struct {
	Args []string // NAME=VALUE
	File string   // path of a YAML file; empty: there is none
	// Warning says who else may change the file; Given sets it. Empty: nobody.
	Warning string
}

// Register adds -p and --params-file.
func (f *Params) Register(cmd *cobra.Command) {
	cmd.Flags().StringArrayVarP(&f.Args, "param", "p", nil, "a parameter NAME=VALUE; a list is NAME=a,b")
	CompleteParams(cmd, "param")
	cmd.Flags().StringVar(&f.File, "params-file", "", "a YAML file of parameters")
}

// Given collects a plan's parameters from outside, the strongest first: the command line, the parameter file,
// the variables OFSPLAN_PARAM_NAME. The filter learns the secrets among them.
func (f *Params) Given(p *plan.Plan, secrets *secret.Filter) ([]plan.Given, error) {
	all, err := givenArgs(f.Args)
	if err != nil {
		return nil, err
	}
	environ, err := p.Environ(os.Environ())
	if err != nil {
		return nil, err
	}
	learn(secrets, environ)
	for _, param := range p.Sensitive() {
		for _, g := range all {
			if g.Name == param.Name {
				secrets.Add(secret.New(g.Value))
				return nil, fmt.Errorf("parameter %q (%s) is sensitive, so it is not taken from the command line, which everybody on this host can see\n\tset the variable %s, or put it into a --params-file that only you can read",
					g.Name, param.Pos, plan.Variable(g.Name))
			}
		}
	}
	if f.File != "" {
		if f.Warning, err = trust.Me().Check(trust.Thing{What: "the parameter file", Path: f.File, Named: true}); err != nil {
			return nil, err
		}
		more, err := paramsFile(p, f.File, secrets)
		if err != nil {
			return nil, err
		}
		all = append(all, more...)
	}
	return append(all, environ...), nil
}

// learn makes the secrets among parameters known to a filter.
func learn(secrets *secret.Filter, all []plan.Given) {
	for _, g := range all {
		secrets.Add(g.Secret)
	}
}

// paramsFile reads a parameter file. One that holds something sensitive must be out of the reach of others.
func paramsFile(p *plan.Plan, path string, secrets *secret.Filter) ([]plan.Given, error) {
	data, info, err := files.ReadInfo(path, "the parameter file", paramsLimit)
	if err != nil {
		return nil, err
	}
	all, err := p.ParamsFile(path, data)
	learn(secrets, all)
	if err != nil {
		return nil, err
	}
	for i, g := range all {
		if g.Secret.Empty() && g.Ref == nil {
			continue
		}
		if g.Ref != nil && g.Ref.Env != "" {
			secrets.HideVariables(g.Ref.Env)
		}
		if err := trust.Private(info, path); err != nil {
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
		all = append(all, plan.Given{Name: name, Value: value, From: FromCommandLine})
	}
	return all, nil
}
