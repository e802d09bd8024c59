package itest

import (
	"fmt"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ofsplan/ofs"
	"ofsplan/ofs/sim"
)

// web is a plan of several chains that start together, so that requests and looks come at once.
func web(chains, length int) string {
	var b strings.Builder
	b.WriteString("version: 1\nname: web\nsteps:\n")
	for c := range chains {
		for i := range length {
			needs := "[]" // none, rather than all above
			if i > 0 {
				needs = fmt.Sprintf("s%d_%d", c, i-1)
			}
			fmt.Fprintf(&b, "  - id: s%d_%d\n    needs: %s\n    trigger: {batch: B%d_%d}\n", c, i, needs, c, i)
		}
	}
	return b.String()
}

// uneven is a night in which batches take as long as they like.
func uneven() sim.Scenario {
	return sim.Scenario{Unknown: sim.Unknown{Duration: &sim.Length{Mean: 4 * time.Minute, Spread: 3 * time.Minute}}}
}

// The password is shown once. From then on every token comes from the newest refresh token.
func TestTokensThatEndEverySecondAreRefreshed(t *testing.T) {
	for _, life := range []time.Duration{time.Second, 2 * time.Second} {
		t.Run(life.String(), func(t *testing.T) {
			night{life: life, scenario: uneven()}.play(t, func(t *testing.T, s *stage) {
				s.mustSucceed(web(4, 5), 20)
				if got := s.identity.count("password"); got != 1 {
					t.Errorf("the password was shown %d times: %s", got, s.identity.calls())
				}
				if got := s.identity.count("refresh_token"); got < 20 {
					t.Errorf("only %d refreshes", got)
				}
				if strings.Contains(s.identity.calls(), "refused") || len(s.lost("identity service")) > 0 {
					t.Errorf("something was refused: %s", s.identity.calls())
				}
			})
		})
	}
}

func TestClientCredentialsComeWithoutRefreshTokens(t *testing.T) {
	night{life: time.Second, grant: ofs.GrantClient, scenario: uneven()}.play(t, func(t *testing.T, s *stage) {
		s.mustSucceed(web(3, 3), 9)
		if s.identity.count("refresh_token") != 0 || s.identity.count("client_credentials") < 9 {
			t.Errorf("asked for: %s", s.identity.calls())
		}
	})
}

// A refresh token that somebody else has used is dead, and with it every token that came of it: the server takes
// the one who comes second for a thief. We show the password again, once.
func TestAReusedRefreshTokenFallsBackToThePassword(t *testing.T) {
	night{life: 2 * time.Second, scenario: uneven()}.play(t, func(t *testing.T, s *stage) {
		s.after(7*time.Minute+7*time.Second, func() { // while nobody looks
			form := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {s.identity.newest()}}
			if w := s.identity.post("/oauth2/v1/token", clientID, clientSecret, form); w.Code != http.StatusOK {
				t.Errorf("the thief got HTTP %d", w.Code)
			}
		})
		s.mustSucceed(web(3, 4), 12)
		if s.identity.count("password") != 2 || s.identity.count("refresh_token refused") != 1 {
			t.Errorf("asked for: %s", s.identity.calls())
		}
		if lost := s.lost("identity service"); len(lost) != 0 {
			t.Errorf("that is no lost contact: %v", lost)
		}
	})
}

// The server has rotated and its answer is lost: the refresh token we hold is dead, and we cannot know.
func TestALostRefreshFallsBackToThePassword(t *testing.T) {
	night{life: 2 * time.Second, scenario: uneven()}.play(t, func(t *testing.T, s *stage) {
		n := 0
		s.identity.turns.lose = func() bool { n++; return n == 10 }
		s.mustSucceed(web(3, 4), 12)
		if s.identity.count("password") != 2 || s.identity.count("refresh_token refused") != 1 {
			t.Errorf("asked for: %s", s.identity.calls())
		}
	})
}

func TestARefreshTokenThatEndsFallsBackToThePassword(t *testing.T) {
	night{life: time.Second, scenario: uneven()}.play(t, func(t *testing.T, s *stage) {
		s.identity.config.RefreshTokenLifespan = 10 * time.Second // looks are 30 s apart
		s.mustSucceed(web(1, 3), 3)
		if s.identity.count("password") < 5 || s.identity.count("password refused") != 0 {
			t.Errorf("asked for: %s", s.identity.calls())
		}
	})
}

// Whoever revokes a night's tokens (RFC 7009) costs it a sign-in, and nothing else: what was refused for want of a
// token is asked again under a key of its own.
func TestTokensRevokedInMidRun(t *testing.T) {
	night{life: time.Hour, scenario: uneven()}.play(t, func(t *testing.T, s *stage) {
		for i := range 6 {
			s.after(time.Duration(i+1)*150*time.Second, func() {
				form := url.Values{"token": {s.identity.newest()}, "token_type_hint": {"refresh_token"}}
				if w := s.identity.post("/oauth2/v1/revoke", clientID, clientSecret, form); w.Code != http.StatusOK {
					t.Errorf("revoking: HTTP %d", w.Code)
				}
			})
		}
		s.mustSucceed(web(4, 5), 20)
		if got := s.identity.count("password"); got != 7 {
			t.Errorf("%d sign-ins: %s", got, s.identity.calls())
		}
		if lost := append(s.lost("identity service"), s.lost("scheduler")...); len(lost) != 0 {
			t.Errorf("that is no lost contact: %v", lost)
		}
	})
}

// An answer that promises more life than the token has.
func TestTokensThatEndBeforeTheirTime(t *testing.T) {
	night{life: 20 * time.Second, scenario: uneven()}.play(t, func(t *testing.T, s *stage) {
		s.identity.turns.tell = func(any) any { return 3600 }
		s.mustSucceed(web(2, 4), 8)
		if s.identity.count("password") != 1 || s.identity.count("refresh_token") < 8 {
			t.Errorf("asked for: %s", s.identity.calls())
		}
	})
}

// An answer that says the token is over already, as servers that round down do in a token's last second.
func TestTokensOfNoLife(t *testing.T) {
	night{life: time.Second, scenario: uneven()}.play(t, func(t *testing.T, s *stage) {
		s.identity.turns.tell = func(any) any { return 0 }
		s.mustSucceed(web(2, 3), 6)
		if got := s.guard.unknown.Load(); got > 2 {
			t.Errorf("dead tokens were shown %d times", got)
		}
	})
}

// While the identity service is away a run waits, and nothing fails.
func TestAnIdentityServiceThatGoesAndComesBack(t *testing.T) {
	for _, way := range []struct {
		name string
		away func(*stage, bool)
	}{
		{"nobody listens", func(s *stage, away bool) { s.street.houses["iam.example.com"].leave(away) }},
		{"503", func(s *stage, away bool) {
			s.identity.hide(away, func(w http.ResponseWriter) {
				w.Header().Set("Retry-After", "30")
				http.Error(w, `{"error":"temporarily_unavailable"}`, http.StatusServiceUnavailable)
			})
		}},
		{"a sign-in page", func(s *stage, away bool) {
			s.identity.hide(away, func(w http.ResponseWriter) { fmt.Fprint(w, "<html>Sign in</html>") })
		}},
	} {
		t.Run(way.name, func(t *testing.T) {
			sc := sim.Scenario{Unknown: sim.Unknown{Duration: sim.Lasting(50 * time.Minute)}}
			night{life: time.Minute, scenario: sc}.play(t, func(t *testing.T, s *stage) {
				s.after(10*time.Minute+7*time.Second, func() { way.away(s, true) }) // while nobody looks
				s.after(3*time.Hour, func() { way.away(s, false) })
				begun := time.Now()
				s.mustSucceed(web(3, 1), 3)
				if took := time.Since(begun); took < 3*time.Hour {
					t.Errorf("over after %s", took)
				}
				if got := len(s.lost("identity service")); got != 1 {
					t.Errorf("told %d times that contact is lost", got)
				}
				if s.identity.count("password") != 1 {
					t.Errorf("asked for: %s", s.identity.calls())
				}
			})
		})
	}
}
