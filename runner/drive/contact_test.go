package drive_test

import (
	"context"
	"errors"
	"fmt"
	"net/http"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// leaveMe is an answer that asks to be left alone.
func leaveMe(status int, d time.Duration) *http.Response {
	resp := answer(status, "maintenance")
	resp.Header.Set("Retry-After", strconv.Itoa(int(d.Seconds())))
	return resp
}

// What a scheduler asks for holds back the looks at one batch run, for five minutes at most, and nothing else.
func TestRetryAfterIsAdvice(t *testing.T) {
	for _, c := range []struct {
		asks time.Duration
		want time.Duration // between the looks
		says string        // in a note; empty: nobody hears of it
	}{
		{2 * time.Second, time.Minute, ""}, // as often as the plan says
		{90 * time.Second, 90 * time.Second, `it asks to be left alone until 00:02:40Z; that is no outcome`},
		{4*time.Minute + 59*time.Second, 4*time.Minute + 59*time.Second, `left alone until 00:06:09Z; that`},
		{10 * time.Minute, 5 * time.Minute, `left alone until 00:11:10Z, and is asked again at 00:06:10Z`},
		{3 * time.Hour, 5 * time.Minute, `left alone until 03:01:10Z, and is asked again at 00:06:10Z`},
		{400 * time.Hour, 5 * time.Minute, `left alone until 2000-01-02T00:01:10Z, and is asked again at 00:06:10Z`},
	} {
		t.Run(c.asks.String(), func(t *testing.T) {
			everyWorld(t, night{scenario: lasting(20 * time.Minute)}, func(t *testing.T, s *stage) {
				met := false
				s.wire.meet = func(a asked) (*http.Response, error) {
					if a.Op == "status" && a.At >= time.Minute && !met {
						met = true
						return leaveMe(503, c.asks), nil
					}
					return nil, nil
				}
				s.mustEnd(one, fact.Succeeded)
				looks := s.wire.of("status")
				at := slices.IndexFunc(looks, func(a asked) bool { return a.At >= time.Minute })
				if got := looks[at+1].At - looks[at].At; got < c.want || got > c.want+time.Second {
					t.Errorf("asked again after %s, want %s", got, c.want)
				}
				told := s.notesOf(record.LookRefused)
				if (len(told) == 1) != (c.says != "") || len(told) == 1 && !regexp.MustCompile(c.says).MatchString(told[0].Message) {
					t.Errorf("told %v, want %q", told, c.says)
				}
				if lost, back := s.notesOf(record.ContactLost), s.notesOf(record.LookAnswered); len(lost) > 0 || len(back) != len(told) {
					t.Errorf("lost %v, answered again %v", lost, back)
				}
			})
		})
	}
}

// The night in which one answer stopped everything: another step that becomes due meanwhile is triggered as if nothing were.
const beside = `
version: 1
name: beside
steps:
  - id: load
    needs: []
    trigger: {batch: LOAD}
  - id: nap
    needs: []
    sleep: 10m
  - id: other
    needs: nap
    trigger: {batch: OTHER}
`

func TestRetryAfterOfOneLookHoldsNobodyElseBack(t *testing.T) {
	sc := lasting(20 * time.Minute)
	sc.Faults = []sim.Fault{{On: "status", Nth: 3, Do: sim.HTTPStatus, Status: 503, RetryAfter: 3 * time.Hour}}
	everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
		result := s.mustEnd(strings.Replace(beside, "10m", "2m", 1), fact.Succeeded)
		if got := s.wire.of("trigger"); len(got) != 2 || got[1].At != 2*time.Minute {
			t.Errorf("triggered %v", got)
		}
		if got := result.At.Sub(opening); got > 35*time.Minute {
			t.Errorf("it took %s", got)
		}
	})
}

// When a second batch run is answered so, it is the scheduler that wants to be left alone: one probe goes, at most five
// minutes apart, and people are reminded by the clock. Nothing fails as unreachable that was not tried when it was due.
func TestRetryAfterOfTwoLooksIsLostContact(t *testing.T) {
	for _, lasts := range []time.Duration{30 * time.Minute, 3 * time.Hour} {
		everyWorld(t, night{scenario: lasting(4 * time.Hour)}, func(t *testing.T, s *stage) {
			s.wire.meet = func(a asked) (*http.Response, error) {
				if a.Op == "status" && a.At > time.Minute && a.At < time.Minute+lasts {
					return leaveMe(429, 24*time.Hour), nil
				}
				return nil, nil
			}
			text := strings.Replace(beside, "needs: nap", "needs: []", 1) + "  - id: late\n    needs: nap\n    trigger: {batch: LATE}\n"
			want := fact.Succeeded
			if lasts > time.Hour {
				want = fact.Failed
			}
			s.mustEnd(text, want)
			looks := s.wire.of("status")
			for i := 1; i < len(looks); i++ {
				if gap := looks[i].At - looks[i-1].At; looks[i].At < time.Minute+lasts && gap > 5*time.Minute {
					t.Errorf("no look between %s and %s", looks[i-1].At, looks[i].At)
				}
			}
			lost, missed := s.notesOf(record.ContactLost), s.notesOf(record.ContactMissed)
			if len(lost) != 1 || !strings.Contains(lost[0].Message, "and is asked again at 00:0") {
				t.Fatalf("lost: %v", lost)
			}
			since := lost[0].Since
			for i, n := range missed {
				if due := since.Add(15*time.Minute + time.Duration(i)*time.Hour); !n.At.Equal(due) {
					t.Errorf("reminded %s, want %s", n.At.Sub(opening), due.Sub(opening))
				}
			}
			if wanted := 1 + int((lasts-15*time.Minute)/time.Hour); len(missed) != wanted {
				t.Errorf("reminded %d times, want %d", len(missed), wanted)
			}
			for _, turn := range s.turns {
				if e, ok := turn.Event.(runner.RequestNotSent); ok {
					due := opening.Add(40 * time.Minute) // the nap, and half an hour
					if probes := between(looks, 10*time.Minute, turn.At.Sub(opening)+time.Second); turn.At.Before(due) || turn.At.After(due.Add(5*time.Minute)) || len(probes) < 6 {
						t.Errorf("%s after %s, and %d probes: %s", e.Key, turn.At.Sub(opening), len(probes), e.Message)
					}
				}
			}
		})
	}
}

func between(all []asked, from, to time.Duration) (out []asked) {
	for _, a := range all {
		if a.At >= from && a.At < to {
			out = append(out, a)
		}
	}
	return out
}

// What was due while this machine slept is tried before anybody says that the scheduler could not be reached.
func TestWhatWasDueInASleepIsTriedBeforeItIsCalledUnreachable(t *testing.T) {
	everyWorld(t, night{scenario: lasting(10 * time.Minute)}, func(t *testing.T, s *stage) {
		off, inner := new(atomic.Int64), s.world
		s.world = skewed{inner, off}
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op != "trigger" || off.Load() > 0 {
				return nil, nil
			}
			if inner.Now().Sub(opening) > 5*time.Second {
				off.Store(int64(2 * time.Hour)) // it sleeps, and finds the network back
			}
			return nil, errors.New("the network is away")
		}
		s.mustEnd(one, fact.Succeeded)
	})
}

// One lost answer is nothing that people must hear of, and the next look finds the scheduler there. One that is not followed
// by another is an outage by the clock, whatever the call under way does.
func TestOneLostLookIsNoOutage(t *testing.T) {
	sc := lasting(20 * time.Minute)
	sc.Faults = []sim.Fault{{On: "status", Every: 5, Do: sim.DropAnswer}}
	everyWorld(t, night{scenario: sc}, func(t *testing.T, s *stage) {
		s.mustEnd(one, fact.Succeeded)
		s.mustTell()
	})
	for lasts, want := range map[time.Duration]int{8 * time.Second: 0, 30 * time.Second: 1} {
		everyWorld(t, night{scenario: lasting(20 * time.Minute)}, func(t *testing.T, s *stage) {
			var first time.Duration
			s.wire.meet = func(a asked) (*http.Response, error) {
				switch {
				case a.Op != "status" || a.At < time.Minute:
				case first == 0:
					first = a.At
					return nil, errors.New("reset")
				case a.At < first+5*time.Second:
					return nil, s.wait(a.ctx, lasts)
				}
				return nil, nil
			}
			s.mustEnd(one, fact.Succeeded)
			lost, back := s.notesOf(record.ContactLost), s.notesOf(record.ContactBack)
			if len(lost) != want || len(back) != want {
				t.Fatalf("a probe of %s: lost %v, back %v", lasts, lost, back)
			}
			for _, n := range lost {
				if got := n.At.Sub(n.Since); got != 10*time.Second {
					t.Errorf("told after %s", got)
				}
			}
		})
	}
}

// refusingFrom is an identity service that refuses a client secret from a time on, and takes another.
func refusingFrom(at time.Duration, old, now string) func(asked) (*http.Response, error) {
	return func(a asked) (*http.Response, error) {
		_, given, _ := a.Request.BasicAuth()
		if a.Op == "token" && a.At >= at && given != now || a.Op == "token" && a.At < at && given != old {
			return answer(401, `{"error":"invalid_client"}`), nil
		}
		return nil, nil
	}
}

// Refused credentials are shown again after 10 minutes, after 30, and then each hour, and people hear what to do.
func TestRefusedCredentialsAreShownAgainRarely(t *testing.T) {
	n := night{scenario: lasting(5 * time.Hour), options: sim.Options{TokenLife: 20 * time.Minute}}
	everyWorld(t, n, func(t *testing.T, s *stage) {
		s.wire.meet = func(a asked) (*http.Response, error) {
			if a.Op == "token" && a.At > time.Minute && a.At < 4*time.Hour {
				return answer(400, `{"error":"invalid_grant","error_description":"Your password has expired"}`), nil
			}
			return nil, nil
		}
		s.mustEnd(one, fact.Succeeded)
		var shown []time.Duration
		for _, a := range between(s.wire.of("token"), time.Minute, 5*time.Hour) {
			shown = append(shown, a.At.Truncate(time.Minute))
		}
		// The refresh token is shown, and when it is refused, the password.
		first := 19 * time.Minute
		want := []time.Duration{first, first, first + 10*time.Minute, first + 40*time.Minute, first + 100*time.Minute, first + 160*time.Minute, first + 220*time.Minute, first + 280*time.Minute}
		if fmt.Sprint(shown[:min(len(shown), len(want)-1)]) != fmt.Sprint(want[:len(want)-1]) {
			t.Errorf("shown after %v, want %v", shown, want)
		}
		const says = `the identity service does not accept the credentials: .*invalid_grant \(HTTP 400\): Your password has expired; ` +
			`check auth.username and auth.password of the target; is the account locked, or its password expired\?; ` +
			`they are shown again at 00:29:\d\dZ, at once when they change, and no oftener, so that no account is locked; ` +
			`no batch run is touched, and nothing new starts; once that is mended, Ctrl-C and ofsplan resume is faster`
		lost := s.notesOf(record.ContactLost)
		if len(lost) != 1 || !lost[0].Refused || !regexp.MustCompile(says).MatchString(lost[0].Message) {
			t.Errorf("told: %v", lost)
		}
		for _, n := range s.notesOf(record.ContactMissed) {
			if !strings.Contains(n.Message, "the identity service still does not accept the credentials after") {
				t.Errorf("reminded: %s", n.Message)
			}
		}
	})
}

// Credentials that were replaced at their source are shown at once, and nobody needs to hear of it when they are accepted.
func TestReplacedCredentialsAreShownAtOnce(t *testing.T) {
	for _, c := range []struct {
		name          string
		rotated, here time.Duration // at the identity service, at the source
		within        time.Duration // after both, contact is there
		told          int
	}{
		{"the source first", 30 * time.Minute, 20 * time.Minute, 20 * time.Minute, 0},
		{"the identity service first", 30 * time.Minute, 50 * time.Minute, time.Minute + time.Second, 1},
		{"hours later", 30 * time.Minute, 5 * time.Hour, time.Minute + time.Second, 1},
	} {
		t.Run(c.name, func(t *testing.T) {
			n := night{scenario: lasting(6 * time.Hour), options: sim.Options{TokenLife: 20 * time.Minute}}
			everyWorld(t, n, func(t *testing.T, s *stage) {
				s.again = func(context.Context) (ofs.Credentials, error) {
					source := s.credentials
					if s.world.Now().Sub(opening) >= c.here {
						source.ClientSecret = secret.New("another")
					}
					return source, nil
				}
				s.cfg.Desk = s.desk()
				s.wire.meet = refusingFrom(c.rotated, "client secret", "another")
				s.mustEnd(one, fact.Succeeded)
				both := max(c.rotated, c.here)
				if looks := s.wire.of("status"); len(between(looks, both, both+c.within)) == 0 {
					t.Errorf("no look in %s after it was mended", c.within)
				}
				if got := s.notesOf(record.ContactLost); len(got) != c.told {
					t.Errorf("told: %v", got)
				}
			})
		})
	}
}
