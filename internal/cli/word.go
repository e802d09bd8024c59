package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/internal/source"
	"ofsplan/ofs"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// wordFlags are the flags of every command by which an operator says something to a run.
type wordFlags struct {
	state     stateFlags
	config    string
	reason    string
	unchecked bool
	asJSON    bool
}

func (f *wordFlags) register(cmd *cobra.Command) {
	f.state.register(cmd, true)
	cmd.Flags().StringVar(&f.config, "config", "", "the targets file (default $OFSPLAN_CONFIG, ./ofsplan.yaml, then the XDG folders)")
	cmd.Flags().StringVar(&f.reason, "reason", "", "why, for the audit log (required)")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the result as JSON")
	cmd.ValidArgsFunction = f.state.runIDs
}

func (f *wordFlags) registerUnchecked(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.unchecked, "unchecked", false, "do not ask the scheduler about the batch run: your word alone counts")
}

// need refuses a word without a reason.
func (f *wordFlags) need(cmd *cobra.Command) error {
	if strings.TrimSpace(f.reason) == "" {
		return usage(cmd, errors.New("--reason is missing: the audit log keeps why"))
	}
	return nil
}

// wordID names a word: when it was said, and a little chance.
func wordID(at time.Time) string {
	return at.UTC().Format("20060102T150405.000000Z") + "-" + strings.ToLower(rand.Text()[:6])
}

// addressed is a run a word is meant for.
type addressed struct {
	id     string
	folder state.Store
	record struct {
		started runner.RunStarted
		states  map[string]runner.State
		batches map[string]fact.BatchRef // of each step, as far as they are known
		doubts  map[string]runner.Key    // of each step, the request nobody knows the fate of
	}
}

// address finds the run a word is meant for. What the environment holds of its secrets goes out of the reason.
func (a *app) address(word string, f *wordFlags) (*addressed, error) {
	to, err := f.address(word)
	if err != nil {
		return nil, err
	}
	a.hideVariables(to.record.started.Params)
	f.reason = a.clean(f.reason)
	return to, nil
}

// address finds the run and how its steps stand by its audit log.
func (f *wordFlags) address(word string) (*addressed, error) {
	folder, err := f.state.folder()
	if err != nil {
		return nil, err
	}
	id, err := state.Find(folder, word)
	if err != nil {
		return nil, err
	}
	to := &addressed{id: id, folder: folder}
	run, _, err := f.state.find(id)
	if err != nil {
		return nil, err
	}
	to.record.started = run.Started
	to.record.states, to.record.batches, to.record.doubts = map[string]runner.State{}, map[string]fact.BatchRef{}, map[string]runner.Key{}
	for _, s := range run.Steps {
		to.record.states[s.ID], to.record.batches[s.ID], to.record.doubts[s.ID] = s.State, s.Batch, s.Newest()
	}
	return to, nil
}

// knows refuses a step the plan does not have.
func (to *addressed) knows(step string) error {
	if _, ok := to.record.states[step]; ok {
		return nil
	}
	hint := ""
	if near := source.Suggest(step, slices.Sorted(maps.Keys(to.record.states))); near != "" {
		hint = fmt.Sprintf("\n\tdid you mean %q?", near)
	}
	return fmt.Errorf("run %s has no step %q%s", to.id, step, hint)
}

// unlikely finds what speaks against a batch run being that of a step, before anybody is asked.
func (to *addressed) unlikely(step, runID string) error {
	for _, other := range slices.Sorted(maps.Keys(to.record.batches)) {
		if b := to.record.batches[other]; other != step && b.RunID == runID {
			return fmt.Errorf("batch run %q is that of step %q already", runID, other)
		}
	}
	code := to.record.batches[step].Code
	if m := runIDForm().FindStringSubmatch(runID); code != "" && m != nil && m[1] != code {
		return fmt.Errorf("batch run %q is one of %s, and step %q is about %s", runID, m[1], step, code)
	}
	return nil
}

// checked asks the scheduler about a batch run an operator names. What it says stands in the word; that it knows no
// such batch run refuses the word.
func (a *app) checked(ctx context.Context, to *addressed, f *wordFlags, step, runID string) (string, error) {
	if f.unchecked {
		return "not checked: on the operator's word alone", nil
	}
	if to.record.started.Simulated {
		return "not checked: the run is simulated", nil
	}
	const hint = "\n\tmend that, or add --unchecked when you are sure: your word alone counts then"
	if err := to.unlikely(step, runID); err != nil {
		return "", fmt.Errorf("%w%s", err, hint)
	}
	site, err := (&targetFlags{name: to.record.started.Target.Name, config: f.config}).pick()
	if err == nil {
		err = a.open(ctx, site)
	}
	if err != nil {
		return "", fmt.Errorf("the batch run could not be checked: %w%s", err, hint)
	}
	defer site.close()
	client, err := site.client()
	if err != nil {
		return "", err
	}
	ctx, cancel := context.WithTimeoutCause(ctx, checkLimit, fmt.Errorf("no answer in %s", readable.Duration(checkLimit)))
	defer cancel()
	desk := dispatch.New(client, site.tokens, to.id)
	if !desk.Ready() {
		if err := desk.Fetch(ctx); err != nil {
			return "", exitcode.With(exitcode.Unreachable, fmt.Errorf("the batch run could not be checked: %w%s", err, hint))
		}
	}
	seen, _, err := desk.Look(ctx, runID, nil, runner.BatchObserved{})
	if call, ok := errors.AsType[*ofs.CallError](err); ok && call.Kind == ofs.KindRefused {
		return "", fmt.Errorf("the scheduler does not know batch run %q: %w%s", runID, err, hint)
	}
	if err != nil {
		return "", exitcode.With(exitcode.Unreachable, fmt.Errorf("the batch run could not be checked: %w%s", err, hint))
	}
	return fmt.Sprintf("the scheduler says that %s is %s (code %d)", runID, readable.Words(seen.Status), seen.Code), nil
}

// hearLimit is how long a command waits for the process that holds the run to take its word in.
const hearLimit = 30 * time.Second

// said is what became of a word.
type said struct {
	Run    string `json:"run"`
	Word   string `json:"word"`
	Record int64  `json:"record"`
	Type   string `json:"type"`
	Live   bool   `json:"live"`            // a process runs this run and goes on by itself
	Ended  string `json:"ended,omitempty"` // how the run has ended with this word
}

// say brings a word to its run: into the inbox while a process holds the run, into the audit log by ourselves
// when nobody does. It returns when the word stands in the audit log for good.
func (a *app) say(ctx context.Context, to *addressed, e runner.Event, f *wordFlags) error {
	word, _ := runner.WordOf(e)
	data, err := record.Say(e)
	if err != nil {
		return err
	}
	inbox, posted := to.folder.Inbox(to.id), false
	ctx, cancel := context.WithTimeout(ctx, hearLimit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := a.sayDirectly(to, e)
		if errors.Is(err, state.ErrLocked) && posted {
			var heard error
			if out, heard = to.heard(word.ID, inbox); heard != nil {
				return errors.Join(heard, inbox.Remove(word.ID))
			}
		}
		switch {
		case out != nil:
			return errors.Join(a.heard(out, f), inbox.Remove(word.ID))
		case !errors.Is(err, state.ErrLocked):
			return errors.Join(err, inbox.Remove(word.ID))
		case !posted:
			if err := inbox.Put(word.ID, data); err != nil {
				return exitcode.With(exitcode.AuditLog, err)
			}
			posted = true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return exitcode.With(exitcode.AlreadyRunning, fmt.Errorf("%w, and it did not take the word in within %s\n\tthe word waits in its inbox; see later with: ofsplan show %s", err, readable.Duration(hearLimit), to.id))
		}
	}
}

// sayDirectly puts a statement on record in a run nobody drives. One that the process which drove it has taken in
// meanwhile is found in the audit log.
func (a *app) sayDirectly(to *addressed, e runner.Event) (out *said, err error) {
	h, err := resume.TakeUp(to.folder, to.id, resume.Answer{}, time.Now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, h.Close()) }()
	word, _ := runner.WordOf(e)
	found, err := resume.Find(h.Records, h.ID, word.ID)
	if found != nil {
		found.End = h.Outcome()
	}
	if found != nil || err != nil {
		return to.said(found, word.ID, false), err
	}
	tool := runner.Tool{Version: thisBuild().Version, Machine: runner.MachineVersion}
	now, err := h.Say(e, runner.RunResumed{By: a.whoAsks(), Tool: tool})
	if err != nil {
		return nil, err
	}
	return to.said(&now, word.ID, false), nil
}

// said is what became of a statement, for people and programs; nil when nothing has yet.
func (to *addressed) said(s *resume.Said, word string, live bool) *said {
	if s == nil {
		return nil
	}
	out := &said{Run: to.id, Word: word, Record: s.Record, Type: s.Event.Type(), Live: live}
	if s.End != nil {
		out.Ended = string(s.End.Outcome)
	}
	return out
}

// heard looks for a word in the audit log of a run that goes on; nil, nil when it is not there for good yet. One that
// was refused is an error. The letter leaves the inbox when its record is durable, and not before.
func (to *addressed) heard(word string, inbox state.Inbox) (*said, error) {
	waits, err := inbox.Waits(word)
	if waits || err != nil {
		return nil, err
	}
	f, err := to.folder.Open(to.id)
	if err != nil {
		return nil, exitcode.With(exitcode.AuditLog, err)
	}
	defer f.Close()
	for rec, err := range audit.Records(f) {
		if _, bad := errors.AsType[*audit.LineError](err); bad {
			break // it is being written
		}
		if err != nil {
			return nil, exitcode.With(exitcode.AuditLog, err)
		}
		if found, err := resume.About(rec.Record, to.id, word); found != nil || err != nil {
			return to.said(found, word, true), err
		}
	}
	return nil, nil
}

// heard tells that a word is on record, and what to do next.
func (a *app) heard(out *said, f *wordFlags) error {
	if f.asJSON {
		return a.PrintJSON(out)
	}
	fmt.Fprintf(a.Out, "%s is record %d of run %s\n", out.Type, out.Record, out.Run)
	switch {
	case out.Ended != "" && out.Ended != string(fact.InDoubt):
		fmt.Fprintf(a.Out, "the run has ended: %s\n", out.Ended)
	case out.Ended != "":
		fmt.Fprintf(a.Out, "the run has stopped in doubt; what a person has to say with ofsplan resolve is told by: ofsplan show %s\n", out.Run)
	case out.Live:
		fmt.Fprintf(a.Out, "its process goes on by itself; see: ofsplan show %s\n", out.Run)
	default:
		fmt.Fprintf(a.Out, "nobody drives the run; go on with: ofsplan resume %s\n", out.Run)
	}
	return nil
}
