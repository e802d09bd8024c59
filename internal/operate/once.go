package operate

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"slices"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/runner"
)

// How a run stands where its journal alone does not say it. The other states are those of [fold.OnceState].
const (
	Running fold.OnceState = "running" // another process has locked it
	Lost    fold.OnceState = "lost"    // its audit log is gone, or is not what it was
)

// Found is what stands in the way of a run: the newest of those before it that count as the same.
type Found struct {
	Once    string         // the value of the key they share
	About   string         // what counts as the same, for people
	Run     string         // its id; empty: a process is about to begin one or to take one up
	Journal string         // where its audit log is; empty when there is no id
	State   fold.OnceState // or Running, or Lost
	By      state.Holder   // the process that has it, while it goes on
	Past    *fold.Run      // what it came to; nil of one that goes on or is lost
	Loss    *Loss          // of one that is lost
}

// Loss is what speaks against believing an audit log.
type Loss struct {
	What string // as the end of a sentence about the run
	Gone bool   // there is none
	Do   string // what can be done
}

// Code is what a start ends with that finds this.
func (f *Found) Code() exitcode.Code {
	switch f.State {
	case Running:
		return exitcode.AlreadyRunning
	case Lost:
		return exitcode.AuditLog
	case fold.OnceDone:
		return exitcode.Succeeded
	case fold.OnceInDoubt:
		return exitcode.InDoubt
	}
	return exitcode.Failed
}

// LeftOut are the steps that its start left out, where that matters: all others have succeeded.
func (f *Found) LeftOut() []string {
	if f.State != fold.OnceInPart {
		return nil
	}
	return f.Past.Started.Skip
}

// MayGoOn reports whether a batch run of it may go on, or a request of it is in doubt, as far as its records tell: to start all of it
// anew could do the work twice.
func (f *Found) MayGoOn() bool {
	return f.Past != nil && slices.ContainsFunc(f.Past.Steps, func(s *fold.Step) bool { return len(s.Unsettled) > 0 || f.Past.GoesOn(s) })
}

// String says it for people.
func (f *Found) String() string {
	switch {
	case f.State == Running && f.Run == "":
		return "a process is about to begin or to take up a run of it: " + f.By.String()
	case f.State == Running:
		return fmt.Sprintf("run %s goes on, held by %v", f.Run, f.By)
	case f.State == Lost:
		return fmt.Sprintf("run %s began, and %s", f.Run, f.Loss.What)
	}
	when := ""
	switch at := f.Past.FinishedAt.UTC().Format(time.RFC3339); {
	case f.Past.End != nil && f.State != fold.OnceInDoubt:
		when = ", ended " + at + ","
	case !f.Past.FinishedAt.IsZero():
		when = ", left " + at + ","
	}
	text := fmt.Sprintf("run %s%s %s", f.Run, when, f.State.Describe())
	if f.State == fold.OnceInPart {
		text += fmt.Sprintf(": %s (%s)", strings.Join(f.LeftOut(), ", "), audit.Printable(f.Past.Started.Reason))
	}
	return text
}

// A SupersededError refuses to go on with a run when one of the same key that counts began after it: that one has done
// the work, or is there to be gone on with.
type SupersededError struct {
	Run string
	By  *Found
}

// Error says which run counts.
func (e *SupersededError) Error() string {
	return fmt.Sprintf("run %s was not taken up: a later run counts for %s: %v\n\tgoing on with both could do the work twice", e.Run, e.By.About, e.By)
}

// ExitCode is that of wrong usage, unless the later run goes on.
func (e *SupersededError) ExitCode() exitcode.Code {
	if e.By.State == Running {
		return exitcode.AlreadyRunning
	}
	return exitcode.Usage
}

// A onceLock lets one process at a time begin a run of a once key, or take one up, and finds the runs of that key (law L8). Whoever
// takes both it and the lock of a run takes it first. The zero onceLock is that of a run which may be started as often as one likes.
type onceLock struct {
	key   string
	value string
	about string // what counts as the same, for people
	store state.Store
	lock  io.Closer // nil: it is not taken
}

// newOnceLock is the lock for a run that began, or is about to. Simulated runs count for nothing.
func newOnceLock(e runner.RunStarted, store state.Store) *onceLock {
	o := &onceLock{key: e.OnceKey(), store: store}
	if o.key == "" || store.IsSimulated() {
		return &onceLock{}
	}
	o.value = e.Once.Value
	o.about = fmt.Sprintf("%s (once %q", audit.Printable(e.Plan), o.value)
	if e.MISDate != "" {
		o.about += ", misdate " + e.MISDate
	}
	o.about += ", target " + audit.Printable(e.Target.Name) + ")"
	return o
}

// release lets go of the key, if it was taken.
func (o *onceLock) release() error {
	if o.lock == nil {
		return nil
	}
	err := o.lock.Close()
	o.lock = nil
	return err
}

// take takes the key. A process that has it is what is found.
func (o *onceLock) take() (found *Found, err error) {
	if o.key == "" {
		return nil, nil
	}
	o.lock, err = o.store.Once(o.key)
	if taken, ok := errors.AsType[*state.LockedError](err); ok {
		return o.takenBy(taken.Holder)
	}
	if err != nil {
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("nobody can say whether %s is running already, so nothing was started: %w", o.about, err))
	}
	if err := state.IndexClaims(o.store, o.keyOf); err != nil {
		return nil, errors.Join(o.unknown(err), o.release())
	}
	return nil, nil
}

// keyOf is the once key that a run began with, by its own audit log.
func (o *onceLock) keyOf(run string) (string, error) {
	e, err := startOf(o.store, run)
	return e.OnceKey(), err
}

// unknown is the error of not knowing the runs of the key.
func (o *onceLock) unknown(err error) error {
	return exitcode.With(exitcode.AuditLog, fmt.Errorf("nobody can say whether %s has run already, so nothing was started: %w", o.about, err))
}

// takenBy is what is found when a process has the key: the newest run of the key that is locked, or no run where that process
// has not begun one yet.
func (o *onceLock) takenBy(who state.Holder) (*Found, error) {
	claims, err := o.claims()
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Backward(claims) {
		if _, locked, err := o.store.Locked(c.Run); err == nil && locked {
			return o.live(c.Run, who), nil
		}
	}
	return &Found{Once: o.value, About: o.about, State: Running, By: who}, nil
}

// live is what is found of a run that a process has locked.
func (o *onceLock) live(run string, who state.Holder) *Found {
	found := o.foundRun(run, Running)
	found.By = who
	return found
}

func (o *onceLock) foundRun(run string, s fold.OnceState) *Found {
	return &Found{Once: o.value, About: o.about, Run: run, Journal: o.store.WhereLog(run), State: s}
}

// claims are the runs that began with the key, in order.
func (o *onceLock) claims() ([]state.Claim, error) {
	claims, err := state.Claims(o.store, o.key, o.keyOf)
	if err != nil {
		return nil, o.unknown(err)
	}
	return claims, nil
}

// startOf is how a run began; the zero RunStarted when its audit log does not say.
func startOf(store state.Store, run string) (runner.RunStarted, error) {
	f, err := store.Open(run)
	if err != nil {
		return runner.RunStarted{}, err
	}
	defer f.Close()
	return fold.Began(f)
}

// foresee is what a run would find that began now. Nothing is locked, so that it may be otherwise a moment later.
func (o *onceLock) foresee() (*Found, error) {
	if o.key == "" {
		return nil, nil
	}
	who, locked, err := o.store.OnceLocked(o.key)
	switch {
	case err != nil:
		return nil, err
	case locked:
		return o.takenBy(who)
	}
	return o.prior("")
}

// prior finds the newest run of the key that counts and began after the one named; with no name, the newest of all. Nil: there
// is none. A run that stands as [fold.OnceUnstarted] does not count.
func (o *onceLock) prior(after string) (*Found, error) {
	if o.key == "" {
		return nil, nil
	}
	claims, err := o.claims()
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Backward(claims) {
		if c.Run == after {
			return nil, nil
		}
		found, err := o.assess(c)
		if found != nil || err != nil {
			return found, err
		}
	}
	return nil, nil
}

// assess finds how one run stands, by its lock and its journal, which must be what the ledger knows of it. Nil: the run does
// not count.
func (o *onceLock) assess(c state.Claim) (*Found, error) {
	if who, locked, err := o.store.Locked(c.Run); err != nil || locked {
		return o.live(c.Run, who), exitcode.With(exitcode.AuditLog, err)
	}
	run, loss, err := readVerified(o.store, audit.Expect{Run: c.Run, Head: c.Head})
	if err != nil {
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s of %s cannot be looked at, so nothing was started: %w", c.Run, o.about, err))
	}
	if loss != nil {
		found := o.foundRun(c.Run, Lost)
		found.Loss = loss
		return found, nil
	}
	found := o.foundRun(c.Run, run.OnceState())
	if found.State == fold.OnceUnstarted {
		return nil, nil
	}
	found.Past = run
	return found, nil
}

// readVerified reads a journal that no process writes. One that is gone, or is not what the ledger knows of it, is a Loss: what
// such a run has started cannot be known from it (law L1). A journal without a record is the zero Run.
func readVerified(store state.Store, want audit.Expect) (*fold.Run, *Loss, error) {
	f, err := store.Open(want.Run)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &Loss{
			What: "its audit log is gone", Gone: true,
			Do: "tells what is missing of this state folder: put it back, or look at the scheduler's monitor for what that run had started",
		}, nil
	}
	if err != nil {
		return nil, nil, err
	}
	defer f.Close()
	verdict, err := audit.Verify(f, want)
	if err != nil {
		return nil, nil, err
	}
	if p := verdict.Problem; p != nil && verdict.State == audit.Broken {
		return nil, &Loss{What: fmt.Sprintf("its audit log is not what it was: record %d: %s", p.Record, p.What), Do: p.Do}, nil
	}
	if verdict.Head.Count == 0 {
		return &fold.Run{}, nil, nil
	}
	if _, err = f.Seek(0, io.SeekStart); err != nil {
		return nil, nil, err
	}
	run, err := fold.Read(f)
	return run, nil, err
}
