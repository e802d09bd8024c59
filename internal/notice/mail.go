package notice

import (
	"context"
	"crypto/sha256"
	"crypto/tls"
	"encoding/hex"
	"errors"
	"fmt"
	"net"
	"strconv"
	"strings"

	mail "github.com/wneessen/go-mail"
)

// Mail is how messages go out by mail.
type Mail struct {
	Host           string
	Port           int
	Secure         Security
	From           string
	To             []string
	User, Password Text // empty: nobody logs in
}

// Security is how a connection to a mail server is protected.
type Security string

// The ways to protect it. NoTLS is for a server on this machine alone.
const (
	StartTLS    Security = "starttls"
	ImplicitTLS Security = "implicit"
	NoTLS       Security = "none"
)

// Port is the usual one.
func (s Security) Port() int {
	switch s {
	case ImplicitTLS:
		return 465
	case NoTLS:
		return 25
	}
	return 587
}

// KeyMailHeader is the header of a mail that holds the key of the message. The Message-ID is made of it too, so that the same message
// sent twice is one in most mailboxes.
const KeyMailHeader = "X-Ofsplan-Key"

// CheckAddress says what is wrong with an address of a mail.
func CheckAddress(address string) error {
	if err := mail.NewMsg().From(address); err != nil || strings.ContainsAny(address, "\r\n") {
		return errors.New("it is no address of a mail: name@example.com")
	}
	return nil
}

// mail sends the message; with nil it only looks whether the server would take one.
func (o *Open) mail(ctx context.Context, m *Message) error {
	client, err := o.mailer(ctx)
	if err != nil {
		return err
	}
	conn, err := client.DialToSMTPClientWithContext(ctx)
	if err != nil {
		return refusal(err)
	}
	// What QUIT is answered with changes nothing: a message that was taken is not sent again for it.
	defer func() { _ = client.CloseWithSMTPClient(conn) }()
	if m == nil {
		return nil
	}
	msg, err := o.letter(*m)
	if err != nil {
		return err
	}
	if err := client.SendWithSMTPClient(conn, msg); err != nil {
		return refusal(err)
	}
	return nil
}

// mailer is a client of the server. Its connection ends with ctx, whatever the server does; the context that the library hands to a
// dialer ends when it has dialed.
func (o *Open) mailer(ctx context.Context) (*mail.Client, error) {
	s := o.Mail
	user, password := o.get(s.User), o.get(s.Password)
	conf := o.trust.Clone()
	conf.ServerName = s.Host
	opts := []mail.Option{
		mail.WithPort(s.Port), mail.WithTimeout(sendLimit), mail.WithTLSConfig(conf), mail.WithTLSPolicy(mail.TLSMandatory), mail.WithoutNoop(),
		mail.WithDialContextFunc(func(_ context.Context, _, _ string) (net.Conn, error) {
			return o.dial(ctx, s.Host, strconv.Itoa(s.Port), s.Secure == ImplicitTLS)
		}),
	}
	switch s.Secure {
	case ImplicitTLS:
		opts = append(opts, mail.WithTLSPolicy(mail.TLSOpportunistic)) // the connection has TLS from its first byte
	case NoTLS:
		opts = append(opts, mail.WithTLSPolicy(mail.NoTLS))
	}
	if user != "" {
		opts = append(opts, mail.WithSMTPAuth(mail.SMTPAuthAutoDiscover), mail.WithUsername(user), mail.WithPassword(password))
	}
	return mail.NewClient(s.Host, opts...)
}

// dial connects, and with secure has the server prove who it is. The connection is closed when the try is over.
func (o *Open) dial(ctx context.Context, host, port string, secure bool) (net.Conn, error) {
	conn, err := (&net.Dialer{}).DialContext(ctx, "tcp", net.JoinHostPort(host, port))
	if err != nil {
		return nil, err
	}
	if deadline, set := ctx.Deadline(); set {
		_ = conn.SetDeadline(deadline)
	}
	ends := &endingConn{Conn: conn}
	ends.stop = context.AfterFunc(ctx, func() { _ = conn.Close() })
	if !secure {
		return ends, nil
	}
	conf := o.trust.Clone()
	conf.ServerName = host
	over := tls.Client(ends, conf)
	if err := over.HandshakeContext(ctx); err != nil {
		_ = ends.Close()
		return nil, err
	}
	return over, nil
}

// endingConn is a connection that is closed at the end of a context.
type endingConn struct {
	net.Conn
	stop func() bool
}

func (c *endingConn) Close() error {
	c.stop()
	return c.Conn.Close()
}

// letter is the message as a mail.
func (o *Open) letter(m Message) (*mail.Msg, error) {
	text, err := o.body(m)
	if err != nil {
		return nil, err
	}
	subject := m.Subject()
	if o.Subject != nil {
		if subject, err = o.Subject.fill(m); err != nil {
			return nil, &Failure{Message: "the subject: " + err.Error()}
		}
	}
	msg := mail.NewMsg(mail.WithNoDefaultUserAgent())
	if err := errors.Join(msg.From(o.Mail.From), msg.To(o.Mail.To...)); err != nil {
		return nil, &Failure{Message: "from or to is no address of a mail"}
	}
	msg.Subject(strings.Join(strings.Fields(subject), " "))
	msg.SetDate()
	msg.SetMessageIDWithValue(messageID(m.Key, o.Mail.From))
	msg.SetGenHeader(KeyMailHeader, m.Key)
	msg.SetGenHeader("Auto-Submitted", "auto-generated")
	msg.SetBodyString(mail.TypeTextPlain, text)
	return msg, nil
}

// messageID is the same for the same key.
func messageID(key, from string) string {
	sum := sha256.Sum256([]byte(key))
	_, domain, _ := strings.Cut(strings.TrimSuffix(from, ">"), "@")
	if domain == "" {
		domain = "ofsplan.invalid"
	}
	return hex.EncodeToString(sum[:16]) + "@" + domain
}

// refusal is an error of the mail server. One that begins with 5 is for good.
func refusal(err error) error {
	if e, ok := errors.AsType[*mail.SendError](err); ok {
		text := e.Error()
		if code := e.ErrorCode(); code != 0 {
			text = fmt.Sprintf("SMTP %d %s: %s", code, e.EnhancedStatusCode(), text)
		}
		return &Failure{Message: text, Again: e.IsTemp() || e.ErrorCode() == 0}
	}
	return err
}
