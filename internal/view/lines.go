package view

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"
	"unicode/utf8"

	"ofsplan/audit"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// Lines prints one line per change while a run goes on, and folds it at the same time:
//
//	02:00:01 load       watching -> succeeded  40m12s
//
// Times are UTC; a line with the date stands before the first of each day. A line that cannot be written is
// lost: a closed terminal must not stop a night.
type Lines struct {
	run   *fold.Builder
	w     io.Writer
	told  bool // which moments the plan's clock times are
	style Style
	day   string
	width int
}

// NewLines begins with nothing recorded yet. The widest step name of the plan sets the width of a column; it may be nil.
func NewLines(w io.Writer, id string, p *plan.Plan, style Style) *Lines {
	l := &Lines{run: fold.NewBuilder(id, p), w: w, style: style, width: 8}
	if p != nil {
		for _, s := range p.Steps {
			l.width = max(l.width, min(utf8.RuneCountInString(s.ID), 28))
		}
	}
	return l
}

// Run is what has been folded so far.
func (l *Lines) Run() *fold.Run { return l.run.Run() }

// Step is what has been folded about a step so far; nil when nothing names it.
func (l *Lines) Step(id string) *fold.Step { return l.run.Step(id) }

// Recorded folds what was recorded before, and prints nothing of it.
func (l *Lines) Recorded(records []audit.Record) {
	for _, r := range records {
		l.run.Record(r)
	}
}

// Turn folds one turn and prints what it changed.
func (l *Lines) Turn(t record.Turn) {
	l.run.Turn(t)
	var b strings.Builder
	l.date(&b, t.At)
	switch e := t.Event.(type) {
	case runner.RunStarted:
		l.line(&b, t.At, "run", begun(l.Run(), e))
		l.clockTimes(&b, t.At)
	case runner.FilePinned:
		l.clockTimes(&b, t.At)
	case runner.RunDetached:
		l.line(&b, t.At, "run", "detached: "+e.Reason+l.Run().WhatGoesOn())
	case runner.RunResumed:
		l.line(&b, t.At, "run", fmt.Sprintf("resumed by %s on %s", e.By.User, e.By.Host))
	}
	if w, ok := runner.StatementOf(t.Event); ok {
		l.line(&b, t.At, orRun(t.Event.Subject().Step), fmt.Sprintf("%s by %s: %s", t.Event.Type(), w.By, w.Reason))
	}
	if m := l.run.Ended(t); m != nil {
		l.line(&b, t.At, orRun(m.Step), messageLine(m))
	}
	for _, m := range t.Decision.Moves {
		l.move(&b, t.At, m)
		if t.Decision.End == nil {
			l.help(&b, t.At, m)
		}
	}
	for _, n := range t.Decision.Notices {
		l.line(&b, t.At, orRun(n.Step), n.Message)
	}
	if e := t.Decision.End; e != nil {
		text := readable.Words(e.Outcome) + "  " + l.Run().Elapsed.String()
		if e.Late {
			text += "  late"
		}
		l.line(&b, t.At, "run", text)
	}
	l.print(b.String())
}

// messageLine says what became of a message to people.
func messageLine(m *fold.Message) string {
	switch m.State {
	case fold.MessageSent:
		return "told " + m.Channel + ": " + m.Text
	case fold.MessageWithheld:
		return m.Channel + " is not told, since " + m.Why + ": " + m.Text
	}
	return m.Channel + " could not be told: " + m.Why + ": " + m.Text
}

// Note folds and prints something that moves no step. A heartbeat is neither kept nor printed.
func (l *Lines) Note(n record.Note) {
	l.run.Note(n)
	if n.Kind == record.Heartbeat {
		return
	}
	var b strings.Builder
	l.date(&b, n.At)
	l.line(&b, n.At, orRun(n.Key.Step), n.Text())
	l.print(b.String())
}

func orRun(step string) string { return cmp.Or(step, "run") }

// begun is the first line of a run.
func begun(r *fold.Run, e runner.RunStarted) string {
	text := fmt.Sprintf("%s: plan %s (%s)", r.ID, e.Plan, e.File)
	if e.MISDate != "" {
		text += ", misdate " + e.MISDate
	}
	return text + ", target " + e.Target.Name + "; times are UTC"
}

// clockTimes tells which moments the clock times of a plan are meant to be, once the plan is known.
func (l *Lines) clockTimes(b *strings.Builder, at time.Time) {
	r := l.Run()
	if r.Plan == nil || l.told {
		return
	}
	l.told = true
	if d := r.Due; d != nil {
		l.line(b, at, "run", "deadline "+readable.Upcoming(d.At.In(r.Plan.Calendar.Location()), r.Started.StartedAt))
	}
	if closed := r.Plan.Calendar.ClosedWords(); closed != "" {
		l.line(b, at, "run", "closed windows: "+closed+": no trigger, restart or rerun leaves in one")
	}
	for _, s := range r.Plan.Steps {
		if v, sleeps := s.Do.(*plan.Sleep); sleeps && v.For == 0 {
			until := r.Plan.UntilOf(v, r.Started.StartedAt).In(r.Plan.Calendar.Location())
			l.line(b, at, s.ID, "sleeps until "+readable.Upcoming(until, r.Started.StartedAt))
		}
	}
}

// move prints one transition: from where to where, how long when that is an outcome, and why.
func (l *Lines) move(b *strings.Builder, at time.Time, m runner.Transition) {
	s := l.run.Step(m.Step)
	text := readable.Words(m.From) + " -> " + l.style.paint(m.To, readable.Words(m.To))
	if m.From == m.To {
		text = l.style.paint(m.To, readable.Words(m.To))
	}
	if m.Mark != "" && m.From != m.To {
		text += " (" + readable.Words(m.Mark) + ")"
	}
	if _, ended := m.To.Outcome(); ended && m.From != m.To && !s.StartedAt.IsZero() {
		text += "  " + s.Elapsed.String()
	}
	if why := because(m.Why, m.Evidence); why != "" {
		text += "  " + why
	}
	l.raw(b, at, m.Step, text)
}

// help says what can be said to the run about a step that is in doubt or has failed, while it goes on: the card comes at the end of the night.
func (l *Lines) help(b *strings.Builder, at time.Time, m runner.Transition) {
	r := l.run.Peek()
	s := l.run.Step(m.Step)
	if m.To == runner.Awaiting && s.Def != nil {
		l.asks(b, at, r, s)
		return
	}
	if r.Started.Simulated || r.Plan == nil || m.From == m.To || !s.Bad() {
		return
	}
	if fact.Outcome(m.To) == fact.InDoubt {
		l.line(b, at, m.Step, fmt.Sprintf("say what became of it, the run hears it: ofsplan resolve %s %s --started BATCH_RUN_ID or --not-started, with --reason", r.ID, Quote(m.Step)))
		return
	}
	if to := actor(r, s); !s.Def.Finally && to != nil && !startsSecond(r, runner.OperatorRetried{Step: to.ID}) && !unsettled(r, to) {
		l.line(b, at, m.Step, fmt.Sprintf("another attempt, while the run goes on: ofsplan retry %s %s, with --reason", r.ID, to.ID))
	}
}

// asks prints what a person is asked who has to approve or reject, and what to type.
func (l *Lines) asks(b *strings.Builder, at time.Time, r *fold.Run, s *fold.Step) {
	for line := range strings.Lines(s.Def.Approval().Message) {
		l.line(b, at, s.ID, "  "+strings.TrimRight(line, "\r\n"))
	}
	for _, c := range words(r, s, Repeat{}) {
		l.line(b, at, s.ID, "  "+c.Line)
	}
}

// line prints a text that came from elsewhere.
func (l *Lines) line(b *strings.Builder, at time.Time, who, text string) {
	l.raw(b, at, who, audit.Printable(text))
}

// raw prints a text that is printable already.
func (l *Lines) raw(b *strings.Builder, at time.Time, who, text string) {
	fmt.Fprintf(b, "%s %-*s  %s\n", readable.Clock(at), l.width, audit.Printable(who), text)
}

// date prints the date when it is another one.
func (l *Lines) date(b *strings.Builder, at time.Time) {
	if day := at.UTC().Format("2006-01-02"); day != l.day {
		if l.day != "" {
			fmt.Fprintf(b, "%s\n", day)
		}
		l.day = day
	}
}

func (l *Lines) print(text string) {
	if text != "" {
		_ = l.style.write(l.w, text) // see the type: a lost line stops nothing
	}
}
