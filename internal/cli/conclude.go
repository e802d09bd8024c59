package cli

import (
	"bytes"
	"errors"
	"fmt"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/view"
	"ofsplan/runner/drive"
)

// concluded is the result of a run as facts.
type concluded struct {
	ExitCode exitcode.Code  `json:"exit_code"`
	Journal  string         `json:"journal"`
	Error    string         `json:"error,omitempty"` // why it could not go on
	Commands []view.Command `json:"commands"`        // what a person can type now
	*fold.Run
}

// conclude prints how a run ended: the summary, or the facts, on standard output; after anything but success, what a
// person can do now on standard error.
func (a *app) conclude(s *session, f *runFlags) error {
	run := s.run()
	site := view.Site{StateDir: f.state.dir, Config: f.target.config}
	journal := s.folder.WhereLog(run.ID)
	if err := s.ending.err; err != nil {
		a.complain(s, err)
	}
	if f.asJSON {
		c := concluded{ExitCode: s.exitCode(), Journal: journal, Commands: view.Commands(run, site), Run: run}
		if s.ending.err != nil {
			c.Error = s.ending.err.Error()
		}
		if err := a.PrintJSON(c); err != nil {
			return err
		}
	} else if err := a.summarize(s, journal); err != nil {
		return err
	}
	if s.unbegun() {
		return nil // there is nothing to do but what the error says
	}
	if s.log.json == nil {
		return view.Card(a.Err, s.log.style, run, site)
	}
	var card bytes.Buffer
	if err := view.Card(&card, view.Style{}, run, site); err != nil {
		return err
	}
	if card.Len() > 0 {
		s.log.json.Error().Msg(card.String())
	}
	return nil
}

// unbegun reports whether nothing can have been sent: no contact was made, or the audit log took no record.
func (s *session) unbegun() bool {
	return errors.Is(s.ending.err, drive.ErrNoContact) || s.ending.head.Count == 0
}

// summarize prints how a run ended. One that has not begun has no story to tell.
func (a *app) summarize(s *session, journal string) error {
	run, style := s.run(), a.Style(a.Out, s.site.simulated)
	if !s.unbegun() {
		return view.Summary(a.Out, style, run, journal)
	}
	mark := ""
	if style.Simulated {
		mark = readable.SimulatedMark
	}
	_, err := fmt.Fprintf(a.Out, "%[1]s%[2]s was not started: no request was sent\n%[1]srun %[3]s\n%[1]saudit log: %[4]s, %[5]s, head %[6]s\n",
		mark, s.plan.Name, run.ID, journal, readable.Count(int(run.Head.Count), "record"), run.Head.Hash)
	return err
}

// complain says why a run could not go on.
func (a *app) complain(s *session, err error) {
	if errors.Is(err, drive.ErrJournal) {
		err = fmt.Errorf("%w\n\tnothing more was started; look at the disk of the state folder before you resume the run", err)
	}
	if s.log.json != nil {
		s.log.json.Error().Msg(err.Error())
		return
	}
	prefix := ""
	if s.log.style.Simulated {
		prefix = readable.SimulatedMark
	}
	fmt.Fprintf(a.Err, "%srun %s: %v\n", prefix, s.resolved.RunID, err)
}

// run is what the run has come to, with the head of its audit log.
func (s *session) run() *fold.Run {
	run := s.log.lines.Run()
	run.Head = s.ending.head
	return run
}

// exitCode is how the run ended, as one number: the worst that holds.
func (s *session) exitCode() exitcode.Code { return s.ending.result.Exit(s.ending.err) }
