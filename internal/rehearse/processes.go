package rehearse

import (
	"errors"
	"fmt"
	"io/fs"
	"net/http"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/internal/rehearse/laws"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/virtual"
)

// A fate is what befalls a night beside its scenario: a disk that forgets and breaks, deaths at chosen moments, and
// operators who speak. Only seeded nights have one.
type fate interface {
	// disk is what the next runner finds. It may have lost what was not synced; an empty one has nothing to lose.
	disk(empty bool) audit.Disk
	// accepts is asked when an audit log is refused as broken, whether somebody answers for its last line. An error ends
	// the night.
	accepts(refused error) (bool, error)
	// way stands between the runner and the scheduler.
	way(next http.RoundTripper) http.RoundTripper
	// turn is told each turn while the run is live, once it is durable.
	turn(record.Turn)
	operators
}

// operators speak: to a run that was left or whose runner died, directly; to one that is live, by its inbox.
type operators interface {
	// again reports whether somebody has a word for a run that was left, so that another runner comes.
	again(left drive.Result, err error) bool
	// words are what is said to a run that is taken up.
	words(*drive.Replayed) []runner.Event
	// told is told what became of such a word; an error ends the night.
	told(word runner.Event, err error) error
	// inbox is that of the next runner, and how often it is looked into; nil: it has none.
	inbox() (drive.Inbox, time.Duration)
}

// errBroken is what a disk says that failed for good. Somebody repairs it before the run is taken up again.
var errBroken = errors.New("the disk is broken")

// interrupted reports whether a runner was stopped from outside, so that another one comes.
func interrupted(err error) bool { return errors.Is(err, errKilled) || errors.Is(err, errBroken) }

// play lets one runner after the other carry the run, until it has ended or been left.
func (s *stage) play() error {
	for at := s.At; ; at = s.life.left().Add(s.life.away) {
		s.life = &life{world: virtual.New(at), away: time.Minute, cancel: func(error) {}}
		left, err := s.attempt()
		switch {
		case s.life.fatal != nil:
			return s.life.fatal
		case errors.Is(err, errBroken) && s.life.machine != nil && !s.life.killed && left.Exit(err) != exitcode.AuditLog:
			return &laws.Breach{Law: "L9", Msg: fmt.Sprintf("the disk broke, and the run was left with exit code %d: %v", left.Exit(err), err)}
		case err == nil, !interrupted(err):
			if errors.Is(err, drive.ErrNoContact) && (s.life.killed || errors.Is(s.life.journal.Err(), errBroken)) {
				continue // it died, or the disk broke, while it left
			}
			if s.life.killed && err != nil {
				return err
			}
			if s.fate == nil || s.endless != nil || !s.fate.again(left, err) {
				return s.conclude(left, err)
			}
		}
	}
}

// left is when the runner was gone. One that was killed has gone then, though its loop unwinds only when the call under
// way ends.
func (l *life) left() time.Time {
	if l.killed {
		return l.died
	}
	return l.world.Now()
}

// attempt is one runner: it finds or begins the audit log, hears what operators said, and drives the run.
func (s *stage) attempt() (drive.Result, error) {
	if s.fate != nil {
		s.life.disk = s.fate.disk(false)
	} else {
		s.life.disk = s.disk
	}
	again, err := s.sitDown()
	if err == nil && again.Machine != nil && s.fate != nil {
		err = s.hear(&again, s.fate.words(&again))
	}
	switch {
	case err != nil && !interrupted(err):
		s.life.fatal = fmt.Errorf("take the run up at %s: %w", s.life.world.Now().Format(time.RFC3339), err)
		return drive.Result{}, err
	case err != nil:
		return drive.Result{}, err
	case again.Machine == nil:
		s.life.machine = runner.NewMachine(s.result.Resolved)
		return s.live(s.opening())
	case again.Machine.Status().Ended:
		return drive.Result{End: again.End, Doubted: again.Machine.Status().Doubted > 0, At: s.life.journal.Head().Time}, nil
	}
	s.life.machine = again.Machine
	return s.live([]runner.Event{runner.RunResumed{By: by, Tool: tool}})
}

// sitDown is what a run and what resume begin with: a new audit log, or the one there is, verified and replayed. There is no
// machine in what it returns when the run begins.
func (s *stage) sitDown() (again drive.Replayed, err error) {
	l, id := s.life, s.result.RunID
	if s.begun {
		var records []audit.Record
		records, err = s.reopen()
		switch {
		case err == nil && (s.fate == nil || pinned(records)):
			if again, err = drive.Replay(records); err == nil {
				err = s.recall(records)
			}
			if err == nil {
				err = s.accept(&again, records)
			}
			return again, err
		case err != nil && (s.fate == nil || !errors.Is(err, fs.ErrNotExist)):
			return again, err
		}
		// Nothing is left of the run: it is begun anew.
		if err := s.forgotten(); err != nil {
			return again, err
		}
		s.disk = &audit.Memory{}
		l.disk = s.fate.disk(true)
	}
	s.begun = true
	l.journal, err = audit.Create(l.disk, folder, id)
	return again, err
}

// reopen takes the audit log up, on an operator's word where its last line is bad.
func (s *stage) reopen() (records []audit.Record, err error) {
	l, how := s.life, audit.Reopening{}
	for {
		l.journal, records, err = how.Open(l.disk, folder, s.result.RunID)
		if s.fate == nil || !errors.Is(err, audit.ErrBroken) || interrupted(err) {
			return records, err
		}
		if how.AcceptTail, err = s.fate.accepts(err); err != nil {
			return nil, err
		}
	}
}

// accept makes good what was set aside of the audit log on an operator's word.
func (s *stage) accept(again *drive.Replayed, records []audit.Record) error {
	turns, err := again.Accept(s.life.journal, records, s.life.world.Now(), drive.Acceptance{Aside: s.life.journal.Accepted(), By: someone, Reason: someone})
	for _, t := range turns {
		s.tell(t)
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
func (s *stage) forgotten() error {
	if done := s.scheduler.Carried(); len(done) > 0 {
		return &laws.Breach{Law: "L2", Msg: fmt.Sprintf("the audit log is gone, and %s of %s was carried out", done[0].Op, done[0].Code)}
	}
	return s.recall(nil)
}

// recall holds what was told against what is on record: what had to be durable is, and the rest of what was told and
// lost with the machine is taken back. What was written and never told is told now.
func (s *stage) recall(records []audit.Record) error {
	n := 0
	told := s.result.Turns
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
		s.tell(t)
	}
	for i, t := range told[min(n, len(told)):] {
		if mustLast(t) && !(i == 0 && s.answered(records)) {
			return &laws.Breach{Law: "L2", Msg: fmt.Sprintf("%s %s was told at %s, and the audit log has lost it", t.Event.Type(), t.Event.Subject(), readable.Micros(t.At))}
		}
	}
	s.result.Turns, s.result.Ended = s.result.Turns[:n], s.result.Ended[:n]
	return nil
}

// answered reports whether somebody has answered for the line behind the last record.
func (s *stage) answered(records []audit.Record) bool {
	line := s.life.journal.Accepted()
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
func (s *stage) hear(again *drive.Replayed, words []runner.Event) error {
	for _, word := range words {
		var opening []runner.Event
		if !again.Machine.Status().Ended {
			opening = []runner.Event{runner.RunResumed{By: by, Tool: tool}}
		}
		err := s.say(again, append(opening, word)...)
		if !interrupted(err) {
			err = s.fate.told(word, err)
		}
		if err == nil && !again.Machine.Status().Ended {
			err = s.say(again, runner.RunDetached{Reason: "an operator's word was recorded"})
		}
		if err != nil {
			return err
		}
	}
	return nil
}

// say applies events to a run that nobody drives.
func (s *stage) say(again *drive.Replayed, events ...runner.Event) error {
	turns, err := again.Tell(s.life.journal, s.life.world.Now(), events...)
	for _, t := range turns {
		s.tell(t)
		if t.Decision.End != nil {
			again.End = t.Decision.End
		}
	}
	return err
}

// carriedOut is what the scheduler carried out of the request with that key; nil: nothing.
func (s *stage) carriedOut(key runner.Key) *sim.Carried {
	for _, c := range s.scheduler.Carried() {
		if c.Mark == s.result.RunID+"/"+key.String() {
			return &c
		}
	}
	return nil
}
