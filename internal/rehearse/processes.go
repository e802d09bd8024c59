package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/laws"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
	"ofsplan/runner/virtual"
)

// A process is one runner from its start to its end, or until it is killed.
type process struct {
	world   *virtual.World
	machine *runner.Machine
	journal *audit.Journal
	cancel  context.CancelCauseFunc
	disk    audit.Disk
	fatal   error         // what cannot be in any night
	killed  bool          // from here on nothing can be written, and nobody hears anything
	died    time.Time     // when it was killed
	away    time.Duration // how long until the next runner comes
}

// errBroken is what a disk says that failed for good. Somebody repairs it before the run is taken up again.
var errBroken = errors.New("the disk is broken")

// interrupted reports whether a runner was stopped from outside, so that another one comes.
func interrupted(err error) bool { return errors.Is(err, errKilled) || errors.Is(err, errBroken) }

// play lets one runner after the other carry the run, until it has ended or been left.
func (p *playing) play() error {
	for at := p.At; ; at = p.process.left().Add(p.process.away) {
		p.process = &process{world: virtual.New(at), away: time.Minute, cancel: func(error) {}}
		left, err := p.attempt()
		switch {
		case p.process.fatal != nil:
			return p.process.fatal
		case errors.Is(err, errBroken) && p.process.machine != nil && !p.process.killed && left.Exit(err) != exitcode.AuditLog:
			return &laws.Breach{Law: "L9", Msg: fmt.Sprintf("the disk broke, and the run was left with exit code %d: %v", left.Exit(err), err)}
		case err == nil, !interrupted(err):
			if errors.Is(err, drive.ErrNoContact) && (p.process.killed || errors.Is(p.process.journal.Err(), errBroken)) {
				continue // it died, or the disk broke, while it left
			}
			if p.process.killed && err != nil {
				return err
			}
			if p.endless != nil || !p.hazards.again(left, err) {
				return p.conclude(left, err)
			}
		}
	}
}

// left is when the runner was gone. One that was killed has gone then, though its loop unwinds only when the call under
// way ends.
func (p *process) left() time.Time {
	if p.killed {
		return p.died
	}
	return p.world.Now()
}

// attempt is one runner: it finds or begins the audit log, hears what operators said, and drives the run.
func (p *playing) attempt() (drive.Result, error) {
	p.process.disk = p.hazards.disk(false)
	again, err := p.takeUp()
	if err == nil && again.Machine != nil {
		err = p.hear(&again, p.hazards.words(&again))
	}
	switch {
	case err != nil && !interrupted(err):
		p.process.fatal = fmt.Errorf("take the run up at %s: %w", p.process.world.Now().Format(time.RFC3339), err)
		return drive.Result{}, err
	case err != nil:
		return drive.Result{}, err
	case again.Machine == nil:
		p.process.machine = runner.NewMachine(p.result.Resolved)
		return p.live(p.opening())
	case again.Machine.Status().Ended:
		return drive.Result{End: again.End, Doubted: again.Machine.Status().Doubted > 0, At: p.process.journal.Head().Time}, nil
	}
	p.process.machine = again.Machine
	return p.live([]runner.Event{runner.RunResumed{By: by, Tool: tool}})
}

// takeUp begins the run with a new audit log, or takes up the one there is, verified and replayed. There is no machine in
// what it returns when the run begins.
func (p *playing) takeUp() (again resume.Replayed, err error) {
	proc, id := p.process, p.result.RunID
	if p.begun {
		var records []audit.Record
		records, err = p.reopen()
		switch {
		case err == nil && pinned(records):
			if again, err = resume.Replay(records); err == nil {
				err = p.recall(records)
			}
			if err == nil {
				err = p.accept(&again, records)
			}
			return again, err
		case err != nil && !errors.Is(err, fs.ErrNotExist):
			return again, err
		}
		// Nothing is left of the run: it is begun anew.
		if err := p.forgotten(); err != nil {
			return again, err
		}
		p.disk = &audit.Memory{}
		proc.disk = p.hazards.disk(true)
	}
	p.begun = true
	proc.journal, err = audit.Create(proc.disk, folder, id)
	return again, err
}

// reopen takes the audit log up, on an operator's word where its last line is bad.
func (p *playing) reopen() (records []audit.Record, err error) {
	proc, how := p.process, audit.Reopening{}
	for {
		proc.journal, records, err = how.Open(proc.disk, folder, p.result.RunID)
		if !errors.Is(err, audit.ErrBroken) || interrupted(err) {
			return records, err
		}
		if how.AcceptTail, err = p.hazards.accepts(err); err != nil {
			return nil, err
		}
	}
}

// accept makes good what was set aside of the audit log on an operator's word.
func (p *playing) accept(again *resume.Replayed, records []audit.Record) error {
	turns, err := again.Accept(p.process.journal, records, p.process.world.Now(), resume.Acceptance{Aside: p.process.journal.Accepted(), By: someone, Reason: someone})
	for _, t := range turns {
		p.tell(t)
	}
	return err
}

// pinned reports whether a log goes far enough to be replayed. A request leaves only after that.
func pinned(records []audit.Record) bool {
	for _, r := range records {
		if r.Type == (runner.FilePinned{}).Type() {
			return true
		}
	}
	return false
}

// forgotten takes a run for one that never was. One that has asked for anything, or told anybody of it, cannot be.
func (p *playing) forgotten() error {
	if done := p.scheduler.Carried(); len(done) > 0 {
		return &laws.Breach{Law: "L2", Msg: fmt.Sprintf("the audit log is gone, and %s of %s was carried out", done[0].Op, done[0].Code)}
	}
	return p.recall(nil)
}

// recall holds what was told against what is on record: what had to be durable is, and the rest of what was told and
// lost with the machine is taken back. What was written and never told is told now.
func (p *playing) recall(records []audit.Record) error {
	n := 0
	told := p.result.Turns
	for _, r := range records {
		if r.Note {
			continue
		}
		if n++; n <= len(told) {
			continue
		}
		t, err := record.Read(r)
		if err != nil {
			return err
		}
		p.tell(t)
	}
	for i, t := range told[min(n, len(told)):] {
		if mustLast(t) && !(i == 0 && p.answered(records)) {
			return &laws.Breach{Law: "L2", Msg: fmt.Sprintf("%s %s was told at %s, and the audit log has lost it", t.Event.Type(), t.Event.Subject(), readable.Micros(t.At))}
		}
	}
	p.result.Turns, p.result.Ended = p.result.Turns[:n], p.result.Ended[:n]
	return nil
}

// answered reports whether somebody has answered for the line behind the last record.
func (p *playing) answered(records []audit.Record) bool {
	line := p.process.journal.Accepted()
	return line != nil && line.Record == int64(len(records))+1
}

// mustLast reports whether somebody may have acted on a turn, so that it may not be lost.
func mustLast(t record.Turn) bool {
	switch t.Event.(type) {
	case runner.RequestSent, runner.RequestAccepted, runner.RequestRefused, runner.RequestInDoubt, runner.RequestNotSent:
		return true
	}
	_, word := runner.WordOf(t.Event)
	return word || t.Decision.End != nil
}

// hear applies what operators say to the run while nobody drives it. One whose runner died is taken up first, so that
// what it left open is in doubt, and left again.
func (p *playing) hear(again *resume.Replayed, words []runner.Event) error {
	for _, word := range words {
		var opening []runner.Event
		if !again.Machine.Status().Ended {
			opening = []runner.Event{runner.RunResumed{By: by, Tool: tool}}
		}
		err := p.say(again, append(opening, word)...)
		if !interrupted(err) {
			err = p.hazards.told(word, err)
		}
		if err == nil && !again.Machine.Status().Ended {
			err = p.say(again, runner.RunDetached{Reason: "an operator's word was recorded"})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// say applies events to a run that nobody drives.
func (p *playing) say(again *resume.Replayed, events ...runner.Event) error {
	turns, err := again.Tell(p.process.journal, p.process.world.Now(), events...)
	for _, t := range turns {
		p.tell(t)
		if t.Decision.End != nil {
			again.End = t.Decision.End
		}
	}
	return err
}

// killableJournal is the journal of one process. A killed runner can write nothing.
type killableJournal struct{ *process }

// Append adds entries.
func (j killableJournal) Append(entries ...audit.Entry) error {
	if j.killed {
		return errKilled
	}
	return j.journal.Append(entries...)
}

// Sync makes them durable.
func (j killableJournal) Sync() error {
	if j.killed {
		return errKilled
	}
	return j.journal.Sync()
}
