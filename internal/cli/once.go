package cli

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
	"ofsplan/internal/view"
	"ofsplan/runner"
)

// What a journal does not tell of how a run stands.
const (
	running fold.OnceState = "running" // its lock is held
	lost    fold.OnceState = "lost"    // its audit log is gone, or is not what it was
)

// A meeting is what a start finds of the runs before it that count as the same: the newest one, and what follows.
type meeting struct {
	ExitCode exitcode.Code  `json:"exit_code"`
	Once     string         `json:"once"`
	Run      string         `json:"run,omitempty"` // empty: a process is about to begin or to take up one
	State    fold.OnceState `json:"state"`
	LeftOut  []string       `json:"left_out,omitempty"` // steps that its start left out
	HeldBy   string         `json:"held_by,omitempty"`
	Journal  string         `json:"journal,omitempty"`
	Found    string         `json:"found"`    // in words
	Commands []view.Command `json:"commands"` // what a person can type now
}

// A guard looks after one once key in one state folder. The zero guard is that of a run which may be started as often
// as one likes.
type guard struct {
	key    string
	about  string // what counts as the same, in words
	once   string
	folder state.Store
	site   view.Site
	lock   io.Closer // nil: it is not taken
}

// guardOf is the guard of a run that began, or is about to. Simulated runs are not looked after.
func guardOf(e runner.RunStarted, folder state.Store, site view.Site) *guard {
	g := &guard{key: e.OnceKey(), folder: folder, site: site}
	if g.key == "" || folder.IsSimulated() {
		return &guard{}
	}
	g.once = e.Once.Value
	g.about = fmt.Sprintf("%s (once %q", audit.Printable(e.Plan), g.once)
	if e.MISDate != "" {
		g.about += ", misdate " + e.MISDate
	}
	g.about += ", target " + audit.Printable(e.Target.Name) + ")"
	return g
}

// close lets go of the key.
func (g *guard) close() error {
	if g.lock == nil {
		return nil
	}
	return g.lock.Close()
}

// take takes the key's lock. A process that holds it is a meeting.
func (g *guard) take() (met *meeting, err error) {
	if g.key == "" {
		return nil, nil
	}
	g.lock, err = g.folder.Once(g.key)
	if taken, ok := errors.AsType[*state.LockedError](err); ok {
		return g.heldBy(taken.Holder)
	}
	if err != nil {
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("nobody can say whether %s is running already, so nothing was started: %w", g.about, err))
	}
	return nil, nil
}

// heldBy is the meeting with whoever holds the key. Which run that is about is found where it has got so far.
func (g *guard) heldBy(who state.Holder) (*meeting, error) {
	met := g.meeting("", running, "a process is about to begin or to take up a run of it: "+who.String())
	met.HeldBy = who.String()
	claims, err := g.claims()
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Backward(claims) {
		if _, locked, err := g.folder.Locked(c.Run); err == nil && locked {
			return g.live(c.Run, who), nil
		}
	}
	return met, nil
}

// live is the meeting with a run that goes on.
func (g *guard) live(run string, who state.Holder) *meeting {
	met := g.meeting(run, running, fmt.Sprintf("run %s goes on, held by %v", run, who))
	met.HeldBy = who.String()
	met.Commands = append(met.Commands, view.Command{Line: "ofsplan show " + run + g.site.Here(), Does: "shows how it stands; speak to it with ofsplan resolve, adopt and cancel"})
	return met
}

func (g *guard) meeting(run string, state fold.OnceState, found string) *meeting {
	codes := map[fold.OnceState]exitcode.Code{running: exitcode.AlreadyRunning, lost: exitcode.AuditLog, fold.OnceDone: exitcode.Succeeded, fold.OnceInDoubt: exitcode.InDoubt}
	code, special := codes[state]
	if !special {
		code = exitcode.Failed
	}
	met := &meeting{ExitCode: code, Once: g.once, Run: run, State: state, Found: found, Commands: []view.Command{}}
	if run != "" {
		met.Journal = g.folder.WhereLog(run)
	}
	return met
}

// claims are the runs that began with the key, in order.
func (g *guard) claims() ([]state.Claim, error) {
	claims, err := state.Claims(g.folder, g.key, func(run string) (string, error) {
		e, err := startOf(g.folder, run)
		return e.OnceKey(), err
	})
	if err != nil {
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("nobody can say whether %s has run already, so nothing was started: %w", g.about, err))
	}
	return claims, nil
}

// startOf is how a run began; the zero RunStarted when its audit log does not tell.
func startOf(folder state.Store, run string) (runner.RunStarted, error) {
	f, err := folder.Open(run)
	if err != nil {
		return runner.RunStarted{}, err
	}
	defer f.Close()
	return fold.Began(f)
}

// look finds the newest run of the key that counts, but for one; nil: there is none. Runs that came to nothing before
// their first request do not count.
func (g *guard) look(but string) (*meeting, error) {
	if g.key == "" {
		return nil, nil
	}
	claims, err := g.claims()
	if err != nil {
		return nil, err
	}
	for _, c := range slices.Backward(claims) {
		if c.Run == but {
			return nil, nil
		}
		met, err := g.meet(c)
		if met != nil || err != nil {
			return met, err
		}
	}
	return nil, nil
}

// meet tells how one run stands: by its lock and its journal, which must be what the ledger knows of it.
func (g *guard) meet(c state.Claim) (*meeting, error) {
	if who, locked, err := g.folder.Locked(c.Run); err != nil || locked {
		return g.live(c.Run, who), exitcode.With(exitcode.AuditLog, err)
	}
	run, bad, err := readWhole(g.folder, audit.Expect{Run: c.Run, Head: c.Head})
	if err != nil {
		return nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s of %s cannot be looked at, so nothing was started: %w", c.Run, g.about, err))
	}
	if bad != nil {
		met := g.meeting(c.Run, lost, fmt.Sprintf("run %s began, and %s", c.Run, bad.what))
		met.Commands = append(met.Commands, view.Command{Line: bad.see + g.site.Here(), Does: bad.do})
		return met, nil
	}
	state := run.OnceState()
	if state == fold.OnceUnstarted {
		return nil, nil
	}
	when := ""
	switch at := run.FinishedAt.UTC().Format(time.RFC3339); {
	case run.End != nil && state != fold.OnceInDoubt:
		when = ", ended " + at + ","
	case !run.FinishedAt.IsZero():
		when = ", left " + at + ","
	}
	met := g.meeting(c.Run, state, fmt.Sprintf("run %s%s %s", c.Run, when, view.OnceWords(state)))
	if state == fold.OnceInPart {
		met.LeftOut = run.Started.Skip
		met.Found += fmt.Sprintf(": %s (%s)", strings.Join(met.LeftOut, ", "), audit.Printable(run.Started.Reason))
	}
	met.Commands = view.Remedies(run, g.site)
	return met, nil
}

// distrust is what speaks against believing a journal, how to see it, and what to do.
type distrust struct{ what, see, do string }

// readWhole reads a journal that nobody writes, unless it is not what it was.
func readWhole(folder state.Store, want audit.Expect) (*fold.Run, *distrust, error) {
	f, err := folder.Open(want.Run)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, &distrust{"its audit log is gone", "ofsplan audit verify",
			"tells what is missing of this state folder: put it back, or look at the scheduler's monitor for what that run had started"}, nil
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
		return nil, &distrust{fmt.Sprintf("its audit log is not what it was: record %d: %s", p.Record, p.What), "ofsplan audit verify " + want.Run, p.Do}, nil
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
