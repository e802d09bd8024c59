package sim_test

import (
	"context"
	"errors"
	"testing"
	"time"

	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
)

// A look that leaves on a kept connection as it closes is answered on a fresh one, whichever face it meets; what changes
// something never leaves on a kept one.
func TestALookMeetsAConnectionAsItCloses(t *testing.T) {
	for _, f := range faces() {
		t.Run(f.name, func(t *testing.T) {
			s, err := sim.New(sim.Scenario{Faults: []sim.Fault{{On: "status", Every: 1, Do: sim.KeepaliveRace}}}, sim.Options{})
			if err != nil {
				t.Fatal(err)
			}
			base, tr := f.reach(t, s)
			c := newClient(t, base, tr, time.Minute)
			order, err := c.Trigger(ofs.Order{Object: ofs.Batch, Code: "LOAD"})
			if err != nil {
				t.Fatal(err)
			}
			got := c.Send(t.Context(), order, "x", func() error { return nil })
			if got.Class != ofs.Accepted {
				t.Fatalf("got %+v", got)
			}
			look, err := c.Status(got.BatchRunID, nil)
			if err != nil {
				t.Fatal(err)
			}
			for range 3 {
				if _, err := c.Ask(t.Context(), look); err != nil {
					t.Error(err)
				}
			}
			if n := s.Asked().Status; n != 3 || s.Struck()[0] == 0 {
				t.Errorf("%d looks were answered, %v struck", n, s.Struck())
			}
		})
	}
}

// A certificate that is not accepted is told in place of the first answer, when the connection stands: nothing is carried out, and
// first contact finds it out.
func TestACertificateIsRefused(t *testing.T) {
	for on, token := range map[string]ofs.Kind{"": "", "token": ofs.KindLost} {
		s, err := sim.New(sim.Scenario{Faults: []sim.Fault{{On: on, Do: sim.RefuseCertificate}}}, sim.Options{NoToken: true})
		if err != nil {
			t.Fatal(err)
		}
		rt := s.Transport(func() time.Time { return midnight }, waitNot)
		tokens, err := ofs.NewTokens(ofs.Auth{Grant: ofs.GrantClient, IAM: "https://simulated", Credentials: ofs.Credentials{
			ClientID: secret.New("client"), ClientSecret: secret.New("secret"),
		}}, func() time.Time { return midnight }, rt)
		if err != nil {
			t.Fatal(err)
		}
		e, failed := errors.AsType[*ofs.CallError](tokens.Fetch(t.Context()))
		if failed != (token != "") || failed && (e.Kind != token || e.Trouble != ofs.Untrusted) {
			t.Errorf("on %q: a token: %v", on, e)
		}
		c, err := ofs.New(ofs.Config{
			BaseURL: "https://simulated", Identity: ofs.Identity{Tenant: "acme-prd", Service: "OFS_AMLCS", User: "BATCHUSER"},
		}, nil, ofs.Transport{Mutating: rt, Reading: rt, Asked: s.WantsCertificate})
		if err != nil {
			t.Fatal(err)
		}
		order, err := c.Trigger(ofs.Order{Object: ofs.Batch, Code: "LOAD"})
		if err != nil {
			t.Fatal(err)
		}
		if got := c.Send(t.Context(), order, "x", func() error { return nil }); on == "" && (got.Class != ofs.InDoubt || got.Trouble != ofs.Untrusted || len(s.Carried()) != 0) {
			t.Errorf("got %+v", got)
		}
		e, failed = errors.AsType[*ofs.CallError](c.Greet(t.Context()))
		if !c.MustProve() || failed != (on == "") || failed && (e.HTTP != 0 || e.Trouble != ofs.Untrusted) {
			t.Errorf("on %q: greeted with %v", on, e)
		}
	}
}

// A secret that is replaced at the identity service first is refused until its source has the new one.
func TestASecretIsRotated(t *testing.T) {
	start := midnight
	at := func(d time.Duration) time.Time { return start.Add(d) }
	hour := at(time.Hour)
	s, err := sim.New(sim.Scenario{Start: start, Faults: []sim.Fault{{
		On: "token", At: &sim.Clock{Hour: hour.Hour(), Minute: hour.Minute(), Second: hour.Second()}, Do: sim.RotateSecret, Delay: 20 * time.Minute,
	}}}, sim.Options{Credentials: sim.Credentials{ClientSecret: "old"}})
	if err != nil {
		t.Fatal(err)
	}
	now := start
	for _, c := range []struct {
		after      time.Duration
		takes, has string
	}{
		{0, "old", "old"}, {59 * time.Minute, "old", "old"}, {time.Hour, sim.RotatedSecret, "old"}, {79 * time.Minute, sim.RotatedSecret, "old"},
		{80 * time.Minute, sim.RotatedSecret, sim.RotatedSecret}, {48 * time.Hour, sim.RotatedSecret, sim.RotatedSecret},
	} {
		now = at(c.after)
		if got := s.Secret(now, "old"); got != c.has {
			t.Errorf("after %s the source has %q", c.after, got)
		}
		for _, shown := range []string{"old", sim.RotatedSecret} {
			auth := ofs.Auth{Grant: ofs.GrantClient, IAM: "https://simulated"}
			auth.ClientID, auth.ClientSecret = secret.New("client"), secret.New(shown)
			tokens, err := ofs.NewTokens(auth, time.Now, s.Transport(func() time.Time { return now }, waitNot))
			if err != nil {
				t.Fatal(err)
			}
			if err := tokens.Fetch(context.Background()); (err == nil) != (shown == c.takes) {
				t.Errorf("after %s, %q: %v", c.after, shown, err)
			}
		}
	}
	if s.Struck()[0] == 0 {
		t.Error("nothing was refused because of it")
	}
}

// Faults of connections and secrets are checked like all others.
func TestFaultsOfConnectionsAreChecked(t *testing.T) {
	for _, f := range []sim.Fault{
		{On: "trigger", Do: sim.KeepaliveRace}, {On: "status", Do: sim.RefuseCertificate}, {Nth: 1, Do: sim.RefuseCertificate},
		{Do: sim.RotateSecret}, {On: "token", Nth: 2, Do: sim.RotateSecret}, {On: "token", For: time.Hour, Do: sim.RotateSecret},
		{On: "status", Do: sim.KeepaliveRace, Delay: time.Second}, {Do: sim.RefuseCertificate, RetryAfter: time.Second},
	} {
		if len(sim.Scenario{Faults: []sim.Fault{f}}.Check()) == 0 {
			t.Errorf("%+v passes", f)
		}
	}
}
