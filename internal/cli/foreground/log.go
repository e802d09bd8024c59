package foreground

import (
	"io"
	"time"

	"github.com/rs/zerolog"

	"ofsplan/audit"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/readable"
	"ofsplan/internal/view"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// Log is the operator's log of one run: it prints on standard error what the run does, and adds it up. It is for whoever
// watches; the audit log is written elsewhere and never through it.
type Log struct {
	streams *terminal.Streams
	plan    string          // its name
	lines   *view.Lines     // prints in console format, and folds in both
	json    *zerolog.Logger // nil in console format
	style   view.Style
	seen    runner.BatchObserved // the last answer about a batch run that was written
}

// An About is the run that a log is about.
type About struct {
	RunID     string
	Plan      *plan.Plan
	Simulated bool
	Label     string // begins each line, where several runs are shown at once; empty: it is the only one
}

// NewLog makes the log of a run: a line for each change, or an object for each when the format is "json".
func NewLog(s *terminal.Streams, format string, of About) *Log {
	l := &Log{streams: s, plan: of.Plan.Name, style: s.Style(s.Err, of.Simulated)}
	l.style.Label = of.Label
	if format != "json" {
		l.lines = view.NewLines(s.Err, of.RunID, of.Plan, l.style)
		return l
	}
	l.lines = view.NewLines(io.Discard, of.RunID, of.Plan, view.Style{})
	context := zerolog.New(s.Err).With().Str("run", of.RunID)
	if of.Simulated {
		context = context.Bool("simulated", true)
	}
	logger := context.Logger()
	l.json = &logger
	return l
}

// Recorded adds up what was recorded before the log began, and prints nothing of it.
func (l *Log) Recorded(records []audit.Record) { l.lines.Recorded(records) }

// Turn prints what one turn changed.
func (l *Log) Turn(t record.Turn) {
	if seen, ok := t.Event.(runner.BatchObserved); ok {
		l.seen = seen
	}
	l.lines.Turn(t)
	if l.json == nil {
		return
	}
	if e, ok := t.Event.(runner.RunStarted); ok {
		l.json.Info().Time("time", t.At).Str("plan", e.Plan).Str("target", e.Target.Name).Str("misdate", e.MISDate).Msg("run started")
	}
	for _, m := range t.Decision.Moves {
		e := l.json.WithLevel(levelOf(m)).Time("time", t.At).Str("step", m.Step).Str("from", string(m.From)).Str("to", string(m.To))
		if m.Mark != "" {
			e = e.Str("mark", m.Mark)
		}
		if m.Rule != "" {
			e = e.Str("rule", m.Rule)
		}
		if m.Failure != nil {
			e = e.Str("failure", string(m.Failure.Kind))
		}
		if s := l.lines.Step(m.Step); s != nil {
			e = of(e, "batch_run_id", s.Batch.RunID)
			if _, ended := m.To.Outcome(); ended && m.From != m.To && !s.StartedAt.IsZero() {
				e = e.Float64("elapsed_s", time.Duration(s.Elapsed).Seconds())
			}
		}
		e.Msg(m.Why)
	}
	for _, n := range t.Decision.Notices {
		of(l.json.Warn().Time("time", t.At), "step", n.Step).Str("kind", n.Kind).Msg(n.Message)
	}
	switch e := t.Event.(type) {
	case runner.NoticeSent:
		of(l.json.Info().Time("time", t.At), "withheld", e.Withheld).Str("channel", e.Channel).Str("key", e.Key.String()).Msg("message sent")
	case runner.NoticeFailed:
		l.json.Warn().Time("time", t.At).Str("channel", e.Channel).Str("key", e.Key.String()).Msg("message not sent: " + e.Message)
	}
	if e, ok := t.Event.(runner.RunDetached); ok {
		l.json.Warn().Time("time", t.At).Msg("run detached: " + e.Reason)
	}
	if end := t.Decision.End; end != nil {
		l.json.Info().Time("time", t.At).Str("outcome", string(end.Outcome)).Msg("run ended")
	}
}

// of is an event with one field more, where there is something to say.
func of(e *zerolog.Event, key, value string) *zerolog.Event {
	if value == "" {
		return e
	}
	return e.Str(key, value)
}

// levelOf is the level at which a move is logged.
func levelOf(m runner.Transition) zerolog.Level {
	switch fact.Outcome(m.To) {
	case fact.Failed, fact.InDoubt:
		return zerolog.ErrorLevel
	case fact.Blocked, fact.Canceled:
		return zerolog.WarnLevel
	}
	return zerolog.InfoLevel
}

// Note prints what operators should know of and no step moves by.
func (l *Log) Note(n record.Note) {
	quiet := n.Kind == record.Heartbeat
	l.lines.Note(n)
	if l.json == nil {
		return
	}
	level := zerolog.WarnLevel
	if quiet || n.Kind == record.ContactBack {
		level = zerolog.InfoLevel
	}
	l.json.WithLevel(level).Time("time", n.At).Str("step", n.Key.Step).Str("kind", string(n.Kind)).Msg(n.Text())
}

// Warn prints something that is not as it should be and stops nothing.
func (l *Log) Warn(message string) {
	if l.json != nil {
		l.json.Warn().Msg(message)
		return
	}
	_, _ = io.WriteString(l.streams.Err, l.mark()+"warning: "+message+"\n")
}

// mark stands before each line about a simulated run, or about one of several.
func (l *Log) mark() string {
	switch {
	case l.style.Simulated:
		return readable.SimulatedMark
	case l.style.Label != "":
		return l.style.Label + ": "
	}
	return ""
}
