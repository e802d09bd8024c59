package plans

import (
	"errors"
	"fmt"
	"io/fs"
	"slices"

	"ofsplan/audit/state"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
)

// usual fills in how long things took in earlier runs.
func usual(std *terminal.Streams, sc sim.Scenario, f *flags.State) (sim.Scenario, error) {
	store, err := f.Store()
	if err != nil {
		return sc, err
	}
	history, err := pastRuns(store)
	if err != nil {
		return sc, err
	}
	fmt.Fprintf(std.Err, "durations are the medians of %s in %s, of %s\n",
		readable.Count(history.Runs(), "run"), store.Where(), enumerate(history.Codes()))
	return scenario.Usual(sc, history), nil
}

// enumerate lists codes, or says that there are none.
func enumerate(codes []string) string {
	if len(codes) == 0 {
		return "nothing"
	}
	return readable.List(codes, 12)
}

// mostPast is how many earlier runs are looked at, the newest ones.
const mostPast = 100

// pastRuns reads how long things took in earlier runs. A run whose audit log cannot be read to its end tells what
// stands before that.
func pastRuns(store state.Store) (*fold.History, error) {
	ids, err := store.Runs()
	if err != nil && !errors.Is(err, fs.ErrNotExist) {
		return nil, err
	}
	history := &fold.History{}
	for i, id := range slices.Backward(ids) {
		if len(ids)-i > mostPast {
			break
		}
		file, err := store.Open(id)
		if errors.Is(err, fs.ErrNotExist) {
			continue
		}
		if err != nil {
			return nil, err
		}
		history.Read(file)
		if err := file.Close(); err != nil {
			return nil, err
		}
	}
	return history, nil
}
