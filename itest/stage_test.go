package itest

import (
	"bytes"
	"context"
	"io"
	"net/http"
	"testing"
	"testing/synctest"
	"time"

	"github.com/rs/zerolog"
	"go.uber.org/goleak"

	"ofsplan/audit"
	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/local"
	"ofsplan/runner/record"
)

func TestMain(m *testing.M) {
	zerolog.SetGlobalLevel(zerolog.Disabled) // the proxy's
	goleak.VerifyTestMain(m,                 // what the proxy leaves behind of connections that it broke
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2/toxics.(*ToxicStub).Run"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).read"),
		goleak.IgnoreAnyFunction("github.com/Shopify/toxiproxy/v2.(*ToxicLink).write"),
	)
}

// A stage is a night made ready: an identity service, a scheduler behind a guard, our client with everything
// between it and the loop, and a journal. It lives in a bubble whose clock jumps.
type stage struct {
	t        *testing.T
	identity *identity
	guard    *guard
	sim      *sim.Scheduler
	street   *street
	client   *ofs.Client
	tokens   *ofs.Tokens
	journal  *audit.Journal
	disk     *audit.Memory
	seen
}

// seen is what the loop told its observers.
type seen struct {
	turns []record.Turn
	notes []record.Note
}

// A night is what a test wants to happen.
type night struct {
	life     time.Duration   // of an access token
	grant    ofs.Grant       // empty: password
	scenario sim.Scenario    // the zero one: every batch succeeds in five minutes
	change   func(*ofs.Auth) // what is wrong with the configuration; nil: nothing
}

const runID = "20000101T000000Z-night-0000"

// play plays a night in a bubble.
func (n night) play(t *testing.T, test func(t *testing.T, s *stage)) {
	t.Helper()
	synctest.Test(t, func(t *testing.T) { test(t, n.stage(t)) })
}

func (n night) stage(t *testing.T) *stage {
	t.Helper()
	s := &stage{t: t, identity: newIdentity(t, n.life), disk: &audit.Memory{}}
	var err error
	if s.sim, err = sim.New(n.scenario, sim.Options{NoToken: true}); err != nil {
		t.Fatal(err)
	}
	s.guard = &guard{identity: s.identity, next: s.sim.Handler(time.Now)}
	s.street = newStreet(t, map[string]http.Handler{"iam.example.com": s.identity, "ofs.example.com": s.guard})
	s.connect(n)
	if s.journal, err = audit.Create(s.disk, "/runs/"+runID, runID); err != nil {
		t.Fatal(err)
	}
	return s
}

// connect makes our client, as the command line does.
func (s *stage) connect(n night) {
	s.t.Helper()
	auth := ofs.Auth{Grant: n.grant, IAM: "http://iam.example.com", Basic: ofs.BasicEncoded} // this service keeps to RFC 6749
	if auth.Grant == "" {
		auth.Grant = ofs.GrantPassword
	}
	auth.ClientID, auth.ClientSecret = secret.New(clientID), secret.New(clientSecret)
	auth.Username, auth.Password = secret.New(username), secret.New(password)
	auth.Filter = secret.NewFilter()
	if n.change != nil {
		n.change(&auth)
	}
	way := ofs.Transport{Mutating: s.street.transport(s.t, false), Reading: s.street.transport(s.t, true)}
	var err error
	if s.tokens, err = ofs.NewTokens(auth, time.Now, way.Reading); err != nil {
		s.t.Fatal(err)
	}
	cfg := ofs.Config{BaseURL: "http://ofs.example.com/acme"}
	cfg.Tenant, cfg.Service, cfg.User, cfg.Filter = "acme", "AML", "BATCHUSER", auth.Filter
	if s.client, err = ofs.New(cfg, s.tokens, way); err != nil {
		s.t.Fatal(err)
	}
}

// run drives a plan through the real world's loop.
func (s *stage) run(text string) (drive.Result, error) {
	s.t.Helper()
	p, err := plan.Parse("night.yaml", []byte(text))
	if err != nil {
		s.t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: time.Now().UTC(), RunID: runID, Target: "itest"})
	if err != nil {
		s.t.Fatal(err)
	}
	return drive.Run(s.t.Context(), local.New(), runner.NewMachine(r), drive.Config{
		Desk: dispatch.New(s.client, s.tokens, runID), Journal: s.journal,
		Opening: []runner.Event{runner.RunStarted{Plan: r.Name, StartedAt: r.StartedAt}},
		Observers: drive.Observers{
			Turn: func(t record.Turn) { s.turns = append(s.turns, t) },
			Note: func(n record.Note) { s.notes = append(s.notes, n) },
		},
	})
}

// mustSucceed drives a plan of so many triggers to its end, and wants each carried out exactly once, nothing
// failed, and a journal that verifies.
func (s *stage) mustSucceed(text string, triggers int) {
	s.t.Helper()
	result, err := s.run(text)
	if err != nil || result.End == nil || result.End.Outcome != fact.Succeeded {
		s.t.Fatalf("ended as %+v, %v\n%s", result, err, s.text())
	}
	for _, turn := range s.turns {
		for _, m := range turn.Decision.Moves {
			if m.Failure != nil {
				s.t.Errorf("%s: %s", m.Step, m.Why)
			}
		}
	}
	s.lawful(triggers)
}

// lawful checks what must hold after every night.
func (s *stage) lawful(triggers int) {
	s.t.Helper()
	marks := map[string]bool{}
	for _, c := range s.sim.Carried() {
		if marks[c.Mark] {
			s.t.Errorf("%s was carried out twice", c.Mark)
		}
		marks[c.Mark] = true
	}
	if len(marks) != triggers {
		s.t.Errorf("%d requests were carried out, want %d", len(marks), triggers)
	}
	verdict, err := audit.Verify(bytes.NewReader(s.bytes()), audit.Expect{Run: runID})
	if err == nil {
		err = verdict.Err()
	}
	if err != nil {
		s.t.Error(err)
	}
	s.discreet(s.text())
}

// discreet checks that a text holds no secret of ours.
func (s *stage) discreet(text string) {
	s.t.Helper()
	for _, hidden := range []string{clientSecret, password, s.identity.newest()} {
		if hidden != "" && bytes.Contains([]byte(text), []byte(hidden)) {
			s.t.Errorf("a secret in:\n%s", text)
		}
	}
}

// bytes is the journal as it is on disk.
func (s *stage) bytes() []byte {
	s.t.Helper()
	f, err := s.disk.Read(s.journal.Path())
	if err != nil {
		s.t.Fatal(err)
	}
	defer f.Close()
	data, err := io.ReadAll(f)
	if err != nil {
		s.t.Fatal(err)
	}
	return data
}

func (s *stage) text() string { return string(s.bytes()) }

// lost lists the notes that contact with a peer was lost.
func (s *stage) lost(peer record.Peer) (out []record.Note) {
	for _, n := range s.notes {
		if n.Kind == record.ContactLost && n.Peer == peer {
			out = append(out, n)
		}
	}
	return out
}

// after does something at a time of the night.
func (s *stage) after(d time.Duration, do func()) { time.AfterFunc(d, do) }

// fetch gets a token outside of a run.
func (s *stage) fetch(ctx context.Context) {
	s.t.Helper()
	if err := s.tokens.Fetch(ctx); err != nil {
		s.t.Fatal(err)
	}
}
