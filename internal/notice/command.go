package notice

import (
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"strings"
	"time"
)

// Command is a program that takes messages on its standard input. No shell is involved, and nothing of the message is an argument.
type Command struct {
	Argv []string
}

// execute runs the program. What ends with 0 has the message.
func (o *Open) execute(ctx context.Context, m Message) error {
	text, err := o.body(m)
	if err != nil {
		return err
	}
	cmd := exec.CommandContext(ctx, o.Command.Argv[0], o.Command.Argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr = strings.NewReader(text), io.Discard, io.Discard // what it says may repeat what it was given
	cmd.Env = append(o.filter.Environ(os.Environ()), "OFSPLAN_NOTICE_KEY="+m.Key, "OFSPLAN_NOTICE_EVENT="+m.Event)
	cmd.WaitDelay = time.Second
	err = cmd.Run()
	switch {
	case ctx.Err() != nil:
		return context.Cause(ctx)
	case errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success(): // what it started goes on with its output in hand
	case err != nil:
		return &Failure{Message: fmt.Sprintf("command %q: %v", o.Command.Argv[0], err), Again: true}
	}
	return nil
}

// findProgram looks for the program, and runs nothing.
func (o *Open) findProgram() error {
	if _, err := exec.LookPath(o.Command.Argv[0]); err != nil {
		return &Failure{Message: err.Error()}
	}
	return nil
}
