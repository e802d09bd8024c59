package plans

import (
	"context"
	"errors"
	"fmt"
	"path"
	"path/filepath"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/config"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
	"ofsplan/internal/plandiff"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/source"
	"ofsplan/plan"
)

// diffFlags say for which night two plans are compared, and what is printed of it.
type diffFlags struct {
	params    flags.Params
	target    flags.Target
	rev       string
	at        string
	scenarios []string
	tests     []string
	exitCode  bool
	asJSON    bool
	markdown  bool
}

func difference(std *terminal.Streams) *cobra.Command {
	var f diffFlags
	cmd := &cobra.Command{
		Use:   "diff OLD NEW",
		Short: "Says in words what another version of a plan changes tonight",
		Long: `Compares two versions of a plan, bound to the same night, and says what changes: steps that come, go or are called
otherwise, who waits for whom, conditions, times, rules, parameters, dates, and every request byte for byte. Comments, layout and
texts for people change nothing.

Each of the two is a file or, as REVISION:PATH, a file of a git revision; the path counts from the root of the repository, or
from here when it begins with ./ as for git show. With --rev there is one file, and the old version is that of the revision.

With --scenario the night is rehearsed with both, and what changes in it is said as well: how and when it ends, each step, each
request that is carried out; with --tests likewise each night of the cases of a test file. Without a target the requests are those that a simulated scheduler would get.`,
		Example: `  ofsplan diff HEAD~1:plans/nightly.yaml plans/nightly.yaml
  ofsplan diff --rev origin/main plans/nightly.yaml --scenario scenarios/usual.yaml
  ofsplan diff --rev origin/main plans/nightly.yaml --tests plans/nightly_test.yaml
  ofsplan diff --rev HEAD nightly.yaml --target prod --at 2026-11-30T22:00 -p region=EMEA
  ofsplan diff --rev origin/main nightly.yaml --markdown > change.md
  ofsplan diff --exit-code old.yaml new.yaml`,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			switch {
			case f.rev == "" && len(args) != 2:
				return flags.Usage(cmd, fmt.Errorf("%s takes two plans, the old one first, or one with --rev REVISION; got %d", cmd.CommandPath(), len(args)))
			case f.rev != "" && len(args) != 1:
				return flags.Usage(cmd, fmt.Errorf("%s takes one plan with --rev, got %d", cmd.CommandPath(), len(args)))
			}
			return f.print(cmd.Context(), std, args)
		},
	}
	f.params.Register(cmd)
	f.target.Register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.rev, "rev", "", "the git revision whose version of the file is the old one")
	flags.StringVar(&f.at, "at", "", "when the run begins, such as 2026-11-20T22:00 in the plan's zone (default: now)")
	flags.StringArrayVar(&f.scenarios, "scenario", nil, "a scenario file: rehearse this night with both; may be given several times")
	flags.StringArrayVar(&f.tests, "tests", nil, "a test file: rehearse the nights of its cases with both; may be given several times")
	flags.BoolVar(&f.exitCode, "exit-code", false, "end with exit code 1 when anything changes")
	flags.BoolVar(&f.asJSON, "json", false, "print the difference as JSON")
	flags.BoolVar(&f.markdown, "markdown", false, "print the difference as Markdown, for a merge request")
	cmd.MarkFlagsMutuallyExclusive("json", "markdown")
	return cmd
}

// print compares two plans and prints what changes.
func (f *diffFlags) print(ctx context.Context, std *terminal.Streams, args []string) error {
	old, new, err := f.load(ctx, std, args)
	if err != nil {
		return err
	}
	d, err := f.compare(std, old, new)
	if err != nil {
		return err
	}
	for _, path := range f.scenarios {
		if err := f.compareNights(std, d, path, old, new); err != nil {
			return err
		}
	}
	if err := f.compareTests(d, old, new); err != nil {
		return err
	}
	switch {
	case f.asJSON:
		err = std.PrintJSON(d)
	case f.markdown:
		_, err = fmt.Fprint(std.Out, d.Markdown())
	default:
		_, err = fmt.Fprint(std.Out, d.Text())
	}
	if err == nil && f.exitCode && d.Changed {
		return exitcode.Quiet(exitcode.Failed)
	}
	return err
}

// load loads both plans. What is wrong with each is told of both.
func (f *diffFlags) load(ctx context.Context, std *terminal.Streams, args []string) (old, new *plan.Plan, err error) {
	if f.rev != "" {
		old, err = planOfRevision(ctx, std, f.rev, args[0])
		args = append([]string{""}, args...)
	} else {
		old, err = planVersion(ctx, std, args[0])
	}
	new, also := planVersion(ctx, std, args[1])
	return old, new, errors.Join(err, also)
}

// compare binds both plans to the night, and compares them.
func (f *diffFlags) compare(std *terminal.Streams, old, new *plan.Plan) (*plandiff.Difference, error) {
	target, err := f.pick()
	if err != nil {
		return nil, err
	}
	at, err := instant(f.at, new.Calendar)
	if err != nil {
		return nil, err
	}
	if at.IsZero() {
		at = time.Now()
	}
	env := operate.NewEnv(std.Secrets, false)
	var sides [2]plandiff.Side
	for i, p := range []*plan.Plan{old, new} {
		given, err := f.given(std, p, old, new)
		if err != nil {
			return nil, err
		}
		s := operate.Start{Plan: p, Given: given, Target: target}
		if sides[i].Resolved, sides[i].Forecast, err = operate.Foretell(env, s, at); err != nil {
			return nil, f.whose(p, err)
		}
	}
	if f.params.Warning != "" {
		fmt.Fprintf(std.Err, "warning: %s\n", f.params.Warning)
	}
	return plandiff.Compare(sides[0], sides[1]), nil
}

// whose puts the file before an error that does not name it.
func (f *diffFlags) whose(p *plan.Plan, err error) error {
	if _, placed := errors.AsType[source.Errors](err); placed {
		return err
	}
	return fmt.Errorf("%s: %w", p.File, err)
}

// pick is the target that was asked for; when none was, a simulated one.
func (f *diffFlags) pick() (*operate.Target, error) {
	target, err := f.target.Pick()
	if errors.Is(err, operate.ErrNoTarget) {
		return operate.Choice{Name: config.Simulated}.Target()
	}
	return target, err
}

// given are the parameters from outside that one of the plans has. What neither has is an error there.
func (f *diffFlags) given(std *terminal.Streams, p, old, new *plan.Plan) ([]plan.Given, error) {
	all, err := f.params.Given(p, std.Secrets)
	if err != nil {
		return nil, err
	}
	other := old
	if p == old {
		other = new
	}
	var fit []plan.Given
	for _, g := range all {
		if hasParam(p, g.Name) || !hasParam(other, g.Name) {
			fit = append(fit, g)
		}
	}
	return fit, nil
}

func hasParam(p *plan.Plan, name string) bool {
	return slices.ContainsFunc(p.Params, func(one plan.Param) bool { return one.Name == name })
}

// compareNights rehearses a night with both plans, and compares what becomes of it.
func (f *diffFlags) compareNights(std *terminal.Streams, d *plandiff.Difference, path string, old, new *plan.Plan) error {
	var nights [2]rehearse.Night
	for i, p := range []*plan.Plan{old, new} {
		given, err := f.given(std, p, old, new)
		if err != nil {
			return err
		}
		if nights[i], err = f.night(p, given, path); err != nil {
			return err
		}
	}
	return f.play(d, plandiff.Night{Scenario: path}, nights)
}

// play rehearses a night with both plans.
func (f *diffFlags) play(d *plandiff.Difference, about plandiff.Night, nights [2]rehearse.Night) error {
	var played [2]plandiff.Played
	for i, night := range nights {
		collectLess(len(night.Plan.Steps))
		result, err := night.Run()
		endless, isEndless := errors.AsType[*rehearse.EndlessError](err)
		if err != nil && !isEndless {
			return f.whose(night.Plan, err)
		}
		played[i] = plandiff.Played{Result: result, Endless: endless}
	}
	return d.CompareNights(about, played[0], played[1])
}

// compareTests rehearses the night of each case with both plans. What a case says of parameters and steps that the old plan has not, it
// says of the new one.
func (f *diffFlags) compareTests(d *plandiff.Difference, old, new *plan.Plan) error {
	if len(f.tests) == 0 {
		return nil
	}
	suite, err := readSuiteOf(f.tests, func(name string) (*plan.Plan, error) {
		if own := path.Base(filepath.ToSlash(new.File)); filepath.Base(name) != own {
			return nil, fmt.Errorf("these are tests of another plan than %s", own)
		}
		return new, nil
	})
	if err == nil {
		err = suite.Problems.Err()
	}
	if err != nil {
		return err
	}
	for _, file := range suite.Files {
		for _, c := range file.Cases {
			was, is := c.Night, c.Night
			was.Plan, is.Plan = old, new
			was.Given = slices.DeleteFunc(slices.Clone(was.Given), func(g plan.Given) bool { return !hasParam(old, g.Name) })
			was.Part = partIn(old, c.Night.Part)
			if err := f.play(d, plandiff.Night{Scenario: file.File, Case: c.Name}, [2]rehearse.Night{was, is}); err != nil {
				return fmt.Errorf("%s: case %q: %w", file.File, c.Name, err)
			}
		}
	}
	return nil
}

// partIn is a part of a plan in another version of it, which has not all of its steps: of what is to run the steps it has, also where these are
// none.
func partIn(p *plan.Plan, part plan.Part) plan.Part {
	unknown := func(id string) bool { return p.Step(plan.TopID(id)) == nil }
	out := part
	out.Skip = slices.DeleteFunc(slices.Clone(part.Skip), unknown)
	out.Only = slices.DeleteFunc(slices.Clone(part.Only), unknown)
	if part.From != "" && unknown(part.From) {
		out.From = ""
	}
	if !part.Whole() && len(out.Only) == 0 && out.From == "" && (len(part.Only) > 0 || part.From != "") {
		for _, s := range p.Steps[:p.FinallyAt] {
			out.Skip = append(out.Skip, s.ID)
		}
	}
	return out
}
