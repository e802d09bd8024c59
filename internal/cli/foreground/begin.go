package foreground

import (
	"context"
	"errors"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/operate"
)

// Env is the environment of a command that makes runs.
func Env(std *terminal.Streams, f *flags.Run) (*operate.Env, error) {
	env := operate.NewEnv(std.Secrets, std.OnTerminal())
	env.Ask = std.Asker()
	if f.DryRun {
		return env, nil
	}
	var err error
	env.Reserve, err = flags.Reserve()
	return env, err
}

// Prepare binds a plan to the target and the state folder that the flags say, see [operate.Prepare].
func Prepare(ctx context.Context, std *terminal.Streams, f *flags.Run, s operate.Start) (*operate.Prepared, error) {
	env, err := Env(std, f)
	if err != nil {
		return nil, err
	}
	return PrepareIn(ctx, env, f, s)
}

// PrepareIn is Prepare in an environment that several runs share.
func PrepareIn(ctx context.Context, env *operate.Env, f *flags.Run, s operate.Start) (*operate.Prepared, error) {
	var err error
	if s.Target, err = f.Target.Pick(); err != nil {
		return nil, err
	}
	if s.Store, err = f.State.Root(s.Target.Simulated); err != nil {
		return nil, err
	}
	s.ForShow = f.DryRun
	return operate.Prepare(ctx, env, s)
}

// CarryOut begins a run and stays with it until it ends or ctx does. The error is why it did not begin.
func CarryOut(ctx context.Context, std *terminal.Streams, p *operate.Prepared, f *flags.Run) (c *Conclusion, err error) {
	run, err := p.Begin(ctx)
	if err != nil {
		return nil, err
	}
	defer func() { err = errors.Join(err, run.Close()) }()
	l := NewLog(std, f.Log.Format, About{RunID: p.Resolved.RunID, Plan: p.Resolved.Plan, Simulated: p.Target.Simulated})
	for _, w := range p.Warnings() {
		l.Warn(w)
	}
	return Follow(ctx, run, l, f.Repeat()), nil
}
