package plandiff

import (
	"bytes"
	"cmp"
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse"
	"ofsplan/runner"
)

// A Night is one night, rehearsed with both plans.
type Night struct {
	Scenario string      `json:"scenario"` // the file that tells the night, or has the case
	Case     string      `json:"case,omitempty"`
	Changed  bool        `json:"changed"`
	Old      End         `json:"old"`
	New      End         `json:"new"`
	Steps    []NightStep `json:"steps,omitempty"` // that end otherwise, or at another time
	Calls    []string    `json:"calls,omitempty"` // what is carried out, where that differs: as in a Change
	zone     *time.Location
}

// An End is how a night ends.
type End struct {
	Outcome    string        `json:"outcome"` // succeeded, failed, …; unended when the night does not end
	ExitCode   exitcode.Code `json:"exit_code"`
	FinishedAt time.Time     `json:"finished_at"`
	Why        string        `json:"why,omitempty"` // it could not go on, or did not end
}

// A NightStep is a step that goes otherwise.
type NightStep struct {
	ID      string   `json:"id"`
	Changes []Change `json:"changes"`
	moved   bool     // nothing but its times differ
}

// Played is a night that was played, and why it did not end, if it did not.
type Played struct {
	rehearse.Result
	Endless *rehearse.EndlessError
}

// CompareNights finds what changes in a night that was played with both plans. About says which night it is.
func (d *Difference) CompareNights(about Night, old, new Played) error {
	was, err := fold.Read(bytes.NewReader(old.Journal))
	if err != nil {
		return err
	}
	is, err := fold.Read(bytes.NewReader(new.Journal))
	if err != nil {
		return err
	}
	n := Night{Scenario: about.Scenario, Case: about.Case, Old: endOf(was, old), New: endOf(is, new), zone: new.Resolved.Calendar.Location()}
	n.steps(was, is, d.Steps)
	if before, after := carried(old), carried(new); strings.Join(before, "\n") != strings.Join(after, "\n") {
		n.Calls = readable.Diff(before, after)
	}
	n.Changed = n.Old.Outcome != n.New.Outcome || n.Old.ExitCode != n.New.ExitCode || !n.Old.FinishedAt.Equal(n.New.FinishedAt) ||
		n.Old.Why != n.New.Why || len(n.Steps)+len(n.Calls) > 0
	d.Nights = append(d.Nights, n)
	d.Changed = d.Changed || n.Changed
	return nil
}

func endOf(r *fold.Run, p Played) End {
	e := End{Outcome: string(r.State), ExitCode: p.Exit, FinishedAt: p.FinishedAt}
	switch {
	case p.Endless != nil:
		e.Why, _, _ = strings.Cut(p.Endless.Error(), "\n")
	case p.Err != nil:
		e.Why, _, _ = strings.Cut(p.Err.Error(), "\n")
	}
	return e
}

// carried is what the scheduler carried out, in order.
func carried(p Played) []string {
	all := make([]string, len(p.Carried))
	for i, c := range p.Carried {
		all[i] = c.Op + " " + c.Code
	}
	return all
}

// steps compares the steps that are in both nights.
func (n *Night) steps(old, new *fold.Run, changes []StepChange) {
	was := make(map[string]*fold.Step, len(old.Steps))
	for _, s := range old.Steps {
		was[s.ID] = s
	}
	for _, c := range changes {
		if c.WasID != "" {
			was[c.ID] = was[c.WasID]
		}
	}
	for _, s := range new.Steps {
		before := was[s.ID]
		if before == nil {
			n.Steps = append(n.Steps, NightStep{ID: s.ID, Changes: []Change{{What: "new", Is: n.course(s)}}})
			continue
		}
		one := NightStep{ID: s.ID, moved: true}
		if a, b := endText(before), endText(s); a != b {
			one.Changes, one.moved = append(one.Changes, Change{What: "ends", Was: a, Is: b}), false
		}
		if a, b := n.clock(before.StartedAt), n.clock(s.StartedAt); a != b {
			one.Changes = append(one.Changes, Change{What: "begins at", Was: a, Is: b})
		}
		if a, b := n.clock(before.FinishedAt), n.clock(s.FinishedAt); a != b && !s.StartedAt.IsZero() && !before.StartedAt.IsZero() {
			one.Changes = append(one.Changes, Change{What: "is over at", Was: a, Is: b})
		}
		if len(one.Changes) > 0 {
			n.Steps = append(n.Steps, one)
		}
	}
}

// course is how a step went that is new.
func (n *Night) course(s *fold.Step) string {
	if s.StartedAt.IsZero() {
		return endText(s)
	}
	return fmt.Sprintf("%s, from %s to %s", endText(s), n.clock(s.StartedAt), n.clock(s.FinishedAt))
}

// endText is how a step ended, and what it took.
func endText(s *fold.Step) string {
	text := readable.Words(s.State)
	if s.Mark != "" {
		text += ", " + s.Mark
		if s.By != "" && s.Mark == runner.MarkHealed {
			text += " by " + s.By
		}
	}
	if s.Failure != nil && s.Bad() {
		text += " (" + readable.Words(s.Failure.Kind) + ")"
	}
	if s.Attempts > 1 {
		text += " after " + readable.Count(s.Attempts, "attempt")
	}
	return text
}

// clock is a time of the night in the new plan's zone.
func (n *Night) clock(t time.Time) string {
	if t.IsZero() {
		return "never"
	}
	return t.In(cmp.Or(n.zone, time.UTC)).Round(time.Second).Format("15:04:05")
}

// line says how the night ends, and ended.
func (n *Night) line() string {
	at := func(e End) string {
		text := fmt.Sprintf("%s at %s, exit code %d", readable.Words(e.Outcome), n.clock(e.FinishedAt), e.ExitCode)
		if e.Why != "" {
			text += ": " + e.Why
		}
		return text
	}
	is, was := at(n.New), at(n.Old)
	if is == was {
		return "ends " + is + ", as before"
	}
	text := "ends " + is + ", was " + was
	if moved := n.New.FinishedAt.Sub(n.Old.FinishedAt); moved != 0 {
		how := "later"
		if moved < 0 {
			how, moved = "earlier", -moved
		}
		text += fmt.Sprintf(" (%s %s)", readable.Elapsed(moved), how)
	}
	return text
}
