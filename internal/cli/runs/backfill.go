package runs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/foreground"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/operate"
	"ofsplan/internal/secret"
	"ofsplan/plan"
)

// backfillFlags say for which dates a plan is run, and where.
type backfillFlags struct {
	flags.Run
	params    flags.Params
	from, to  string
	keepGoing bool
	reason    string
}

// backfill is the command backfill.
func backfill(std *terminal.Streams) *cobra.Command {
	var f backfillFlags
	cmd := &cobra.Command{
		Use:   "backfill PLAN",
		Short: "Runs a plan for each business date from one to another",
		Long: `Runs a plan with once for every business date of its calendar from one date to another, one ordinary run after the other, in
the order of the dates. The date goes to the parameter that the plan's misdate is. A date for which a run has succeeded is
passed over, so that the same command, typed again, goes on where it stopped.

It stops at the first date whose run does not succeed, or for which an earlier run is in the way; then it says what to type
for that run, and a resume, a resolve or a retry brings it to its end as always. With --keep-going it goes on with the next
date all the same, unless it was stopped by a signal or the scheduler cannot be reached. A signal leaves the run that goes
on as it leaves any other, and starts no further one.

It ends with the worst of the exit codes of its dates: 7, 3, 2, 70, 75, 4, 5, 1, 6, 8 and 0, in this order. --dry-run lists
the dates and what would become of them, and sends nothing.`,
		Example: `  ofsplan backfill nightly.yaml --from 2026-11-02 --to 2026-11-13 --target prod --dry-run
  ofsplan backfill nightly.yaml --from 2026-11-02 --to T-1 --target prod --reason "the feed of November was replaced"
  ofsplan backfill nightly.yaml --from 2026-11-02 --to 2026-11-06 --target sim --reason "a trial"`,
		Args:              flags.PlanArg,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := f.check(cmd); err != nil {
				return err
			}
			return backfillPlan(cmd.Context(), std, args[0], &f)
		},
	}
	f.Register(cmd)
	f.params.Register(cmd)
	cmd.Flags().StringVar(&f.from, "from", "", "the first date, such as 2026-11-02, or in words: prev_month_end")
	cmd.Flags().StringVar(&f.to, "to", "", "the last date, such as 2026-11-13, or in words: T-1")
	cmd.Flags().BoolVar(&f.keepGoing, "keep-going", false, "go on with the next date when a run does not succeed")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why these dates are run now, for the audit log of each run")
	return cmd
}

// check wants both dates, and a reason for what will be on record.
func (f *backfillFlags) check(cmd *cobra.Command) error {
	switch {
	case f.from == "" || f.to == "":
		return flags.Usage(cmd, errors.New("backfill wants --from and --to: the first and the last date"))
	case strings.TrimSpace(f.reason) == "" && !f.DryRun:
		return flags.Usage(cmd, errors.New("backfill wants --reason: the audit log of each run keeps why its date is run now"))
	}
	return flags.CheckReason(cmd, f.reason)
}

// backfillPlan runs a plan that stands in a file for one date after the other, or lists what would become of them.
func backfillPlan(ctx context.Context, std *terminal.Streams, path string, f *backfillFlags) error {
	if err := f.Log.Check(); err != nil {
		return err
	}
	p, err := files.Plan(path)
	if err != nil {
		return err
	}
	given, err := f.params.Given(p, std.Secrets)
	if err != nil {
		return err
	}
	b, err := operate.NewBackfill(p, given, f.from, f.to, time.Now())
	if err != nil {
		return err
	}
	b.Reason = f.reason
	target, err := f.Target.Pick()
	if err != nil {
		return err
	}
	if err := b.Check(target.Name, time.Now()); err != nil {
		return err
	}
	w := &backfilling{std: std, flags: f, Backfill: b, simulated: target.Simulated}
	if w.env, err = foreground.Env(std, &f.Run); err != nil {
		return err
	}
	w.env.Ask = askOnce(w.env.Ask)
	for _, name := range b.Unmoved() {
		fmt.Fprintf(std.Err, "warning: parameter %q has a default that is counted from today, so it is the same for every date: give it with -p %s=DATE if that is not meant\n", name, name)
	}
	if !f.DryRun {
		var release func()
		ctx, release = std.DetachOnSignal(ctx)
		defer release()
	}
	w.all(ctx)
	return w.conclude()
}

// askOnce asks whoever is there once for each sensitive parameter, and answers with that from then on.
func askOnce(ask func(context.Context, *plan.Param) (secret.Value, error)) func(context.Context, *plan.Param) (secret.Value, error) {
	if ask == nil {
		return nil
	}
	known := map[string]secret.Value{}
	return func(ctx context.Context, p *plan.Param) (secret.Value, error) {
		if v, is := known[p.Name]; is {
			return v, nil
		}
		v, err := ask(ctx, p)
		if err == nil {
			known[p.Name] = v
		}
		return v, err
	}
}

// A backfilling is one backfill under way.
type backfilling struct {
	std   *terminal.Streams
	flags *backfillFlags
	*operate.Backfill
	env       *operate.Env
	simulated bool
	done      []*dated // by date, as far as it has come
	stopped   string   // why no further date was begun; empty: all were
}

// all goes through the dates, until one of them stops it.
func (w *backfilling) all(ctx context.Context) {
	for i, d := range w.Dates {
		if cause := context.Cause(ctx); cause != nil {
			w.stopped = fmt.Sprintf("%v before %s was begun", cause, d.Format(time.DateOnly))
			w.done = append(w.done, &dated{Date: d.Format(time.DateOnly), Outcome: notBegun, Code: exitcode.Detached})
			return
		}
		if !w.flags.DryRun && w.flags.Log.Format == "console" {
			w.say(w.std.Err, "-- %s, date %d of %d\n", d.Format(time.DateOnly), i+1, len(w.Dates))
		}
		one := w.one(ctx, d)
		w.done = append(w.done, one)
		if w.stops(one) {
			w.stopped = fmt.Sprintf("stopped at %s", one.Date)
			return
		}
	}
}

// stops reports whether no further date is begun after one. A run that ended late has succeeded.
func (w *backfilling) stops(one *dated) bool {
	switch {
	case w.flags.DryRun:
		return false
	case one.Code == exitcode.Succeeded, one.Code == exitcode.Late:
		return false
	case one.Code == exitcode.Detached, one.Code == exitcode.Unreachable, one.Error != "":
		return true
	}
	return !w.flags.keepGoing
}

// one runs the plan for a date, unless a run of before has succeeded or is in the way.
func (w *backfilling) one(ctx context.Context, d time.Time) *dated {
	out := &dated{Date: d.Format(time.DateOnly)}
	if err := w.begin(ctx, d, out); err != nil {
		out.Outcome, out.Error = notBegun, err.Error()
		if out.Code = exitcode.Of(err); ctx.Err() != nil {
			out.Code = exitcode.Detached
		}
		if out.Facts != nil { // it was begun, and its files could not be closed
			out.Outcome = string(out.Facts.State)
		}
		fmt.Fprintf(w.std.Err, "%s: %v\n", out.Date, err)
	}
	return out
}

// begin is one, with the error of a run that could not be begun.
func (w *backfilling) begin(ctx context.Context, d time.Time, out *dated) (err error) {
	s := w.Start(d)
	s.Caution = w.flags.params.Warning
	r, err := foreground.PrepareIn(ctx, w.env, &w.flags.Run, s)
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, r.Close()) }()
	look := r.Admit
	if w.flags.DryRun {
		look = r.Foresee
	}
	found, err := look()
	switch {
	case err != nil:
		return err
	case found != nil:
		w.met(found, out)
		return nil
	case w.flags.DryRun:
		out.Outcome = wouldRun
		return nil
	}
	c, err := foreground.CarryOut(ctx, w.std, r, &w.flags.Run)
	if c != nil {
		w.ran(c, out)
	}
	return err
}

// ran keeps and prints how the run of a date was left.
func (w *backfilling) ran(c *foreground.Conclusion, out *dated) {
	facts := c.Facts(c.Code())
	out.Code, out.Run, out.Outcome, out.Facts = c.Code(), c.Run.ID, string(c.Run.State), &facts
	out.took = time.Duration(c.Run.Elapsed)
	if w.flags.JSON {
		c.Complain()
	} else if err := c.Print(false); err != nil {
		fmt.Fprintln(w.std.Err, err)
	}
}

// met keeps and says which run of before there is for a date.
func (w *backfilling) met(found *operate.Found, out *dated) {
	out.Run, out.Outcome, out.Code = found.Run, hadSucceeded, exitcode.Succeeded
	if found.State == fold.OnceDone {
		if !w.flags.DryRun {
			w.say(w.std.Err, "%s has succeeded: run %s; it is passed over\n", out.Date, found.Run)
		}
		return
	}
	out.Meets = foreground.NewRefusal(found, w.flags.Repeat())
	out.Outcome, out.Code = inTheWay, found.Code()
	if !w.flags.DryRun {
		w.say(w.std.Err, "%s: nothing was started: %s\n", out.Date, found)
		out.Meets.Advise(w.std.Err)
	}
}

// say prints a line for whoever watches.
func (w *backfilling) say(to io.Writer, format string, args ...any) {
	_ = w.std.Style(w.std.Err, w.simulated).Print(to, fmt.Sprintf(format, args...))
}
