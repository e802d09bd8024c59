package cli

import (
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/source"
	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

func (a *app) batch() *cobra.Command {
	cmd := &cobra.Command{
		Use:   "batch",
		Short: "One call to the scheduler, without a plan",
		Long: `One call to the scheduler, without a plan: what its own tools do. Each is carried out as a run of a one-step
plan, so it goes through the same gate and leaves the same audit log.`,
		Example: `  ofsplan batch trigger DATA_LOAD --target prod --misdate 2026-11-20
  ofsplan batch wait DATA_LOAD_2026-11-20_1795222800000_1 --timeout 2h --target prod`,
	}
	cmd.AddCommand(a.batchTrigger(), a.batchStatus(), a.batchWait(), a.batchChange(plan.OpInterrupt),
		a.batchChange(plan.OpRestart), a.batchChange(plan.OpRerun))
	return cmd
}

// batchFlags are what all batch commands share.
type batchFlags struct {
	flags.Run
	callOptions
	group bool
	code  string // of the object, where a batch run id does not tell it
}

func (f *batchFlags) register(cmd *cobra.Command, waits bool) {
	f.Run.Register(cmd)
	cmd.Flags().BoolVar(&f.group, "group", false, "it is a batch group")
	if waits {
		cmd.Flags().StringVar(&f.poll, "poll", "30s", "how often to ask while waiting")
		cmd.Flags().StringVar(&f.timeout, "timeout", "", "stop waiting after this long (default: never)")
	}
}

// object is batch or group, as plans and messages say it.
func (f *batchFlags) object() fact.Object {
	if f.group {
		return fact.Group
	}
	return fact.Batch
}

// triggerFlags are the parameters, exclusions and holds of batch trigger.
type triggerFlags struct {
	batchFlags
	memberFlags
	listFlags
	date          string
	params, tasks []string
	wait          bool
}

// memberFlags are what is set for single members of a group.
type memberFlags struct{ members, memberParams, memberTasks []string }

// listFlags are the tasks or members to leave out, to hold and to include.
type listFlags struct{ excluded, held, included []string }

func (a *app) batchTrigger() *cobra.Command {
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
			var given []plan.Given
			if f.date != "" {
				given = []plan.Given{{Name: "misdate", Value: f.date, From: flags.FromCommandLine}}
			}
			return a.call(cmd, "trigger", text, given, &f.batchFlags)
		},
	}
	f.register(cmd, true)
	set := cmd.Flags()
	set.StringVar(&f.date, "misdate", "", "put this date into $FICMISDATE$: 2026-11-20, T, T-1 (calendar days, UTC), month_end …")
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

// withWait says in a verb's keys whether its end is waited for.
func withWait(what source.Sparse, wait bool) source.Sparse {
	what.Add("wait", !wait, func() source.Item { return source.Plain("false") })
	return what
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

// onRun are the keys of a verb about a batch run that exists.
func (f *batchFlags) onRun(runID string) (source.Sparse, error) {
	code := f.code
	if of := ofs.RunCode(runID); code == "" && of != runID {
		code = of
	}
	if code == "" {
		return nil, fmt.Errorf("%q does not tell which batch it is of\n\tadd --code CODE", runID)
	}
	return source.Sparse{{Key: string(f.object()), Value: literal(code)}, {Key: "run", Value: literal(runID)}}, nil
}

// onRunFlags are the flags of a command about a batch run that exists.
func (f *batchFlags) onRunFlags(cmd *cobra.Command, waits bool) {
	f.register(cmd, waits)
	cmd.Flags().StringVar(&f.code, "code", "", "the batch or group, where the batch run id does not tell it")
}

func (a *app) batchStatus() *cobra.Command {
	var f batchFlags
	var tasks []string
	cmd := &cobra.Command{
		Use:   "status BATCH_RUN_ID",
		Short: "Asks once how a batch run stands",
		Long:  `Asks once how a batch run stands. Exit code 0: succeeded. 1: failed, interrupted or aborted. 9: still going on. 10: held.`,
		Example: `  ofsplan batch status DATA_LOAD_2026-11-20_1795222800000_1 --target prod
  ofsplan batch status DATA_LOAD_2026-11-20_1795222800000_1 --task STAGE_TXN --json --target prod`,
		Args: flags.OneArg("batch run id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := f.onRun(args[0])
			if err != nil {
				return flags.Usage(cmd, err)
			}
			what.Filled("tasks", literals(tasks))
			return a.call(cmd, "status", f.write("status", what), nil, &f)
		},
	}
	f.onRunFlags(cmd, false)
	cmd.Flags().StringSliceVar(&tasks, "task", nil, "ask for these tasks only")
	return cmd
}

func (a *app) batchWait() *cobra.Command {
	var f batchFlags
	cmd := &cobra.Command{
		Use:   "wait BATCH_RUN_ID",
		Short: "Waits for a batch run to end",
		Long: `Waits for a batch run to end. Exit code 0: succeeded. 1: failed, interrupted or aborted. 9: still going on when the
timeout came. 10: only held tasks are left.`,
		Example: `  ofsplan batch wait DATA_LOAD_2026-11-20_1795222800000_1 --timeout 2h --target prod`,
		Args:    flags.OneArg("batch run id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := f.onRun(args[0])
			if err != nil {
				return flags.Usage(cmd, err)
			}
			return a.call(cmd, "wait", f.write("wait", what), nil, &f)
		},
	}
	f.onRunFlags(cmd, true)
	return cmd
}

// batchChange is interrupt, restart or rerun.
func (a *app) batchChange(op plan.Op) *cobra.Command {
	short := map[plan.Op]string{
		plan.OpInterrupt: "Stops a batch run",
		plan.OpRestart:   "Resumes a batch run from where it failed or was stopped",
		plan.OpRerun:     "Runs a batch again, as a new batch run",
	}
	var f batchFlags
	var wait bool
	waits := op != plan.OpInterrupt
	cmd := &cobra.Command{
		Use:     string(op) + " BATCH_RUN_ID",
		Short:   short[op],
		Example: "  ofsplan batch " + string(op) + " DATA_LOAD_2026-11-20_1795222800000_1 --target prod",
		Args:    flags.OneArg("batch run id"),
		RunE: func(cmd *cobra.Command, args []string) error {
			what, err := f.onRun(args[0])
			if err != nil {
				return flags.Usage(cmd, err)
			}
			return a.call(cmd, string(op), f.write(string(op), withWait(what, wait || !waits)), nil, &f)
		},
	}
	f.onRunFlags(cmd, waits)
	if waits {
		cmd.Flags().BoolVar(&wait, "wait", false, "wait for its end")
	}
	return cmd
}
