package ofs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"net"
	"net/http"
	"net/url"
	"strings"
	"syscall"
	"time"
)

// advice is what to do about an error on the way to what, "the scheduler" or "the identity service", whose address stands under
// key in the target; "" when there is nothing to say. It names what was seen.
func advice(err error, what, key string) string {
	if own, ok := errors.AsType[*certificateError](err); ok {
		return own.hint
	}
	if ours(err) {
		return "this program may not open more files: raise its limit (ulimit -n, LimitNOFILE= of a systemd unit)"
	}
	if proxy, ok := errors.AsType[*proxyError](err); ok {
		return proxy.hint()
	}
	if op, ok := errors.AsType[*net.OpError](err); ok && op.Op == "proxyconnect" {
		return "the proxy was not reached: check HTTPS_PROXY, HTTP_PROXY and NO_PROXY"
	}
	if _, ok := errors.AsType[tls.RecordHeaderError](err); ok || errors.Is(err, http.ErrSchemeMismatch) {
		return fmt.Sprintf("%s does not speak TLS there: check %s of the target", what, key)
	}
	if number, ok := alertOf(err); ok && alertAdvice[number] != "" {
		return fmt.Sprintf(alertAdvice[number], what)
	}
	if strings.Contains(err.Error(), "unsupported protocol version") {
		return fmt.Sprintf(alertAdvice[protocolVersion], what)
	}
	if text := certificateAdvice(err, what, key); text != "" {
		return text
	}
	switch trouble(err) {
	case Untrusted:
		return fmt.Sprintf("put the certificate of %s, or of who signed it, as PEM into tls.ca_file of the target", what)
	case Unreachable:
		return fmt.Sprintf("check %s of the target, the network and the proxy (HTTPS_PROXY, NO_PROXY)", key)
	case Slow:
		return fmt.Sprintf("check %s of the target, the network and firewalls on the way", key)
	}
	return ""
}

// ours reports whether a limit of our own process is in the way.
func ours(err error) bool {
	return errors.Is(err, syscall.EMFILE) || errors.Is(err, syscall.ENFILE) ||
		err != nil && strings.Contains(err.Error(), syscall.EMFILE.Error()) // a name that was looked up keeps the text alone
}

// certificateAdvice is what to do about a server's certificate that does not hold, but for one that nobody knows.
func certificateAdvice(err error, what, key string) string {
	if host, ok := errors.AsType[x509.HostnameError](err); ok {
		if c := host.Certificate; c != nil && len(c.DNSNames)+len(c.IPAddresses)+len(c.URIs)+len(c.EmailAddresses) == 0 && c.Subject.CommonName != "" {
			return fmt.Sprintf("the certificate of %s has no subject alternative name (SAN), and its common name %q is not looked at: who runs it must have one made with a SAN for %q",
				what, plain(c.Subject.CommonName), plain(host.Host))
		}
		return fmt.Sprintf("the certificate is for another name than %q: check %s of the target", plain(host.Host), key)
	}
	invalid, ok := errors.AsType[x509.CertificateInvalidError](err)
	if !ok || invalid.Cert == nil {
		return ""
	}
	now, c := time.Now(), invalid.Cert
	switch {
	case invalid.Reason == x509.Expired && now.After(c.NotAfter):
		return fmt.Sprintf("the certificate of %s expired at %s, and by our clock it is %s: who runs it must renew it; if our clock is wrong, set it",
			what, stamped(c.NotAfter), stamped(now))
	case invalid.Reason == x509.Expired && now.Before(c.NotBefore):
		return fmt.Sprintf("the certificate of %s is not valid before %s, and by our clock it is %s: is our clock right?",
			what, stamped(c.NotBefore), stamped(now))
	case invalid.Reason != x509.Expired:
		return fmt.Sprintf("the certificate of %s was not made for this: who runs it must have another one made", what)
	}
	return ""
}

// protocolVersion is the alert of a server with which we share no version of TLS.
const protocolVersion = 70

// alertAdvice is what to do about an alert of TLS, by its number, for a peer. RFC 8446 section 6.2.
var alertAdvice = map[uint8]string{
	40:              "%s found nothing in common with us: it may speak only what is older than TLS 1.2, or want a client certificate (tls.cert_file, tls.key_file of the target)",
	42:              "%s does not accept our client certificate: check tls.cert_file and tls.key_file of the target",
	43:              "%s does not accept our client certificate: check tls.cert_file and tls.key_file of the target",
	44:              "%s says that our client certificate was revoked: put another one into tls.cert_file and tls.key_file of the target",
	45:              "%s says that our client certificate has expired: put a new one into tls.cert_file and tls.key_file of the target, or see whose clock is wrong",
	46:              "%s does not accept our client certificate: check tls.cert_file and tls.key_file of the target",
	48:              "%s does not know who signed our client certificate: check tls.cert_file of the target, which holds the intermediate certificates too",
	49:              "%s knows our client certificate and does not let it in: it is to be mapped to a user there",
	protocolVersion: "%s speaks only what is older than TLS 1.2, which is not safe any more: who runs it must let it speak TLS 1.2",
	100:             "%s wants a client certificate in the middle of a connection, for one path (renegotiation), which this program does not do: let it want one when the connection begins",
	112:             "%s does not know the name we asked for: check the address of the target",
	116:             "%s wants a client certificate: set tls.cert_file and tls.key_file of the target",
}

// alertOf is the number of the alert with which one side ended TLS. crypto/tls keeps its type to itself, but for QUIC.
func alertOf(err error) (number uint8, ok bool) {
	if a, ok := errors.AsType[tls.AlertError](err); ok {
		return uint8(a), true
	}
	op, is := errors.AsType[*net.OpError](err)
	if !is || op.Err == nil || op.Op != "remote error" && op.Op != "local error" {
		return 0, false
	}
	for number := range alertAdvice {
		if op.Err.Error() == tls.AlertError(number).Error() {
			return number, true
		}
	}
	return 0, false
}

// certificateAlert reports an alert by which a server says that it wants a certificate of ours, or another one.
func certificateAlert(number uint8) bool {
	switch number {
	case 42, 43, 44, 45, 46, 48, 49, 116: // bad, unsupported, revoked, expired, unknown certificate, unknown CA, access denied, required
		return true
	}
	return false
}

// readLoopWords are what net/http says of its own insides before it says what happened.
var readLoopWords = strings.NewReplacer("net/http: HTTP/1.x transport connection broken: ", "", "readLoopPeekFailLocked: ", "", "net/http: ", "")

// reason is the text of err without the request's method and URL, which the reader knows, and without words of net/http's own.
func reason(err error) string {
	if u, ok := errors.AsType[*url.Error](err); ok {
		err = u.Err
	}
	return readLoopWords.Replace(err.Error())
}
