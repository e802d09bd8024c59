package operate

import (
	"context"
	"crypto/rand"
	"fmt"
	"strings"
	"time"

	"ofsplan/internal/accounts"
	"ofsplan/internal/secret"
	"ofsplan/plan"
	"ofsplan/runner"
)

// An Env says who has something done, by which program, and what is known around it.
type Env struct {
	By   runner.By
	Tool runner.Tool
	// Secrets learns every secret that is met. It cleans what an operator writes, and what servers say. Required.
	Secrets *secret.Filter
	// Ask asks whoever is there for a sensitive parameter that was not given. Nil: nobody is.
	Ask func(context.Context, *plan.Param) (secret.Value, error)
	// Now is the clock. Nil: the system's.
	Now func() time.Time
	// Directory is where users and groups are known.
	Directory accounts.Directory
	// Reserve is how many bytes stay free where runs are kept: below that nothing new is started. Zero: none.
	Reserve int64
}

// NewEnv is that of this process, on the system's clock. Whether it has a terminal its caller knows.
func NewEnv(secrets *secret.Filter, onTerminal bool) *Env {
	return &Env{By: ThisProcess(onTerminal), Tool: ThisTool(), Secrets: secrets, Directory: accounts.System()}
}

// now is the time by the clock.
func (env *Env) now() time.Time {
	if env.Now == nil {
		return time.Now()
	}
	return env.Now()
}

// clean is a text that somebody wrote without the secrets known so far.
func (env *Env) clean(text string) string { return string(env.Secrets.Clean([]byte(text))) }

// statement is what every statement to a run has: an id of its own that begins with the time at which it was made, who makes it, and why.
func (env *Env) statement(reason string) runner.Statement {
	id := env.now().UTC().Format("20060102T150405.000000Z") + "-" + strings.ToLower(rand.Text()[:6])
	return runner.Statement{ID: id, By: env.By.User, Reason: reason, From: env.By, Tool: env.Tool}
}

// numberedStatement is the n-th of several statements that are made with one reason, from 1.
func numberedStatement(w runner.Statement, n int) runner.Statement {
	w.ID = fmt.Sprintf("%s-%d", w.ID, n)
	return w
}
