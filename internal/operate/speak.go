package operate

import (
	"cmp"
	"context"
	"errors"
	"fmt"
	"io/fs"
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/readable"
	"ofsplan/internal/source"
	"ofsplan/internal/trust"
	"ofsplan/ofs"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// Addressed is a run that a statement is meant for, as its audit log says it stands.
type Addressed struct {
	store state.Store
	run   *fold.Run
	env   *Env
}

// Address finds the run that an operator means, see [Find].
func Address(env *Env, store state.Store, name string) (*Addressed, error) {
	id, err := Find(store, name)
	if err != nil {
		return nil, err
	}
	f, err := store.Open(id)
	if err != nil {
		return nil, fmt.Errorf("the audit log cannot be read: %w", err)
	}
	defer f.Close()
	run, err := fold.Read(f)
	if err != nil {
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("%s: %w", store.WhereLog(id), err))
	}
	run.ID = id
	env.learnVariables(run.Started.Params)
	return &Addressed{store, run, env}, nil
}

// step is what the audit log says of a step; nil when the plan has none of that name.
func (to *Addressed) step(id string) *fold.Step {
	i := slices.IndexFunc(to.run.Steps, func(s *fold.Step) bool { return s.ID == id })
	if i < 0 {
		return nil
	}
	return to.run.Steps[i]
}

// Knows refuses a step that the plan does not have.
func (to *Addressed) Knows(step string) error {
	if to.step(step) != nil {
		return nil
	}
	var ids []string
	for _, s := range to.run.Steps {
		ids = append(ids, s.ID)
	}
	slices.Sort(ids)
	hint := ""
	if near := source.Suggest(step, ids); near != "" {
		hint = fmt.Sprintf("\n\tdid you mean %q?", near)
	}
	return fmt.Errorf("run %s has no step %q%s", to.run.ID, step, hint)
}

// Newest is the request of a step that nobody knows the fate of, the newest, when there are several, or the approval that it asks for.
// The zero Key: there is none.
func (to *Addressed) Newest(step string) runner.Key {
	s := to.step(step)
	switch {
	case s == nil:
		return runner.Key{}
	case s.Asks != runner.Key{}:
		return s.Asks
	}
	return s.Newest()
}

// Asks is the approval that a step asks for, as its author sees it now; an error when it asks for none.
func (to *Addressed) Asks(step string) (runner.Key, error) {
	s := to.step(step)
	switch {
	case s.Asks != runner.Key{}:
		return s.Asks, nil
	case s.Def != nil && s.Def.Approval() == nil:
		return runner.Key{}, fmt.Errorf("step %q of run %s asks for no approval: its verb is %s", step, to.run.ID, s.Def.Do.Keyword())
	}
	return runner.Key{}, fmt.Errorf("step %q of run %s is %s, and asks for no word", step, to.run.ID, readable.Words(s.State))
}

// Statement is what every statement to the run has: who makes it, and why. What the environment holds of the run's secrets
// goes out of the reason.
func (to *Addressed) Statement(reason string) runner.Statement {
	return to.env.statement(to.env.clean(reason))
}

// Unchecked is what stands in a statement about a batch run that nobody asked the scheduler about.
const Unchecked = "not checked: on the operator's word alone"

// Check asks the scheduler about a batch run that an operator names for a step. What it says stands in the statement; that
// it knows no such batch run, or cannot be asked, is an error. Config is the path of the targets file, see [Choice].
func (to *Addressed) Check(ctx context.Context, config, step, batchRun string) (string, error) {
	if to.run.Started.Simulated {
		return "not checked: the run is simulated", nil
	}
	const hint = "\n\tmend that, or add --unchecked when you are sure: your word alone counts then"
	if err := to.contradicts(step, batchRun); err != nil {
		return "", fmt.Errorf("%w%s", err, hint)
	}
	desk, closing, err := to.desk(ctx, config)
	if err != nil {
		return "", fmt.Errorf("the batch run could not be checked: %w%s", err, hint)
	}
	defer closing()
	ctx, cancel, err := withToken(ctx, desk)
	defer cancel()
	var seen runner.BatchObserved
	if err == nil {
		seen, err = ask(ctx, desk, batchRun)
	}
	if refusedToTell(err) {
		return "", fmt.Errorf("the scheduler does not know batch run %q: %w%s", batchRun, err, hint)
	}
	if err != nil {
		return "", exitcode.With(exitcode.Unreachable, fmt.Errorf("the batch run could not be checked: %w%s", err, hint))
	}
	return fmt.Sprintf("the scheduler says that %s is %s (code %d)", batchRun, readable.Words(seen.Status), seen.Code), nil
}

// desk is one at the target that the run began with, to ask at, and what closes it.
func (to *Addressed) desk(ctx context.Context, config string) (*dispatch.Desk, func(), error) {
	target, err := Choice{Name: to.run.Started.Target.Name, Config: config}.Target()
	if err != nil {
		return nil, nil, err
	}
	conn, err := target.Open(ctx, to.env)
	if err != nil {
		return nil, nil, err
	}
	desk, err := conn.desk(to.run.ID)
	if err != nil {
		conn.Close()
		return nil, nil, err
	}
	return desk, conn.Close, nil
}

// Looked is a statement with what the scheduler says of the batch runs beside which it would let others be started: of those of a
// step that gets another attempt, and of those that are not known to have ended of steps that wait again. One that goes on is a
// [BesideError], one that cannot be asked about an [AskError]. With unasked, nobody is asked, and the operator's word alone counts.
func (to *Addressed) Looked(ctx context.Context, config string, e runner.Event, unasked bool) (runner.Event, error) {
	asks := e
	if said, is := e.(runner.OperatorResolved); is && said.As == runner.AsSucceeded { // of a step without a request in doubt it is a mark
		asks = runner.OperatorMarked{Step: said.Step}
	}
	var about []runner.Startable
	_, retries := e.(runner.OperatorRetried)
	for _, a := range to.run.StartsAgain(asks) {
		if retries && a.Step == e.Subject().Step || !a.Status.Final() {
			about = append(about, a)
		}
	}
	if about = distinct(about); len(about) == 0 {
		return e, nil
	}
	if unasked || to.run.Started.Simulated {
		return runner.Looked(e, unchecked(about)), nil
	}
	desk, closing, err := to.desk(ctx, config)
	if err != nil {
		return nil, &AskError{about[0].Run.RunID, err}
	}
	defer closing()
	looks, err := lookAt(ctx, desk, about)
	if err == nil {
		err = besides(to.run.ID, to.run.Started.Target.Name, about, looks, to.run.MayAdopt)
	}
	if err != nil {
		return nil, err
	}
	return runner.Looked(e, looks), nil
}

// contradicts finds what speaks against a batch run being that of a step, before anybody is asked.
func (to *Addressed) contradicts(step, batchRun string) error {
	if s := to.step(step); s != nil && s.Answered == batchRun {
		return nil // the scheduler itself named it, and a person has looked
	}
	others := slices.Clone(to.run.Steps)
	slices.SortFunc(others, func(a, b *fold.Step) int { return cmp.Compare(a.ID, b.ID) })
	for _, s := range others {
		if s.ID != step && s.Batch.RunID == batchRun {
			return fmt.Errorf("batch run %q is that of step %q already", batchRun, s.ID)
		}
	}
	s := to.step(step)
	if code := ofs.RunCode(batchRun); s != nil && s.Batch.Code != "" && code != batchRun && code != s.Batch.Code {
		return fmt.Errorf("batch run %q is one of %s, and step %q is about %s", batchRun, code, step, s.Batch.Code)
	}
	return nil
}

// takeInLimit is how long the process that has the run may take until a statement is on record.
const takeInLimit = 30 * time.Second

// Said is what became of a statement.
type Said struct {
	Run       string `json:"run"`
	Statement string `json:"word"` // the id of the statement
	Record    int64  `json:"record"`
	Type      string `json:"type"`
	Live      bool   `json:"live"`            // a process runs this run and goes on by itself
	Waits     string `json:"waits,omitempty"` // it is not on record: it waits in the inbox for whoever takes the run up, since its log belongs to this user
	Ended     string `json:"ended,omitempty"` // how the run has ended with this statement

	Event runner.Event `json:"-"` // as it stands on record
}

// Say brings a statement to its run: into the inbox while a process has the run, into the audit log by ourselves
// when nobody does. It returns when the statement stands in the audit log for good. What is said may come with an error: then it
// is on record nevertheless.
func (to *Addressed) Say(ctx context.Context, e runner.Event) (*Said, error) {
	said, _ := runner.StatementOf(e)
	data, err := record.Say(e)
	if err != nil {
		return nil, err
	}
	inbox, posted := to.store.Inbox(to.run.ID), false
	ctx, cancel := context.WithTimeout(ctx, takeInLimit)
	defer cancel()
	tick := time.NewTicker(100 * time.Millisecond)
	defer tick.Stop()
	for {
		out, err := to.sayDirectly(ctx, e)
		if out == nil && posted { // the process that had the run may have taken it in and ended meanwhile
			var refused error
			if out, refused = to.recorded(said.ID, inbox, errors.Is(err, state.ErrLocked)); refused != nil {
				return nil, errors.Join(refused, inbox.Remove(said.ID))
			}
		}
		switch {
		case out != nil:
			return out, inbox.Remove(said.ID)
		case decides(e) && (errors.Is(err, trust.ErrOthers) || errors.Is(err, fs.ErrPermission)):
			return to.leave(e, data, posted)
		case !errors.Is(err, state.ErrLocked):
			return nil, errors.Join(err, inbox.Remove(said.ID))
		case !posted:
			if err := inbox.Put(said.ID, data); err != nil {
				return nil, exitcode.With(exitcode.AuditLog, err)
			}
			posted = true
		}
		select {
		case <-tick.C:
		case <-ctx.Done():
			return nil, exitcode.With(exitcode.AlreadyRunning, fmt.Errorf("%w, and it did not take the word in within %s\n\tthe word waits in its inbox; see later with: ofsplan show %s", err, readable.Duration(takeInLimit), to.run.ID))
		}
	}
}

// decides reports whether a statement is about an approval. Whoever may give that need not be whom the run belongs to.
func decides(e runner.Event) bool {
	switch e.(type) {
	case runner.OperatorApproved, runner.OperatorRejected:
		return true
	}
	return false
}

// leave leaves a statement to a run that nobody drives and that is not ours to write, for whoever takes it up.
func (to *Addressed) leave(e runner.Event, data []byte, posted bool) (*Said, error) {
	said, _ := runner.StatementOf(e)
	if !posted {
		if err := to.store.Inbox(to.run.ID).Put(said.ID, data); err != nil {
			return nil, exitcode.With(exitcode.AuditLog, err)
		}
	}
	return &Said{Run: to.run.ID, Statement: said.ID, Type: e.Type(), Waits: cmp.Or(to.run.Started.By.User, "somebody else"), Event: e}, nil
}

// sayDirectly puts a statement on record in a run nobody drives. One that the process which drove it has taken in
// meanwhile is found in the audit log.
func (to *Addressed) sayDirectly(ctx context.Context, e runner.Event) (out *Said, err error) {
	// Who may leave a letter need not be one who may write the log, and would be refused before the lock is looked at.
	if by, locked, err := to.store.Locked(to.run.ID); err != nil || locked {
		if err == nil {
			err = fmt.Errorf("run %q: %w", to.run.ID, &state.LockedError{Holder: by})
		}
		return nil, exitcode.With(exitcode.AlreadyRunning, err)
	}
	run, err := resume.TakeUp(to.store, to.run.ID, resume.Answer{}, to.env.now)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	statement, _ := runner.StatementOf(e)
	found, err := resume.Find(run.Records, run.ID, statement.ID)
	if found != nil {
		found.End = run.Outcome()
	}
	if found != nil || err != nil {
		return to.said(found, statement.ID, false), err
	}
	if e, err = to.env.identified(ctx, run.Machine, e, to.run.Started.Simulated); err != nil {
		return nil, err
	}
	now, err := run.Say(e, to.env.resumed())
	if err != nil {
		return nil, err
	}
	return to.said(&now, statement.ID, false), nil
}

// said is what became of a statement; nil when nothing has yet.
func (to *Addressed) said(s *resume.Said, statement string, live bool) *Said {
	if s == nil {
		return nil
	}
	out := &Said{Run: to.run.ID, Statement: statement, Record: s.Record, Type: s.Event.Type(), Live: live, Event: s.Event}
	if s.End != nil {
		out.Ended = string(s.End.Outcome)
	}
	return out
}

// recorded looks for a statement in the audit log of a run that a process took it in for, and that goes on or has ended since; nil, nil when
// it is not there for good yet. One that was refused is an error. The letter leaves the inbox when its record is durable, and not before.
func (to *Addressed) recorded(statement string, inbox state.Inbox, live bool) (*Said, error) {
	waits, err := inbox.Waits(statement)
	if waits || err != nil {
		return nil, err
	}
	f, err := to.store.Open(to.run.ID)
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
		if found, err := resume.About(rec.Record, to.run.ID, statement); found != nil || err != nil {
			return to.said(found, statement, live), err
		}
	}
	return nil, nil
}
