package plans

import (
	"context"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"strings"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/git"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/plan"
)

// planVersion loads the plan that an argument means: a file, or REVISION:PATH of git. A file of that name comes first.
func planVersion(ctx context.Context, std *terminal.Streams, arg string) (*plan.Plan, error) {
	revision, name, isRevision := strings.Cut(arg, ":")
	if _, err := os.Lstat(arg); err == nil || !isRevision || len(revision) == 1 && filepath.VolumeName(arg) != "" {
		return files.Plan(arg)
	}
	tree, err := git.Folder{Path: ".", Secrets: std.Secrets}.Open(ctx, revision)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", arg, err)
	}
	if strings.HasPrefix(name, "./") || strings.HasPrefix(name, "../") {
		name = tree.Prefix + name
	}
	return files.PlanOf(tree, path.Clean(name), arg)
}

// planOfRevision loads the version of a plan that a git revision has.
func planOfRevision(ctx context.Context, std *terminal.Streams, revision, file string) (*plan.Plan, error) {
	tree, err := git.Folder{Path: filepath.Dir(file), Secrets: std.Secrets}.Open(ctx, revision)
	if err != nil {
		return nil, fmt.Errorf("%s: %w", file, err)
	}
	return files.PlanOf(tree, tree.Prefix+filepath.Base(file), revision+":"+filepath.ToSlash(file))
}

// night is a night for the rehearsal of a plan, as a scenario file tells it.
func (f *diffFlags) night(p *plan.Plan, given []plan.Given, file string) (rehearse.Night, error) {
	n := rehearse.Night{Plan: p, Given: given}
	data, err := files.Read(file, "the scenario", simLimit)
	if err != nil {
		return n, err
	}
	if n.Scenario, err = scenario.Read(file, data); err != nil {
		return n, err
	}
	n.At, err = instant(f.at, p.Calendar)
	return n, err
}
