package rehearse

import (
	"context"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"net/http"

	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/virtual"
)

// What a rehearsal writes where a run has a person, a host and a scheduler. Nothing of it comes from the machine
// it is played on, so the audit log is the same everywhere.
const (
	simulated = "sim"
	address   = "https://rehearsal.invalid/simulated"
	identity  = "https://rehearsal.invalid"
	someone   = "rehearsal"
)

var (
	by   = runner.By{User: someone, Host: someone, PID: 1, Invoker: someone}
	tool = runner.Tool{Version: someone, Machine: runner.MachineVersion}
)

// wire is the simulated scheduler as a client sees it.
func wire() ofs.Config {
	c := ofs.Config{BaseURL: address}
	c.Tenant, c.Service, c.User = "rehearsal", "REHEARSAL", "REHEARSAL"
	c.Workspace, c.Locale = ofs.DefaultWorkspace, ofs.DefaultLocale
	return c
}

// newDesk is the real client in a world whose clock jumps.
func newDesk(w *virtual.World, s *sim.Scheduler, rt http.RoundTripper, run string) (*dispatch.Desk, error) {
	auth := ofs.Auth{Grant: ofs.GrantClient, IAM: identity}
	source := func() ofs.Credentials {
		return ofs.Credentials{ClientID: secret.New(someone), ClientSecret: secret.New(s.Secret(w.Now(), "no secret of anybody"))}
	}
	auth.Credentials, auth.Timer = source(), w.Timer
	auth.Again = func(context.Context) (ofs.Credentials, error) { return source(), nil }
	tokens, err := ofs.NewTokens(auth, w.Now, rt)
	if err != nil {
		return nil, err
	}
	c := wire()
	c.Timer, c.Now = w.Timer, w.Now
	client, err := ofs.New(c, tokens, ofs.Transport{Mutating: rt, Reading: rt, Asked: s.WantsCertificate})
	if err != nil {
		return nil, err
	}
	return dispatch.New(client, tokens, run), nil
}

// opening are the events that begin a run: who and where, and every file the plan was read from.
func opening(r *plan.Resolved) []runner.Event {
	started := runner.StartOf(r)
	started.Target, started.Tool, started.By, started.Simulated = facts(r.Target), tool, by, true
	if started.Skip = r.Skip; len(r.Skip) > 0 {
		started.Reason = "a part is rehearsed"
		if q := runner.InquiryAtStart(r.Plan, r.Skip); q != nil { // a rehearsal asks nobody who starts it
			started.Approver = q.Answer(&runner.Approver{Unasked: true})
		}
	}
	return append([]runner.Event{started}, runner.Pins(r)...)
}

// facts are what the audit log says of the target.
func facts(name string) runner.Target {
	c := wire()
	t := runner.Target{
		Name: name, URL: c.BaseURL, Tenant: c.Tenant, Service: c.Service, Workspace: c.Workspace, User: c.User,
		ParamEncoding: "string", GroupDate: "members", Grant: string(ofs.GrantClient),
	}
	text, err := json.Marshal(t)
	if err != nil {
		panic(err) // it is nothing but text
	}
	sum := sha256.Sum256(text)
	t.Fingerprint = hex.EncodeToString(sum[:])
	return t
}

// limited passes requests on and says when there have been too many.
type limited struct {
	next    http.RoundTripper
	made    int
	most    int
	changes func() int // how many requests were made that change something, each of which takes records
	mostOf  int        // of those
	full    func()     // called when there are too many
}

// RoundTrip passes a request on. A connection on which nothing is sent counts too.
func (l *limited) RoundTrip(req *http.Request) (*http.Response, error) {
	resp, err := l.next.RoundTrip(req)
	if l.made++; l.made == l.most || l.changes() >= l.mostOf {
		l.full()
	}
	return resp, err
}
