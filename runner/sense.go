package runner

import (
	"fmt"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A sensor is a step that waits for something that is not at the scheduler. The driver looks, and every look is shown to the
// machine; those that decide nothing are not written, so the journal holds what was told and what decided. What it saw is
// in the event, and a replay looks at nothing.

// mostTroubles is how many looks in a row may fail to tell anything: with the last of them the step fails.
const mostTroubles = 3

// sense begins to look for what step i waits for.
func (m *Machine) sense(i int) {
	s := &m.steps[i]
	s.anchor = m.at
	sought, err := m.r.Sought(s.def, m.view(i))
	if err != nil {
		m.failAttempt(i, m.failure(i, fact.BadExpression, 0, err.Error()))
		return
	}
	m.move(i, Sensing, SoughtText(sought))
	s.watch = &Command{Key: s.key(OpSense), Sought: &sought, Poll: s.def.Poll}
	if s.def.Timeout > 0 {
		s.watch.Until = m.at.Add(s.def.Timeout)
	}
	m.d.Commands = append(m.d.Commands, s.watch)
	m.expect(i)
}

// SoughtText is what a sensor waits for, in words: "for file feeds/txn.dat".
func SoughtText(w fact.Sought) string {
	switch {
	case w.File != nil:
		text := "for file " + w.File.Path
		if w.File.MinSize > 0 {
			text += " of at least " + readable.Bytes(w.File.MinSize)
		}
		if !w.File.After.IsZero() {
			text += ", modified at " + readable.Stamp(w.File.After) + " or later"
		}
		return text
	case w.Check != nil:
		return "for check " + w.Check.Name
	}
	text := "for a run of plan " + w.Run.Plan
	if w.Run.MISDate != "" {
		text += " for " + w.Run.MISDate
	}
	if w.Run.Once != "" {
		text += ", once " + w.Run.Once
	}
	return text
}

// acceptsSight checks what a sensor has seen.
func (m *Machine) acceptsSight(e SensorAnswered) error {
	if err := m.acceptsLook(e.Key, ""); err != nil {
		return err
	}
	sought := m.steps[m.ids[e.Key.Step]].watch.Sought
	switch {
	case e.Key.Op != OpSense:
		return fmt.Errorf("%w: %s is no look of a sensor", ErrUnexpected, e.Key)
	case e.File != nil && sought.File == nil, e.Check != nil && sought.Check == nil, e.Run != nil && sought.Run == nil:
		return fmt.Errorf("%w: %s looks for something else", ErrUnexpected, e.Key)
	}
	return nil
}

// sensed decides what follows a look of a sensor.
func (m *Machine) sensed(i int, e SensorAnswered) {
	s := &m.steps[i]
	sought := s.watch.Sought
	switch {
	case e.Trouble != "":
		m.troubled(i, e)
	case e.File != nil:
		m.sawFile(i, e, *sought.File)
	case e.Check != nil && e.Check.Yes:
		m.finish(i, fact.Succeeded, "check "+sought.Check.Name+" says yes"+said(e.Check.Line))
	case e.Check != nil:
		m.tellSight(i, "check "+sought.Check.Name+" says not yet"+said(e.Check.Line))
	case e.Run != nil:
		m.sawRun(i, *e.Run, *sought.Run)
	}
	if s.state == Sensing && m.timedOut(i) && !m.stillToStand(s, e, sought.File) {
		m.failAttempt(i, m.failure(i, fact.TimedOut, 0, "waited "+readable.Duration(s.def.Timeout)+" in vain "+SoughtText(*sought)))
	}
}

// said is the last line of a command, behind what it means.
func said(line string) string {
	if line == "" {
		return ""
	}
	return ": " + line
}

// tellAgain is how far apart people are told of changes that do not end a wait: a command may say another line at every look.
const tellAgain = time.Minute

// tellSight tells people what a sensor saw that does not end its wait, unless it was the last that they were told.
func (m *Machine) tellSight(i int, text string) {
	s := &m.steps[i]
	if s.told == text || !s.toldAt.IsZero() && m.at.Sub(s.toldAt) < tellAgain {
		return
	}
	s.told, s.toldAt = text, m.at
	m.notice(i, "sensor_waits", text)
}

// troubled tells of a look that told nothing, each time, and fails the step with the third in a row.
func (m *Machine) troubled(i int, e SensorAnswered) {
	s := &m.steps[i]
	s.told, s.toldAt = "", time.Time{}
	if e.Troubles < mostTroubles {
		m.notice(i, "sensor_trouble", fmt.Sprintf("%s (%d in a row; with %d the step fails)", e.Trouble, e.Troubles, mostTroubles))
		return
	}
	m.failAttempt(i, m.failure(i, s.def.Do.(plan.Sensor).Fails(), 0, fmt.Sprintf("%s, %d times in a row", e.Trouble, e.Troubles)))
}

// sawFile decides about what stands under a path: it is taken once it is what was asked for and has stood.
func (m *Machine) sawFile(i int, e SensorAnswered, want fact.SoughtFile) {
	s, f := &m.steps[i], *e.File
	switch {
	case f.NotFile != "":
		m.tellSight(i, f.Path+" is "+f.NotFile+", and a file is waited for")
	case f.Modified.Before(want.After):
		m.tellSight(i, f.Path+" is there and too old: modified at "+readable.Stamp(f.Modified))
	case m.at.Sub(e.Since) < time.Duration(want.StableFor):
	case f.Size < want.MinSize:
		m.tellSight(i, f.Path+" is there and too small: "+readable.Bytes(f.Size))
	default:
		s.file = f
		m.finish(i, fact.Succeeded, fmt.Sprintf("%s: %s, modified at %s", f.Path, readable.Bytes(f.Size), readable.Stamp(f.Modified)))
	}
}

// stillToStand reports whether a file is there as it is wanted and has only to stand, at the end of the timeout or when a run
// was taken up after it: it is not failed because nobody was there to look.
func (m *Machine) stillToStand(s *step, e SensorAnswered, want *fact.SoughtFile) bool {
	if e.File == nil || e.File.NotFile != "" || e.File.Size < want.MinSize || e.File.Modified.Before(want.After) {
		return false
	}
	from := s.anchor.Add(s.def.Timeout)
	if m.resumed.After(from) {
		from = m.resumed
	}
	return m.at.Before(from.Add(time.Duration(want.StableFor)))
}

// sawRun decides about the newest run that is waited for.
func (m *Machine) sawRun(i int, r fact.SeenRun, want fact.SoughtRun) {
	switch r.Stands {
	case fact.RunSucceeded:
		m.finish(i, fact.Succeeded, "run "+r.ID+" of plan "+want.Plan+" has succeeded")
	case fact.RunFailed, fact.RunCanceled:
		text := "run " + r.ID + " of plan " + want.Plan + " " + standsText(r.Stands)
		if want.Strict {
			m.failAttempt(i, m.failure(i, fact.PlanFailed, 0, text))
			return
		}
		m.tellSight(i, text+": it is waited for until somebody retries it, or starts it again")
	case fact.RunInDoubt, fact.RunLeft:
		m.tellSight(i, "run "+r.ID+" of plan "+want.Plan+" "+standsText(r.Stands)+": it is waited for")
	}
}

// standsText says of a run how it stands.
func standsText(s fact.Stands) string {
	switch s {
	case fact.RunFailed:
		return "has failed"
	case fact.RunCanceled:
		return "was canceled"
	case fact.RunInDoubt:
		return "is in doubt"
	case fact.RunLeft:
		return "was left, or its process was killed"
	}
	return readable.Words(s)
}
