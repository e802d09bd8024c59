package foreground

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"runtime/debug"
	"strings"
	"time"

	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/operate"
	"ofsplan/internal/readable"
	"ofsplan/internal/view"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// Conclusion is how a run was left, to be printed.
type Conclusion struct {
	operate.Ending
	Run     *fold.Run // what it came to
	Journal string    // where its audit log is
	repeat  view.Repeat
	log     *Log
}

// Facts is the conclusion for programs.
type Facts struct {
	ExitCode exitcode.Code `json:"exit_code"`
	Journal  string        `json:"journal"`
	// LedgerHead is the end of the ledger; nil: there is none.
	LedgerHead *state.LedgerHead `json:"ledger_head,omitempty"`
	Error      string            `json:"error,omitempty"` // why it could not go on
	Commands   []view.Command    `json:"commands"`        // what a person can type now
	*fold.Run
}

// Follow drives a run, logs what it does, and concludes it.
func Follow(ctx context.Context, run *operate.Run, l *Log, repeat view.Repeat) *Conclusion {
	defer saveMemory(len(run.Resolved.Steps))()
	run.Here = repeat.Here()
	for _, w := range run.Deaf() {
		l.Warn(w)
	}
	ending := run.Drive(ctx, drive.Observers{Turn: l.Turn, Note: l.Note})
	return Conclude(ending, l, run.Store.WhereLog(run.Resolved.RunID), repeat)
}

// Conclude is the conclusion of a run whose log has every turn. Repeat is what a command line about it has to say again.
func Conclude(e operate.Ending, l *Log, journal string, repeat view.Repeat) *Conclusion {
	run := l.lines.Run()
	run.Head = e.Head
	return &Conclusion{e, run, journal, repeat, l}
}

// Seen is the last answer about a batch run that was written.
func (c *Conclusion) Seen() runner.BatchObserved { return c.log.seen }

// largePlan is from how many steps on a run trades processor time for memory: it mostly waits, and may do so while
// much else runs on the machine. Small heaps are left alone, since collecting them that often would cost more than it saves.
const largePlan = 1000

// saveMemory makes a large run keep little more memory than it needs until the returned function is called.
func saveMemory(steps int) func() {
	if steps < largePlan {
		return func() {}
	}
	before := debug.SetGCPercent(25)
	debug.FreeOSMemory() // what loading the plan left
	return func() { debug.SetGCPercent(before) }
}

// Print prints how the run ended: the summary, or the facts, on standard output; after anything but success, what a person
// can do now on standard error.
func (c *Conclusion) Print(asJSON bool) error {
	c.Complain()
	if asJSON {
		if err := c.log.streams.PrintJSON(c.Facts(c.Code())); err != nil {
			return err
		}
	} else if err := c.summarize(); err != nil {
		return err
	}
	if c.NothingSent() {
		return nil // there is nothing to do but what the error says
	}
	if c.log.json == nil {
		return c.card()
	}
	return c.logCard()
}

// logCard puts into the log in JSON format how the run was left, and the card: its lines, and the commands by themselves.
func (c *Conclusion) logCard() error {
	var card bytes.Buffer
	if err := view.Card(&card, view.Style{}, c.Run, c.repeat); err != nil {
		return err
	}
	e, text := c.log.json.Info(), "run concluded"
	if card.Len() > 0 {
		e = c.log.json.Error().Strs("card", strings.Split(strings.TrimSuffix(card.String(), "\n"), "\n")).Interface("commands", view.Commands(c.Run, c.repeat))
		text = "run concluded: a person has to look at it"
	}
	e.Str("outcome", string(c.Run.State)).Int("exit_code", int(c.Code())).Float64("elapsed_s", time.Duration(c.Run.Elapsed).Seconds()).
		Str("journal", c.Journal).Int64("records", c.Run.Head.Count).Str("head", c.Run.Head.Hash).Msg(text)
	return nil
}

// PrintToStderr prints on standard error what Print prints on both outputs, for a command that prints a result of its own. It
// prints nothing in JSON format, and when no contact was made: then everything has been printed.
func (c *Conclusion) PrintToStderr() error {
	if c.log.json != nil || errors.Is(c.Err, drive.ErrNoContact) {
		return nil
	}
	err := view.Summary(c.log.streams.Err, c.log.style, c.Run, c.Journal)
	if err = errors.Join(err, c.ledgerLine(c.log.streams.Err, c.log.style)); err != nil {
		return err
	}
	return c.card()
}

// Facts are the conclusion for programs, with the exit code that the command ends with.
func (c *Conclusion) Facts(code exitcode.Code) Facts {
	f := Facts{ExitCode: code, Journal: c.Journal, Commands: view.Commands(c.Run, c.repeat), Run: c.Run}
	if c.Err != nil {
		f.Error = c.Err.Error()
	}
	if c.Ledger.Number > 0 {
		f.LedgerHead = &c.Ledger
	}
	return f
}

// card prints what a person can do now.
func (c *Conclusion) card() error { return view.Card(c.log.streams.Err, c.log.style, c.Run, c.repeat) }

// summarize prints how the run ended. Of one that has not begun there is nothing to sum up.
func (c *Conclusion) summarize() error {
	s := c.log.streams
	if !c.NothingSent() {
		style := s.Style(s.Out, c.log.style.Simulated)
		style.Label = c.log.style.Label
		err := view.Summary(s.Out, style, c.Run, c.Journal)
		return errors.Join(err, c.ledgerLine(s.Out, style))
	}
	_, err := fmt.Fprintf(s.Out, "%[1]s%[2]s was not started: no request was sent\n%[1]srun %[3]s\n%[1]saudit log: %[4]s, %[5]s, head %[6]s\n",
		c.log.mark(), c.log.plan, c.Run.ID, c.Journal, readable.Count(int(c.Run.Head.Count), "record"), c.Run.Head.Short())
	return errors.Join(err, c.ledgerLine(s.Out, c.log.style))
}

// ledgerLine names the head of the ledger, which whoever keeps this output can compare with it. So each night's output vouches for
// the ledger of all nights before.
func (c *Conclusion) ledgerLine(w io.Writer, style view.Style) error {
	if c.Ledger.Number == 0 {
		return nil
	}
	text := fmt.Sprintf("ledger head: %s\n", c.Ledger.Short())
	if style.Label != "" {
		text = readable.Marked(text, style.Label+": ")
	}
	_, err := io.WriteString(w, text)
	return err
}

// Complain says why the run could not go on, if it could not.
func (c *Conclusion) Complain() {
	err := c.Err
	if err == nil {
		return
	}
	switch {
	case !errors.Is(err, drive.ErrJournal):
	case operate.TooManyFiles(err):
		err = fmt.Errorf("%w\n\tnothing more was started; this program may not open more files: raise its limit (ulimit -n, LimitNOFILE= of a systemd unit) before you resume the run", err)
	default:
		err = fmt.Errorf("%w\n\tnothing more was started; look at the disk of the state folder before you resume the run", err)
	}
	if c.log.json != nil {
		c.log.json.Error().Msg(err.Error())
		return
	}
	fmt.Fprintf(c.log.streams.Err, "%srun %s: %v\n", c.log.mark(), c.Run.ID, err)
}
