package batch

import (
	"fmt"
	"slices"
	"strings"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// triggerFlags are the parameters, exclusions and holds of batch trigger.
type triggerFlags struct {
	verbFlags
	memberFlags
	listFlags
	date          string
	noDate        bool
	params, tasks []string
	wait          bool
}

// memberFlags are what is set for single members of a group.
type memberFlags struct{ members, memberParams, memberTasks []string }

// listFlags are the tasks or members to leave out, to hold and to include.
type listFlags struct{ excluded, held, included []string }

// trigger is the command batch trigger.
func trigger(std *terminal.Streams) *cobra.Command {
	var f triggerFlags
	cmd := &cobra.Command{
		Use:   "trigger CODE",
		Short: "Starts a batch or a group, and prints its batch run id",
		Example: `  ofsplan batch trigger DATA_LOAD --target prod --misdate 2026-11-20
  ofsplan batch trigger DATA_LOAD --target prod -p '$REGION$=EMEA' --task-param STAGE_TXN.threshold=10 --exclude STAGE_OLD --wait
  ofsplan batch trigger SCORE --group --member SCORE_A --member SCORE_B --misdate T-1 --target prod`,
		Args: flags.OneArg("batch or group code"),
		RunE: func(cmd *cobra.Command, args []string) error {
			text, err := f.plan(args[0])
			if err != nil {
				return flags.Usage(cmd, err)
			}
			if f.undated() {
				fmt.Fprintln(std.Err, "warning: there is no date in this trigger, so the scheduler takes its own day, in UTC\n\tadd --misdate DATE, or --no-misdate when that is meant")
			}
			var given []plan.Given
			if f.date != "" {
				given = []plan.Given{{Name: "misdate", Value: f.date, From: flags.FromCommandLine}}
			}
			return call(std, cmd, "trigger", text, given, &f.verbFlags)
		},
	}
	f.register(cmd, true)
	set := cmd.Flags()
	set.StringVar(&f.date, "misdate", "", "put this date into $FICMISDATE$: 2026-11-20, T, T-1 (calendar days, UTC), month_end …")
	set.BoolVar(&f.noDate, "no-misdate", false, "it is meant that the scheduler takes its own day")
	cmd.MarkFlagsMutuallyExclusive("misdate", "no-misdate")
	set.StringArrayVarP(&f.params, "param", "p", nil, "a run-time parameter NAME=VALUE; of a group: for all members")
	set.StringArrayVar(&f.tasks, "task-param", nil, "a run-time parameter of a task, TASK.NAME=VALUE")
	set.StringSliceVar(&f.members, "member", nil, "a member batch of the group")
	set.StringArrayVar(&f.memberParams, "member-param", nil, "a run-time parameter of one member, BATCH.NAME=VALUE")
	set.StringArrayVar(&f.memberTasks, "member-task-param", nil, "a run-time parameter of a member's task, BATCH.TASK.NAME=VALUE")
	set.StringSliceVar(&f.excluded, "exclude", nil, "tasks, or batches of a group, to leave out")
	set.StringSliceVar(&f.held, "hold", nil, "tasks, or batches of a group, to hold")
	set.StringSliceVar(&f.included, "include", nil, "tasks, or batches of a group, to include (on-premise only)")
	set.BoolVar(&f.wait, "wait", false, "wait for its end")
	return cmd
}

// undated reports whether nothing in the trigger says a date, and nobody said that this is meant.
func (f *triggerFlags) undated() bool {
	dated := func(param string) bool { return strings.Contains(param, "$FICMISDATE$=") }
	return f.date == "" && !f.noDate && !slices.ContainsFunc(f.params, dated) && !slices.ContainsFunc(f.memberParams, dated)
}

// plan writes the one-step plan of a trigger.
func (f *triggerFlags) plan(code string) ([]byte, error) {
	params, err := readSettings("param", f.params)
	if err != nil {
		return nil, err
	}
	tasks, err := readTaskSettings("task-param", f.tasks)
	if err != nil {
		return nil, err
	}
	members, err := f.memberFlags.read()
	if err != nil {
		return nil, err
	}
	f.misdate = f.date != ""
	what := source.Sparse{{Key: string(f.object()), Value: literal(code)}}
	what.Filled("params", settings(params))
	what.Filled("tasks", taskSettings(tasks))
	what.Filled("members", memberSettings(members))
	what.Filled("excluded", literals(f.excluded))
	what.Filled("held", literals(f.held))
	what.Filled("included", literals(f.included))
	return f.callOptions.write("trigger", withWait(what, f.wait)), nil
}

// read gathers what the member flags say, in the order of first mention.
func (f *memberFlags) read() ([]fact.MemberOrder, error) {
	var all []fact.MemberOrder
	member := func(code string) *fact.MemberOrder {
		for i := range all {
			if all[i].Code == code {
				return &all[i]
			}
		}
		all = append(all, fact.MemberOrder{Code: code})
		return &all[len(all)-1]
	}
	for _, code := range f.members {
		member(code)
	}
	params, err := readTaskSettings("member-param", f.memberParams)
	if err != nil {
		return nil, err
	}
	for _, p := range params {
		m := member(p.Task)
		m.Params = append(m.Params, p.Params...)
	}
	tasks, err := readTaskSettings("member-task-param", f.memberTasks)
	if err != nil {
		return nil, err
	}
	for _, t := range tasks {
		m := member(t.Task)
		for _, s := range t.Params {
			inner, err := readTaskSettings("member-task-param", []string{s.Name + "=" + s.Value})
			if err != nil {
				return nil, fmt.Errorf("--member-task-param %q is not BATCH.TASK.NAME=VALUE", t.Task+"."+s.Name+"="+s.Value)
			}
			m.Tasks = addSetting(m.Tasks, inner[0].Task, inner[0].Params[0])
		}
	}
	return all, nil
}
