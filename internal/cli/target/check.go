package target

import (
	"context"
	"fmt"
	"net/http/httptrace"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/audit/state"
	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/config"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/operate"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/runner/dispatch"
)

// Limits of target check.
const (
	checkLimit = 30 * time.Second    // of each question
	clockLimit = 30 * time.Second    // how far the scheduler's clock may be from ours
	certLimit  = 14 * 24 * time.Hour // how near a certificate's end is worth a warning
)

// finding is one thing that target check has checked.
type finding struct {
	What  string `json:"what"`
	State string `json:"state"` // ok, warning or failed
	Text  string `json:"text"`
}

// check is the command target check.
func check(std *terminal.Streams) *cobra.Command {
	var f flags.Target
	var state flags.State
	var asJSON bool
	var plans []string
	cmd := &cobra.Command{
		Use:   "check [NAME]",
		Short: "Looks whether a run against a target could begin, before the window opens",
		Long: `Looks at the configuration, the secrets, the channels, the connection and its certificate, the token, the scheduler's
answer, its clock and the state folder. It asks for the status of a batch run that does not exist; nothing is started
or changed, and nobody is told anything. With --plan it looks, too, whether this host knows the
users and groups that the plan's approvals name, and whether the state folder lets others say a word.`,
		Example: `  ofsplan target check prod
  ofsplan target check prod --plan nightly.yaml
  ofsplan target check --json --target prod`,
		Args:              cobra.MaximumNArgs(1),
		ValidArgsFunction: f.Complete,
		RunE: func(cmd *cobra.Command, args []string) error {
			if len(args) == 1 {
				f.Name = args[0]
			}
			t, err := f.Pick()
			if err != nil {
				return err
			}
			store, err := state.Store()
			if err != nil {
				return err
			}
			c := checkup{env: operate.NewEnv(std.Secrets, std.OnTerminal()), target: t}
			for _, path := range plans {
				p, err := files.Plan(path)
				if err != nil {
					return err
				}
				c.plans = append(c.plans, p)
			}
			code := c.run(cmd.Context(), store)
			if asJSON {
				err = std.PrintJSON(struct {
					Target   string    `json:"target"`
					Findings []finding `json:"findings"`
				}{t.Name, c.findings})
			} else {
				for _, f := range c.findings {
					fmt.Fprintf(std.Out, "%-8s %-14s %s\n", f.State, f.What, f.Text)
				}
			}
			if err != nil {
				return err
			}
			return exitcode.Quiet(code)
		},
	}
	f.Register(cmd)
	state.Register(cmd, false)
	cmd.Flags().BoolVar(&asJSON, "json", false, "print the findings as JSON")
	cmd.Flags().StringArrayVar(&plans, "plan", nil, "look, too, whether those can approve whom this plan names")
	return cmd
}

// checkup checks one target.
type checkup struct {
	env      *operate.Env
	target   *operate.Target
	plans    []*plan.Plan // whose approvals are looked at
	findings []finding
	tap      tap
}

func (c *checkup) say(state, what, format string, args ...any) {
	c.findings = append(c.findings, finding{what, state, fmt.Sprintf(format, args...)})
}

// run checks everything and returns the exit code a run would have had.
func (c *checkup) run(ctx context.Context, store state.Store) exitcode.Code {
	code := exitcode.Succeeded
	c.say("ok", "configuration", "%s, %s", c.target.Pos, c.target.URL)
	for _, w := range c.target.Warnings() {
		c.say("warning", "configuration", "%s", w)
	}
	if conn, err := c.target.Open(ctx, c.env); err != nil {
		c.say("failed", "secrets", "%s", err)
		code = exitcode.Usage
	} else {
		c.say("ok", "secrets", "all can be read")
		for _, d := range conn.Doubts {
			c.say("warning", "secrets", "%s", d)
		}
		c.channels(ctx)
		if !c.contact(ctx, conn) {
			code = exitcode.Unreachable
		}
		conn.Close()
	}
	c.sensors()
	if err := store.Check(); err != nil {
		c.say("failed", "state folder", "%s", err)
		return exitcode.AuditLog
	}
	c.say("ok", "state folder", "%s", store.Where())
	for _, w := range store.Cautions() {
		c.say("warning", "state folder", "%s", w)
	}
	for _, p := range c.plans {
		if !c.approvals(ctx, p, store) {
			code = exitcode.Worst(code, exitcode.Usage)
		}
	}
	return code
}

// channels looks whether people could be told of a run. One that cannot be used keeps no run from beginning.
func (c *checkup) channels(ctx context.Context) {
	for _, ch := range c.target.Channels {
		what := "channel " + ch.Name
		open, err := ch.Open(ctx, c.env.Secrets)
		if err == nil {
			err = open.Try(ctx)
		}
		if err != nil {
			c.say("warning", what, "%s (%s)", err, ch.Pos)
			continue
		}
		c.say("ok", what, "%s: nothing was sent to it", map[string]string{
			"webhook": "the address can be connected to", "smtp": "the mail server answers and lets us in", "command": "the program is there",
		}[ch.Kind()])
	}
}

// sensors tells what plans can wait for at the target. No command is run.
func (c *checkup) sensors() {
	t := c.target.Target
	if t.Files == "" && len(t.Checks) == 0 {
		return
	}
	unready := operate.Unready(t)
	for _, w := range unready {
		c.say("warning", "sensors", "%s", w)
	}
	var have []string
	if t.Files != "" {
		have = append(have, "files in "+t.Files)
	}
	if n := len(t.Checks); n > 0 {
		have = append(have, readable.Count(n, "check"))
	}
	if len(unready) == 0 {
		c.say("ok", "sensors", "%s", strings.Join(have, ", "))
	}
}

// approvals looks whether those can approve whom a plan names, and reports whether a run of it could begin.
func (c *checkup) approvals(ctx context.Context, p *plan.Plan, store state.Store) bool {
	unknown := c.env.Unknown(ctx, p)
	for _, text := range unknown {
		c.say("warning", "approvals", "%s", text)
	}
	if err := operate.OneAccount(p, store); err != nil {
		c.say("failed", "approvals", "%s", err)
		return false
	}
	if len(unknown) == 0 {
		c.say("ok", "approvals", "%s: %s", p.File, readable.Count(len(p.Approvals()), "approval"))
	}
	return true
}

// contact asks for a connection, a token and an answer, and stops at the first that cannot be had.
func (c *checkup) contact(ctx context.Context, conn *operate.Connection) bool {
	c.tap.RoundTripper = conn.Transport.Reading
	conn.Transport.Reading = &c.tap
	client, err := conn.Client()
	if err != nil {
		c.say("failed", "configuration", "%s", err)
		return false
	}
	desk := dispatch.New(client, conn.Tokens, "")
	ctx = httptrace.WithClientTrace(ctx, &httptrace.ClientTrace{TLSHandshakeDone: c.tap.handshake})
	if conn.Tokens != nil {
		if !c.ask(ctx, "token", c.hasToken(), desk.Fetch) {
			return false
		}
	}
	if !c.ask(ctx, "connection", "stands", desk.Reach) {
		return false
	}
	ok := c.ask(ctx, "scheduler", "answers, and knows the headers and the token", client.Greet)
	c.certificate()
	c.clock()
	return ok
}

// hasToken says where what stands in Authorization is from.
func (c *checkup) hasToken() string {
	switch c.target.Auth.Grant {
	case config.GrantToken:
		return "there is one"
	case config.GrantBasic:
		return "none: client id and secret go with each request"
	}
	return "the identity service gave one"
}

// ask puts one question with a time limit.
func (c *checkup) ask(ctx context.Context, what, good string, question func(context.Context) error) bool {
	ctx, cancel := context.WithTimeoutCause(ctx, checkLimit, fmt.Errorf("no answer in %s", readable.Duration(checkLimit)))
	defer cancel()
	if err := question(ctx); err != nil {
		c.say("failed", what, "%s", err)
		return false
	}
	c.say("ok", what, "%s", good)
	return true
}

// certificate says how long the scheduler's certificate is good for.
func (c *checkup) certificate() {
	end := c.tap.certificateEnd()
	switch left := time.Until(end); {
	case end.IsZero():
	case left < certLimit:
		c.say("warning", "certificate", "ends on %s", end.UTC().Format(time.RFC3339))
	default:
		c.say("ok", "certificate", "good until %s", end.UTC().Format(time.RFC3339))
	}
}

// clock compares the scheduler's clock with ours: dates and tokens depend on both.
func (c *checkup) clock() {
	skew, known := c.tap.skew()
	switch {
	case !known:
	case skew.Abs() > clockLimit:
		c.say("warning", "clock", "the scheduler's differs from ours by %s", readable.Duration(skew.Round(time.Second)))
	default:
		c.say("ok", "clock", "agrees with the scheduler's")
	}
}
