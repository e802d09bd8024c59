package terminal

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/signal"
	"syscall"

	"golang.org/x/term"

	"ofsplan/internal/secret"
	"ofsplan/plan"
)

// keyboard is a terminal to be read from and written to.
type keyboard struct {
	io.Reader
	io.Writer
}

// Asker asks whoever sits at the terminal for a sensitive parameter; nil: nobody sits where it can be asked for.
func (s *Streams) Asker() func(context.Context, *plan.Param) (secret.Value, error) {
	if !isTerminal(s.In) || !isTerminal(s.Err.raw) {
		return nil
	}
	return s.ask
}

// ask asks. What is typed is not shown: the terminal shows nothing by itself from before the question is there.
func (s *Streams) ask(ctx context.Context, p *plan.Param) (secret.Value, error) {
	stop := make(chan os.Signal, 1)
	signal.Notify(stop, syscall.SIGINT, syscall.SIGTERM)
	defer signal.Stop(stop)
	fd := int(s.In.(*os.File).Fd())
	before, err := term.MakeRaw(fd)
	if err != nil {
		return secret.Value{}, fmt.Errorf("parameter %q cannot be asked for: %w", p.Name, err)
	}
	what := p.Name
	if p.Description != "" {
		what += " (" + p.Description + ")"
	}
	type typed struct {
		text string
		err  error
	}
	got := make(chan typed, 1)
	go func() {
		text, err := term.NewTerminal(keyboard{s.In, s.Err.raw}, "").ReadPassword(what + ", which is not shown while you type: ")
		got <- typed{text, err}
	}()
	var answer typed
	select {
	case answer = <-got:
	case sig := <-stop:
		answer.err = errSignal{sig}
	case <-ctx.Done():
		answer.err = context.Cause(ctx)
	}
	err = term.Restore(fd, before)
	if errors.Is(answer.err, io.EOF) {
		answer.err = errors.New("stopped before it was typed")
	}
	if answer.err != nil || err != nil {
		return secret.Value{}, fmt.Errorf("parameter %q was not given: %w; nothing was sent", p.Name, errors.Join(answer.err, err))
	}
	return secret.New(answer.text), nil
}
