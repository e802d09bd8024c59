package plans

import (
	"errors"
	"fmt"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse/incident"
	"ofsplan/internal/rehearse/scenario"
)

// scenarios holds what makes scenario files.
func scenarios(std *terminal.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "scenario",
		Short:   "Makes scenarios to rehearse with",
		Example: `  ofsplan scenario from last > last_night.yaml`,
	}
	cmd.AddCommand(scenarioFrom(std))
	return cmd
}

func scenarioFrom(std *terminal.Streams) *cobra.Command {
	var state flags.State
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
		Args:              flags.OneArg("run"),
		ValidArgsFunction: state.RunIDs,
		RunE: func(_ *cobra.Command, args []string) error {
			past, err := pastOf(&state, args[0])
			if err != nil {
				return err
			}
			return files.WriteNew(std, out, scenario.Text(past.Scenario, past.Note()))
		},
	}
	state.Register(cmd, true)
	cmd.Flags().StringVarP(&out, "out", "o", "", "write to this new file in place of standard output")
	return cmd
}

// pastOf reads the night of the run a person means.
func pastOf(f *flags.State, name string) (*incident.Past, error) {
	log, err := f.Log(name)
	if err != nil {
		return nil, err
	}
	whole, err := log.Read()
	if err != nil {
		return nil, fmt.Errorf("the audit log cannot be read: %w", err)
	}
	past, err := incident.Read(whole)
	switch {
	case errors.Is(err, audit.ErrBroken):
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("%s: %w", log.Where, err))
	case err != nil:
		return nil, fmt.Errorf("%s: %w", log.Where, err)
	}
	return past, nil
}
