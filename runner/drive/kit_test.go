package drive_test

import (
	"bytes"
	"context"
	"encoding/json"
	"io"
	"net/http"
	"path"
	"slices"
	"strings"
	"sync"
	"testing"
	"testing/synctest"
	"time"

	"go.uber.org/goleak"

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
	"ofsplan/runner/virtual"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// opening is when every night begins: where the clock of a synctest bubble stands.
var opening = time.Date(2000, 1, 1, 0, 0, 0, 0, time.UTC)

// A stage is one night made ready: a scheduler, a world, a journal, and what was seen of them.
type stage struct {
	t     *testing.T
	world drive.World
	passing
	sim     *sim.Scheduler
	journal *paper
	wire    *wire
	cfg     drive.Config
	source
	ctx    context.Context
	cancel context.CancelCauseFunc
	seen
}

// passing is how time passes on a stage.
type passing struct {
	wait  func(context.Context, time.Duration) error // for a transport
	after func(time.Duration, func())                // do something at a time of the night
	timer ofs.Timer                                  // for a client; nil: the real one
}

// source is where the credentials of a stage are kept.
type source struct {
	credentials ofs.Credentials
	again       func(context.Context) (ofs.Credentials, error) // nil: they never change
}

// seen is what observers were told.
type seen struct {
	turns []record.Turn
	notes []record.Note
}

// A night is what a test wants to happen.
type night struct {
	scenario sim.Scenario
	options  sim.Options
	limits   drive.Limits
}

// everyWorld plays a test in both worlds: the real one inside a bubble whose clock stands still while
// somebody works, and the virtual one.
func everyWorld(t *testing.T, n night, test func(t *testing.T, s *stage)) {
	t.Helper()
	t.Run("local", func(t *testing.T) {
		synctest.Test(t, func(t *testing.T) { test(t, localStage(t, n)) })
	})
	t.Run("virtual", func(t *testing.T) { test(t, virtualStage(t, n)) })
}

func localStage(t *testing.T, n night) *stage {
	s := &stage{t: t, world: local.New()}
	s.after = func(d time.Duration, f func()) { time.AfterFunc(d, f) }
	s.wait = func(ctx context.Context, d time.Duration) error {
		if d == sim.Forever {
			<-ctx.Done()
			return context.Cause(ctx)
		}
		alarm := time.NewTimer(d)
		defer alarm.Stop()
		select {
		case <-alarm.C:
			return nil
		case <-ctx.Done():
			return context.Cause(ctx)
		}
	}
	s.ready(n)
	s.cfg.Journal = asidePaper{s.journal}
	return s
}

func virtualStage(t *testing.T, n night) *stage {
	w := virtual.New(opening)
	s := &stage{t: t, world: w, passing: passing{wait: w.Wait, timer: w.Timer}}
	s.after = func(d time.Duration, f func()) { w.Timer(d, f) }
	s.ready(n)
	return s
}

// ready makes scheduler, client and configuration for the stage's world.
func (s *stage) ready(n night) {
	s.t.Helper()
	var err error
	if s.sim, err = sim.New(n.scenario, n.options); err != nil {
		s.t.Fatal(err)
	}
	s.wire = &wire{next: s.sim.Transport(s.world.Now, s.wait), stage: s}
	s.ctx, s.cancel = context.WithCancelCause(context.Background())
	s.t.Cleanup(func() { s.cancel(nil) })
	s.journal = &paper{}
	s.cfg = drive.Config{
		Desk: s.desk(), Journal: s.journal, Limits: n.limits,
		Opening: []runner.Event{runner.RunStarted{Plan: "night", StartedAt: s.world.Now().UTC()}},
		Observers: drive.Observers{
			Turn: func(turn record.Turn) { s.turns = append(s.turns, turn) },
			Note: func(n record.Note) { s.notes = append(s.notes, n) },
		},
	}
}

// desk is a client for the stage's scheduler.
func (s *stage) desk() *dispatch.Desk {
	s.t.Helper()
	auth := ofs.Auth{Grant: ofs.GrantPassword, IAM: "https://iam.example.com"}
	auth.ClientID, auth.ClientSecret = secret.New("client"), secret.New("client secret")
	auth.Username, auth.Password = secret.New("ops"), secret.New("p@ss+w&rd%")
	s.credentials = auth.Credentials
	auth.Timer, auth.Again = s.timer, s.again
	tokens, err := ofs.NewTokens(auth, s.world.Now, s.wire)
	if err != nil {
		s.t.Fatal(err)
	}
	cfg := ofs.Config{BaseURL: "https://ofs.example.com/acme"}
	cfg.Tenant, cfg.Service, cfg.User = "acme", "AML", "BATCHUSER"
	cfg.Timer, cfg.Now = s.timer, s.world.Now
	client, err := ofs.New(cfg, tokens, ofs.Transport{Mutating: s.wire, Reading: s.wire})
	if err != nil {
		s.t.Fatal(err)
	}
	return dispatch.New(client, tokens, "run-1")
}

// machine is a machine for the plan.
func machine(t testing.TB, text string) *runner.Machine {
	t.Helper()
	p, err := plan.Parse("night.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: opening, RunID: "run-1", Target: "sim"})
	if err != nil {
		t.Fatal(err)
	}
	return runner.NewMachine(r)
}

// run drives the night.
func (s *stage) run(text string) (drive.Result, error) {
	s.t.Helper()
	return drive.Run(s.ctx, s.world, machine(s.t, text), s.cfg)
}

// mustEnd drives the night and wants an outcome.
func (s *stage) mustEnd(text string, want fact.Outcome) drive.Result {
	s.t.Helper()
	result, err := s.run(text)
	if err != nil {
		s.t.Fatalf("%v\n%s", err, s.journal)
	}
	if result.End == nil || result.End.Outcome != want {
		s.t.Fatalf("ended as %+v, want %s\n%s", result, want, s.journal)
	}
	s.lawful()
	return result
}

// lawful checks what must hold after every night: each request is carried out at most once, and none that
// was not durable as request.sent before.
func (s *stage) lawful() {
	s.t.Helper()
	marks := map[string]bool{}
	for _, c := range s.sim.Carried() {
		if marks[c.Mark] {
			s.t.Errorf("%s was carried out twice", c.Mark)
		}
		marks[c.Mark] = true
		if !slices.Contains(s.journal.sentDurably(), strings.TrimPrefix(c.Mark, "run-1/")) {
			s.t.Errorf("%s was carried out and is not on disk as sent\n%s", c.Mark, s.journal)
		}
	}
}

// notesOf lists the messages of the notes of a kind.
func (s *stage) notesOf(kind record.NoteKind) (out []record.Note) {
	for _, n := range s.notes {
		if n.Kind == kind {
			out = append(out, n)
		}
	}
	return out
}

// events lists the types of the recorded events, those of one step when it is named.
func (s *stage) events(step string) (out []string) {
	for _, e := range s.journal.entries {
		if !e.Note && (step == "" || e.Step == step) {
			out = append(out, e.Type)
		}
	}
	return out
}

// A wire notes every request that is made, and can stand in its way.
type wire struct {
	next  http.RoundTripper
	stage *stage
	// meet sees each request before the scheduler does; an answer or an error keeps it from there.
	meet func(asked) (*http.Response, error)

	mu     sync.Mutex
	asked  []asked
	flying int
	most   int // calls for the scheduler at once
}

// asked is one request as it was made.
type asked struct {
	At   time.Duration // since the night began
	Op   string        // the last word of the path; token for the identity service
	Code string        // batchName
	Run  string        // batchRunId
	ctx  context.Context
	*http.Request
}

// RoundTrip notes the request and passes it on.
func (w *wire) RoundTrip(req *http.Request) (*http.Response, error) {
	a := asked{At: w.stage.world.Now().Sub(opening), Op: path.Base(req.URL.Path), ctx: req.Context(), Request: req}
	body, err := io.ReadAll(req.Body)
	if err != nil {
		return nil, err
	}
	req.Body = io.NopCloser(bytes.NewReader(body))
	var names struct{ BatchName, BatchRunID string }
	if a.Op != "token" {
		if err := json.Unmarshal(body, &names); err != nil {
			return nil, err
		}
	}
	a.Code, a.Run = names.BatchName, names.BatchRunID
	w.enter(a)
	defer w.leave(a)
	if w.meet != nil {
		if resp, err := w.meet(a); resp != nil || err != nil {
			return resp, err
		}
	}
	return w.next.RoundTrip(req)
}

func (w *wire) enter(a asked) {
	w.mu.Lock()
	defer w.mu.Unlock()
	w.asked = append(w.asked, a)
	if a.Op != "token" {
		w.flying++
		w.most = max(w.most, w.flying)
	}
}

func (w *wire) leave(a asked) {
	w.mu.Lock()
	defer w.mu.Unlock()
	if a.Op != "token" {
		w.flying--
	}
}

// of lists the requests of one kind. The connection tried before the first request counts as an interrupt.
func (w *wire) of(op string) (out []asked) {
	w.mu.Lock()
	defer w.mu.Unlock()
	for _, a := range w.asked {
		if a.Op == op {
			out = append(out, a)
		}
	}
	return out
}
