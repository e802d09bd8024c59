package notice

import (
	"context"
	"crypto/tls"
	"crypto/x509"
	"errors"
	"fmt"
	"maps"
	"net"
	"net/url"
	"os"
	"slices"
	"strings"
	"time"
	"unicode"

	"ofsplan/internal/secret"
)

// sendLimit is how long one try may take, connection and answer included.
const sendLimit = 30 * time.Second

// A Text is a value of a channel: written in the targets file, or a secret that is kept elsewhere.
type Text struct {
	Plain string
	Ref   *secret.Ref // nil: Plain is it
}

// get is a value, with the secret that it stands for.
func (o *Open) get(t Text) string {
	if t.Ref == nil {
		return t.Plain
	}
	return o.secrets[t.Ref].Reveal()
}

// hide makes a secret known to the filter. Who logs in at a mail server may be called by an everyday word.
func (o *Open) hide(ref *secret.Ref, v secret.Value) {
	if o.Mail != nil && ref == o.Mail.User.Ref {
		o.filter.AddNames(v)
		return
	}
	o.filter.Add(v)
}

// A Channel is where messages go. Exactly one of Webhook, Mail and Command is set.
type Channel struct {
	Name    string
	Webhook *Webhook
	Mail    *Mail
	Command *Command
	Subject *Template // of a mail; nil: [Message.Subject]
	Body    *Template // nil: JSON for a webhook and a command, [Message.Words] for a mail
	CAFile  string    // PEM, trusted beside the host's authorities; empty: those alone
}

// Kind is what sort of channel it is, in a word.
func (c *Channel) Kind() string {
	switch {
	case c.Webhook != nil:
		return "webhook"
	case c.Mail != nil:
		return "smtp"
	}
	return "command"
}

// references are all values of the channel that are kept elsewhere, by their key.
func (c *Channel) references() map[string]*secret.Ref {
	all := map[string]*secret.Ref{}
	add := func(key string, t Text) {
		if t.Ref != nil {
			all[key] = t.Ref
		}
	}
	if w := c.Webhook; w != nil {
		add("url", w.URL)
		add("secret", w.Secret)
		for _, h := range w.Headers {
			add(h.Name, h.Value)
		}
	}
	if m := c.Mail; m != nil {
		add("user", m.User)
		add("password", m.Password)
	}
	return all
}

// Variables are the environment variables that hold secrets of the channel.
func (c *Channel) Variables() []string {
	var names []string
	for _, ref := range c.references() {
		if ref.Env != "" {
			names = append(names, ref.Env)
		}
	}
	return names
}

// An Open channel can be sent to. Who opens it for every try shows a secret that was replaced at once.
type Open struct {
	*Channel
	filter  *secret.Filter
	trust   *tls.Config
	secrets map[*secret.Ref]secret.Value
}

// Open reads everything that the channel needs; the filter knows its secrets from then on. Nothing is connected to. Errors name the channel.
func (c *Channel) Open(ctx context.Context, filter *secret.Filter) (*Open, error) {
	filter.HideVariables(c.Variables()...)
	o := &Open{Channel: c, filter: filter, trust: &tls.Config{MinVersion: tls.VersionTLS12}, secrets: map[*secret.Ref]secret.Value{}}
	all := c.references()
	for _, key := range slices.Sorted(maps.Keys(all)) {
		ref := all[key]
		v, err := ref.Resolve(ctx, filter)
		if err != nil {
			return nil, fmt.Errorf("channel %q: %q cannot be read: %w", c.Name, key, err)
		}
		o.hide(ref, v)
		o.secrets[ref] = v
		if key == "url" {
			if err := CheckURL(v.Reveal()); err != nil {
				return nil, fmt.Errorf("channel %q: \"url\", from %s: %w", c.Name, ref, err)
			}
		}
	}
	if c.CAFile != "" {
		pem, err := os.ReadFile(c.CAFile)
		if err != nil {
			return nil, fmt.Errorf("channel %q: \"ca_file\": %w", c.Name, err)
		}
		if o.trust.RootCAs, err = x509.SystemCertPool(); err != nil {
			o.trust.RootCAs = x509.NewCertPool() // a host without any
		}
		if !o.trust.RootCAs.AppendCertsFromPEM(pem) {
			return nil, fmt.Errorf("channel %q: \"ca_file\": %q holds no certificate in PEM form", c.Name, c.CAFile)
		}
	}
	return o, nil
}

// Send tries to send the message once. The error is a [*Failure].
func (o *Open) Send(ctx context.Context, m Message) error {
	ctx, cancel := context.WithTimeoutCause(ctx, sendLimit, errSlow)
	defer cancel()
	return o.within(ctx, func() error {
		switch {
		case o.Webhook != nil:
			return o.post(ctx, m)
		case o.Mail != nil:
			return o.mail(ctx, &m)
		}
		return o.execute(ctx, m)
	})
}

// Try looks whether the channel could be sent to, and sends nothing: a webhook is connected to, a mail server is greeted and logged
// in at, of a command it is only known that it is there. The error is a [*Failure].
func (o *Open) Try(ctx context.Context) error {
	ctx, cancel := context.WithTimeoutCause(ctx, sendLimit, errSlow)
	defer cancel()
	return o.within(ctx, func() error {
		switch {
		case o.Webhook != nil:
			return o.reach(ctx)
		case o.Mail != nil:
			return o.mail(ctx, nil)
		}
		return o.findProgram()
	})
}

// errSlow is the cause of a try that was given up.
var errSlow = fmt.Errorf("no answer in %s", sendLimit)

// A Failure says why a message was not sent, or perhaps was: a try that was given up may have been carried out.
type Failure struct {
	Message string        // one line, without secrets
	Again   bool          // another try may fare better
	After   time.Duration // how long the other side asked to be left alone; 0: it did not
}

// Error is the message.
func (f *Failure) Error() string { return f.Message }

// within makes a failure of what went wrong.
func (o *Open) within(ctx context.Context, try func() error) error {
	err := try()
	if err == nil {
		return nil
	}
	f, ok := errors.AsType[*Failure](err)
	if !ok {
		f = &Failure{Message: err.Error(), Again: true}
	}
	if end, set := ctx.Deadline(); set && !time.Now().Before(end) {
		<-ctx.Done() // a connection with the same deadline may have ended a moment before
	}
	if ctx.Err() != nil && !ok {
		f = &Failure{Message: context.Cause(ctx).Error(), Again: true}
	}
	f.Message = o.tidy(f.Message)
	return f
}

// maxWords is the longest failure that is kept, in bytes.
const maxWords = 300

// tidy makes a text safe to keep and to print: one line without control characters and secrets, not too long.
func (o *Open) tidy(text string) string {
	text = string(o.filter.Clean([]byte(text)))
	text = strings.Map(func(r rune) rune {
		if unicode.IsControl(r) || unicode.Is(unicode.Cf, r) {
			return ' '
		}
		return r
	}, strings.ToValidUTF8(text, "\uFFFD"))
	text = strings.Join(strings.Fields(text), " ")
	if len(text) > maxWords {
		text = strings.ToValidUTF8(text[:maxWords], "") + "…"
	}
	return string(o.filter.Clean([]byte(text)))
}

// body is the message as the channel wants it.
func (o *Open) body(m Message) (string, error) {
	switch {
	case o.Body != nil:
		text, err := o.Body.fill(m)
		if err != nil {
			return "", &Failure{Message: "the template: " + err.Error()}
		}
		return text, nil
	case o.Mail != nil:
		return m.Words(), nil
	}
	return m.JSON(), nil
}

// CheckURL says what is wrong with the address of a webhook, without repeating it: it may be a secret.
func CheckURL(address string) error {
	u, err := url.Parse(address)
	switch {
	case err != nil || u.Host == "" || u.Scheme != "http" && u.Scheme != "https":
		return errors.New("it is not an address: https://host/…")
	case u.User != nil:
		return errors.New("it holds a name or password: send it as a header")
	case strings.ContainsFunc(address, func(r rune) bool { return r <= ' ' || r > '~' }):
		return errors.New("it holds a blank, or a character beyond ASCII")
	case u.Scheme == "http" && !Loopback(u.Hostname()):
		return errors.New("it is plain http to another machine: the message would cross the network readable, write https://…")
	}
	return nil
}

// Loopback reports whether a host is this machine.
func Loopback(host string) bool {
	ip := net.ParseIP(host)
	return host == "localhost" || ip != nil && ip.IsLoopback()
}
