package plans

import (
	"errors"
	"fmt"
	"os"
	"runtime/debug"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
)

// rehearseFlags say which night a plan is played in and what is printed of it.
type rehearseFlags struct {
	night    nightFlags
	sweep    sweepFlags
	deadline string
	audit    string
	asJSON   bool
}

// nightFlags describe a night.
type nightFlags struct {
	params   flags.Params
	part     flags.Part
	scenario string
	at       string
	seed     uint64
	sets     []string
	fails    []string
	history  bool
	state    flags.State
}

func (f *nightFlags) register(cmd *cobra.Command) {
	f.params.Register(cmd)
	f.part.Register(cmd)
	flags := cmd.Flags()
	flags.StringVar(&f.scenario, "scenario", "", "a scenario file: how the night goes (default: every batch succeeds in five minutes)")
	flags.StringVar(&f.at, "at", "", "when the night begins, such as 2026-11-20T22:00 in the plan's zone (default: the scenario's start, else "+rehearse.Start.Format("2006-01-02T15:04Z")+")")
	flags.Uint64Var(&f.seed, "seed", 0, "another draw of everything that varies (default: the scenario's)")
	flags.StringArrayVar(&f.sets, "set", nil, "BATCH.duration=3h: let a batch take so long")
	flags.StringArrayVar(&f.fails, "fail", nil, "BATCH or BATCH:TASK: let its first start fail; given twice, the first two")
	flags.BoolVar(&f.history, "history", false, "let batches take as long as they usually did in earlier runs, where the scenario does not say")
	f.state.Register(cmd, false)
}

func rehearsal(std *terminal.Streams) *cobra.Command {
	var f rehearseFlags
	cmd := &cobra.Command{
		Use:   "rehearse PLAN",
		Short: "Plays a plan in virtual time: a whole night in a second",
		Long: `Plays a plan against a simulated scheduler in virtual time: the same loader, decisions, requests and audit log as in
production, and a clock that jumps from one event to the next. Nothing is sent anywhere and nothing is kept, unless
--audit says where. Plan, parameters, scenario and seed give the same night each time, down to the last byte.

It prints what started when, the chain of steps that determined the end, where the time went, and the margin to a
deadline. Exit codes are those of run; a night that succeeds too late for --deadline is 8.

With --sweep it plays one night for every step and every ending (failed, interrupted, hung, refused, answer lost,
scheduler down, runner killed) and prints where each one ends. Exit code 1 then means that a night triggers something
twice, never ends, or misses the deadline.`,
		Example: `  ofsplan rehearse nightly.yaml
  ofsplan rehearse nightly.yaml --scenario usual.yaml --deadline 05:30
  ofsplan rehearse nightly.yaml --history --at 2026-11-30T22:00 --deadline 05:30
  ofsplan rehearse nightly.yaml --set DATA_LOAD.duration=3h --fail NAME_SCREENING
  ofsplan rehearse nightly.yaml --from score --at 2026-11-21T03:40 --deadline 05:30
  ofsplan rehearse nightly.yaml --sweep --deadline 05:30
  ofsplan rehearse nightly.yaml --fail DATA_LOAD:TRANSFORM --audit night.jsonl && ofsplan audit verify night.jsonl`,
		Args:              flags.PlanArg,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.sweep.check(cmd, f.audit); err != nil {
				return err
			}
			return rehearseFile(std, args[0], &f)
		},
	}
	f.night.register(cmd)
	f.sweep.register(cmd)
	cmd.Flags().StringVar(&f.deadline, "deadline", "", "a clock time in the plan's zone, such as 05:30, by which the night has to be over (default: the plan's own deadline)")
	cmd.Flags().StringVar(&f.audit, "audit", "", "write the night's audit log to this file")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the facts as JSON")
	return cmd
}

// rehearseFile plays a plan that stands in a file.
func rehearseFile(std *terminal.Streams, path string, f *rehearseFlags) error {
	p, err := files.Plan(path)
	if err != nil {
		return err
	}
	var deadline *calendar.Clock
	if f.deadline != "" {
		clock, err := calendar.ParseClock(f.deadline)
		if err != nil {
			return fmt.Errorf("--deadline %w", err)
		}
		deadline = &clock
	}
	night, err := nightOf(std, p, &f.night)
	if err != nil {
		return err
	}
	collectLess(len(p.Steps))
	if f.sweep.on {
		return playSweep(std, night, deadline, &f.sweep, f.asJSON)
	}
	result, err := night.Run()
	endless, isEndless := errors.AsType[*rehearse.EndlessError](err)
	if err != nil && !isEndless {
		return err
	}
	if f.audit != "" {
		if err := os.WriteFile(f.audit, result.Journal, 0o600); err != nil {
			return fmt.Errorf("the audit log cannot be written: %w", err)
		}
	}
	r, err := newRehearsed(&result, endless, deadline, f.audit)
	if err != nil {
		return err
	}
	if f.asJSON {
		err = std.PrintJSON(r)
	} else {
		err = r.text(std.Out, std.Style(std.Out, true))
	}
	if err != nil {
		return err
	}
	if r.Error != "" {
		fmt.Fprintf(std.Err, "rehearsal %s: %s\n", result.RunID, r.Error)
	}
	return exitcode.Quiet(r.ExitCode)
}

// collectLess makes the garbage collector run more rarely while a night of so many steps is played, which allocates much and
// keeps little. That makes a night a third faster; a large one collects more often, since it would take too much memory.
func collectLess(steps int) {
	const large = 1000
	if steps <= large {
		debug.SetGCPercent(2000)
		return
	}
	debug.SetGCPercent(400)
}

// nightOf is the night that the flags describe. What a scenario names and the plan does not order is warned of.
func nightOf(std *terminal.Streams, p *plan.Plan, f *nightFlags) (rehearse.Night, error) {
	n := rehearse.Night{Plan: p, Seed: f.seed}
	var err error
	if n.Given, err = f.params.Given(p, std.Secrets); err != nil {
		return n, err
	}
	if f.params.Warning != "" {
		fmt.Fprintf(std.Err, "warning: %s\n", f.params.Warning)
	}
	if _, err = p.LeftOut(f.part.Part); err != nil {
		return n, err
	}
	n.Part = f.part.Part
	var data []byte
	if f.scenario != "" {
		if data, err = files.Read(f.scenario, "the scenario", simLimit); err != nil {
			return n, err
		}
		if n.Scenario, err = scenario.Read(f.scenario, data); err != nil {
			return n, err
		}
	}
	if n.At, err = instant(f.at, p.Calendar); err != nil {
		return n, err
	}
	r, err := n.Resolve()
	if err != nil {
		return n, err
	}
	odd := append(r.Odd, scenario.Missing(n.Scenario, r)...)
	if data != nil {
		odd = append(odd, scenario.Unordered(f.scenario, data, r.Codes())...)
	}
	for _, w := range odd {
		shown := *w
		shown.ID = "warning " + w.ID
		fmt.Fprintln(std.Err, shown.Error())
	}
	if f.history {
		if n.Scenario, err = usual(std, n.Scenario, r, &f.state); err != nil {
			return n, err
		}
	}
	return n, f.change(&n)
}

// change makes the changes to a night that the command line asks for.
func (f *nightFlags) change(n *rehearse.Night) error {
	one := func(flag, text string, change func(*sim.Scenario, *plan.Resolved, string) error) error {
		r, err := n.Resolve()
		if err == nil {
			err = change(&n.Scenario, r, text)
		}
		if err != nil {
			return fmt.Errorf("%s %w", flag, err)
		}
		return nil
	}
	for _, set := range f.sets {
		if err := one("--set", set, scenario.Set); err != nil {
			return err
		}
	}
	for _, fail := range slices.Backward(f.fails) {
		if err := one("--fail", fail, scenario.Fail); err != nil {
			return err
		}
	}
	return nil
}

// instant reads --at: a moment with a zone, or a date and a time in the plan's zone. Empty is the zero time.
func instant(text string, c *calendar.Calendar) (time.Time, error) {
	if text == "" {
		return time.Time{}, nil
	}
	t, err := c.ParseMoment(text)
	if err != nil {
		return time.Time{}, fmt.Errorf("--at %w", err)
	}
	return t, nil
}
