package sim_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"os"
	"path/filepath"
	"testing"
	"time"

	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
)

// A face is a way to reach a scheduler.
type face struct {
	name  string
	reach func(t *testing.T, s *sim.Scheduler) (base string, transport ofs.Transport)
}

// faces are all three.
func faces() []face {
	served := func(tls bool) func(*testing.T, *sim.Scheduler) (string, ofs.Transport) {
		return func(t *testing.T, s *sim.Scheduler) (string, ofs.Transport) {
			v := serve(t, s, sim.ServeOptions{TLS: tls})
			return v.URL, trusting(t, v)
		}
	}
	return []face{
		{"in process", func(t *testing.T, s *sim.Scheduler) (string, ofs.Transport) {
			rt := s.Transport(func() time.Time { return midnight }, waitNot)
			return "https://simulated", ofs.Transport{Mutating: rt, Reading: rt}
		}},
		{"http", served(false)},
		{"https", served(true)},
	}
}

// waitNot is a clock in which time passes at once, and what never comes is given up.
func waitNot(ctx context.Context, d time.Duration) error {
	if d == sim.Forever {
		<-ctx.Done()
	}
	if ctx.Err() != nil {
		return context.Cause(ctx)
	}
	return nil
}

func serve(t *testing.T, s *sim.Scheduler, opts sim.ServeOptions) *sim.Server {
	t.Helper()
	v, err := sim.Serve(s, opts)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(v.Close)
	return v
}

// trusting is the real transport, made to trust the server.
func trusting(t *testing.T, v *sim.Server) ofs.Transport {
	t.Helper()
	var trust ofs.TLS
	if v.CAPEM != nil {
		trust.CAFile = filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(trust.CAFile, v.CAPEM, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	tr, err := ofs.NewTransport(trust)
	if err != nil {
		t.Fatal(err)
	}
	t.Cleanup(tr.CloseIdle)
	return tr
}

// newClient is the real client with a token, and with the patience for one answer.
func newClient(t *testing.T, base string, tr ofs.Transport, patience time.Duration) *ofs.Client {
	t.Helper()
	tokens, err := ofs.NewTokens(ofs.Auth{
		Grant: ofs.GrantClient, IAM: base,
		Credentials: ofs.Credentials{ClientID: secret.New("client"), ClientSecret: secret.New("secret")},
	}, time.Now, tr.Reading)
	if err != nil {
		t.Fatal(err)
	}
	if err := tokens.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	c, err := ofs.New(ofs.Config{
		BaseURL:  base,
		Identity: ofs.Identity{Tenant: "acme-prd", Service: "OFS_AMLCS", User: "BATCHUSER"},
		Bounds:   ofs.Bounds{AnswerTimeout: patience, MaxAnswer: 1 << 20},
	}, tokens, tr)
	if err != nil {
		t.Fatal(err)
	}
	return c
}

// An encounter is what the real client makes of a fault: the class of a trigger, how often it was carried out,
// and what becomes of a look.
type encounter struct {
	fault   sim.Fault
	class   ofs.Class
	carried int
	look    ofs.Kind // empty: an answer
}

var encounters = []encounter{
	{sim.Fault{}, ofs.Accepted, 1, ""},
	{sim.Fault{Do: sim.DropAnswer}, ofs.InDoubt, 1, ofs.KindLost},
	{sim.Fault{Do: sim.DropRequest}, ofs.InDoubt, 0, ofs.KindLost},
	{sim.Fault{Do: sim.Reset}, ofs.InDoubt, 1, ofs.KindLost},
	{sim.Fault{Do: sim.Hang}, ofs.InDoubt, 1, ofs.KindLost},
	{sim.Fault{Do: sim.Slow, Delay: time.Millisecond}, ofs.Accepted, 1, ""},
	{sim.Fault{Do: sim.Truncate}, ofs.InDoubt, 1, ofs.KindLost},
	{sim.Fault{Do: sim.HTML}, ofs.InDoubt, 0, ofs.KindLost},
	{sim.Fault{Do: sim.Huge}, ofs.InDoubt, 1, ofs.KindLost},
	{sim.Fault{Do: sim.HTTPStatus, Status: 503, RetryAfter: time.Minute}, ofs.InDoubt, 0, ofs.KindLost},
	{sim.Fault{Do: sim.HTTPStatus, Status: 504}, ofs.InDoubt, 1, ofs.KindLost},
	{sim.Fault{Do: sim.HTTPStatus, Status: 429, RetryAfter: time.Minute}, ofs.Refused, 0, ofs.KindLost},
	{sim.Fault{Do: sim.HTTPStatus, Status: 307}, ofs.Refused, 0, ofs.KindRefused},
	{sim.Fault{Do: sim.HTTPStatus, Status: 204}, ofs.InDoubt, 0, ofs.KindLost},
	{sim.Fault{Do: sim.ExpireToken}, ofs.Refused, 0, ofs.KindUnauthorized},
	{sim.Fault{Do: sim.CodesAsNumbers}, ofs.Accepted, 1, ""},
	{sim.Fault{Do: sim.LetterO}, ofs.InDoubt, 1, ofs.KindLost},
}

// A fault is the same to the real client on every face.
func TestFaultsAreTheSameOnEveryFace(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	for _, e := range encounters {
		for _, f := range faces() {
			t.Run(string(e.fault.Do)+http.StatusText(e.fault.Status)+" "+f.name, func(t *testing.T) { e.check(t, f) })
		}
	}
}

// check meets the fault on one face.
func (e encounter) check(t *testing.T, f face) {
	sc := sim.Scenario{Elsewhere: map[string]sim.Elsewhere{"X_1": {Code: "X"}}}
	if e.fault.Do != "" {
		trigger, status := e.fault, e.fault
		trigger.On, status.On = "trigger", "status"
		sc.Faults = []sim.Fault{trigger, status}
	}
	s, err := sim.New(sc, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	patience := time.Minute
	if e.fault.Do == sim.Hang {
		patience = 50 * time.Millisecond // it costs as much
	}
	base, tr := f.reach(t, s)
	client := newClient(t, base, tr, patience)
	order, err := client.Trigger(ofs.Order{Object: ofs.Batch, Code: "LOAD", MISDate: "2026-11-20"})
	if err != nil {
		t.Fatal(err)
	}
	opened := 0
	got := client.Send(t.Context(), order, "load/1/trigger/1", func() error { opened++; return nil })
	if got.Class != e.class || got.RetryAfter != e.fault.RetryAfter {
		t.Errorf("trigger: %s, retry after %s; want %s, %s (%v)",
			got.Class, got.RetryAfter, e.class, e.fault.RetryAfter, got.Err)
	}
	carried := s.Carried()
	if len(carried) != e.carried || opened != 1 {
		t.Errorf("carried out %d times through %d gates, want %d, 1", len(carried), opened, e.carried)
	}
	if len(carried) == 1 && carried[0].Mark != "load/1/trigger/1" {
		t.Errorf("the mark is %q, of %q", carried[0].Mark, carried[0].Agent)
	}
	if got := look(t, newClient(t, base, tr, patience)); got != e.look {
		t.Errorf("status: %q, want %q", got, e.look)
	}
}

// look asks for the status of the run that others started, with a token of its own.
func look(t *testing.T, client *ofs.Client) ofs.Kind {
	t.Helper()
	status, err := client.Status("X_1", nil)
	if err != nil {
		t.Fatal(err)
	}
	_, err = client.Ask(t.Context(), status)
	if call, ok := errors.AsType[*ofs.CallError](err); ok {
		return call.Kind
	}
	if err != nil {
		t.Error(err)
	}
	return ""
}

// While nobody listens, nothing is sent; afterwards the same port answers again.
func TestDown(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	sc := sim.Scenario{
		Start:  midnight,
		Faults: []sim.Fault{{Do: sim.Down, At: &sim.Clock{Minute: 30}, For: 30 * time.Minute}},
	}
	const speed = 6000 // half an hour in 0.3 s
	t.Run("in process", func(t *testing.T) {
		s, at := newScheduler(t, sc), midnight
		rt := s.Transport(func() time.Time { return at }, waitNot)
		send := sender(t, "https://simulated", ofs.Transport{Mutating: rt, Reading: rt})
		for _, c := range []struct {
			minute time.Duration
			want   ofs.Class
		}{{0, ofs.Accepted}, {29, ofs.Accepted}, {30, ofs.NotSent}, {59, ofs.NotSent}, {60, ofs.Accepted}} {
			at = midnight.Add(c.minute * time.Minute)
			if got := send(); got != c.want {
				t.Errorf("after %d minutes: %s, want %s", c.minute, got, c.want)
			}
		}
	})
	for _, tls := range []bool{false, true} {
		t.Run(fmt.Sprintf("served, TLS %t", tls), func(t *testing.T) {
			s, err := sim.New(sc, sim.Options{Speed: speed})
			if err != nil {
				t.Fatal(err)
			}
			v := serve(t, s, sim.ServeOptions{TLS: tls})
			send := sender(t, v.URL, trusting(t, v))
			for _, want := range []ofs.Class{ofs.Accepted, ofs.NotSent, ofs.Accepted} {
				for got := send(); got != want; got = send() {
					if v.Now().After(midnight.Add(100 * time.Hour)) {
						t.Fatalf("still %s, want %s", got, want)
					}
				}
			}
			if now := v.Now(); now.Before(midnight.Add(time.Hour)) {
				t.Errorf("it was back at %s", now)
			}
		})
	}
}

// sender triggers the same batch again and again.
func sender(t *testing.T, base string, tr ofs.Transport) func() ofs.Class {
	t.Helper()
	client := newClient(t, base, tr, time.Minute)
	order, err := client.Trigger(ofs.Order{Object: ofs.Batch, Code: "LOAD"})
	if err != nil {
		t.Fatal(err)
	}
	return func() ofs.Class {
		return client.Send(t.Context(), order, "x", func() error { return nil }).Class
	}
}

// The gate in process: what it refuses is not carried out, and nothing was written when it is asked.
func TestTransportKeepsTheGate(t *testing.T) {
	refused := errors.New("not wanted any more")
	for _, c := range []struct {
		name   string
		ctx    func(context.Context) context.Context
		commit error
		class  ofs.Class
		times  int
	}{
		{"open", func(ctx context.Context) context.Context { return ctx }, nil, ofs.Accepted, 1},
		{"refused", func(ctx context.Context) context.Context { return ctx }, refused, ofs.NotSent, 0},
		{"canceled before", func(ctx context.Context) context.Context {
			ctx, cancel := context.WithCancelCause(ctx)
			cancel(refused)
			return ctx
		}, nil, ofs.NotSent, 0},
	} {
		t.Run(c.name, func(t *testing.T) {
			s := newScheduler(t, sim.Scenario{})
			rt := s.Transport(func() time.Time { return midnight }, waitNot)
			client := newClient(t, "https://simulated", ofs.Transport{Mutating: rt, Reading: rt}, time.Minute)
			order, err := client.Trigger(ofs.Order{Object: ofs.Batch, Code: "LOAD"})
			if err != nil {
				t.Fatal(err)
			}
			got := client.Send(c.ctx(t.Context()), order, "x", func() error {
				if len(s.Carried()) > 0 {
					t.Error("carried out before the gate opened")
				}
				return c.commit
			})
			if got.Class != c.class || len(s.Carried()) != c.times {
				t.Errorf("%s, carried out %d times, want %s, %d (%v)", got.Class, len(s.Carried()), c.class, c.times, got.Err)
			}
		})
	}
}
