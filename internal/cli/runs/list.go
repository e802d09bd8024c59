package runs

import (
	"fmt"
	"slices"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/audit/state"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
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
			all, never, err := overviews(store, most)
			if err != nil {
				return err
			}
			if len(never) > 0 {
				fmt.Fprintf(std.Err, "%s never came to a record and %s not listed: %s\n", readable.Count(len(never), "start"), isOrAre(len(never)), readable.List(never, 5))
			}
			if asJSON {
				return std.PrintJSON(struct {
					Runs []fold.Overview `json:"runs"`
				}{all})
			}
			if len(all) == 0 {
				fmt.Fprintf(std.Err, "no runs in %s\n", store.Where())
				if state.HasSimulated() {
					fmt.Fprintln(std.Err, "\tthere are simulated runs: add --simulated")
				}
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

// overviews reads the newest runs of a store, and names the starts that never came to a record.
func overviews(store state.Store, most int) (all []fold.Overview, never []string, err error) {
	if never, err = store.Runs(); err != nil {
		return nil, nil, err
	}
	slices.Reverse(never)
	began := map[string]bool{}
	all = []fold.Overview{}
	for id, err := range store.Backward() {
		if err != nil {
			return nil, nil, err
		}
		if began[id] = true; most > 0 && len(all) == most {
			continue
		}
		o, err := overview(store, id)
		if err != nil {
			o = fold.Overview{Run: id, State: fold.Unreadable, Trouble: err.Error()}
		}
		all = append(all, o)
	}
	return all, slices.DeleteFunc(never, func(id string) bool { return began[id] }), nil
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
	by := "" // whose lock it is
	if who, locked, err := store.Locked(id); err == nil && locked {
		by = who.String()
	}
	if by == "" && g.State == fold.Unended { // it may have ended between the two looks
		again, err := store.Open(id)
		if err != nil {
			return g, err
		}
		defer again.Close()
		if g, err = fold.ReadOverview(id, again, again.Size()); err != nil {
			return g, err
		}
	}
	g.Seen(by, time.Now())
	return g, nil
}

// isOrAre is the verb for so many.
func isOrAre(n int) string {
	if n == 1 {
		return "is"
	}
	return "are"
}
