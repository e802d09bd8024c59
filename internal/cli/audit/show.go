package audit

import (
	"bufio"
	"errors"
	"fmt"
	"io"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// show is the command audit show.
func show(std *terminal.Streams) *cobra.Command {
	var state flags.State
	var step string
	var asJSON bool
	cmd := &cobra.Command{
		Use:   "show [RUN|FILE]",
		Short: "Prints every record of an audit log",
		Long: `Prints every record of an audit log: each request with its bytes, each answer, each decision. With --json the lines as
they are stored. Without an argument: of the last run.`,
		Example: `  ofsplan audit show last
  ofsplan audit show last --step load
  ofsplan audit show last --json | jq .type`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: state.RunIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			log, err := state.Log(flags.Named(args))
			if err != nil {
				return err
			}
			f, err := log.Open()
			if err != nil {
				return fmt.Errorf("the audit log cannot be read: %w", err)
			}
			defer f.Close()
			w := bufio.NewWriter(std.Out)
			err = showRecords(w, f, log.Where, step, asJSON)
			return errors.Join(err, w.Flush())
		},
	}
	state.Register(cmd, true)
	cmd.Flags().StringVar(&step, "step", "", "only records about this step")
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the lines as they are stored")
	return cmd
}

// showRecords prints the records of one log as far as they can be read.
func showRecords(w io.Writer, r io.Reader, path, step string, asJSON bool) error {
	mark := ""
	for rec, err := range audit.Records(r) {
		if bad, ok := errors.AsType[*audit.LineError](err); ok {
			return exitcode.With(exitcode.AuditLog, fmt.Errorf("%s: line %d is not a whole record, and what follows is not shown\n\tsee: ofsplan audit verify %s", path, bad.Line, path))
		}
		if err != nil {
			return err
		}
		if rec.Seq == 1 && simulatedRecord(rec.Record) && !asJSON {
			mark = readable.SimulatedMark
		}
		switch {
		case step != "" && rec.Step != step:
		case asJSON:
			fmt.Fprintf(w, "%s\n", rec.Line.Bytes)
		default:
			showRecord(w, rec.Record, mark)
		}
	}
	return nil
}

// simulatedRecord reports whether a log's first record is of a simulated run.
func simulatedRecord(rec audit.Record) bool {
	turn, err := record.Read(rec)
	started, ok := turn.Event.(runner.RunStarted)
	return err == nil && ok && started.Simulated
}

// showRecord prints one record: what came, and what followed. Of a pinned file only its name and size are printed.
func showRecord(w io.Writer, rec audit.Record, mark string) {
	about := rec.Step
	if rec.Attempt > 0 {
		about = fmt.Sprintf("%s, attempt %d", rec.Step, rec.Attempt)
	}
	fmt.Fprintf(w, "%s%d %s %s %s\n", mark, rec.Seq, rec.Time.UTC().Format("2006-01-02T15:04:05.000000Z"), audit.Printable(rec.Type), audit.Printable(about))
	if turn, err := record.Read(rec); err == nil && !rec.Note {
		if f, ok := turn.Event.(runner.FilePinned); ok {
			fmt.Fprintf(w, "%s    %s, %s, SHA-256 %s\n", mark, audit.Printable(f.Name), readable.Count(len(f.Text), "byte"), audit.Printable(f.SHA256))
			return
		}
	}
	if len(rec.Data) > 0 {
		fmt.Fprintf(w, "%s    %s\n", mark, audit.Printable(string(rec.Data)))
	}
	if len(rec.Decided) > 0 {
		fmt.Fprintf(w, "%s    decided: %s\n", mark, audit.Printable(string(rec.Decided)))
	}
}
