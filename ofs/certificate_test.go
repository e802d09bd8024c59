package ofs

import (
	"crypto/tls"
	"crypto/x509"
	"errors"
	"io"
	"net/http"
	"net/http/httptest"
	"os"
	"sync/atomic"
	"testing"
	"time"
)

// showing is a scheduler that wants a client certificate, accepts any, and tells which it was shown last.
func showing(t *testing.T, want tls.ClientAuthType) (*httptest.Server, func() string) {
	t.Helper()
	var last atomic.Value
	last.Store("")
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if len(r.TLS.PeerCertificates) > 0 {
			last.Store(r.TLS.PeerCertificates[0].Subject.CommonName)
		}
		_, _ = io.WriteString(w, accepted)
	}))
	s.Config.ErrorLog = quiet()
	s.TLS = &tls.Config{ClientAuth: want}
	s.StartTLS()
	t.Cleanup(s.Close)
	return s, func() string { return last.Load().(string) }
}

// replace puts the content of one file into another, which is younger then.
func replace(t *testing.T, path, by string) {
	t.Helper()
	data, err := os.ReadFile(by)
	if err != nil {
		t.Fatal(err)
	}
	if err := os.WriteFile(path, data, 0o600); err != nil {
		t.Fatal(err)
	}
	later := time.Now().Add(time.Minute)
	if err := os.Chtimes(path, later, later); err != nil {
		t.Fatal(err)
	}
}

// A certificate that is replaced on disk is shown in the next handshake, also where a session could be taken up again, and a
// pair that is half replaced is not.
func TestACertificateFollowsItsFiles(t *testing.T) {
	for _, version := range []uint16{tls.VersionTLS12, tls.VersionTLS13} {
		s, shown := showing(t, tls.RequireAnyClientCert)
		s.TLS.MaxVersion = version
		mine, _ := certPairOf(t, "one", time.Hour)
		next, _ := certPairOf(t, "two", time.Hour)
		trust := mine
		trust.CAFile = trusting(t, s).CAFile
		c, err := New(config(s.URL), nil, transport(t, trust, nil))
		if err != nil {
			t.Fatal(err)
		}
		send := func(want string) {
			t.Helper()
			for range 2 { // the second takes a session up
				if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != Accepted || shown() != want {
					t.Errorf("%s: %+v, shown %q", want, r, shown())
				}
			}
		}
		send("one")
		replace(t, mine.CertFile, next.CertFile)
		send("one")
		replace(t, mine.KeyFile, next.KeyFile)
		send("two")
		if err := os.Remove(mine.CertFile); err != nil {
			t.Fatal(err)
		}
		send("two")
	}
}

// A certificate that has expired by our clock is not shown, so nothing is sent and nothing is in doubt; a new one in its files
// is. Where nobody asks for it, it does not matter.
func TestAnExpiredCertificateIsNotShown(t *testing.T) {
	s, shown := showing(t, tls.RequestClientCert)
	open, _ := secured(t, nil)
	mine, _ := certPairOf(t, "old", -time.Hour)
	next, _ := certPairOf(t, "new", time.Hour)
	trust := mine
	trust.CAFile = trusting(t, s).CAFile
	c, err := New(config(s.URL), nil, transport(t, trust, nil))
	if err != nil {
		t.Fatal(err)
	}
	r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", func() error { t.Error("the gate opened"); return nil })
	if r.Class != NotSent || r.Trouble != Untrusted || shown() != "" {
		t.Errorf("got %+v", r)
	}
	contains(t, r.Message, "our client certificate expired at ", "put a new one into tls.cert_file")
	_, err = c.Ask(t.Context(), frozen(t, c, OpStatus))
	if e, ok := errors.AsType[*CallError](err); !ok || e.Kind != KindLost || e.Trouble != Untrusted {
		t.Errorf("got %v", err)
	}
	replace(t, mine.CertFile, next.CertFile)
	replace(t, mine.KeyFile, next.KeyFile)
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != Accepted || shown() != "new" {
		t.Errorf("got %+v, shown %q", r, shown())
	}
	trust, _ = certPairOf(t, "old", -time.Hour)
	trust.CAFile = trusting(t, open).CAFile
	c, err = New(config(open.URL), nil, transport(t, trust, nil))
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != Accepted || c.MustProve() {
		t.Errorf("got %+v, must prove %v", r, c.MustProve())
	}
}

// A session is not taken up again with a certificate that has expired meanwhile.
func TestASessionEndsWithItsCertificate(t *testing.T) {
	s, _ := showing(t, tls.RequireAnyClientCert)
	mine, _ := certPairOf(t, "mine", time.Hour)
	own := &ownCertificate{certFile: mine.CertFile, keyFile: mine.KeyFile, now: time.Now}
	if err := own.read(); err != nil {
		t.Fatal(err)
	}
	conf := &tls.Config{ClientSessionCache: sessions{own, tls.NewLRUClientSessionCache(4)}, GetClientCertificate: own.show, InsecureSkipVerify: true}
	rt := &http.Transport{TLSClientConfig: conf, DisableKeepAlives: true}
	c, err := New(config(s.URL), nil, Transport{Mutating: rt, Reading: rt, Asked: own.asked.Load})
	if err != nil {
		t.Fatal(err)
	}
	for range 2 {
		if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != Accepted {
			t.Fatalf("got %+v", r)
		}
	}
	own.now = func() time.Time { return time.Now().Add(2 * time.Hour) }
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != NotSent {
		t.Errorf("got %+v", r)
	}
}

// In TLS 1.3 a connection stands before the server has judged our certificate. Who was asked for one knows only from an answer,
// and is told what to configure; any answer will do.
func TestAConnectionIsProvenByAnAnswer(t *testing.T) {
	_, known := certPairOf(t, "known", time.Hour)
	stranger, _ := certPairOf(t, "stranger", time.Hour)
	closed, carried := secured(t, known)
	wanting, _ := showing(t, tls.RequestClientCert)
	open, _ := secured(t, nil)
	for _, tt := range []struct {
		name  string
		s     *httptest.Server
		trust TLS
		must  bool
		says  string // empty: it answers
	}{
		{"nobody asks", open, TLS{}, false, ""},
		{"it asks, and takes none", wanting, TLS{}, true, ""},
		{"none", closed, TLS{}, true, "certificate required; the scheduler wants a client certificate: set tls.cert_file and tls.key_file of the target"},
		{"one it does not know", closed, stranger, true, "client certificate"},
	} {
		tt.trust.CAFile = trusting(t, tt.s).CAFile
		c, err := New(config(tt.s.URL), nil, transport(t, tt.trust, nil))
		if err != nil {
			t.Fatal(err)
		}
		stands := errors.New("it stands")
		if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", func() error { return stands }); !errors.Is(r.Err, stands) {
			t.Fatalf("%s: %+v", tt.name, r)
		}
		if c.MustProve() != tt.must {
			t.Errorf("%s: must prove %v", tt.name, c.MustProve())
		}
		e, ok := errors.AsType[*CallError](c.Greet(t.Context()))
		switch {
		case !ok:
			t.Errorf("%s: no error, though there is no such batch run", tt.name)
		case tt.says == "" && e.HTTP == 0:
			t.Errorf("%s: %v", tt.name, e)
		case tt.says != "":
			if e.HTTP != 0 || e.Trouble != Untrusted && tt.name == "none" {
				t.Errorf("%s: %+v", tt.name, e)
			}
			contains(t, e.Message+"; "+e.Hint, tt.says)
		}
	}
	if carried.Load() != 0 {
		t.Errorf("%d requests were carried out", carried.Load())
	}
	if known == (*x509.Certificate)(nil) {
		t.Fatal("no certificate")
	}
}
