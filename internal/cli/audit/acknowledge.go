package audit

import (
	"errors"
	"fmt"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
	"ofsplan/internal/readable"
)

// acknowledge is the command audit acknowledge.
func acknowledge(std *terminal.Streams) *cobra.Command {
	var state flags.State
	var reason string
	cmd := &cobra.Command{
		Use:   "acknowledge RUN",
		Short: "Says that a run which is missing, or cut, is known to be",
		Long: `Says of a run whose audit log is gone, or shorter than the ledger knows, that this is known, and why. The word is
kept in the ledger with who said it and when; from then on ofsplan run does not warn of it and ofsplan audit verify
does not count it. It brings nothing back, and such a run is not resumed. When more of it goes missing later,
that is a loss of its own. A run that has sent requests and that the ledger does not name is put into it as it stands.`,
		Example: `  ofsplan audit acknowledge 20261123T020000Z-nightly-7f3c --reason "removed after a year, as agreed"`,
		Args:    flags.OneArg("run: its id or the start of one, as ofsplan audit verify names it"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if strings.TrimSpace(reason) == "" {
				return flags.Usage(cmd, errors.New("--reason is missing: the ledger keeps why"))
			}
			if err := flags.CheckReason(cmd, reason); err != nil {
				return err
			}
			store, err := state.Store()
			if err != nil {
				return err
			}
			return acknowledgeLoss(std, store, args[0], reason)
		},
	}
	state.Register(cmd, false)
	cmd.Flags().StringVar(&reason, "reason", "", "why, for the ledger")
	return cmd
}

// acknowledgeLoss writes the acknowledgment into the ledger, and prints what it was about.
func acknowledgeLoss(std *terminal.Streams, store state.Store, name, reason string) error {
	l, err := lossOf(store, name)
	if err != nil {
		return err
	}
	if k := l.Acknowledged; k != nil {
		return fmt.Errorf("the loss of run %s was acknowledged by %s at %s: %s", l.Head.Run, k.By, readable.Stamp(k.At), k.Reason)
	}
	by := operate.ThisProcess(std.OnTerminal())
	err = state.Acknowledge(store, l.Head.Run, state.Acknowledgment{
		By: by.String(), Reason: audit.Printable(reason), At: time.Now().UTC().Truncate(time.Second),
	})
	if err != nil {
		return exitcode.With(exitcode.AuditLog, fmt.Errorf("the word was not kept: %w", err))
	}
	fmt.Fprintf(std.Out, "acknowledged: %s\n", l.What)
	return nil
}

// lossOf is the loss a person means: of the run with that id, or of the only one whose id begins so.
func lossOf(store state.Store, name string) (state.Loss, error) {
	losses, err := state.Losses(store, time.Time{})
	if err != nil {
		return state.Loss{}, err
	}
	var found []state.Loss
	for _, l := range losses {
		if l.Head.Run == name {
			return l, nil
		}
		if name != "" && strings.HasPrefix(l.Head.Run, name) {
			found = append(found, l)
		}
	}
	switch len(found) {
	case 0:
		if l, is := unnamed(store, name); is {
			return l, nil
		}
		return state.Loss{}, fmt.Errorf("of no run called %q anything is missing, as far as the ledger in %s tells\n\tofsplan audit verify lists what is", name, store.Where())
	case 1:
		return found[0], nil
	}
	return state.Loss{}, fmt.Errorf("%q could be any of %d runs, such as %s and %s", name, len(found), found[0].Head.Run, found[1].Head.Run)
}

// unnamed is a run that is there and that the ledger does not name.
func unnamed(store state.Store, name string) (state.Loss, bool) {
	ledger := store.Ledger()
	if ledger == nil || !state.ValidRunID(name) {
		return state.Loss{}, false
	}
	k, err := ledger.Of(name)
	if err != nil || k != nil {
		return state.Loss{}, false
	}
	_, err = store.Size(name)
	return state.Loss{Head: audit.Head{Run: name}, What: "run " + name + " is not in the ledger"}, err == nil
}
