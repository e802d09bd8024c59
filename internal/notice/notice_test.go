package notice

import (
	"bufio"
	"context"
	"crypto/tls"
	"encoding/pem"
	"errors"
	"io"
	"log"
	"net"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"runtime"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"go.uber.org/goleak"

	"ofsplan/internal/secret"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// failed is a message about a run that fails.
var failed = Message{
	Key: "20261123T020000Z-nightly-7f3c/-/0/alert/1", Event: "failed", Run: "20261123T020000Z-nightly-7f3c", Plan: "nightly", MISDate: "2026-11-20",
	Target: "prod", Step: "load", Outcome: "failed", Since: "2026-11-23T02:14:05Z", Host: "batch01",
	Command: "ofsplan show 20261123T020000Z-nightly-7f3c", Text: `nightly 2026-11-20 fails: step "load" has failed`,
}

// opened is a channel with its secrets read.
func opened(t *testing.T, c *Channel) (*Open, *secret.Filter) {
	t.Helper()
	filter := secret.NewFilter()
	o, err := c.Open(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	return o, filter
}

// env is a reference to a secret that the environment holds.
func env(t *testing.T, name, value string) Text {
	t.Helper()
	t.Setenv(name, value)
	return Text{Ref: &secret.Ref{Env: name}}
}

// A received is one post as it came.
type received struct {
	header http.Header
	body   string
}

// hook answers each post with the next status, and the last one from then on.
func hook(t *testing.T, secure bool, statuses ...int) (*httptest.Server, func() []received) {
	t.Helper()
	var mu sync.Mutex
	var all []received
	handler := http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		body, _ := io.ReadAll(r.Body)
		mu.Lock()
		all = append(all, received{r.Header.Clone(), string(body)})
		status := statuses[min(len(all), len(statuses))-1]
		mu.Unlock()
		if status/100 == 3 {
			w.Header().Set("Location", "/elsewhere")
		}
		w.Header().Set("Retry-After", "7")
		w.WriteHeader(status)
	})
	s := httptest.NewUnstartedServer(handler)
	s.Config.ErrorLog = log.New(io.Discard, "", 0)
	if secure {
		s.StartTLS()
	} else {
		s.Start()
	}
	t.Cleanup(s.Close)
	return s, func() []received { mu.Lock(); defer mu.Unlock(); return append([]received(nil), all...) }
}

// authority writes the certificate of a server into a file.
func authority(t *testing.T, s *httptest.Server) string {
	t.Helper()
	path := filepath.Join(t.TempDir(), "ca.pem")
	block := pem.EncodeToMemory(&pem.Block{Type: "CERTIFICATE", Bytes: s.Certificate().Raw})
	if err := os.WriteFile(path, block, 0o600); err != nil {
		t.Fatal(err)
	}
	return path
}

func TestAWebhookGetsTheMessageItsKeyAndItsSignature(t *testing.T) {
	s, got := hook(t, true, 200)
	o, _ := opened(t, &Channel{Name: "ops", CAFile: authority(t, s), Webhook: &Webhook{
		URL: env(t, "HOOK", s.URL+"/services/T0/B0/xyzzy12345"), Secret: env(t, "HMAC", "a key of ours"),
		Headers: []Header{{"Authorization", env(t, "TOKEN", "Bearer hunter2hunter2")}, {"X-Team", Text{Plain: "ops"}}},
	}})
	if err := o.Send(t.Context(), failed); err != nil {
		t.Fatal(err)
	}
	all := got()
	if len(all) != 1 {
		t.Fatalf("%d posts, want 1", len(all))
	}
	want := map[string]string{
		KeyHeader: strconv.Quote(failed.Key), SignatureHeader: Sign("a key of ours", all[0].body), "Authorization": "Bearer hunter2hunter2",
		"X-Team": "ops", "Content-Type": "application/json",
	}
	for name, value := range want {
		if got := all[0].header.Get(name); got != value {
			t.Errorf("%s is %q, want %q", name, got, value)
		}
	}
	if all[0].body != failed.JSON() {
		t.Errorf("the body is %s", all[0].body)
	}
}

func TestWhatAnAnswerMeans(t *testing.T) {
	for status, want := range map[int]Failure{
		204: {}, 301: {Message: "HTTP 301, and redirects are not followed"}, 404: {Message: "HTTP 404"},
		429: {Message: "HTTP 429", Again: true, After: 7e9}, 500: {Message: "HTTP 500", Again: true, After: 7e9},
	} {
		s, got := hook(t, false, status)
		o, _ := opened(t, &Channel{Name: "ops", Webhook: &Webhook{URL: Text{Plain: s.URL}}})
		err := o.Send(t.Context(), failed)
		var is Failure
		if f, ok := errors.AsType[*Failure](err); ok {
			is = *f
		}
		if is != want {
			t.Errorf("%d: got %+v, want %+v", status, is, want)
		}
		if n := len(got()); n != 1 {
			t.Errorf("%d: %d posts, want 1: a redirect is not followed", status, n)
		}
	}
}

// The address of a webhook often is the secret. It stands in no error, whatever goes wrong with it.
func TestNoErrorRepeatsASecret(t *testing.T) {
	dead, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	_ = dead.Close()
	untrusted, _ := hook(t, true, 200)
	for _, address := range []string{"http://" + dead.Addr().String() + "/T0/xyzzy12345", untrusted.URL + "/T0/xyzzy12345"} {
		for _, url := range []Text{env(t, "HOOK", address), {Plain: address}} { // one that was not said to be a secret may be one
			o, _ := opened(t, &Channel{Name: "ops", Webhook: &Webhook{URL: url}})
			err := o.Send(t.Context(), failed)
			f, ok := errors.AsType[*Failure](err)
			if !ok || !f.Again || strings.Contains(err.Error(), "xyzzy") {
				t.Errorf("got %v", err)
			}
		}
	}
	for _, address := range []string{"http://hooks.example.com/xyzzy12345", "hooks xyzzy12345", "https://u:xyzzy12345@hooks.example.com"} {
		_, err := (&Channel{Name: "ops", Webhook: &Webhook{URL: env(t, "HOOK", address)}}).Open(t.Context(), secret.NewFilter())
		if err == nil || strings.Contains(err.Error(), "xyzzy") {
			t.Errorf("got %v", err)
		}
	}
	if _, err := (&Channel{Name: "ops", Webhook: &Webhook{URL: Text{Ref: &secret.Ref{Env: "NOWHERE_SET"}}}}).Open(t.Context(), secret.NewFilter()); err == nil {
		t.Error("a channel was opened whose secret is missing")
	}
}

func TestTemplates(t *testing.T) {
	for text, want := range map[string]string{
		`{"text": {{json .Text}}}`: "",
		`{"text": "{{.Text}}"}`:    "it makes is no JSON",
		`{{.Txet}}`:                "can't evaluate field Txet",
		`{{.Text`:                  "unclosed action",
		`{{env "HOME"}}`:           `function "env" not defined`,
		`{{range 99999999}}{{"0123456789"}}{{end}}`:       "longer than 64 KiB",
		`{"a": {{json .Text}}, "b": "{{.Event}}"}`:        "",
		`{{define "x"}}{{template "x"}}{{end}}"{{.Run}}"`: "",
	} {
		_, err := ParseJSON(text)
		if want == "" && err != nil || want != "" && (err == nil || !strings.Contains(err.Error(), want)) {
			t.Errorf("%s: got %v, want %q", text, err, want)
		}
	}
}

func TestACommandReadsTheMessageAndInheritsNoSecret(t *testing.T) {
	if runtime.GOOS == "windows" {
		t.Skip("a shell script")
	}
	dir := t.TempDir()
	script := filepath.Join(dir, "tell")
	out := filepath.Join(dir, "out")
	text := "#!/bin/sh\n{ cat; echo \"$OFSPLAN_NOTICE_KEY\"; env; } > " + out + "\n[ \"$1\" != fail ] || exit 3\n"
	if err := os.WriteFile(script, []byte(text), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("OFSPLAN_PARAM_PIN", "hunter2hunter2")
	t.Setenv("HIDDEN", "swordfish99")
	body, err := Parse("{{.Plan}} {{.Text}}\n")
	if err != nil {
		t.Fatal(err)
	}
	o, filter := opened(t, &Channel{Name: "pager", Command: &Command{Argv: []string{script}}, Body: body})
	filter.HideVariables("HIDDEN")
	if err := o.Send(t.Context(), failed); err != nil {
		t.Fatal(err)
	}
	b, err := os.ReadFile(out)
	if err != nil {
		t.Fatal(err)
	}
	if got := string(b); !strings.HasPrefix(got, "nightly nightly 2026-11-20 fails: step \"load\" has failed\n"+failed.Key+"\n") || strings.Contains(got, "hunter2") || strings.Contains(got, "swordfish") {
		t.Errorf("it got %s", got)
	}
	o.Command.Argv = append(o.Command.Argv, "fail")
	if f, ok := errors.AsType[*Failure](o.Send(t.Context(), failed)); !ok || !f.Again || !strings.Contains(f.Message, "exit status 3") {
		t.Errorf("got %v", f)
	}
	o.Command.Argv = []string{filepath.Join(dir, "gone")}
	if o.Try(t.Context()) == nil {
		t.Error("a program that is not there was found")
	}
}

// A mailbox is a mail server that says little. Extensions are offered after EHLO.
type mailbox struct {
	addr       string
	extensions []string
	refuse     string // what DATA's end is answered with; empty: it is taken
	tls        *tls.Config
	mu         sync.Mutex
	seen       []string
}

// serve takes connections until the test is over.
func (b *mailbox) serve(t *testing.T) {
	t.Helper()
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	b.addr = l.Addr().String()
	var all sync.WaitGroup
	all.Go(func() {
		for {
			c, err := l.Accept()
			if err != nil {
				return
			}
			all.Go(func() { b.talk(c) })
		}
	})
	t.Cleanup(func() { _ = l.Close(); all.Wait() })
}

func (b *mailbox) talk(c net.Conn) {
	defer func() { _ = c.Close() }()
	say := func(s string) { _, _ = io.WriteString(c, s+"\r\n") }
	r := bufio.NewReader(c)
	say("220 mail.test ESMTP")
	data := false
	for {
		line, err := r.ReadString('\n')
		if err != nil {
			return
		}
		line = strings.TrimRight(line, "\r\n")
		b.mu.Lock()
		b.seen = append(b.seen, line)
		b.mu.Unlock()
		word, _, _ := strings.Cut(strings.ToUpper(line), " ")
		switch {
		case data && line == ".":
			data = false
			if b.refuse != "" {
				say(b.refuse)
				continue
			}
			say("250 2.0.0 taken")
		case data:
		case word == "EHLO":
			say("250-mail.test")
			for _, e := range b.extensions {
				say("250-" + e)
			}
			say("250 ENHANCEDSTATUSCODES")
		case word == "STARTTLS":
			say("220 go ahead")
			over := tls.Server(c, b.tls)
			if over.Handshake() != nil {
				return
			}
			c, r = over, bufio.NewReader(over)
		case word == "AUTH":
			say("235 2.7.0 welcome")
		case word == "DATA":
			data = true
			say("354 go on")
		case word == "QUIT":
			say("221 bye")
			return
		default:
			say("250 2.1.0 fine")
		}
	}
}

// said is all that came, line by line.
func (b *mailbox) said() string {
	b.mu.Lock()
	defer b.mu.Unlock()
	return strings.Join(b.seen, "\n")
}

// to is a channel to the mailbox.
func (b *mailbox) to(t *testing.T, secure Security) *Channel {
	t.Helper()
	host, port, err := net.SplitHostPort(b.addr)
	if err != nil {
		t.Fatal(err)
	}
	n, err := strconv.Atoi(port)
	if err != nil {
		t.Fatal(err)
	}
	return &Channel{Name: "mail", Mail: &Mail{Host: host, Port: n, Secure: secure, From: "ofsplan@bank.example", To: []string{"ops@bank.example", "lead@bank.example"}}}
}

func TestAMailHoldsTheMessageAndItsKey(t *testing.T) {
	b := &mailbox{}
	b.serve(t)
	o, _ := opened(t, b.to(t, NoTLS))
	for range 2 {
		if err := o.Send(t.Context(), failed); err != nil {
			t.Fatal(err)
		}
	}
	said := b.said()
	for _, want := range []string{
		"MAIL FROM:<ofsplan@bank.example>", "RCPT TO:<ops@bank.example>", "RCPT TO:<lead@bank.example>", "X-Ofsplan-Key: " + failed.Key,
		"to type   " + failed.Command, `Subject: ofsplan: nightly 2026-11-20 fails: step "load" has failed`,
	} {
		if !strings.Contains(said, want) {
			t.Errorf("no line %q in\n%s", want, said)
		}
	}
	if id := "Message-ID: <" + messageID(failed.Key, "ofsplan@bank.example") + ">"; strings.Count(said, id) != 2 {
		t.Errorf("twice the same message has not twice the id %s:\n%s", id, said)
	}
	if err := o.Try(t.Context()); err != nil || strings.Count(b.said(), "DATA") != 2 {
		t.Errorf("a try sent a mail, or failed: %v", err)
	}
}

func TestMailIsNotSentWithoutTLS(t *testing.T) {
	b := &mailbox{} // it offers no STARTTLS, as one on the way would have it
	b.serve(t)
	o, _ := opened(t, b.to(t, StartTLS))
	if err := o.Send(t.Context(), failed); err == nil || strings.Contains(b.said(), "MAIL FROM") {
		t.Errorf("got %v, and it heard\n%s", err, b.said())
	}
}

func TestMailOverStartTLSLogsInBehindIt(t *testing.T) {
	s, _ := hook(t, true, 200) // for its certificate
	b := &mailbox{extensions: []string{"STARTTLS", "AUTH PLAIN LOGIN"}, tls: s.TLS}
	b.serve(t)
	c := b.to(t, StartTLS)
	c.Mail.User, c.Mail.Password = Text{Plain: "ofsplan"}, env(t, "PASSWORD", "swordfish99")
	o, _ := opened(t, c)
	if err := o.Send(t.Context(), failed); err == nil {
		t.Error("a server nobody vouches for got a mail")
	}
	c.CAFile = authority(t, s)
	if o, _ = opened(t, c); o.Send(t.Context(), failed) != nil {
		t.Error("a server that the authority vouches for got no mail")
	}
	said := b.said()
	if start, in := strings.Index(said, "STARTTLS"), strings.Index(said, "AUTH PLAIN"); start < 0 || in < start {
		t.Errorf("it logged in before TLS, or not at all:\n%s", said)
	}
	b.refuse = "550 5.7.1 no swordfish99 here"
	f, ok := errors.AsType[*Failure](o.Send(t.Context(), failed))
	if !ok || f.Again || !strings.Contains(f.Message, "550") || strings.Contains(f.Message, "swordfish99") {
		t.Errorf("got %+v", f)
	}
	b.refuse = "451 4.3.0 later"
	if f, ok = errors.AsType[*Failure](o.Send(t.Context(), failed)); !ok || !f.Again {
		t.Errorf("got %+v", f)
	}
}

// A server that says nothing keeps a try no longer than its context.
func TestASilentServerIsGivenUp(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	defer func() { _ = l.Close() }()
	b := &mailbox{addr: l.Addr().String()}
	o, _ := opened(t, b.to(t, NoTLS))
	hooked, _ := opened(t, &Channel{Name: "ops", Webhook: &Webhook{URL: Text{Plain: "http://" + b.addr}}})
	for _, o := range []*Open{o, hooked} {
		ctx, cancel := contextOf(t)
		err := o.Send(ctx, failed)
		cancel()
		if f, ok := errors.AsType[*Failure](err); !ok || !f.Again || f.Message != "given up" {
			t.Errorf("got %v", err)
		}
	}
}

// contextOf ends as soon as something has come to rest in a read, which is at once.
func contextOf(t *testing.T) (context.Context, context.CancelFunc) {
	t.Helper()
	return context.WithTimeoutCause(t.Context(), 50*time.Millisecond, errors.New("given up"))
}
