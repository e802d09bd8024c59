package plans

import (
	"bytes"
	"fmt"
	"io"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/view"
	"ofsplan/ofs/sim"
	"ofsplan/plan/calendar"
)

// rehearsed is the result of a rehearsal as facts.
type rehearsed struct {
	Rehearsal bool           `json:"rehearsal"` // always true
	ExitCode  exitcode.Code  `json:"exit_code"`
	Error     string         `json:"error,omitempty"`   // why it could not go on, or did not end
	Journal   string         `json:"journal,omitempty"` // where it was written
	Deadline  *margin        `json:"deadline,omitempty"`
	Requests  sim.Tally      `json:"requests"`
	Killed    []time.Time    `json:"killed,omitempty"`
	Timeline  *fold.Timeline `json:"timeline"`
	*fold.Run
}

// margin is how a night stands to its deadline.
type margin struct {
	At     time.Time    `json:"at"`
	Margin fold.Seconds `json:"margin_s"` // negative: that much too late
	Met    bool         `json:"met"`
	text   string       // as it was given, with its zone
	ended  bool         // the night did
	given  bool         // on the command line, in place of the plan's own
}

// newRehearsed takes the facts from the audit log, as everything that looks at a run does.
func newRehearsed(result *rehearse.Result, endless *rehearse.EndlessError, deadline *calendar.Clock, journal string) (*rehearsed, error) {
	run, err := fold.Read(bytes.NewReader(result.Journal))
	if err != nil {
		return nil, err
	}
	r := &rehearsed{
		Rehearsal: true, ExitCode: result.Exit, Journal: journal, Requests: result.Requests, Killed: result.Killed, Run: run,
		Timeline: fold.NewTimeline(result.Resolved.Plan, result.Turns, result.Ended),
	}
	switch {
	case endless != nil:
		r.Error = endless.Error()
	case result.Err != nil:
		r.Error = result.Err.Error()
	}
	if deadline == nil && run.Due == nil {
		return r, nil
	}
	r.Deadline = newMargin(result, deadline)
	if r.ExitCode == exitcode.Late { // by the plan's own deadline
		r.ExitCode = exitcode.Succeeded
	}
	if r.ExitCode == exitcode.Succeeded && !r.Deadline.Met {
		r.ExitCode = exitcode.Late
	}
	return r, nil
}

// newMargin is how a night stands to a deadline: one that was given, else the plan's own.
func newMargin(result *rehearse.Result, given *calendar.Clock) *margin {
	cal := result.Resolved.Calendar
	at := result.Resolved.DueAt
	if given != nil {
		at = cal.Meant(*given, result.StartedAt)
	}
	m := &margin{At: at.UTC(), Margin: fold.Seconds(at.Sub(result.FinishedAt)), ended: result.End != nil}
	m.given = given != nil
	m.Met, m.text = m.Margin >= 0 && m.ended, fmt.Sprintf("%s (%s)", readable.WeekdayClock(at.In(cal.Location())), cal.Location())
	return m
}

// text prints the rehearsal for a person.
func (r *rehearsed) text(w io.Writer, style view.Style) error {
	say := func(format string, args ...any) error {
		return style.Print(w, fmt.Sprintf(format, args...))
	}
	part := ""
	if len(r.Started.Skip) > 0 {
		part = readable.LeftOut(r.Started.Skip) + "\n"
	}
	err := say("rehearsal of %s (%s) in virtual time, from %s on: no scheduler was asked for anything\n%s\n",
		audit.Printable(r.Started.Plan), audit.Printable(r.Started.File), readable.Zoned(r.StartedAt), part)
	if err == nil {
		err = view.Timeline(w, style, r.Timeline)
	}
	if err == nil {
		err = view.Remarks(w, style, r.Run)
	}
	if err == nil {
		err = view.Messages(w, style, r.Run)
	}
	if err == nil {
		err = say("\n%s%s%s", r.killed(), r.asked(), r.Deadline.line())
	}
	if err == nil {
		err = view.Summary(w, style, r.Run, r.Journal)
	}
	return err
}

// killed says when the runner was killed.
func (r *rehearsed) killed() string {
	var b strings.Builder
	for _, at := range r.Killed {
		fmt.Fprintf(&b, "the runner was killed at %s\n", readable.Zoned(at))
	}
	return b.String()
}

// asked counts what the scheduler was asked for.
func (r *rehearsed) asked() string {
	var parts []string
	for _, one := range []struct {
		n  int
		op string
	}{
		{r.Requests.Trigger, "trigger"}, {r.Requests.Restart, "restart"}, {r.Requests.Rerun, "rerun"},
		{r.Requests.Interrupt, "interrupt"}, {r.Requests.Status, "status"}, {r.Requests.Token, "token"},
	} {
		if one.n > 0 {
			parts = append(parts, fmt.Sprintf("%d %s", one.n, one.op))
		}
	}
	return strings.TrimSuffix(fmt.Sprintf("requests: %d in all: %s", r.Requests.Total(), strings.Join(parts, ", ")), ": ") + "\n"
}

// line says whether the night meets its deadline, and by how much.
func (m *margin) line() string {
	switch {
	case m == nil:
		return ""
	case !m.given && m.ended: // the summary says it
		return ""
	case m.Met:
		return fmt.Sprintf("deadline %s: met, with %s to spare\n", m.text, m.Margin)
	case !m.ended:
		return fmt.Sprintf("deadline %s: missed, since the night has no end\n", m.text)
	}
	return fmt.Sprintf("deadline %s: missed by %s\n", m.text, -m.Margin)
}
