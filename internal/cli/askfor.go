package cli

import (
	"context"
	"errors"
	"fmt"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"ofsplan/internal/secret"
	"ofsplan/plan"
)

// askFor asks whoever sits at the terminal for a sensitive parameter. What is typed is not shown.
func (a *app) askFor(ctx context.Context, p *plan.Param) (secret.Value, error) {
	fd := int(a.in.(*os.File).Fd())
	before, err := term.GetState(fd)
	if err != nil {
		return secret.Value{}, fmt.Errorf("parameter %q cannot be asked for: %w", p.Name, err)
	}
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(stop)
	what := p.Name
	if p.Description != "" {
		what += " (" + p.Description + ")"
	}
	fmt.Fprintf(a.err.raw, "%s, which is not shown while you type: ", what)
	defer fmt.Fprintln(a.err.raw)
	type typed struct {
		text []byte
		err  error
	}
	got := make(chan typed, 1)
	go func() {
		text, err := term.ReadPassword(fd)
		got <- typed{text, err}
	}()
	select {
	case t := <-got:
		if t.err != nil {
			return secret.Value{}, fmt.Errorf("parameter %q was not given: %w", p.Name, t.err)
		}
		return secret.New(string(t.text)), nil
	case <-stop:
	case <-ctx.Done():
	}
	return secret.Value{}, errors.Join(fmt.Errorf("parameter %q was not given: stopped before it was typed, and nothing was started", p.Name), term.Restore(fd, before))
}
