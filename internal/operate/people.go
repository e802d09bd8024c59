package operate

import (
	"context"
	"errors"
	"fmt"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/notice"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// people are whom a run tells something, by the channels of its target. It is a [drive.Teller].
type people struct {
	target *Target
	env    *Env
	about  notice.Message // what every message says
	here   string         // what a command line about the run has to say again
}

// withheld is why a run against a simulated scheduler tells nobody anything.
const withheld = "the scheduler is simulated"

// people are those of a run; nil for one that tells nobody anything.
func (r *Run) people() drive.Teller {
	if r.conn.target.Simulated {
		return nil
	}
	p := &people{target: r.conn.target, env: r.conn.env, here: r.Here}
	p.about = notice.Message{Run: r.Resolved.RunID, Plan: r.Resolved.Name, Target: r.conn.target.Name, Host: r.conn.env.By.Host}
	if !r.Resolved.MISDate.IsZero() {
		p.about.MISDate = r.Resolved.MISDate.Format(time.DateOnly)
	}
	return p
}

// Tell sends a message once. Its channel is opened anew, so that a secret that was replaced is used at once.
func (p *people) Tell(ctx context.Context, k runner.Key, m runner.Message) error {
	channel := p.target.Channel(m.Channel)
	if channel == nil {
		return fmt.Errorf("target %q has no such channel", p.target.Name) // it was there when the run began
	}
	open, err := channel.Open(ctx, p.env.Secrets)
	if err != nil {
		return &drive.TryAgain{Err: errors.New(oneLine(err))}
	}
	err = open.Send(ctx, p.message(k, m))
	if f, ok := errors.AsType[*notice.Failure](err); ok && f.Again {
		return &drive.TryAgain{Err: f, After: f.After}
	}
	return err
}

// message is what the channel is sent.
func (p *people) message(k runner.Key, m runner.Message) notice.Message {
	out := p.about
	out.Key = out.Run + "/" + strings.TrimPrefix(k.String(), "/")
	out.Event, out.Step, out.Outcome, out.Text = string(m.Event), m.Step, string(m.Outcome), m.Text
	if m.Event != runner.WorthNotify {
		out.Text = strings.TrimSpace(out.Plan+" "+out.MISDate) + " " + m.Text
	}
	out.Since = m.Since.UTC().Format(time.RFC3339)
	out.Command = "ofsplan show " + out.Run + p.here
	switch m.Event {
	case runner.WorthLeft:
		out.Command = "ofsplan resume " + out.Run + p.here
	case runner.WorthApproval:
		out.Command = "ofsplan approve " + out.Run + " " + audit.Quote(m.Step) + ` --reason "WHY"` + p.here
	}
	return out
}

// oneLine is an error without the line break before what to do.
func oneLine(err error) string { return strings.ReplaceAll(err.Error(), "\n\t", "; ") }

// CheckChannels reports the channels that a plan names and the target does not have, each where the plan names it.
func (t *Target) CheckChannels(p *plan.Plan) error {
	if t.Simulated {
		return nil // nothing is sent
	}
	var all source.Errors
	for c := range p.Channels() {
		if t.Channel(c.Name) != nil {
			continue
		}
		e := all.Add(c.Pos, "target %q has no channel %q", t.Name, c.Name)
		switch names := t.ChannelNames(); {
		case source.Meant(c.Name, names) != "":
			e.Hint = source.Meant(c.Name, names)
		case len(names) > 0:
			e.Hint = "it has " + strings.Join(names, ", ")
		default:
			e.Hint = fmt.Sprintf("it has none: write them under channels of target %q (%s)", t.Name, t.Pos)
		}
	}
	return all.Err()
}

// deaf are the channels of a plan that could not be used now. None keeps a run from beginning.
func (t *Target) deaf(ctx context.Context, env *Env, p *plan.Plan) (concerns []string) {
	if t.Simulated {
		return nil
	}
	asked := map[string]bool{}
	for c := range p.Channels() {
		channel := t.Channel(c.Name)
		if channel == nil || asked[c.Name] {
			continue
		}
		asked[c.Name] = true
		if _, err := channel.Open(ctx, env.Secrets); err != nil {
			concerns = append(concerns, fmt.Sprintf("target %q: %s; it is tried again when there is something to say", t.Name, oneLine(err)))
		}
	}
	return concerns
}
