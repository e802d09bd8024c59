package cli

import (
	"errors"
	"fmt"
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/internal/view"
	"ofsplan/runner"
	"ofsplan/runner/resume"
)

// guard looks after the key of a session; the zero guard when its plan has none.
func (s *session) guard(site view.Site) *guard {
	return guardOf(runner.StartOf(s.resolved), s.folder, site)
}

// once is what the audit log keeps of the key; nil when the plan has none.
func (s *session) once() *runner.Once {
	if s.resolved.Once == "" {
		return nil
	}
	o := &runner.Once{Value: s.resolved.Once, Again: s.again}
	if s.despite != nil {
		o.After, o.Found = s.despite.Run, string(s.despite.State)
	}
	return o
}

// admit takes the key of a run that is about to begin and looks at those before it. A meeting that is not nil keeps it
// from beginning; otherwise the key is held until the guard is closed.
func (s *session) admit(g *guard) (*meeting, error) {
	met, err := g.take()
	if met != nil || err != nil {
		return met, err
	}
	met, err = g.look("")
	if err == nil && met != nil && met.State != running && s.again {
		s.despite, met = met, nil
	}
	if met != nil || err != nil {
		return met, errors.Join(err, g.close())
	}
	return nil, nil
}

// holdAgain takes a run up again, and before it the key it began with, in the order in which a run that begins takes them.
func holdAgain(folder state.Store, id string, by resume.Answer, site view.Site) (*resume.Run, *guard, error) {
	started, err := startOf(folder, id)
	if err != nil {
		return nil, nil, exitcode.With(exitcode.AuditLog, fmt.Errorf("run %s is not taken up: %w", id, err))
	}
	g := guardOf(started, folder, site)
	met, err := g.take()
	if err == nil && met != nil {
		err = exitcode.With(exitcode.AlreadyRunning, fmt.Errorf("already running: run %s was not taken up: %s: %s", id, g.about, met.Found))
	}
	if err != nil {
		return nil, nil, err
	}
	h, err := resume.TakeUp(folder, id, by, time.Now)
	if err != nil {
		return nil, nil, errors.Join(err, g.close())
	}
	return h, g, nil
}

// superseded refuses to go on with a run when one of the same key that counts began after it: that one has done the
// work, or is there to be gone on with.
func (g *guard) superseded(run string) error {
	met, err := g.look(run)
	if met == nil || err != nil {
		return err
	}
	code := exitcode.Usage
	if met.State == running {
		code = exitcode.AlreadyRunning
	}
	return exitcode.With(code, fmt.Errorf("run %s was not taken up: a later run counts for %s: %s\n\tgoing on with both could do the work twice; look at the later one: ofsplan show %s%s", run, g.about, met.Found, met.Run, g.site.Here()))
}

// refused says why a run was not begun, and what to do.
func (a *app) refused(g *guard, met *meeting, asJSON bool) error {
	deed := "nothing was started"
	switch met.State {
	case fold.OnceDone:
		deed = "nothing was done"
	case running:
		deed = "already running: nothing was started"
	}
	fmt.Fprintf(a.Err, "%s: %s: %s\n", deed, g.about, met.Found)
	if asJSON {
		if err := a.PrintJSON(met); err != nil {
			return exitcode.With(met.ExitCode, err)
		}
	}
	if met.State == fold.OnceDone {
		fmt.Fprint(a.Err, "\tto run it again all the same: the same command with --again --reason \"WHY\"\n")
		return exitcode.Quiet(met.ExitCode)
	}
	advice := met.Commands
	if met.State != running {
		does := "starts all of it anew, as another run: what has been started before is started again"
		if met.State == fold.OnceInPart {
			does += "; add --only or --skip to run what was left out"
		}
		advice = append(slices.Clone(advice), view.Command{Line: `the same command with --again --reason "WHY"`, Does: does})
	}
	return errors.Join(view.Advise(a.Err, advice), exitcode.Quiet(met.ExitCode))
}

// onceForecast is what a run of a plan with once would meet if it began now.
type onceForecast struct {
	Value  string   `json:"value"`
	Meets  *meeting `json:"meets,omitempty"` // nil: nothing would be in its way
	counts bool     // it is no simulated one
	again  bool
}

// foresee looks at what a run would meet. Nothing is locked, so that it may be otherwise a moment later.
func (s *session) foresee(g *guard) (f *onceForecast, err error) {
	if s.resolved.Once == "" {
		return nil, nil
	}
	f = &onceForecast{Value: s.resolved.Once, counts: g.key != "", again: s.again}
	if !f.counts {
		return f, nil
	}
	who, locked, err := g.folder.OnceLocked(g.key)
	switch {
	case err != nil:
	case locked:
		f.Meets, err = g.heldBy(who)
	default:
		f.Meets, err = g.look("")
	}
	if err != nil {
		return f, fmt.Errorf("what a run would meet cannot be told: %w", err)
	}
	return f, nil
}

// String says it for people.
func (f *onceForecast) String() string {
	text := audit.Printable(f.Value) + ": "
	switch {
	case !f.counts:
		return text + "a simulated run never counts"
	case f.Meets == nil:
		return text + "no run of this counts yet: one would begin now"
	case f.again && f.Meets.State != running:
		return text + f.Meets.Found + ": with --again one would begin now all the same"
	}
	return text + fmt.Sprintf("%s: none would begin now, exit code %d", f.Meets.Found, f.Meets.ExitCode)
}
