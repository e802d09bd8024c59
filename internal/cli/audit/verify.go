package audit

import (
	"cmp"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/runner/record"
)

// verified is one audit log with its verdict.
type verified struct {
	File string `json:"file"`
	audit.Verdict
	simulated bool
}

// verify is the command audit verify.
func verify(std *terminal.Streams) *cobra.Command {
	var state flags.State
	var ledger string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [RUN|FILE…]",
		Short: "Checks the chain of audit logs, offline",
		Long: `Checks that every record of an audit log is in its place and untouched: the chain of hashes, the numbers,
and the end against the head that was kept in the ledger. Without arguments all runs of the state folder are checked,
and that none of them is gone without somebody's word for it (audit acknowledge). Exit code 0: intact. 7: broken. 9: good
as far as it goes, but the run has not ended.`,
		Example: `  ofsplan audit verify last
  ofsplan audit verify
  ofsplan audit verify /backup/audit.jsonl --ledger /backup/ledger.jsonl`,
		ValidArgsFunction: state.RunIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			store, err := state.Store()
			if err != nil {
				return err
			}
			v := verifier{state: &state, store: store, ledger: store.Ledger()}
			if ledger != "" {
				if v.ledger, err = ledgerAt(ledger); err != nil {
					return err
				}
			}
			all, losses, err := v.run(args)
			if err != nil {
				return err
			}
			if err := printVerdicts(std, all, losses, asJSON); err != nil {
				return err
			}
			return exitcode.Quiet(worst(all, losses))
		},
	}
	state.Register(cmd, true)
	cmd.Flags().StringVar(&ledger, "ledger", "", "the ledger to compare with (default: that of the state folder)")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdicts as JSON")
	return cmd
}

// printVerdicts prints what was found.
func printVerdicts(std *terminal.Streams, all []verified, losses []state.Loss, asJSON bool) error {
	if asJSON {
		return std.PrintJSON(struct {
			Logs   []verified   `json:"logs"`
			Losses []state.Loss `json:"losses,omitempty"`
		}{all, losses})
	}
	for _, v := range all {
		found := v.Describe(v.File) + "\n"
		if v.simulated {
			found = readable.Simulated(found)
		}
		fmt.Fprint(std.Out, found)
	}
	if len(all) == 0 {
		fmt.Fprintln(std.Err, "there are no runs to verify")
	}
	for _, l := range losses {
		if k := l.Acknowledged; k != nil {
			fmt.Fprintf(std.Out, "%s\n\tacknowledged by %s at %s: %s\n", l.What, audit.Printable(k.By), readable.Stamp(k.At), audit.Printable(k.Reason))
			continue
		}
		fmt.Fprintf(std.Out, "%s\n\tlook for who removed it; a copy of the folder may hold it. When you know: ofsplan audit acknowledge %s --reason \"WHY\"\n", l.What, l.Head.Run)
	}
	return nil
}

// ledgerAt is a ledger that somebody named. A file that keeps no head at all is none, and would let every log pass.
func ledgerAt(path string) (state.Ledger, error) {
	if _, err := os.Stat(path); err != nil {
		return nil, fmt.Errorf("the ledger cannot be read: %w", err)
	}
	l := state.NewLedgerFile(audit.RealDisk{}, path)
	heads, err := l.Heads()
	if err == nil && len(heads) == 0 {
		err = fmt.Errorf("%s keeps no head of any run, so it is no ledger\n\tname the ledger.jsonl of a state folder, or a copy of it", path)
	}
	return l, err
}

// worst is the exit code of several verdicts: broken before incomplete before intact.
func worst(all []verified, losses []state.Loss) exitcode.Code {
	code := exitcode.Succeeded
	for _, v := range all {
		switch v.State {
		case audit.Broken:
			return exitcode.AuditLog
		case audit.Incomplete:
			code = exitcode.Ongoing
		}
	}
	for _, l := range losses {
		if l.Acknowledged == nil {
			return exitcode.AuditLog
		}
	}
	return code
}

// verifier checks logs against the ledger.
type verifier struct {
	state  *flags.State
	store  state.Store
	ledger state.Ledger // nil: there is none
}

// run checks the logs named, or all of the folder together with what the ledger misses.
func (v verifier) run(args []string) (all []verified, losses []state.Loss, err error) {
	if len(args) == 0 {
		if args, err = v.store.Runs(); err != nil {
			return nil, nil, err
		}
		if losses, err = state.Losses(v.store); err != nil {
			return nil, nil, err
		}
	}
	for _, arg := range args {
		one, err := v.one(arg)
		if err != nil {
			return nil, nil, err
		}
		all = append(all, one)
	}
	return all, losses, nil
}

// one checks a log named by file or by run.
func (v verifier) one(arg string) (verified, error) {
	log, err := v.state.Log(arg)
	if err != nil {
		return verified{}, cmp.Or(v.logGone(arg), err)
	}
	want := audit.Expect{Run: log.Run, Ends: ends}
	if id := filepath.Base(filepath.Dir(log.Where)); log.Store == nil && state.ValidRunID(id) {
		want.Run = id
	}
	f, err := log.Open()
	if errors.Is(err, fs.ErrNotExist) {
		return verified{}, exitcode.With(exitcode.AuditLog, fmt.Errorf("%s: the audit log is gone", log.Where))
	}
	if err != nil {
		return verified{}, err
	}
	defer f.Close()
	first, err := firstRecord(f)
	if err != nil {
		return verified{}, err
	}
	if want.Head, err = state.HeadOf(v.ledger, cmp.Or(want.Run, first.Run)); err != nil {
		return verified{}, err
	}
	if _, err := f.Seek(0, io.SeekStart); err != nil {
		return verified{}, err
	}
	verdict, err := audit.Verify(f, want)
	return verified{log.Where, verdict, simulatedRecord(first)}, err
}

// logGone says that the ledger names a run that the folder has nothing of any more; nil when it does not.
func (v verifier) logGone(run string) error {
	if !state.ValidRunID(run) {
		return nil
	}
	head, err := state.HeadOf(v.ledger, run)
	if err != nil || head == nil {
		return nil
	}
	return exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s is in the ledger with %d records, and its audit log is gone\n\tlook for who removed it; a copy of the folder may hold it", run, head.Count))
}

// firstRecord is the first record of a log; the zero Record when there is none that can be read.
func firstRecord(r io.Reader) (audit.Record, error) {
	for rec, err := range audit.Records(r) {
		if _, bad := errors.AsType[*audit.LineError](err); bad {
			err = nil // Verify says what is wrong with it
		}
		return rec.Record, err
	}
	return audit.Record{}, nil
}

// ends reports whether a record ends its run.
func ends(r audit.Record) bool {
	turn, err := record.Read(r)
	return err == nil && turn.Decision.End != nil
}
