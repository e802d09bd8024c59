package ofs

import (
	"crypto/ecdsa"
	"crypto/elliptic"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"crypto/x509/pkix"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"math/big"
	"net/http"
	"net/http/httptest"
	"net/url"
	"os"
	"path/filepath"
	"slices"
	"strconv"
	"strings"
	"sync/atomic"
	"testing"
	"time"
)

func quiet() *log.Logger { return log.New(io.Discard, "", 0) }

// pair is a client certificate, signed by itself, and its key, as files.
func certPair(t *testing.T) (TLS, *x509.Certificate) {
	t.Helper()
	return certPairOf(t, "ofsplan", time.Hour)
}

// certPairOf is one for a name, good for so long from now.
func certPairOf(t *testing.T, name string, good time.Duration) (TLS, *x509.Certificate) {
	t.Helper()
	key, err := ecdsa.GenerateKey(elliptic.P256(), rand.Reader)
	if err != nil {
		t.Fatal(err)
	}
	template := &x509.Certificate{
		SerialNumber: big.NewInt(1), Subject: pkix.Name{CommonName: name}, NotAfter: time.Now().Add(good),
		ExtKeyUsage: []x509.ExtKeyUsage{x509.ExtKeyUsageClientAuth},
	}
	der, err := x509.CreateCertificate(rand.Reader, template, template, key.Public(), key)
	if err != nil {
		t.Fatal(err)
	}
	keyDER, err := x509.MarshalECPrivateKey(key)
	if err != nil {
		t.Fatal(err)
	}
	cert, err := x509.ParseCertificate(der)
	if err != nil {
		t.Fatal(err)
	}
	return TLS{
		CertFile: file(t, "cert.pem", pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: der})),
		KeyFile:  file(t, "key.pem", pem.EncodeToMemory(&pem.Block{Type: "EC PRIVATE KEY", Bytes: keyDER})),
	}, cert
}

// secured is a scheduler behind TLS that wants a certificate of clients when there is one.
func secured(t *testing.T, clients *x509.Certificate) (*httptest.Server, *atomic.Int64) {
	t.Helper()
	var n atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		n.Add(1)
		if r.ProtoMajor != 1 {
			t.Errorf("spoken: %s", r.Proto)
		}
		_, _ = io.WriteString(w, accepted)
	}))
	s.Config.ErrorLog = quiet()
	s.EnableHTTP2 = true
	s.TLS = &tls.Config{GetConfigForClient: func(hello *tls.ClientHelloInfo) (*tls.Config, error) {
		if !slices.Equal(hello.SupportedProtos, []string{"http/1.1"}) {
			t.Errorf("offered: %q", hello.SupportedProtos)
		}
		return nil, nil
	}}
	if clients != nil {
		s.TLS.ClientCAs = x509.NewCertPool()
		s.TLS.ClientCAs.AddCert(clients)
		s.TLS.ClientAuth = tls.RequireAndVerifyClientCert
	}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, &n
}

// Whom we trust, and who we show we are.
func TestTLS(t *testing.T) {
	mine, cert := certPair(t)
	open, _ := secured(t, nil)
	closed, carried := secured(t, cert)
	both := mine
	both.CAFile = trusting(t, closed).CAFile
	tests := []struct {
		name  string
		s     *httptest.Server
		url   string
		trust TLS
		want  Class
		says  string
	}{
		{"ca_file", open, open.URL, trusting(t, open), Accepted, ""},
		{"nobody knows it", open, open.URL, TLS{}, NotSent, "tls.ca_file"},
		{"insecure_skip_verify", open, open.URL, TLS{InsecureSkipVerify: true}, Accepted, ""},
		{"another name", open, "https://localhost" + open.URL[len("https://127.0.0.1"):], trusting(t, open), NotSent, `another name than "localhost": check url`},
		{"TLS to a plain server", open, "", TLS{}, NotSent, "does not speak TLS there: check url"},
		{"mutual", closed, closed.URL, both, Accepted, ""},
	}
	plain, _ := scheduler(t, false, 200, accepted)
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			if tt.url == "" {
				tt.url = "https" + plain.URL[len("http"):]
			}
			c, err := New(config(tt.url), nil, transport(t, tt.trust, nil))
			if err != nil {
				t.Fatal(err)
			}
			r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed)
			if r.Class != tt.want {
				t.Errorf("got %+v, want %s", r, tt.want)
			}
			contains(t, r.Message, tt.says)
			_, err = c.Ask(t.Context(), frozen(t, c, OpStatus))
			if e, ok := errors.AsType[*CallError](err); tt.says != "" && ok {
				contains(t, e.Error(), tt.says)
			}
		})
	}
	before := carried.Load()
	// In TLS 1.3 a server asks for our certificate after the handshake seems done for us, so the gate opens. What is
	// certain is that nothing was carried out; where the alert is what came back, the reader learns what to configure.
	c, err := New(config(closed.URL), nil, transport(t, trusting(t, closed), nil))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class == Accepted || carried.Load() != before {
		t.Errorf("without a certificate: %+v", r)
	}
	_, err = c.Ask(t.Context(), frozen(t, c, OpStatus))
	if e, ok := errors.AsType[*CallError](err); !ok || e.Kind != KindLost {
		t.Errorf("got %#v", err)
	}
}

func TestTLSFilesAreChecked(t *testing.T) {
	mine, _ := certPair(t)
	other, _ := certPair(t)
	open := file(t, "open.pem", []byte("x"))
	if err := os.Chmod(open, 0o644); err != nil {
		t.Fatal(err)
	}
	tests := []struct {
		trust TLS
		says  string
	}{
		{TLS{CAFile: filepath.Join(t.TempDir(), "none.pem")}, "tls.ca_file: open"},
		{TLS{CAFile: file(t, "x.pem", []byte("no certificate"))}, "no certificate in PEM form"},
		{TLS{CertFile: mine.CertFile}, "without tls.key_file"},
		{TLS{KeyFile: mine.KeyFile}, "without tls.cert_file"},
		{TLS{CertFile: mine.CertFile, KeyFile: other.KeyFile}, "do not make a pair"},
		{TLS{CertFile: mine.CertFile, KeyFile: open}, "mode 0644"},
		{TLS{CertFile: "none.pem", KeyFile: mine.KeyFile}, "tls.cert_file: open none.pem"},
		{TLS{CertFile: mine.CertFile, KeyFile: "none.pem"}, "tls.key_file: stat none.pem"},
	}
	for _, tt := range tests {
		_, err := NewTransport(tt.trust)
		if err == nil {
			t.Errorf("%+v was accepted", tt.trust)
			continue
		}
		contains(t, err.Error(), tt.says)
	}
	if _, err := NewTransport(mine); err != nil {
		t.Error(err)
	}
}

// A fresh connection for each request costs no full handshake.
func TestTLSSessionsAreResumed(t *testing.T) {
	var resumed, conns atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		conns.Add(1)
		if r.TLS.DidResume {
			resumed.Add(1)
		}
		_, _ = io.WriteString(w, accepted)
	}))
	s.StartTLS()
	defer s.Close()
	c := client(t, s.URL, s)
	for range 5 {
		if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != Accepted {
			t.Fatalf("got %+v", r)
		}
	}
	if conns.Load() != 5 || resumed.Load() != 4 {
		t.Errorf("%d of %d connections resumed a session", resumed.Load(), conns.Load())
	}
}

// A proxy that does not let us through is named, and its password is not.
func TestAProxyThatRefusesIsNamed(t *testing.T) {
	for status, hint := range map[int]string{
		403: "it does not let us through: have it allow the host", 407: "it wants a user and password: write them into HTTPS_PROXY", 502: "it did not reach the host",
	} {
		proxy := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) { w.WriteHeader(status) }))
		defer proxy.Close()
		at, err := url.Parse(proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		at.User = url.UserPassword("user", "proxypw")
		c, err := New(config("https://ofs.example.com"), nil, transport(t, TLS{}, http.ProxyURL(at)))
		if err != nil {
			t.Fatal(err)
		}
		r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed)
		if r.Class != NotSent || r.Trouble != Proxied || strings.Contains(r.Message, "proxypw") {
			t.Errorf("got %+v", r)
		}
		contains(t, r.Message, "the proxy "+at.Host+" answered HTTP "+strconv.Itoa(status), hint)
		_, err = c.Ask(t.Context(), frozen(t, c, OpStatus))
		if e, ok := errors.AsType[*CallError](err); !ok || e.HTTP != 0 {
			t.Errorf("got %v", err)
		} else {
			contains(t, e.Error(), "the proxy "+at.Host, hint)
		}
	}
}

// Without TLS a proxy answers in the server's place: what may be its answer says which proxy it was.
func TestAProxyMayHaveAnswered(t *testing.T) {
	for status, says := range map[int]string{
		403: "which may have said so: have it allow the host", 407: "wants a user and password: write them into HTTP_PROXY",
	} {
		proxy, _ := scheduler(t, false, status, "no")
		at, err := url.Parse(proxy.URL)
		if err != nil {
			t.Fatal(err)
		}
		at.User = url.UserPassword("user", "proxypw")
		tr := transport(t, TLS{}, http.ProxyURL(at))
		c, err := New(config("http://ofs.example.com"), nil, tr)
		if err != nil {
			t.Fatal(err)
		}
		r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed)
		_, lost := c.Ask(t.Context(), frozen(t, c, OpStatus))
		tok, err := NewTokens(auth("http://iam.example.com", GrantClient), time.Now, tr.Mutating)
		if err != nil {
			t.Fatal(err)
		}
		for _, text := range []string{r.Message, lost.Error(), tok.Fetch(t.Context()).Error()} {
			contains(t, text, "the proxy "+at.Host, says)
			if strings.Contains(text, "proxypw") {
				t.Error(text)
			}
		}
		own, _ := scheduler(t, false, status, "no")
		c = client(t, own.URL, nil)
		if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); strings.Contains(r.Message, "the proxy ") {
			t.Error(r.Message)
		}
	}
}
