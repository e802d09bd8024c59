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
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// verified is one audit log with its verdict.
type verified struct {
	File string `json:"file"`
	audit.Verdict
	// Concerns are what lets others change the log, or says that it was not made by whom it should be.
	Concerns  []string `json:"concerns,omitempty"`
	simulated bool
}

// found is all that a verification has to say.
type found struct {
	Logs   []verified           `json:"logs"`
	Losses []state.Loss         `json:"losses,omitempty"`
	Ledger *state.LedgerVerdict `json:"ledger,omitempty"` // nil: there is none, as among simulated runs
	// Concerns are those about what stands beside the logs.
	Concerns []string `json:"concerns,omitempty"`
}

// heads are what a person holds against the logs.
type heads struct {
	run    string // of the run's log, as it was printed; empty: none
	ledger string
	file   string // another ledger than that of the state folder; empty: it is that one
}

// verify is the command audit verify.
func verify(std *terminal.Streams) *cobra.Command {
	var state flags.State
	var by heads
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "verify [RUN|FILE…]",
		Short: "Checks the chain of audit logs, offline",
		Long: `Checks that every record of an audit log is in its place and untouched: the chain of hashes, the numbers,
and the records up to the head that was kept in the ledger; of how many that head speaks is said. The chain of the ledger is
checked too. Without arguments all runs of the state folder are checked, and that none is gone that the ledger names, without
somebody's word for it (audit acknowledge). Both heads, which are printed at the end of each run, can be held against
them: --head and --ledger-head. Exit code 0: intact. 7: broken, gone, or to be changed by others. 9: good as far as it goes, but
the run has not ended.`,
		Example: `  ofsplan audit verify last
  ofsplan audit verify
  ofsplan audit verify last --head 30:HASH --ledger-head 112:HASH
  ofsplan audit verify /backup/audit.jsonl --ledger /backup/ledger.jsonl`,
		ValidArgsFunction: state.RunIDs,
		RunE: func(cmd *cobra.Command, args []string) error {
			if by.run != "" && len(args) != 1 {
				return flags.Usage(cmd, errors.New("--head is the head of one run: name that run"))
			}
			v, err := newVerifier(&state, by)
			if err != nil {
				return err
			}
			all, err := v.run(args)
			if err != nil {
				return err
			}
			if err := printFound(std, all, asJSON); err != nil {
				return err
			}
			return exitcode.Quiet(all.worst())
		},
	}
	state.Register(cmd, true)
	cmd.Flags().StringVar(&by.file, "ledger", "", "the ledger to compare with (default: that of the state folder)")
	cmd.Flags().StringVar(&by.run, "head", "", "a head of the run as it was printed, number:hash, to compare with")
	cmd.Flags().StringVar(&by.ledger, "ledger-head", "", "a head of the ledger as it was printed, number:hash, to compare with")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the verdicts as JSON")
	return cmd
}

// printFound prints what was found.
func printFound(std *terminal.Streams, all found, asJSON bool) error {
	if asJSON {
		return std.PrintJSON(all)
	}
	for _, v := range all.Logs {
		text := v.Describe(v.File) + "\n"
		for _, c := range v.Concerns {
			text += "\t" + c + "\n"
		}
		if v.simulated {
			text = readable.Simulated(text)
		}
		fmt.Fprint(std.Out, text)
	}
	if len(all.Logs) == 0 {
		fmt.Fprintln(std.Err, "there are no runs to verify")
	}
	for _, l := range all.Losses {
		if k := l.Acknowledged; k != nil {
			fmt.Fprintf(std.Out, "%s\n\tacknowledged by %s at %s: %s\n", l.What, audit.Printable(k.By), readable.Stamp(k.At), audit.Printable(k.Reason))
			continue
		}
		fmt.Fprintf(std.Out, "%s\n\tlook for who removed it; a copy of the folder may hold it. When you know: ofsplan audit acknowledge %s --reason \"WHY\"\n", l.What, l.Head.Run)
	}
	if all.Ledger != nil {
		fmt.Fprintln(std.Out, all.Ledger.Describe())
	}
	for _, c := range all.Concerns {
		fmt.Fprintln(std.Out, c)
	}
	return nil
}

// worst is the exit code of all that was found: broken before incomplete before intact.
func (f found) worst() exitcode.Code {
	code := exitcode.Succeeded
	for _, v := range f.Logs {
		switch {
		case v.State == audit.Broken || len(v.Concerns) > 0:
			return exitcode.AuditLog
		case v.State == audit.Incomplete:
			code = exitcode.Ongoing
		}
	}
	for _, l := range f.Losses {
		if l.Acknowledged == nil {
			return exitcode.AuditLog
		}
	}
	if len(f.Concerns) > 0 || f.Ledger != nil && f.Ledger.Problem != nil {
		return exitcode.AuditLog
	}
	return code
}

// verifier checks logs against the ledger, which is read once.
type verifier struct {
	state  *flags.State
	store  state.Store
	given  *audit.Head          // of the one run that is checked; nil: none was given
	ledger *state.LedgerVerdict // nil: there is none
	own    bool                 // the ledger is that of the store, so that it names every run there that has sent anything
	kept   map[string]*state.Kept
}

// newVerifier reads the ledger, and what a person holds against it and the run.
func newVerifier(f *flags.State, by heads) (*verifier, error) {
	store, err := f.Store()
	if err != nil {
		return nil, err
	}
	v := &verifier{state: f, store: store, own: by.file == "", kept: map[string]*state.Kept{}}
	if by.run != "" {
		v.given = &audit.Head{}
		if v.given.Count, v.given.Hash, err = audit.ParseShort(by.run); err != nil {
			return nil, exitcode.With(exitcode.Usage, fmt.Errorf("--head: %w", err))
		}
	}
	ledger := store.Ledger()
	if by.file != "" {
		ledger = state.NewLedgerFile(audit.RealDisk{}, by.file)
		if _, err := os.Stat(by.file); err != nil {
			return nil, fmt.Errorf("the ledger cannot be read: %w", err)
		}
	}
	var kept *state.LedgerHead
	if by.ledger != "" {
		kept = &state.LedgerHead{}
		if kept.Number, kept.Hash, err = audit.ParseShort(by.ledger); err != nil {
			return nil, exitcode.With(exitcode.Usage, fmt.Errorf("--ledger-head: %w", err))
		}
	}
	if ledger == nil {
		if kept != nil {
			return nil, exitcode.With(exitcode.Usage, errors.New("--ledger-head: simulated runs have no ledger"))
		}
		return v, nil
	}
	verdict, err := ledger.Verify(kept)
	if err != nil {
		return nil, err
	}
	// A file that keeps no head at all is none, and would let every log pass.
	if by.file != "" && len(verdict.Kept) == 0 {
		return nil, fmt.Errorf("%s keeps no head of any run, so it is no ledger\n\tname the ledger.jsonl of a state folder, or a copy of it", by.file)
	}
	for i := range verdict.Kept {
		v.kept[verdict.Kept[i].Run] = &verdict.Kept[i]
	}
	if len(verdict.Kept) > 0 || verdict.Problem != nil {
		v.ledger = &verdict
	}
	return v, nil
}

// run checks the logs named, or all of the folder together with what is missing of the runs that the ledger names.
func (v *verifier) run(args []string) (all found, err error) {
	all.Ledger = v.ledger
	if len(args) == 0 {
		if args, err = v.store.Runs(); err != nil {
			return found{}, err
		}
		if v.ledger != nil {
			if all.Losses, err = state.LossesOf(v.store, v.ledger.Kept); err != nil {
				return found{}, err
			}
		}
		if all.Concerns, err = v.store.Concerns(""); err != nil {
			return found{}, err
		}
		for _, id := range args {
			one, err := v.one(flags.NamedLog{Where: v.store.WhereLog(id), Run: id, Store: v.store})
			if errors.Is(err, fs.ErrNotExist) && v.kept[id] == nil {
				continue // its process died before it came to a record: it is no run
			}
			if err != nil && !errors.Is(err, fs.ErrNotExist) {
				return found{}, err
			}
			if err == nil {
				all.Logs = append(all.Logs, one)
			} // one that is gone is among the losses
		}
		return all, nil
	}
	for _, arg := range args {
		log, err := v.state.Log(arg)
		if err != nil {
			return found{}, cmp.Or(v.logGone(arg), err)
		}
		one, err := v.one(log)
		if errors.Is(err, fs.ErrNotExist) {
			err = exitcode.With(exitcode.AuditLog, fmt.Errorf("%s: the audit log is gone", log.Where))
		}
		if err != nil {
			return found{}, err
		}
		all.Logs = append(all.Logs, one)
	}
	return all, nil
}

// one checks one log.
func (v *verifier) one(log flags.NamedLog) (verified, error) {
	want := audit.Expect{Run: log.Run, Ends: ends, Beside: record.Beside}
	if id := filepath.Base(filepath.Dir(log.Where)); log.Store == nil && state.ValidRunID(id) {
		want.Run = id
	}
	f, err := log.Open()
	if err != nil {
		return verified{}, err
	}
	defer f.Close()
	first, err := firstRecord(f)
	if err != nil {
		return verified{}, err
	}
	if k := v.kept[cmp.Or(want.Run, first.Run)]; k != nil {
		want.Head = &k.Head
	}
	verdict, err := verdictOf(f, want)
	if err != nil {
		return verified{}, err
	}
	one := verified{File: log.Where, Verdict: verdict, simulated: simulatedRecord(first)}
	if v.given != nil && verdict.State != audit.Broken {
		want.Head, want.Source = v.given, "that was given"
		want.Head.Run = cmp.Or(want.Run, first.Run)
		by, err := verdictOf(f, want)
		if err != nil {
			return verified{}, err
		}
		if by.State == audit.Broken || by.Covered > one.Covered || by.Covered == one.Covered && by.Matched {
			one.Verdict = by
		}
	}
	if log.Store != nil {
		if one.Concerns, err = log.Store.Concerns(log.Run); err != nil {
			return verified{}, err
		}
		sent, err := v.sentUnnamed(log, f)
		if err != nil {
			return verified{}, err
		}
		if sent {
			one.Concerns = append(one.Concerns, "it has sent requests, and the ledger does not name it: its lines there were removed, or the log was put here from elsewhere\n\twhen you know: ofsplan audit acknowledge "+log.Run+` --reason "WHY"`)
		}
	}
	return one, nil
}

// sentUnnamed reports whether a run has sent a request though the ledger of its store does not name it. Before its first
// request every run has its head in the ledger.
func (v *verifier) sentUnnamed(log flags.NamedLog, r io.ReadSeeker) (bool, error) {
	if !v.own || log.Store.IsSimulated() || v.kept[log.Run] != nil {
		return false, nil
	}
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return false, err
	}
	for rec, err := range audit.Records(r) {
		if _, bad := errors.AsType[*audit.LineError](err); bad {
			return false, nil
		}
		if err != nil || rec.Type == (runner.RequestSent{}).Type() {
			return err == nil, err
		}
	}
	return false, nil
}

// verdictOf reads a log from its beginning.
func verdictOf(r io.ReadSeeker, want audit.Expect) (audit.Verdict, error) {
	if _, err := r.Seek(0, io.SeekStart); err != nil {
		return audit.Verdict{}, err
	}
	return audit.Verify(r, want)
}

// logGone says that the ledger names a run that the folder has nothing of any more; nil when it does not.
func (v *verifier) logGone(run string) error {
	k := v.kept[run]
	if k == nil || !state.ValidRunID(run) {
		return nil
	}
	return exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s is in the ledger with %d records, and its audit log is gone\n\tlook for who removed it; a copy of the folder may hold it", run, k.Count))
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
