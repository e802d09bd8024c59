package cli

import (
	"context"
	"crypto/rand"
	"errors"
	"fmt"
	"io/fs"
	mathrand "math/rand/v2"
	"runtime/debug"
	"strconv"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/view"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/local"
	"ofsplan/runner/record"
)

// session is one run of one plan, from its parameters to its exit code.
type session struct {
	plan     *plan.Plan
	given    []plan.Given
	site     *site
	folder   state.Store
	resolved *plan.Resolved
	logFlags logFlags
	spoken
	sealing
	log    *operatorLog // once the run has begun
	ending ending
}

// spoken is what an operator says with the start of a run. The zero spoken is nothing.
type spoken struct {
	skip    []string // steps left out
	again   bool     // it is started although another run has been
	reason  string
	despite *meeting // what again set aside; nil: nothing was in the way
}

// sealing says what becomes of sensitive parameters.
type sealing struct {
	sends bool      // they leave in real requests; else stand-ins take their place
	key   state.Key // of their digests; zero when there are none
}

// ending is what a run leaves behind.
type ending struct {
	result drive.Result
	head   audit.Head
	seen   runner.BatchObserved // the last answer that was written
	err    error                // why the run could not go on; nil when it ended or was detached
}

// resolveAt binds the plan to a moment under a new run id.
func (a *app) resolveAt(s *session, now time.Time) error {
	id, err := state.NewRunID(now, s.plan.Name, suffix(now))
	if err != nil {
		return err
	}
	s.resolved, err = s.plan.Resolve(plan.Inputs{Given: s.given, Now: now, RunID: id, Target: s.site.Name})
	if err != nil || !s.sends {
		return err
	}
	return a.unseal(s.resolved, s.given)
}

// suffix ends a run id: the microsecond of its start, so that runs of one second are in order, and a little
// chance, so that two of one microsecond differ.
func suffix(now time.Time) string {
	micros := strconv.FormatInt(int64(now.Nanosecond()/1000), 36)
	return strings.Repeat("0", 4-len(micros)) + micros + strings.ToLower(rand.Text()[:2])
}

// carryOut runs the session until it ends or ctx does. The error is why it did not begin; how a run that began
// has ended is in s.ending.
func (a *app) carryOut(ctx context.Context, s *session) (err error) {
	if err := s.preflight(); err != nil {
		return err
	}
	if err := a.open(ctx, s.site); err != nil {
		return err
	}
	defer s.site.close()
	client, err := s.site.client()
	if err != nil {
		return err
	}
	switch err := s.room(); {
	case errors.Is(err, state.ErrNoRoom):
		return exitcode.With(exitcode.AuditLog, fmt.Errorf("nothing was started: %w", err))
	case err != nil:
		return err
	}
	if s.key, err = s.digestKey(); err != nil {
		return err
	}
	journal, err := a.begin(s)
	if err != nil {
		return err
	}
	desk := dispatch.New(client, s.site.tokens, s.resolved.RunID)
	if s.sends {
		desk.Revealing(s.resolved.Reveal)
	}
	cfg := drive.Config{Desk: desk, Journal: journal}
	s.log = a.operatorLog(&s.logFlags, s.resolved.RunID, s.plan, s.site.simulated)
	a.warnings(s)
	defer func() { err = errors.Join(err, journal.Close()) }()
	cfg.Opening = s.opening(ctx, a)
	s.drive(ctx, runner.NewMachine(s.resolved), journal, cfg)
	return nil
}

// largePlan is from how many steps on a run trades processor time for memory: it mostly waits, and may do so beside
// much else on the machine. Small heaps are left alone, since collecting them that often would cost more than it saves.
const largePlan = 1000

// frugal makes a large run hold little more than it needs until the returned function is called.
func (s *session) frugal() func() {
	if len(s.plan.Steps) < largePlan {
		return func() {}
	}
	before := debug.SetGCPercent(25)
	debug.FreeOSMemory() // what loading the plan left
	return func() { debug.SetGCPercent(before) }
}

// drive lets the run go on until it ends or ctx does, and keeps how it was left in s.ending.
func (s *session) drive(ctx context.Context, m *runner.Machine, journal *state.Run, cfg drive.Config) {
	defer s.frugal()()
	cfg.Inbox = s.folder.Inbox(s.resolved.RunID)
	cfg.Limits = drive.Limits{RequestsPerSecond: s.site.Limits.RequestsPerSecond, ConcurrentCalls: s.site.Limits.ConcurrentCalls}
	cfg.Jitter = mathrand.Float64
	cfg.Observers = drive.Observers{
		Turn: func(t record.Turn) {
			if seen, ok := t.Event.(runner.BatchObserved); ok {
				s.ending.seen = seen
			}
			s.log.turn(t)
		},
		Note: s.log.note,
	}
	cfg.Room = s.room
	if ledger := s.folder.Ledger(); ledger != nil {
		once := s.guard(view.Site{}).key
		cfg.Head = func() error { return ledger.Keep(journal.Head(), once) }
	}
	s.ending.result, s.ending.err = drive.Run(ctx, local.New(), m, cfg)
	s.ending.head = journal.Head()
}

// room tells why nothing new may be started: the disk of the state folder is nearly full.
func (s *session) room() error {
	reserve, err := reserve()
	if err != nil {
		return err
	}
	return s.folder.Room(reserve)
}

// begin makes the run's folder, lock and journal. An id that is taken, by a run of the same second and suffix,
// is drawn again.
func (a *app) begin(s *session) (*state.Run, error) {
	const tries = 8
	for range tries {
		journal, err := s.folder.Begin(s.resolved.RunID)
		switch {
		case err == nil:
			return journal, nil
		case errors.Is(err, state.ErrLocked):
			return nil, exitcode.With(exitcode.AlreadyRunning, err)
		case !errors.Is(err, fs.ErrExist):
			return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("the audit log cannot be written, so nothing was started: %w\n\tmake %s writable; a plan without once can also be run with another --state-dir, which knows nothing of the runs kept here", err, s.folder.Where()))
		}
		if err := a.resolveAt(s, s.resolved.StartedAt); err != nil {
			return nil, err
		}
	}
	return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("no free run id in %s", s.folder.Where()))
}

// opening are the events that begin the run: who and where, and every file the plan was read from.
func (s *session) opening(ctx context.Context, a *app) []runner.Event {
	r := s.resolved
	started := runner.StartOf(r)
	started.Target, started.Simulated, started.By = s.site.facts(), s.site.simulated, a.whoAsks()
	started.Tool = runner.Tool{Version: thisBuild().Version, Machine: runner.MachineVersion}
	started.Params, started.Once = s.digested(started.Params), s.once()
	started.Skip, started.Reason = s.skip, s.reason
	if r.File != callFile {
		started.Git = gitState(ctx, r.File)
	}
	return append([]runner.Event{started}, runner.Pins(r)...)
}

// warnings tells what is not as it should be before anything starts.
func (a *app) warnings(s *session) {
	for _, w := range s.concerns() {
		a.warn(s.log, fmt.Sprintf("target %q: %s", s.site.Name, w))
	}
	losses, err := state.Losses(s.folder)
	if err != nil {
		a.warn(s.log, err.Error())
	}
	for _, l := range losses {
		if l.Acknowledged == nil {
			a.warn(s.log, l.What+"; find out why, then say so: ofsplan audit acknowledge "+l.Head.Run+` --reason "WHY"`)
		}
	}
}
