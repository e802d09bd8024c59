package ofs

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/url"
	"os"
	"syscall"
	"testing"
)

// dialed is an error as net/http returns it when nobody could be dialed.
func dialed(err error) error {
	return &url.Error{Op: "Post", URL: "https://ofs", Err: &net.OpError{Op: "dial", Net: "tcp", Err: err}}
}

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
		ours    = "the scheduler wants a client certificate it knows: check tls.cert_file and tls.key_file of the target"
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
		{"a certificate that has expired", x509.CertificateInvalidError{Reason: x509.Expired, Cert: &x509.Certificate{}}, Untrusted, caFile},
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
		46: "certificate_unknown", 48: "unknown_ca", 116: "certificate_required",
	}
	for alert := range 256 {
		if name := aboutCertificates[uint8(alert)]; name != "" {
			rows = append(rows, row{name, alerted(uint8(alert)), Untrusted, ours})
		} else {
			rows = append(rows, row{fmt.Sprintf("alert %d", alert), alerted(uint8(alert)), "", nothing})
		}
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
