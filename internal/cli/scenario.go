package cli

import (
	"errors"
	"fmt"
	"io/fs"
	"os"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse/incident"
	"ofsplan/internal/rehearse/scenario"
)

// scenario holds what makes scenario files.
func (a *app) scenario() *cobra.Command {
	cmd := &cobra.Command{
		Use:     "scenario",
		Short:   "Makes scenarios to rehearse with",
		Example: `  ofsplan scenario from last > last_night.yaml`,
	}
	cmd.AddCommand(a.scenarioFrom())
	return cmd
}

func (a *app) scenarioFrom() *cobra.Command {
	var state stateFlags
	var out string
	cmd := &cobra.Command{
		Use:   "from RUN",
		Short: "Writes how a night went as a scenario",
		Long: `Writes how a night went as a scenario: how long batches took, what failed, was refused, was held, and which answers were
lost, from a run's audit log. RUN is a run id, the start of one, the word last, or an audit log's file. What the
log does not tell stands as a comment at the top.`,
		Example: `  ofsplan scenario from last > last_night.yaml
  ofsplan scenario from 20261123T0200 -o scenarios/incident.yaml
  ofsplan rehearse nightly.yaml --scenario scenarios/incident.yaml --set DATA_LOAD.duration=3h`,
		Args:              oneArg("run"),
		ValidArgsFunction: state.runIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			past, err := state.past(args[0])
			if err != nil {
				return err
			}
			return a.writeNew(out, scenario.Text(past.Scenario, past.Note()))
		},
	}
	state.register(cmd, true)
	cmd.Flags().StringVarP(&out, "out", "o", "", "write to this new file in place of standard output")
	return cmd
}

// past reads the night of the run a person means.
func (f *stateFlags) past(word string) (*incident.Past, error) {
	log, err := f.log(word)
	if err != nil {
		return nil, err
	}
	whole, err := log.read()
	if err != nil {
		return nil, fmt.Errorf("the audit log cannot be read: %w", err)
	}
	past, err := incident.Read(whole)
	switch {
	case errors.Is(err, audit.ErrBroken):
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("%s: %w", log.where, err))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", log.where, err)
	}
	return past, nil
}

// writeNew writes to standard output, or to a file that is not there yet.
func (a *app) writeNew(path string, text []byte) error {
	if path == "" {
		_, err := a.Out.Write(text)
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and is not overwritten\n\tchoose another name, or remove it first", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	fmt.Fprintf(a.Err, "wrote %s\n", path)
	return nil
}
