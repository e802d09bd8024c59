package operate

import (
	"cmp"
	"errors"
	"fmt"
	"maps"
	"os"
	"path/filepath"
	"slices"
	"strings"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/config"
	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner/drive"
	"ofsplan/runner/local"
	"ofsplan/runner/virtual"
)

// senses are what sensors of the run look with. Of a simulated run they see what its scenario says, and run no command.
func (r *Run) senses() drive.Senses {
	env, target := r.conn.env, r.conn.target
	if target.Simulated {
		return virtual.Senses{Beside: sim.Demo().Beside, Start: r.Resolved.StartedAt, Zone: r.Resolved.Calendar.Zone, Now: env.now}
	}
	s := &local.Senses{
		Folder: absolute(target.Files), Checks: make(map[string]local.Command, len(target.Checks)), Env: env.Secrets.Environ(os.Environ()), Told: env.told,
		Run: newAwaited(r.Store, target.Name, r.Resolved.RunID).find,
	}
	for name, c := range target.Checks {
		argv := slices.Clone(c.Command)
		if strings.ContainsRune(argv[0], filepath.Separator) {
			argv[0] = absolute(argv[0])
		}
		s.Checks[name] = local.Command{Argv: argv, Timeout: c.Timeout}
	}
	return s
}

// absolute is a path that means the same wherever the run is taken up; nothing stays nothing.
func absolute(path string) string {
	if full, err := filepath.Abs(path); path != "" && err == nil {
		return full
	}
	return path
}

// told is a text of a program that we started, as people may read it: without secrets, each of its lines fit to be shown.
func (env *Env) told(text string) string {
	lines := strings.Split(env.clean(text), "\n")
	for i, line := range lines {
		lines[i] = env.clean(audit.Printable(strings.TrimRight(line, "\r")))
	}
	return strings.Join(lines, "\n")
}

// sensible refuses what sensors of the plan could not look for at this target, as far as that is known before the run: a check that
// the target does not name, a relative path where it names no folder, and a run that no run of its plan can be. What is left out of the
// run is not asked for.
func (t *Target) sensible(r *plan.Resolved, store state.Store, done map[int]bool) error {
	if t.Simulated {
		return nil
	}
	var errs source.Errors
	for _, s := range r.Steps {
		if r.Idle(s) || done[s.Index] {
			continue
		}
		switch v := s.Do.(type) {
		case *plan.WaitCheck:
			if _, named := t.Checks[v.Name]; !named {
				errs.Add(s.Pos, "step %q waits for check %q, which target %q does not name", s.ID, v.Name, t.Name).Hint =
					cmp.Or(source.Meant(v.Name, slices.Sorted(maps.Keys(t.Checks))),
						fmt.Sprintf("write it into %s: checks: {%s: {command: [/path/of/program]}}", t.Pos.File, v.Name))
			}
		case *plan.WaitFile:
			if path := r.PathBegins(s); path != "" && !filepath.IsAbs(path) && t.Files == "" {
				errs.Add(s.Pos, "step %q waits for the file %q, which is relative, and target %q names no folder of files", s.ID, v.Path, t.Name).Hint =
					fmt.Sprintf("write the path in full, or the folder into %s: files: /path/of/folder", t.Pos.File)
			}
		case *plan.WaitRun:
			sought, err := r.PreviewSought(s, nil)
			if err != nil {
				continue // it is known at run time only
			}
			_, err = newAwaited(store, t.Name, r.RunID).find(*sought.Run)
			if e, ok := errors.AsType[*onceError](err); ok {
				errs.Add(s.Pos, "step %q: %s", s.ID, e).Hint = fmt.Sprintf("write wait: {plan: %s, once: …}", e.plan)
			}
		}
	}
	return errs.Err()
}

// Unready is what of the target's sensors cannot work on this machine: a folder that is not there, and programs that cannot be found.
func Unready(t *config.Target) []string {
	var all []string
	if t.Files != "" {
		if info, err := os.Stat(t.Files); err != nil {
			all = append(all, fmt.Sprintf("files: %v", err))
		} else if !info.IsDir() {
			all = append(all, fmt.Sprintf("files: %s is no folder", t.Files))
		}
	}
	for _, name := range slices.Sorted(maps.Keys(t.Checks)) {
		if err := local.CanRun(t.Checks[name].Command); err != nil {
			all = append(all, fmt.Sprintf("check %q (%s): %v", name, t.Checks[name].Pos, err))
		}
	}
	return all
}
