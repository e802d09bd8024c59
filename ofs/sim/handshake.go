package sim

import (
	"crypto/tls"
	"net"
	"time"
)

// Faults of connections and of who we are: a kept connection that the server closes as a look leaves, a client certificate that is
// not accepted, a client secret that is replaced.

// races reports whether a request leaves on a kept connection that the server closes just then. It is one for looks alone.
func (s *Scheduler) races(now time.Time, r Request) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	c := call{Request: r, at: s.since(now), op: opOf(r.Path)}
	if c.op != opStatus {
		return false
	}
	c.read(s)
	hit := false
	for i := range s.night.faults {
		if p := &s.night.faults[i]; p.Do == KeepaliveRace && p.Hits(c.at, c.op, c.code) {
			p.struck++
			hit = true
		}
	}
	return hit
}

// alert is what a client reads in place of an answer when its certificate is not accepted: in TLS 1.3 the handshake is over for
// it by then.
var alert = &net.OpError{Op: "remote error", Err: tls.AlertError(116)}

// refuses reports whether the server does not accept the client's certificate.
func (s *Scheduler) refuses(now time.Time, path string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	at, op := s.since(now), opOf(path)
	for i := range s.night.faults {
		p := &s.night.faults[i]
		if p.Do == RefuseCertificate && p.within(at) && (p.On == "" && op != opToken || p.On == op) {
			p.struck++
			return true
		}
	}
	return false
}

// WantsCertificate reports whether the scheduler asks clients for a certificate: it does when the scenario has it refuse one
// some time.
func (s *Scheduler) WantsCertificate() bool {
	for _, f := range s.sc.Faults {
		if f.Do == RefuseCertificate {
			return true
		}
	}
	return false
}

// RotatedSecret is the client secret that the identity service takes, and no other, once rotate_secret has come.
const RotatedSecret = "the rotated client secret"

// Secret is the client secret as it is kept where the client has it from: old, or RotatedSecret once that is there.
func (s *Scheduler) Secret(now time.Time, old string) string {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.since(now)
	for i := range s.night.faults {
		if p := &s.night.faults[i]; p.Do == RotateSecret && p.within(at-p.Delay) {
			return RotatedSecret
		}
	}
	return old
}

// takesSecret reports whether the identity service takes a client secret.
func (s *Scheduler) takesSecret(secret string, at time.Duration) bool {
	for i := range s.night.faults {
		if p := &s.night.faults[i]; p.Do == RotateSecret && p.within(at) {
			if !s.opts.reads(RotatedSecret, secret) {
				p.struck++
				return false
			}
			return true
		}
	}
	return s.opts.reads(s.opts.ClientSecret, secret)
}
