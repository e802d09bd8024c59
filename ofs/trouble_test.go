package ofs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"strings"
	"syscall"
	"testing"
	"time"
)

// dialed is an error as net/http returns it when nobody could be dialed.
func dialed(err error) error {
	return &url.Error{Op: "Post", URL: "https://ofs", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
}

// hidden is an alert of a type that crypto/tls keeps to itself.
type hidden uint8

func (h hidden) Error() string { return tls.AlertError(h).Error() }

// overTCP is an alert as crypto/tls returns it from a connection.
func overTCP(op string, alert uint8) error { return &net.OpError{Op: op, Err: hidden(alert)} }

// alerted is an error as net/http returns it when the other side ended TLS with an alert.
func alerted(alert uint8) error {
	return &url.Error{Op: "Post", URL: "https://ofs", Err: &net.OpError{Op: "remote error", Err: tls.AlertError(alert)}}
}

// Whatever goes wrong on the way is sorted by its type, and whoever reads of it is told what to configure.
func TestTroublesAreSorted(t *testing.T) {
	const (
		nothing = ""
		network = "check url of the target, the network and the proxy (HTTPS_PROXY, NO_PROXY)"
		slow    = "check url of the target, the network and firewalls on the way"
		caFile  = "put the certificate of the scheduler, or of who signed it, as PEM into tls.ca_file of the target"
		noTLS   = "the scheduler does not speak TLS there: check url of the target"
	)
	type row struct {
		name   string
		err    error
		want   Trouble
		advice string
	}
	rows := []row{
		{"none", nil, "", nothing},
		{"nothing we can name", errors.New("no idea"), "", nothing},
		{"the caller stopped it", stopError{errors.New("SIGTERM")}, Stopped, nothing},
		{"the caller's context ended", fmt.Errorf("ask: %w", context.Canceled), Stopped, nothing},
		{"stopped while a name was looked up", dialed(stopError{errors.New("SIGTERM")}), Stopped, nothing},
		{"no answer in our time", errTimeout, Slow, slow},
		{"no answer in the caller's time", context.DeadlineExceeded, Slow, slow},
		{"a read timed out", &net.OpError{Op: "read", Err: os.ErrDeadlineExceeded}, Slow, slow},
		{"a dial timed out", dialed(syscall.ETIMEDOUT), Slow, slow},
		{"no such host", dialed(&net.DNSError{Err: "no such host", Name: "ofs", IsNotFound: true}), Unreachable, network},
		{"a name server timed out", dialed(&net.DNSError{Err: "i/o timeout", Name: "ofs", IsTimeout: true}), Slow, slow},
		{"a dial failed for another reason", dialed(errors.New("no idea")), Unreachable, network},
		{"a read failed", &net.OpError{Op: "read", Err: syscall.ECONNRESET}, "", nothing},
		{"an answer too large", fmt.Errorf("%w: more than 3 bytes", errTooLarge), Garbled, nothing},
		{"an answer cut off", io.ErrUnexpectedEOF, Garbled, nothing},
		{"a certificate that does not hold", dialed(&tls.CertificateVerificationError{Err: errors.New("no idea")}), Untrusted, caFile},
		{"a certificate nobody knows", x509.UnknownAuthorityError{}, Untrusted, caFile},
		{"a certificate for another name", x509.HostnameError{Host: "ofs", Certificate: &x509.Certificate{}}, Untrusted,
			`the certificate is for another name than "ofs": check url of the target`},
		{"no TLS", tls.RecordHeaderError{Msg: "first record does not look like a TLS handshake"}, "", noTLS},
		{"plain HTTP where TLS is asked for", fmt.Errorf("post: %w", http.ErrSchemeMismatch), "", noTLS},
	}
	for _, no := range []syscall.Errno{syscall.ECONNREFUSED, syscall.EHOSTUNREACH, syscall.ENETUNREACH, syscall.ENETDOWN, syscall.EHOSTDOWN} {
		rows = append(rows,
			row{no.Error(), dialed(os.NewSyscallError("connect", no)), Unreachable, network},
			row{no.Error() + ", later", &net.OpError{Op: "write", Err: os.NewSyscallError("write", no)}, Unreachable, network})
	}
	// RFC 8446 section 6.2. Every other alert says nothing of certificates, close_notify and handshake_failure not least.
	aboutCertificates := map[uint8]string{
		42: "bad_certificate", 43: "unsupported_certificate", 44: "certificate_revoked", 45: "certificate_expired",
		46: "certificate_unknown", 48: "unknown_ca", 49: "access_denied", 116: "certificate_required",
	}
	for alert := range 256 {
		says := ""
		if text := alertAdvice[uint8(alert)]; text != "" {
			says = fmt.Sprintf(text, "the scheduler")
		}
		name, want := fmt.Sprintf("alert %d", alert), Trouble("")
		if about := aboutCertificates[uint8(alert)]; about != "" {
			name, want = about, Untrusted
			if !strings.Contains(says, "certificate") {
				t.Errorf("%s: the advice is %q", about, says)
			}
		}
		rows = append(rows, row{name, alerted(uint8(alert)), want, says}, row{name + ", as crypto/tls has it", overTCP("remote error", uint8(alert)), want, says})
	}
	for _, r := range rows {
		if got := trouble(r.err); got != r.want {
			t.Errorf("%s: it is %q, want %q", r.name, got, r.want)
		}
		if r.err == nil {
			continue
		}
		if got := advice(r.err, "the scheduler", "url"); got != r.advice {
			t.Errorf("%s: the advice is %q, want %q", r.name, got, r.advice)
		}
	}
}

// An answer that came and could not be used is garbled, unless it came too slowly or was stopped.
func TestAnAnswerThatCannotBeUsed(t *testing.T) {
	for want, err := range map[Trouble]error{
		Garbled: errors.New("invalid character '<'"), Slow: errTimeout, Stopped: stopError{errors.New("SIGTERM")},
	} {
		if got := garbled(err); got != want {
			t.Errorf("%v: it is %q, want %q", err, got, want)
		}
	}
}

// Whoever reads of a certificate, a proxy or a limit learns what was seen, and nothing else.
func TestHintsNameWhatWasSeen(t *testing.T) {
	past, future := time.Now().Add(-24*time.Hour), time.Now().Add(24*time.Hour)
	for _, c := range []struct {
		name string
		err  error
		says []string
		not  string
	}{
		{"expired", x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{NotAfter: past}},
			[]string{"expired at " + stamped(past), "by our clock it is", "must renew it"}, "ca_file"},
		{"not valid yet", &tls.CertificateVerificationError{Err: x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{NotBefore: future, NotAfter: future}}},
			[]string{"not valid before " + stamped(future), "is our clock right?"}, "ca_file"},
		{"made for clients", x509.CertificateInvalidError{Reason: x509.IncompatibleUsage, Cert: &x509.Certificate{}}, []string{"not made for this"}, "ca_file"},
		{"no SAN", x509.HostnameError{Host: "ofs.bank", Certificate: &x509.Certificate{Subject: pkix.Name{CommonName: "ofs.bank"}}},
			[]string{"no subject alternative name (SAN)", `common name "ofs.bank"`}, "another name"},
		{"another name", x509.HostnameError{Host: "ofs.bank", Certificate: &x509.Certificate{DNSNames: []string{"x"}, Subject: pkix.Name{CommonName: "ofs.bank"}}},
			[]string{`another name than "ofs.bank"`}, "SAN"},
		{"an old server", errors.New("tls: server selected unsupported protocol version 302"), []string{"older than TLS 1.2"}, "ca_file"},
		{"an old server's alert", overTCP("remote error", 70), []string{"older than TLS 1.2"}, "ca_file"},
		{"renegotiation", overTCP("local error", 100), []string{"renegotiation", "which this program does not do"}, ""},
		{"our certificate", &certificateError{"our client certificate expired", "put a new one there"}, []string{"put a new one there"}, "ca_file"},
		{"a proxy without a password", dialed(&proxyError{"proxy.bank:8080", 407}), []string{"user and password", "@proxy.bank:8080"}, "url of the target"},
		{"a proxy that says no", &proxyError{"proxy.bank:8080", 403}, []string{"does not let us through"}, "url of the target"},
		{"a proxy that reaches nobody", &proxyError{"proxy.bank:8080", 502}, []string{"did not reach the host"}, "url of the target"},
		{"no proxy there", &net.OpError{Op: "proxyconnect", Net: "tcp", Err: dialed(syscall.ECONNREFUSED)}, []string{"the proxy was not reached"}, "url of the target"},
		{"too many files", dialed(os.NewSyscallError("socket", syscall.EMFILE)), []string{"may not open more files", "LimitNOFILE"}, "url of the target"},
		{"too many files of the host", dialed(os.NewSyscallError("socket", syscall.ENFILE)), []string{"may not open more files"}, "url of the target"},
		{"too many files for a name", dialed(&net.DNSError{Err: "dial udp: socket: too many open files", Name: "ofs"}), []string{"may not open more files"}, "url of the target"},
	} {
		got := advice(c.err, "the scheduler", "url")
		contains(t, got, c.says...)
		if c.not != "" && strings.Contains(got, c.not) {
			t.Errorf("%s: %s", c.name, got)
		}
	}
	for err, want := range map[error]Trouble{
		&proxyError{"p", 403}: Proxied, dialed(syscall.EMFILE): Ours, dialed(&net.DNSError{Err: "too many open files"}): Ours, &certificateError{}: Untrusted,
	} {
		if got := trouble(err); got != want {
			t.Errorf("%v: %q, want %q", err, got, want)
		}
	}
}

// What net/http says of its own insides is left out.
func TestReasonsSayWhatHappened(t *testing.T) {
	inner := overTCP("remote error", 116)
	for _, err := range []error{
		inner, fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", inner),
		fmt.Errorf("net/http: HTTP/1.x transport connection broken: %w", fmt.Errorf("readLoopPeekFailLocked: %w", inner)),
	} {
		if got := reason(&url.Error{Op: "Post", URL: "https://ofs", Err: err}); got != "remote error: tls: certificate required" {
			t.Error(got)
		}
	}
}
