package cli

import (
	"fmt"
	"io"
	"strings"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// aside is what a run's folder tells beside its audit log.
type aside struct {
	HeldBy string    `json:"held_by,omitempty"` // empty: no process holds the run
	Words  []waiting `json:"waiting_words,omitempty"`
}

// A waiting word lies in the inbox of a run. Whoever takes the run up next hears it, however old it is.
type waiting struct {
	ID     string `json:"id"`
	Type   string `json:"type,omitempty"` // empty: it cannot be read, and will be refused
	Step   string `json:"step,omitempty"`
	By     string `json:"by"`
	Reason string `json:"reason,omitempty"`
}

// besideOf looks into the folder of a run that is shown; the zero aside when its audit log was shown as a file from
// somewhere else.
func besideOf(flags *stateFlags, run *fold.Run, path string) (aside, error) {
	folder, err := flags.root(flags.simulated || run.Started.Simulated)
	if err != nil || !state.ValidRunID(run.ID) {
		return aside{}, nil // a file can be shown without a state folder
	}
	if folder.WhereLog(run.ID) != path {
		return aside{}, nil
	}
	var out aside
	if who, locked, err := folder.Locked(run.ID); err == nil && locked {
		out.HeldBy = who.String()
	}
	letters, err := folder.Inbox(run.ID).Letters()
	if err != nil {
		return out, exitcode.With(exitcode.AuditLog, err)
	}
	for _, l := range letters {
		w := waiting{ID: l.ID, By: l.Owner}
		if e, err := record.Hear(l.ID, l.Owner, l.Data); err == nil {
			word, _ := runner.WordOf(e)
			w.Type, w.Step, w.Reason = e.Type(), e.Subject().Step, word.Reason
		}
		out.Words = append(out.Words, w)
	}
	return out, nil
}

// print says it for people, after what the audit log tells.
func (b aside) print(w io.Writer) error {
	var text strings.Builder
	if b.HeldBy != "" {
		fmt.Fprintf(&text, "held by %s\n", b.HeldBy)
	}
	for _, word := range b.Words {
		what := "a word that cannot be read"
		if word.Type != "" {
			what = strings.TrimSuffix(word.Type+" "+word.Step, " ")
		}
		fmt.Fprintf(&text, "waits in the inbox: %s by %s: %s\n\twhoever holds the run hears it, or the next resume; to take it back, remove inbox/%s.json of the run's folder\n",
			audit.Printable(what), audit.Printable(word.By), audit.Printable(word.Reason), audit.Printable(word.ID))
	}
	_, err := io.WriteString(w, text.String())
	return err
}
