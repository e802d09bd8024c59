package rehearse

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
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
	own     *state.Run // nil: it has none yet
	cancel  context.CancelCauseFunc
	store   state.Store
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
		p.process.gone()
		switch {
		case p.process.fatal != nil:
			return p.process.fatal
		case errors.Is(err, errBroken) && p.process.machine != nil && !p.process.killed && left.Exit(err) != exitcode.AuditLog:
			return &laws.Breach{Law: "L9", Msg: fmt.Sprintf("the disk broke, and the run was left with exit code %d: %v", left.Exit(err), err)}
		case err == nil, !interrupted(err):
			if errors.Is(err, drive.ErrNoContact) && (p.process.killed || errors.Is(p.process.own.Err(), errBroken)) {
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

// gone lets go of what the system takes back from a process that is gone: its locks. Nothing is synced.
func (p *process) gone() {
	if p.own != nil {
		_ = p.own.Close()
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

// attempt is one runner: it begins the run or takes it up, hears what operators said, and drives it.
func (p *playing) attempt() (drive.Result, error) {
	proc := p.process
	proc.store = p.hazards.store(false)
	run, err := p.takeUp()
	if err == nil && run != nil {
		err = p.hear(run)
	}
	switch {
	case err != nil && !interrupted(err):
		proc.fatal = fmt.Errorf("take the run up at %s: %w", proc.world.Now().Format(time.RFC3339), err)
		return drive.Result{}, err
	case err != nil:
		return drive.Result{}, err
	case run == nil:
		proc.machine = runner.NewMachine(p.result.Resolved)
		return p.live(drive.Config{Opening: p.opening()})
	case run.Outcome() != nil:
		return drive.Result{End: run.Outcome(), Doubted: run.Machine.Status().Doubted > 0, At: run.Head().Time}, nil
	}
	proc.machine = run.Machine
	return p.live(drive.Config{Opening: []runner.Event{takingUp()}, Unbegun: run.Unbegun()})
}

// takingUp is how a rehearsal takes a run up.
func takingUp() runner.RunResumed { return runner.RunResumed{By: by, Tool: tool} }

// takeUp begins the run, or takes up the one there is, on an operator's statement where its last line is bad. It returns nil
// when the run begins.
func (p *playing) takeUp() (*resume.Run, error) {
	proc := p.process
	if p.begun {
		run, err := p.reopen()
		switch {
		case err == nil:
			proc.own = run.Run
			return run, p.recall(run)
		case !errors.Is(err, fs.ErrNotExist) && !errors.Is(err, resume.ErrNothingPinned):
			return nil, err
		}
		// Nothing is left of the run: it is begun anew.
		if err := p.forgotten(); err != nil {
			return nil, err
		}
		proc.store = p.hazards.store(true)
	}
	p.begun = true
	own, err := proc.store.Begin(p.result.RunID)
	if err == nil {
		proc.own = own
	}
	return nil, err
}

// reopen takes the run up.
func (p *playing) reopen() (*resume.Run, error) {
	var by resume.Answer
	for {
		run, err := resume.TakeUp(p.process.store, p.result.RunID, by, p.process.world.Now)
		if !errors.Is(err, audit.ErrBroken) || interrupted(err) {
			return run, err
		}
		by.Statement = runner.Statement{By: someone, Reason: someone}
		if by.Tail, err = p.hazards.accepts(err); err != nil {
			return nil, err
		}
	}
}

// forgotten takes a run for one that never was. One that has asked for anything, or told anybody of it, cannot be.
func (p *playing) forgotten() error {
	if done := p.scheduler.Carried(); len(done) > 0 {
		return &laws.Breach{Law: "L2", Msg: fmt.Sprintf("the audit log is gone, and %s of %s was carried out", done[0].Op, done[0].Code)}
	}
	return p.recalled(nil, nil)
}

// recall holds what was told against what is on record, and tells what taking the run up has added.
func (p *playing) recall(run *resume.Run) error {
	if err := p.recalled(run.Records, run.Accepted()); err != nil {
		return err
	}
	for _, t := range run.Added {
		p.tell(t)
	}
	return nil
}

// recalled wants on record what had to be durable, and takes the rest of what was told and lost with the machine back. What
// was written and never told is told now. Of the line that was set aside somebody has answered for the loss.
func (p *playing) recalled(records []audit.Record, accepted *audit.Aside) error {
	told := p.result.Turns
	var kept int            // so many of them stand on record
	var last int64          // the number of the record of the last of these
	var fresh []record.Turn // what is on record behind them
	for _, r := range records {
		if r.Note {
			continue
		}
		t, err := record.Read(r)
		switch {
		case err != nil:
			return err
		case len(fresh) == 0 && kept < len(told) && told[kept].Event.Type() == r.Type && told[kept].At.Equal(t.At):
			kept, last = kept+1, r.Seq
		default:
			fresh = append(fresh, t)
		}
	}
	for i, t := range told[kept:] {
		answered := i == 0 && accepted != nil && accepted.Record > last
		if mustLast(t) && !answered {
			return &laws.Breach{Law: "L2", Msg: fmt.Sprintf("%s %s was told at %s, and the audit log has lost it", t.Event.Type(), t.Event.Subject(), readable.Micros(t.At))}
		}
	}
	p.result.Turns, p.result.Ended = told[:kept], p.result.Ended[:kept]
	for _, t := range fresh {
		p.tell(t)
	}
	return nil
}

// mustLast reports whether somebody may have acted on a turn, so that it may not be lost.
func mustLast(t record.Turn) bool {
	switch t.Event.(type) {
	case runner.RequestSent, runner.RequestAccepted, runner.RequestRefused, runner.RequestInDoubt, runner.RequestNotSent:
		return true
	}
	_, word := runner.StatementOf(t.Event)
	return word || t.Decision.End != nil
}

// hear puts what operators say on record, to a run that nobody drives.
func (p *playing) hear(run *resume.Run) error {
	for _, word := range p.hazards.words(run) {
		added := len(run.Added)
		word = p.identified(run, word)
		said, err := run.Say(word, takingUp())
		for _, t := range run.Added[added:] {
			p.tell(t)
		}
		if err == nil {
			word = said.Event
		}
		if !interrupted(err) {
			err = p.hazards.told(word, err)
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// identified is what an operator says with who that is, where an approval hangs on it.
func (p *playing) identified(run *resume.Run, word runner.Event) runner.Event {
	e := run.Machine.Interpret(word)
	q := run.Machine.Inquiry(e)
	if q == nil || p.hazards.who == nil {
		return word
	}
	w, _ := runner.StatementOf(e)
	return runner.Identified(e, q.Answer(p.hazards.who(w.ID, *q)))
}

// killableJournal is the journal of one process. A killed runner can write nothing.
type killableJournal struct{ *process }

// Append adds entries.
func (j killableJournal) Append(entries ...audit.Entry) error {
	if j.killed {
		return errKilled
	}
	return j.own.Append(entries...)
}

// Sync makes them durable.
func (j killableJournal) Sync() error {
	if j.killed {
		return errKilled
	}
	return j.own.Sync()
}
