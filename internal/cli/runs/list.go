package runs

import (
	"fmt"
	"slices"

	"github.com/spf13/cobra"

	"ofsplan/audit/state"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/fold"
	"ofsplan/internal/view"
)

// list is the command runs.
func list(std *terminal.Streams) *cobra.Command {
	var state flags.State
	var asJSON bool
	var most int
	cmd := &cobra.Command{
		Use:   "runs",
		Short: "Lists past and running runs, the newest first",
		Example: `  ofsplan runs
  ofsplan runs --limit 0 --json
  ofsplan runs --simulated`,
		Args: cobra.NoArgs,
		RunE: func(*cobra.Command, []string) error {
			store, err := state.Store()
			if err != nil {
				return err
			}
			all, err := overviews(store, most)
			if err != nil {
				return err
			}
			if asJSON {
				return std.PrintJSON(struct {
					Runs []fold.Overview `json:"runs"`
				}{all})
			}
			if len(all) == 0 {
				fmt.Fprintf(std.Err, "no runs in %s\n", store.Where())
				return nil
			}
			return view.Runs(std.Out, std.Style(std.Out, store.IsSimulated()), all)
		},
	}
	state.Register(cmd, true)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the facts as JSON")
	cmd.Flags().IntVar(&most, "limit", 20, "list this many at most; 0: all")
	return cmd
}

// overviews reads the newest runs of a store.
func overviews(store state.Store, most int) ([]fold.Overview, error) {
	ids, err := store.Runs()
	if err != nil {
		return nil, err
	}
	slices.Reverse(ids)
	if most > 0 && len(ids) > most {
		ids = ids[:most]
	}
	all := []fold.Overview{}
	for _, id := range ids {
		g, err := overview(store, id)
		if err != nil {
			g = fold.Overview{Run: id, State: fold.Unended, Trouble: err.Error()}
		}
		all = append(all, g)
	}
	return all, nil
}

// overview reads the ends of one audit log, and asks who has locked the run.
func overview(store state.Store, id string) (fold.Overview, error) {
	f, err := store.Open(id)
	if err != nil {
		return fold.Overview{}, err
	}
	defer f.Close()
	g, err := fold.ReadOverview(id, f, f.Size())
	if err != nil {
		return g, err
	}
	if who, locked, err := store.Locked(id); err == nil && locked {
		g.LockedBy = who.String()
	}
	return g, nil
}
