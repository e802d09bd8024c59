package cli

import (
	"cmp"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/fold"
	"ofsplan/internal/frozen"
	"ofsplan/internal/view"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// What a card invites a person to type is a command of ours, and the machine of that very log takes what it says and does
// what the card says of it: no card sends anybody into a refusal at two in the morning. The logs are the frozen ones, as
// if their runs had been real, each as it stood in the end and whenever somebody went on with it or spoke to it.
func TestCardsOfferWhatTheMachineTakes(t *testing.T) {
	offered := map[string]int{}
	for i, j := range frozen.Journals(t, "../../testdata/journals") {
		if j.Machine != runner.MachineVersion || testing.Short() && i%8 > 0 {
			continue // the release that wrote it carries it on
		}
		for _, records := range looks(j.Records) {
			run, seen, ways := foldOf(records), map[string]bool{}, 0
			for _, c := range append(view.Commands(run, view.Repeat{}), view.Remedies(run, view.Repeat{})...) {
				if seen[c.Line] {
					continue
				}
				seen[c.Line] = true
				what, err := take(records, run, c)
				if err != nil {
					t.Errorf("%s: after record %d the run is %s, and its card offers\n\t%s\n\t    %s\n\t%v", j.Name, len(records), run.State, c.Line, c.Does, err)
				}
				offered[what]++
				if strings.HasPrefix(what, "res") || what == "approve" || what == "adopt" || what == "batch wait" { // what goes on has to end first
					ways++
				}
			}
			if ways == 0 && stuck(run) {
				t.Errorf("%s: after record %d the run is %s, and its card offers no way on", j.Name, len(records), run.State)
			}
		}
	}
	for _, what := range []string{
		"resolve --started", "resolve --not-started", "adopt", "resume", "resume --retry", "retry", "batch status", "batch wait", "batch interrupt", "show", "audit show", "audit verify",
	} {
		if offered[what] == 0 {
			t.Errorf("no card offers %s", what)
		}
	}
	t.Log(offered)
}

// looks are the moments of a log at which a person reads a card: before each word to the run, before it is taken up
// again, and in the end.
func looks(records []audit.Record) (all [][]audit.Record) {
	pinned := false
	for i, r := range records {
		if pinned && (r.Type == runner.RunResumed{}.Type() || strings.HasPrefix(r.Type, "operator.")) {
			all = append(all, records[:i])
		}
		pinned = pinned || r.Type == runner.FilePinned{}.Type()
	}
	return append(all, records)
}

// stuck reports whether there is something left for the run to do: a step that has not ended, that failed, that is in
// doubt or that was canceled. Finally steps run again with the others.
func stuck(run *fold.Run) bool {
	return slices.ContainsFunc(run.Steps, func(s *fold.Step) bool {
		out, ended := s.State.Outcome()
		return !s.Def.Finally && (!ended || s.Bad() || out == fact.Canceled)
	})
}

// foldOf is what records add up to, of a real run.
func foldOf(records []audit.Record) *fold.Run {
	b := fold.NewBuilder(records[0].Run, nil)
	for _, r := range records {
		b.Record(r)
	}
	run := b.Run()
	run.Started.Simulated = false
	return run
}

// take parses a command line as the program does, says to the run of a log what it means, and holds what comes of it
// against what the card says. It returns what kind of command it is.
func take(records []audit.Record, run *fold.Run, c view.Command) (what string, err error) {
	words, err := shellWords(c.Line)
	if err != nil || words[0] != "ofsplan" {
		return c.Line, fmt.Errorf("nobody can type this: %w", err)
	}
	root := newRoot(terminal.New(nil, nil, nil), nil)
	cmd, args, err := root.Find(words[1:])
	if err == nil {
		err = cmd.ParseFlags(args)
	}
	args = cmd.Flags().Args()
	if err == nil {
		err = errors.Join(cmd.ValidateArgs(args), cmd.ValidateFlagGroups())
	}
	what = strings.TrimPrefix(cmd.CommandPath(), "ofsplan ")
	if err != nil {
		return what, err
	}
	if cmd.Parent().Name() != "batch" && args[0] != run.ID {
		return what, fmt.Errorf("it is about %s", args[0])
	}
	events, what := meant(cmd, args, run, what)
	if events == nil {
		return what, nil // it only looks
	}
	past, err := resume.Replay(records)
	if err != nil {
		return what, err
	}
	if !past.Machine.Status().Ended {
		events = append([]runner.Event{runner.RunResumed{}}, events...)
	}
	for _, e := range events {
		d, err := past.Machine.Apply(past.At, e)
		if err == nil && e.Subject().Step != "" {
			err = comesOf(c.Does, d, stepOf(run, e.Subject().Step))
		}
		if err != nil {
			return what, err
		}
	}
	return what, nil
}

// comesOf holds what the machine decided about a step against what the card says of the command.
func comesOf(does string, d runner.Decision, s *fold.Step) error {
	var now runner.State
	var failure *fact.Failure
	for _, m := range d.Moves {
		if m.Step == s.ID {
			now, failure = m.To, m.Failure
		}
	}
	out, ended := now.Outcome()
	holds := false
	switch {
	case strings.Contains(does, "will watch it"), strings.Contains(does, "watches this batch run on"):
		holds = now == runner.Watching
	case strings.Contains(does, "has succeeded"), strings.Contains(does, "counts as succeeded"):
		holds = out == fact.Succeeded
	case strings.Contains(does, "make the request again"):
		holds = now != "" && !ended
	case strings.Contains(does, "is canceled"):
		holds = out == fact.Canceled
	case strings.HasPrefix(does, "asks for "): // an approval, anew
		holds = now == runner.Awaiting || now == runner.Waiting
	case strings.Contains(does, "another attempt"):
		again := failure != nil && s.Failure != nil && failure.Message == s.Failure.Message // what the plan says cannot be done, as before
		holds = now != "" && (!ended || out == fact.Succeeded || again)
	}
	if !holds {
		return fmt.Errorf("step %s is %s then", s.ID, cmp.Or(now, "what it was"))
	}
	return nil
}

// stepOf is what a log tells of a step.
func stepOf(run *fold.Run, id string) *fold.Step {
	return run.Steps[slices.IndexFunc(run.Steps, func(s *fold.Step) bool { return s.ID == id })]
}

// meant are the events of a command that says something to a run; none for one that only looks.
func meant(cmd *cobra.Command, args []string, run *fold.Run, what string) ([]runner.Event, string) {
	word := func(n int) runner.Statement {
		w := runner.Statement{ID: fmt.Sprintf("w%d", n), By: "ops", Reason: cmd.Flag("reason").Value.String()}
		for _, s := range run.Steps { // what nobody has looked at is over by now, as the command finds out
			if ref, stand := run.Newest(s); ref.RunID != "" && stand.Status == "" {
				w.Looks = append(w.Looks, runner.Look{Step: s.ID, BatchRunID: ref.RunID, Status: fact.StatusSucceeded})
			}
		}
		return w
	}
	switch what {
	case "resolve":
		e := runner.OperatorResolved{Statement: word(1), Step: args[1], Request: stepOf(run, args[1]).Newest(), As: runner.AsNotStarted}
		if id := cmd.Flag("started").Value.String(); id != "" {
			e.As, e.BatchRunID = runner.AsStarted, id
			return []runner.Event{e}, what + " --started"
		}
		if cmd.Flag("succeeded").Value.String() == "true" {
			return []runner.Event{runner.OperatorMarked{Statement: word(1), Step: args[1], As: runner.AsSucceeded}}, what + " --succeeded"
		}
		return []runner.Event{e}, what + " --not-started"
	case "adopt":
		return []runner.Event{runner.OperatorAdopted{Statement: word(1), Step: args[1], Request: stepOf(run, args[1]).Newest(), BatchRunID: args[2]}}, what
	case "retry":
		return []runner.Event{runner.OperatorRetried{Statement: word(1), Step: args[1]}}, what
	case "resume":
		steps, _ := cmd.Flags().GetStringArray("retry")
		var events []runner.Event
		for i, step := range steps {
			events = append(events, runner.OperatorRetried{Statement: word(i + 1), Step: step})
		}
		if len(steps) > 0 {
			what += " --retry"
		}
		return append(events, runner.RunResumed{}), what
	}
	return nil, what
}

// shellWords are the words of a line as a shell reads them that knows spaces and quotes.
func shellWords(line string) (words []string, err error) {
	var b strings.Builder
	var quote rune
	open, escaped := false, false
	for _, r := range line {
		switch {
		case escaped:
			b.WriteRune(r)
			escaped = false
		case quote == 0 && r == '\\':
			escaped, open = true, true
		case quote != 0 && r == quote:
			quote = 0
		case quote == 0 && (r == '\'' || r == '"'):
			quote, open = r, true
		case quote == 0 && r == ' ':
			if open {
				words = append(words, b.String())
			}
			b.Reset()
			open = false
		default:
			b.WriteRune(r)
			open = true
		}
	}
	if quote != 0 || escaped {
		return nil, fmt.Errorf("%s: a quote is open", line)
	}
	return append(words, b.String()), nil
}
