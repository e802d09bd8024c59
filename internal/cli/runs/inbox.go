package runs

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"strings"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// lockAndInbox is what the lock and the inbox of a run say, which its audit log does not.
type lockAndInbox struct {
	LockedBy string    `json:"held_by,omitempty"` // empty: no process has locked the run
	Waiting  []waiting `json:"waiting_words,omitempty"`
	kept     bool      // the run is kept here, and is no file from somewhere else
}

// A waiting statement lies in the inbox of a run. Whoever takes the run up next takes it in, however old it is.
type waiting struct {
	ID     string `json:"id"`
	Type   string `json:"type,omitempty"` // empty: it cannot be read, and will be refused
	Step   string `json:"step,omitempty"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// lockAndInboxOf reads the lock and the inbox of a run that is shown; both are empty when its audit log was shown as a file
// from somewhere else.
func lockAndInboxOf(f *flags.State, run *fold.Run, path string) (lockAndInbox, error) {
	store, err := f.Root(f.Simulated || run.Started.Simulated)
	if err != nil || !state.ValidRunID(run.ID) {
		return lockAndInbox{}, nil // a file can be shown without a state folder
	}
	if store.WhereLog(run.ID) != path {
		return lockAndInbox{}, nil
	}
	out := lockAndInbox{kept: true}
	if who, locked, err := store.Locked(run.ID); err == nil && locked {
		out.LockedBy = who.String()
	}
	letters, err := store.Inbox(run.ID).Letters()
	if errors.Is(err, fs.ErrPermission) {
		return out, nil // who may leave a letter need not see those of others
	}
	if err != nil {
		return out, exitcode.With(exitcode.AuditLog, err)
	}
	for _, l := range letters {
		w := waiting{ID: l.ID, By: l.Owner}
		if e, err := record.Hear(l.ID, l.Owner, l.Data); err == nil {
			said, _ := runner.StatementOf(e)
			w.Type, w.Step, w.Reason = e.Type(), e.Subject().Step, said.Reason
		}
		out.Waiting = append(out.Waiting, w)
	}
	return out, nil
}

// print says it for people, after what the audit log says.
func (f lockAndInbox) print(w io.Writer) error {
	var text strings.Builder
	if f.LockedBy != "" {
		fmt.Fprintf(&text, "held by %s\n", f.LockedBy)
	}
	for _, said := range f.Waiting {
		what := "a word that cannot be read"
		if said.Type != "" {
			what = strings.TrimSuffix(said.Type+" "+said.Step, " ")
		}
		fmt.Fprintf(&text, "waits in the inbox: %s by %s: %s\n\twhoever holds the run hears it, or the next resume; to take it back, remove inbox/%s.json of the run's folder\n",
			audit.Printable(what), audit.Printable(said.By), audit.Printable(said.Reason), audit.Printable(said.ID))
	}
	_, err := io.WriteString(w, text.String())
	return err
}
