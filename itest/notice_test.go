package itest

import (
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"mime"
	"net"
	"net/http"
	"net/http/httptest"
	"net/mail"
	"os"
	"path/filepath"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"github.com/emersion/go-sasl"
	"github.com/emersion/go-smtp"

	"ofsplan/internal/notice"
	"ofsplan/internal/secret"
)

// A postOffice is a mail server we did not write, for one who logs in. It keeps what it takes.
type postOffice struct {
	mu      sync.Mutex
	letters []letter
	busy    int   // so many letters are answered 451
	refuse  error // what every recipient is answered; nil: they are taken
	certs   *httptest.Server
	addr    string
}

// letter is one mail as it came.
type letter struct {
	from string
	to   []string
	text string
}

// open begins to serve, with TLS from the first byte or on request.
func (p *postOffice) open(t *testing.T, implicit bool) {
	t.Helper()
	p.certs = httptest.NewTLSServer(http.NotFoundHandler())
	t.Cleanup(p.certs.Close)
	conf := &tls.Config{Certificates: p.certs.TLS.Certificates}
	s := smtp.NewServer(smtp.BackendFunc(func(*smtp.Conn) (smtp.Session, error) { return &counter{office: p}, nil }))
	s.Domain, s.TLSConfig, s.ErrorLog = "mail.test", conf, log.New(io.Discard, "", 0)
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	p.addr = l.Addr().String()
	if implicit {
		l = tls.NewListener(l, conf)
	}
	served := make(chan error, 1)
	go func() { served <- s.Serve(l) }()
	t.Cleanup(func() { _ = s.Close(); <-served })
}

// channel is one to this office.
func (p *postOffice) channel(t *testing.T, secure notice.Security, password string) *notice.Channel {
	t.Helper()
	host, port, err := net.SplitHostPort(p.addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	t.Setenv("MAIL_PASSWORD", password)
	return &notice.Channel{Name: "mail", CAFile: authority(t, p.certs), Mail: &notice.Mail{
		Host: host, Port: n, Secure: secure, From: "ofsplan@bank.example", To: []string{"ops@bank.example", "lead@bank.example"},
		User: notice.Text{Plain: "ofsplan"}, Password: notice.Text{Ref: &secret.Ref{Env: "MAIL_PASSWORD"}},
	}}
}

// authority writes the certificate of a server into a file.
func authority(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	if err := os.WriteFile(path, pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw}), 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

// A counter is one conversation with the office.
type counter struct {
	office *postOffice
	in     bool
	letter letter
}

func (c *counter) AuthMechanisms() []string { return []string{sasl.Plain} }

func (c *counter) Auth(string) (sasl.Server, error) {
	return sasl.NewPlainServer(func(_, user, password string) error {
		if user != "ofsplan" || password != "swordfish99" {
			return errors.New("no swordfish99 for you") // some servers say what they should not
		}
		c.in = true
		return nil
	}), nil
}

func (c *counter) Mail(from string, _ *smtp.MailOptions) error {
	if !c.in {
		return smtp.ErrAuthRequired
	}
	c.letter = letter{from: from}
	return nil
}

func (c *counter) Rcpt(to string, _ *smtp.RcptOptions) error {
	c.letter.to = append(c.letter.to, to)
	return c.office.refuse
}

func (c *counter) Data(r io.Reader) error {
	b, err := io.ReadAll(r)
	if err != nil {
		return err
	}
	p := c.office
	p.mu.Lock()
	defer p.mu.Unlock()
	if p.busy > 0 {
		p.busy--
		return &smtp.SMTPError{Code: 451, EnhancedCode: smtp.EnhancedCode{4, 3, 0}, Message: "later"}
	}
	c.letter.text = string(b)
	p.letters = append(p.letters, c.letter)
	return nil
}

func (c *counter) Reset()        {}
func (c *counter) Logout() error { return nil }

// failed is a message with what a mail has to encode.
var failed = notice.Message{
	Key: "20261123T020000Z-nightly-7f3c/0/alert/1", Event: "failed", Run: "20261123T020000Z-nightly-7f3c", Plan: "nächtlich", MISDate: "2026-11-20",
	Step: "load", Outcome: "failed", Since: "2026-11-23T02:14:05Z", Host: "batch01", Command: "ofsplan show 20261123T020000Z-nightly-7f3c",
	Text: "nächtlich 2026-11-20 fails: step \"load\" has failed\n.a line that begins with a dot, and is longer than mail lines may be: " + strings.Repeat("x", 1200),
}

func open(t *testing.T, c *notice.Channel) *notice.Open {
	t.Helper()
	o, err := c.Open(t.Context(), secret.NewFilter())
	if err != nil {
		t.Fatal(err)
	}
	return o
}

// A mail arrives as it was meant, over both ways of TLS, for those who are named and from who logged in.
func TestAMailArrives(t *testing.T) {
	for secure, implicit := range map[notice.Security]bool{notice.StartTLS: false, notice.ImplicitTLS: true} {
		t.Run(string(secure), func(t *testing.T) {
			p := &postOffice{}
			p.open(t, implicit)
			o := open(t, p.channel(t, secure, "swordfish99"))
			if err := o.Try(t.Context()); err != nil || len(p.letters) > 0 {
				t.Fatalf("a try: %v, and %d letters", err, len(p.letters))
			}
			if err := o.Send(t.Context(), failed); err != nil {
				t.Fatal(err)
			}
			if len(p.letters) != 1 {
				t.Fatalf("%d letters", len(p.letters))
			}
			one := p.letters[0]
			if one.from != "ofsplan@bank.example" || strings.Join(one.to, " ") != "ops@bank.example lead@bank.example" {
				t.Errorf("from %s to %s", one.from, one.to)
			}
			m, err := mail.ReadMessage(strings.NewReader(one.text))
			if err != nil {
				t.Fatal(err)
			}
			subject, err := new(mime.WordDecoder).DecodeHeader(m.Header.Get("Subject"))
			if err != nil || subject != `ofsplan: nächtlich 2026-11-20 fails: step "load" has failed` {
				t.Errorf("the subject is %q, %v", subject, err)
			}
			if got := m.Header.Get(notice.KeyMailHeader); got != failed.Key {
				t.Errorf("the key is %q", got)
			}
			for line := range strings.Lines(one.text) {
				if len(line) > 998 {
					t.Errorf("a line of %d bytes", len(line))
				}
			}
		})
	}
}

// Who may not log in is told so for good, without the password; who comes too early may try again.
func TestAMailThatIsNotTaken(t *testing.T) {
	p := &postOffice{busy: 1}
	p.open(t, false)
	o := open(t, p.channel(t, notice.StartTLS, "swordfish98"))
	if err := o.Send(t.Context(), failed); err == nil || strings.Contains(err.Error(), "swordfish98") || len(p.letters) > 0 {
		t.Errorf("with another password: %v", err)
	}
	o = open(t, p.channel(t, notice.StartTLS, "swordfish99"))
	if f, ok := errors.AsType[*notice.Failure](o.Send(t.Context(), failed)); !ok || !f.Again || !strings.Contains(f.Message, "451") {
		t.Errorf("while it is busy: %+v", f)
	}
	if err := o.Send(t.Context(), failed); err != nil || len(p.letters) != 1 {
		t.Errorf("later: %v, and %d letters", err, len(p.letters))
	}
	p.refuse = &smtp.SMTPError{Code: 550, EnhancedCode: smtp.EnhancedCode{5, 1, 1}, Message: "nobody of that name"}
	if f, ok := errors.AsType[*notice.Failure](o.Send(t.Context(), failed)); !ok || f.Again || !strings.Contains(f.Message, "550") {
		t.Errorf("to nobody: %+v", f)
	}
	c := p.channel(t, notice.StartTLS, "swordfish99")
	c.CAFile = ""
	if err := open(t, c).Send(t.Context(), failed); err == nil || len(p.letters) != 1 {
		t.Errorf("to a server that nobody vouches for: %v", err)
	}
}

// A post arrives over TLS at a real server, with a template, behind a proxy of nobody, and a redirect is where it ends.
func TestAPostArrives(t *testing.T) {
	var mu sync.Mutex
	var got []string
	mux := http.NewServeMux()
	mux.HandleFunc("POST /hook", func(_ http.ResponseWriter, r *http.Request) {
		b, _ := io.ReadAll(r.Body)
		mu.Lock()
		defer mu.Unlock()
		got = append(got, r.Header.Get(notice.KeyHeader)+" "+r.Header.Get(notice.SignatureHeader)+" "+string(b))
	})
	mux.Handle("POST /moved", http.RedirectHandler("/hook", http.StatusTemporaryRedirect))
	mux.HandleFunc("POST /slow", func(_ http.ResponseWriter, r *http.Request) {
		_, _ = io.Copy(io.Discard, r.Body) // from then on the server sees that nobody listens any more
		select {
		case <-r.Context().Done():
		case <-time.After(5 * time.Second):
		}
	})
	s := httptest.NewTLSServer(mux)
	defer s.Close()
	t.Setenv("HMAC_KEY", "a key of ours")
	body, err := notice.ParseJSON(`{"text": {{json .Text}}}`)
	if err != nil {
		t.Fatal(err)
	}
	to := func(path string) *notice.Open {
		return open(t, &notice.Channel{Name: "ops", CAFile: authority(t, s), Body: body, Webhook: &notice.Webhook{
			URL: notice.Text{Plain: s.URL + path}, Secret: notice.Text{Ref: &secret.Ref{Env: "HMAC_KEY"}},
		}})
	}
	if err := to("/hook").Send(t.Context(), failed); err != nil || len(got) != 1 {
		t.Fatalf("%v, and %d posts", err, len(got))
	}
	text := got[0][strings.Index(got[0], "{"):]
	if want := strconv.Quote(failed.Key) + " " + notice.Sign("a key of ours", text) + " " + text; got[0] != want || !strings.Contains(text, `step \"load\" has failed\n`) {
		t.Errorf("got %s", got[0])
	}
	if f, ok := errors.AsType[*notice.Failure](to("/moved").Send(t.Context(), failed)); !ok || f.Again || len(got) != 1 {
		t.Errorf("a redirect: %+v, and %d posts", f, len(got))
	}
	if f, ok := errors.AsType[*notice.Failure](to("/gone").Send(t.Context(), failed)); !ok || f.Again {
		t.Errorf("an address that is not there: %+v", f)
	}
	ctx, cancel := contextWithin(t, 200*time.Millisecond)
	defer cancel()
	if f, ok := errors.AsType[*notice.Failure](to("/slow").Send(ctx, failed)); !ok || !f.Again {
		t.Errorf("one that does not answer: %+v", f)
	}
}

func contextWithin(t *testing.T, d time.Duration) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeoutCause(t.Context(), d, errors.New("given up"))
}
