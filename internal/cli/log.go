package cli

import (
	"io"

	"github.com/rs/zerolog"
	"github.com/spf13/cobra"

	"ofsplan/internal/readable"
	"ofsplan/internal/view"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// logFormats are the forms the operator's log comes in.
var logFormats = []string{"console", "json"}

// logFlags choose the operator's log.
type logFlags struct{ format string }

func (f *logFlags) register(cmd *cobra.Command) {
	cmd.Flags().StringVar(&f.format, "log-format", "console", "console: a line per change; json: an object per change")
	completeWords(cmd, "log-format", logFormats)
}

// check refuses a word that is no format. No flag at all means console.
func (f *logFlags) check() error {
	if f.format == "" {
		f.format = "console"
	}
	return oneOf("log-format", f.format, logFormats)
}

// operatorLog tells on standard error what a run does, and adds it up. It is for whoever looks on; the audit
// log is written elsewhere and never through it.
type operatorLog struct {
	lines *view.Lines     // prints in console format, and folds in both
	json  *zerolog.Logger // nil in console format
	run   string
	style view.Style
}

// operatorLog makes the log of one run.
func (a *app) operatorLog(f *logFlags, runID string, p *plan.Plan, simulated bool) *operatorLog {
	l := &operatorLog{run: runID, style: a.Style(a.Err, simulated)}
	if f.format != "json" {
		l.lines = view.NewLines(a.Err, runID, p, l.style)
		return l
	}
	l.lines = view.NewLines(io.Discard, runID, p, view.Style{})
	context := zerolog.New(a.Err).With().Str("run", runID)
	if simulated {
		context = context.Bool("simulated", true)
	}
	logger := context.Logger()
	l.json = &logger
	return l
}

// turn tells what one turn changed.
func (l *operatorLog) turn(t record.Turn) {
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
			e = e.Str("failure", string(m.Failure.Kind)).Str("batch_run_id", m.Failure.BatchRunID)
		}
		e.Msg(m.Why)
	}
	for _, n := range t.Decision.Notices {
		l.json.Warn().Time("time", t.At).Str("step", n.Step).Str("kind", n.Kind).Msg(n.Message)
	}
	if e, ok := t.Event.(runner.RunDetached); ok {
		l.json.Warn().Time("time", t.At).Msg("run detached: " + e.Reason)
	}
	if end := t.Decision.End; end != nil {
		l.json.Info().Time("time", t.At).Str("outcome", string(end.Outcome)).Msg("run ended")
	}
}

// levelOf is how loudly a move is told.
func levelOf(m runner.Transition) zerolog.Level {
	switch fact.Outcome(m.To) {
	case fact.Failed, fact.InDoubt:
		return zerolog.ErrorLevel
	case fact.Blocked, fact.Canceled:
		return zerolog.WarnLevel
	}
	return zerolog.InfoLevel
}

// note tells what operators should hear and no step moves by.
func (l *operatorLog) note(n record.Note) {
	quiet := n.Kind == record.Heartbeat
	l.lines.Note(n)
	if l.json == nil {
		return
	}
	level := zerolog.WarnLevel
	if quiet || n.Kind == record.ContactBack {
		level = zerolog.InfoLevel
	}
	l.json.WithLevel(level).Time("time", n.At).Str("step", n.Key.Step).Str("kind", string(n.Kind)).Msg(n.Message)
}

// warn tells of something that is not as it should be and stops nothing.
func (a *app) warn(l *operatorLog, message string) {
	if l.json != nil {
		l.json.Warn().Msg(message)
		return
	}
	prefix := "warning: "
	if l.style.Simulated {
		prefix = readable.SimulatedMark + prefix
	}
	_, _ = io.WriteString(a.Err, prefix+message+"\n")
}
