package operate

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"strconv"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/forecast"
	"ofsplan/internal/history"
	"ofsplan/internal/trust"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/local"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// A Run is one that this process has made its own, with an open target, ready to be driven.
type Run struct {
	Resolved *plan.Resolved
	Store    state.Store
	conn     *Connection
	journal  *state.Run
	machine  *runner.Machine
	about    state.About  // what the ledger says of it
	loop     drive.Config // what its loop needs, but for what Drive adds
	deaf     []string     // channels that could not be used when it began
	// Here is what a command line about the run has to say again, such as --state-dir; it stands in messages to people. Empty: nothing.
	Here    string
	release func() error // closes the journal and unlocks the run; of a run that was taken up, TakenUp.Close does that
}

// Begin opens the target and makes the run's audit log. When it returns an error, nothing was sent.
func (p *Prepared) Begin(ctx context.Context) (*Run, error) {
	desk, err := p.Target.deskForShow(p.env, p.Resolved.RunID)
	if err != nil {
		return nil, err
	}
	if err := forecast.CheckTarget(p.Resolved, desk); err != nil {
		return nil, err
	}
	if err := p.Target.CheckChannels(p.Plan); err != nil {
		return nil, err
	}
	conn, err := p.Target.Open(ctx, p.env)
	if err != nil {
		return nil, err
	}
	run, err := p.beginAt(ctx, conn)
	if err != nil {
		conn.Close()
		return nil, err
	}
	return run, nil
}

// beginAt begins the run at an open target.
func (p *Prepared) beginAt(ctx context.Context, conn *Connection) (*Run, error) {
	client, err := conn.Client()
	if err != nil {
		return nil, err
	}
	switch err := p.Store.Room(p.env.Reserve); {
	case errors.Is(err, state.ErrNoRoom):
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("nothing was started: %w", err))
	case err != nil:
		return nil, err
	}
	if err := p.lookBack(ctx, client, conn.Tokens); err != nil {
		return nil, err
	}
	key, err := p.digestKey()
	if err != nil {
		return nil, err
	}
	journal, err := p.journal()
	if err != nil {
		return nil, err
	}
	desk := dispatch.New(client, conn.Tokens, p.Resolved.RunID)
	if p.sends() {
		desk.Revealing(p.Resolved.Reveal)
	}
	return &Run{
		deaf:     p.Target.deaf(ctx, p.env, p.Plan),
		Resolved: p.Resolved, Store: p.Store, conn: conn, journal: journal, machine: runner.NewMachine(p.Resolved), about: resume.AboutRun(runner.StartOf(p.Resolved)),
		loop: drive.Config{Desk: desk, Journal: journal, Opening: p.opening(ctx, key)}, release: journal.CloseOrDiscard,
	}, nil
}

// journal makes the run's audit log, and this process its owner. An id that is taken, by a run of the same second and
// suffix, is drawn again.
func (p *Prepared) journal() (*state.Run, error) {
	const tries = 8
	for range tries {
		journal, err := p.Store.Begin(p.Resolved.RunID)
		switch {
		case err == nil:
			return journal, nil
		case errors.Is(err, state.ErrLocked):
			return nil, exitcode.With(exitcode.AlreadyRunning, err)
		case errors.Is(err, trust.ErrOthers):
			return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("nothing was started: %w", err))
		case TooManyFiles(err):
			return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("the audit log cannot be written, so nothing was started: %w\n\tthis program may not open more files: raise its limit (ulimit -n, LimitNOFILE= of a systemd unit)", err))
		case !errors.Is(err, fs.ErrExist):
			return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("the audit log cannot be written, so nothing was started: %w\n\tmake %s writable; a plan without once can also be run with another --state-dir, which knows nothing of the runs kept here", err, p.Store.Where()))
		}
		if err := p.bind(p.Resolved.StartedAt); err != nil {
			return nil, err
		}
	}
	return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("no free run id in %s", p.Store.Where()))
}

// suffix ends a run id: the microsecond of its start, so that runs of one second are in order, and a little
// chance, so that two of one microsecond differ.
func suffix(now time.Time) string {
	micros := strconv.FormatInt(int64(now.Nanosecond()/1000), 36)
	return strings.Repeat("0", 4-len(micros)) + micros + strings.ToLower(rand.Text()[:2])
}

// opening are the events that begin the run: who and where, and every file the plan was read from.
func (p *Prepared) opening(ctx context.Context, key state.Key) []runner.Event {
	e := runner.StartOf(p.Resolved)
	e.Target, e.Simulated = p.Target.facts(), p.Target.Simulated
	e.By, e.Tool = p.env.By, p.env.Tool
	e.Params, e.Once = p.withDigests(e.Params, key), p.onceRecord()
	e.Skip, e.Reason, e.Approver = p.Resolved.Skip, p.Reason, p.starter
	if !p.NoFile {
		e.Git = gitState(ctx, e.File, p.env.Secrets)
	}
	events := append([]runner.Event{e}, runner.Pins(p.Resolved)...)
	if usual := p.usual(); usual != nil {
		events = append(events, *usual)
	}
	return events
}

// usual is what history says of the plan's batches, for the forecasts of a run that has a deadline; nil where nobody will ask, or nothing
// can be told.
func (p *Prepared) usual() *runner.HistoryRead {
	if p.Resolved.DueAt.IsZero() || p.Target.Simulated {
		return nil
	}
	h, err := history.Read(p.Store)
	if err != nil { // forecasts are made without it
		return nil
	}
	e := h.About(p.Resolved)
	return &e
}

// Deaf are the channels of its plan that could not be used when the run began, as warnings.
func (r *Run) Deaf() []string { return r.deaf }

// Simulated reports whether the run is one against a simulated scheduler.
func (r *Run) Simulated() bool { return r.conn.target.Simulated }

// Close lets go of the target, and of the run that was begun.
func (r *Run) Close() error {
	err := r.release()
	r.conn.Close()
	return err
}

// Drive lets the run go on until it ends or ctx does. Its loop calls the observers, and keeps the run's head in the ledger.
func (r *Run) Drive(ctx context.Context, observers drive.Observers) Ending {
	target, cfg := r.conn.target, r.loop
	cfg.Senses = r.senses()
	cfg.Inbox, cfg.Who = r.Store.Inbox(r.Resolved.RunID), r.conn.env.who(r.Simulated())
	cfg.Limits = drive.Limits{RequestsPerSecond: target.Limits.RequestsPerSecond, ConcurrentCalls: target.Limits.ConcurrentCalls, OpenFiles: openFiles()}
	cfg.Jitter = mathrand.Float64
	cfg.Teller, cfg.Withheld = r.people(), withheld
	cfg.Room = func() error { return r.Store.Room(r.conn.env.Reserve) }
	var took history.Watcher
	cfg.Observers = observers
	cfg.Turn = func(t record.Turn) {
		took.Turn(t)
		if observers.Turn != nil {
			observers.Turn(t)
		}
	}
	if ledger := r.Store.Ledger(); ledger != nil {
		cfg.Head = func() error { return ledger.Keep(r.journal.Head(), r.about) }
	}
	result, err := drive.Run(ctx, local.New(), r.machine, cfg)
	if len(took.Times()) > 0 {
		_ = history.Keep(r.Store, took.Times()) // it is drawn from the logs again when it lacks something
	}
	return Ending{Result: result, Head: r.journal.Head(), Ledger: ledgerEnd(r.Store), Err: err}
}

// An Ending is how a run was left.
type Ending struct {
	drive.Result
	Head   audit.Head       // of its audit log
	Ledger state.LedgerHead // the end of the ledger then; the zero LedgerHead: there is none
	Err    error            // why it could not go on; nil when it ended, or was left on purpose
}

// ledgerEnd is where the ledger of a store ends, for whoever keeps what is printed. A ledger that cannot be read has no end that anybody
// could vouch for; whoever wrote to it was told.
func ledgerEnd(store state.Store) state.LedgerHead {
	ledger := store.Ledger()
	if ledger == nil {
		return state.LedgerHead{}
	}
	end, err := ledger.End()
	if err != nil {
		return state.LedgerHead{}
	}
	return end
}

// Code is the ending as one number: of several that apply, the worst.
func (e Ending) Code() exitcode.Code { return e.Exit(e.Err) }

// NothingSent reports whether nothing can have been sent: no contact was made, or the audit log took no record.
func (e Ending) NothingSent() bool { return errors.Is(e.Err, drive.ErrNoContact) || e.Head.Count == 0 }
