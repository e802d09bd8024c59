package local

import (
	"bytes"
	"context"
	"encoding/json"
	"errors"
	"fmt"
	"os/exec"
	"strings"
	"time"

	"ofsplan/plan/fact"
)

// A Command is a program of the target that says whether something is ready: exit code 0 yes, 1 not yet. Anything else is trouble.
type Command struct {
	Argv    []string
	Timeout time.Duration
}

// mostSaid is how many bytes of the end of what a command says are kept.
const mostSaid = 4 << 10

// CanRun is an error when a program cannot be found, or not be run.
func CanRun(argv []string) error {
	_, err := exec.LookPath(argv[0])
	return err
}

// check asks a command. What it is told goes as JSON on its standard input and in its environment, never as an argument: everybody on a
// host sees those.
func (s *Senses) check(ctx context.Context, want fact.SoughtCheck) fact.Sight {
	trouble := func(format string, args ...any) fact.Sight {
		return fact.Sight{Trouble: "check " + want.Name + " " + fmt.Sprintf(format, args...)}
	}
	c, named := s.Checks[want.Name]
	if !named {
		return trouble("is not named by the target")
	}
	ctx, cancel := context.WithTimeoutCause(ctx, c.Timeout, errTooLong)
	defer cancel()
	out := &tail{}
	cmd := exec.CommandContext(ctx, c.Argv[0], c.Argv[1:]...)
	cmd.Stdin, cmd.Stdout, cmd.Stderr, cmd.Env = bytes.NewReader(toldAsJSON(want.With)), out, out, environ(s.Env, want.With)
	cmd.WaitDelay = time.Second // a grandchild that holds the pipes does not hold us
	ownGroup(cmd)
	err := cmd.Run()
	line := shortened(s.lastLine(out.kept))
	exited, ran := errors.AsType[*exec.ExitError](err)
	switch {
	case errors.Is(context.Cause(ctx), errTooLong):
		return trouble("took longer than %v%s", c.Timeout, behind(line))
	case ctx.Err() != nil:
		return trouble("was left: %v", context.Cause(ctx))
	case err == nil, errors.Is(err, exec.ErrWaitDelay) && cmd.ProcessState.Success():
		return fact.Sight{Check: &fact.SeenCheck{Yes: true, Line: line}}
	case !ran:
		return trouble("cannot be run: %v", err)
	case exited.ExitCode() == 1:
		return fact.Sight{Check: &fact.SeenCheck{Line: line}}
	case exited.ExitCode() < 0:
		return trouble("was ended by a signal (%v)%s", exited, behind(line))
	}
	return trouble("ended with %d, which is neither yes (0) nor not yet (1)%s", exited.ExitCode(), behind(line))
}

// errTooLong ends a command that takes longer than it may.
var errTooLong = errors.New("it took too long")

func behind(line string) string {
	if line == "" {
		return ""
	}
	return ": " + line
}

// toldAsJSON is what a command is told, as an object of texts.
func toldAsJSON(with []fact.Pair) []byte {
	told := make(map[string]string, len(with))
	for _, p := range with {
		told[p.Name] = p.Value
	}
	data, err := json.Marshal(told)
	if err != nil {
		panic(err) // texts alone
	}
	return append(data, '\n')
}

// environ is the environment of a command with what it is told.
func environ(env []string, with []fact.Pair) []string {
	all := make([]string, 0, len(env)+len(with))
	for _, entry := range env {
		if !strings.HasPrefix(strings.ToUpper(entry), "OFSPLAN_WITH_") {
			all = append(all, entry)
		}
	}
	for _, p := range with {
		all = append(all, "OFSPLAN_WITH_"+strings.ToUpper(p.Name)+"="+p.Value)
	}
	return all
}

// lastLine is the last line with anything in it, fit for a record. What is told is cleaned before it is cut: a secret may stand over
// two lines.
func (s *Senses) lastLine(said []byte) string {
	text := string(said)
	if s.Told != nil {
		text = s.Told(text)
	}
	text = strings.TrimSpace(text)
	return strings.TrimSpace(text[strings.LastIndexByte(text, '\n')+1:])
}

// shortened is a line as long as a notice may be.
func shortened(line string) string {
	const most = 200
	if r := []rune(line); len(r) > most {
		return string(r[:most-1]) + "…"
	}
	return line
}

// tail keeps the end of what is written to it.
type tail struct{ kept []byte }

func (t *tail) Write(p []byte) (int, error) {
	t.kept = append(t.kept, p...)
	if over := len(t.kept) - mostSaid; over > mostSaid {
		t.kept = append([]byte(nil), t.kept[over:]...)
	}
	return len(p), nil
}
