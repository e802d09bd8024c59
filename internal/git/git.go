// Package git asks the git program about the repositories that plans stand in.
//
// It reads and never writes. What a caller passes on is an argument and no option, whatever it begins with; a question takes
// some seconds at most, and its answer has a size. The program inherits no secret and asks nobody for one. A repository that
// belongs to somebody else is refused by git itself.
//
// [State] is at which commit a folder is; [Open] is one commit of a repository as a file system.
package git

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"io"
	"os"
	"os/exec"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/secret"
)

// Limit is how long a question may take.
const Limit = 5 * time.Second

// ErrNone means that there is no git program on this host.
var ErrNone = errors.New("there is no program git here")

// errTooMuch means that an answer is larger than was asked for.
var errTooMuch = errors.New("git answers with more than is read of it")

// A Folder is a folder in a repository, and what keeps secrets from the program.
type Folder struct {
	Path    string
	Secrets *secret.Filter
}

// ask runs git in the folder, and returns what it prints: at most so many bytes. A larger answer is an error.
func (f Folder) ask(ctx context.Context, most int64, args ...string) ([]byte, error) {
	program, err := exec.LookPath("git")
	if err != nil {
		return nil, ErrNone
	}
	ctx, cancel := context.WithTimeout(ctx, Limit)
	defer cancel()
	fixed := []string{"--no-pager", "--literal-pathspecs", "-C", f.Path, "-c", "core.fsmonitor=false"}
	cmd := exec.CommandContext(ctx, program, append(fixed, args...)...)
	cmd.Env = append(without(os.Environ(), f.Secrets), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "GIT_NO_LAZY_FETCH=1", "LC_ALL=C")
	cmd.WaitDelay = 100 * time.Millisecond
	out, told := bounded{most: most}, bounded{most: 4096}
	cmd.Stdout, cmd.Stderr = &out, &told
	err = cmd.Run()
	switch {
	case out.more:
		return nil, errTooMuch
	case ctx.Err() != nil:
		return nil, fmt.Errorf("git did not answer within %s", Limit)
	case err != nil:
		line, _, _ := strings.Cut(strings.TrimSpace(told.taken.String()), "\n")
		return nil, &Error{Says: strings.TrimPrefix(line, "fatal: "), err: err}
	}
	return out.taken.Bytes(), nil
}

// Error is a question that git answers with an error.
type Error struct {
	Says string // in its own words, one line; may be empty
	err  error
}

// Error is what git says.
func (e *Error) Error() string { return "git: " + strings.TrimSpace(e.Says+" ("+e.err.Error()+")") }

// Unwrap is how the program ended.
func (e *Error) Unwrap() error { return e.err }

// bounded takes so many bytes and no more.
type bounded struct {
	taken bytes.Buffer // not embedded: whoever copies into a buffer does not ask Write
	most  int64
	more  bool
}

// Write takes what fits. What does not ends the program that writes it.
func (b *bounded) Write(p []byte) (int, error) {
	if int64(b.taken.Len()+len(p)) > b.most {
		b.more = true
		return 0, io.ErrShortBuffer
	}
	return b.taken.Write(p)
}

// without is an environment without secrets, without our own variables and without proxies, in whose addresses passwords stand:
// git, with what a repository makes it start, asks nobody, and has no use for any. Nor for another repository than that of its folder.
func without(environ []string, secrets *secret.Filter) []string {
	return slices.DeleteFunc(secrets.Environ(environ), func(entry string) bool {
		name, _, _ := strings.Cut(entry, "=")
		return strings.HasPrefix(name, "OFSPLAN_") || strings.HasSuffix(strings.ToUpper(name), "_PROXY") ||
			name == "GIT_DIR" || name == "GIT_WORK_TREE" || name == "GIT_INDEX_FILE"
	})
}

// State is at which commit the folder is, and whether there are changes in it that were not committed. No git, no repository or no
// answer in time is no commit.
func (f Folder) State(ctx context.Context) (commit string, dirty bool) {
	const enough = 16 << 20
	head, err := f.ask(ctx, enough, "rev-parse", "HEAD")
	if err != nil {
		return "", false
	}
	changes, err := f.ask(ctx, enough, "status", "--porcelain", "--untracked-files=normal", "--", ".")
	if errors.Is(err, errTooMuch) {
		return strings.TrimSpace(string(head)), true
	}
	if err != nil {
		return "", false
	}
	return strings.TrimSpace(string(head)), len(bytes.TrimSpace(changes)) > 0
}
