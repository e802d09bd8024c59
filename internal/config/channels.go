package config

import (
	"fmt"
	"slices"
	"strings"

	"ofsplan/internal/notice"
	"ofsplan/internal/source"
)

// The keys of a channel and of what it may be.
var (
	channelKinds = []string{"webhook", "smtp", "command"}
	webhookKeys  = []string{"url", "headers", "secret", "template", "content_type", "ca_file"}
	smtpKeys     = []string{"host", "port", "tls", "from", "to", "user", "password", "subject", "template", "ca_file"}
	commandKeys  = []string{"run", "template"}
)

// A Channel is one of a target's channels, and where it stands.
type Channel struct {
	*notice.Channel
	Pos source.Pos
}

// Channel is the one of that name; nil when the target has none.
func (t *Target) Channel(name string) *Channel {
	for i := range t.Channels {
		if t.Channels[i].Name == name {
			return &t.Channels[i]
		}
	}
	return nil
}

// ChannelNames lists them in file order.
func (t *Target) ChannelNames() []string {
	var names []string
	for _, c := range t.Channels {
		names = append(names, c.Name)
	}
	return names
}

// channels reads where people are told of runs.
func (rd *targetsReader) channels(t *Target, m source.Map) {
	for _, f := range m.Mapping("channels", "*").Fields() {
		if !validName(f.Key) {
			rd.r.Add(f.KeyPos, "a channel cannot be called %q", f.Key).Hint = "use letters, digits, - and _, a letter first"
		}
		c := &notice.Channel{Name: f.Key}
		before := len(rd.r.Errors)
		rd.channel(c, f)
		if len(rd.r.Errors) == before {
			t.Channels = append(t.Channels, Channel{c, f.KeyPos})
		}
	}
}

// channel reads one of them: what it is, and nothing beside.
func (rd *targetsReader) channel(c *notice.Channel, f source.Field) {
	what := fmt.Sprintf("channel %q", f.Key)
	m := rd.r.Mapping(f.Value, what, channelKinds...)
	if m.Node == nil {
		return
	}
	if len(m.Node.Fields) != 1 {
		rd.r.Add(m.Node.Pos, "%s must be exactly one of webhook, smtp and command", what)
		return
	}
	switch kind := m.Node.Fields[0].Key; kind {
	case "webhook":
		rd.webhook(c, m)
	case "smtp":
		rd.smtp(c, m)
	case "command":
		rd.command(c, m)
	}
}

// webhook reads an address that messages are posted to.
func (rd *targetsReader) webhook(c *notice.Channel, all source.Map) {
	m := all.Mapping("webhook", webhookKeys...)
	if m.Node == nil {
		return
	}
	m.Require("url")
	w := &notice.Webhook{URL: rd.word(m, "url"), ContentType: rd.header(m, "content_type")}
	c.Webhook, c.CAFile = w, rd.path(m, "ca_file")
	if n := m.Get("url"); n.Is(source.Scalar) {
		if err := notice.CheckURL(n.Value); err != nil {
			rd.r.Add(n.Pos, "%q: %s", "url", err)
		}
	}
	if m.Has("secret") {
		w.Secret.Ref = rd.reference(m, "secret")
	}
	for _, h := range m.Mapping("headers", "*").Fields() {
		w.Headers = append(w.Headers, rd.headerField(h))
	}
	parse := notice.ParseJSON
	if w.ContentType != "" && !strings.HasPrefix(w.ContentType, "application/json") {
		parse = notice.Parse
	}
	c.Body = rd.template(m, "template", parse)
}

// ownHeaders are those that nobody else may set.
var ownHeaders = []string{
	strings.ToLower(notice.KeyHeader), strings.ToLower(notice.SignatureHeader), "content-type", "content-length", "host", "user-agent", "transfer-encoding", "connection",
}

// headerField reads one header of a webhook.
func (rd *targetsReader) headerField(f source.Field) notice.Header {
	h := notice.Header{Name: f.Key}
	for _, c := range f.Key {
		if c != '-' && !('a' <= c && c <= 'z') && !('A' <= c && c <= 'Z') && !('0' <= c && c <= '9') {
			rd.r.Add(f.KeyPos, "a header cannot be called %q", f.Key)
			return h
		}
	}
	if slices.Contains(ownHeaders, strings.ToLower(f.Key)) {
		rd.r.Add(f.KeyPos, "the header %q is written by ofsplan itself", f.Key).Hint = "content_type says what the body is"
		return h
	}
	m := rd.r.Mapping(&source.Node{Kind: source.Mapping, Pos: f.KeyPos, Fields: []source.Field{f}}, `"headers"`, "*")
	if f.Value.Is(source.Mapping) {
		h.Value.Ref = rd.reference(m, f.Key)
		return h
	}
	h.Value.Plain = rd.header(m, f.Key)
	if secretHeader(f.Key) {
		rd.r.Add(f.Value.Pos, "the header %q is a secret, and must be a reference to one", f.Key).Hint =
			"write {file: /path}, {env: NAME} or {command: [program, argument]}"
	}
	return h
}

// secretHeader reports whether what stands in a header proves who we are.
func secretHeader(name string) bool {
	low := strings.ToLower(name)
	return low == "authorization" || strings.Contains(low, "token") || strings.Contains(low, "secret") || strings.Contains(low, "api-key") || strings.Contains(low, "apikey")
}

// smtp reads a mail server and whom mails go to.
func (rd *targetsReader) smtp(c *notice.Channel, all source.Map) {
	m := all.Mapping("smtp", smtpKeys...)
	if m.Node == nil {
		return
	}
	m.Require("host", "from", "to")
	s := &notice.Mail{Host: m.Text("host"), Secure: notice.Security(m.Enum("tls", string(notice.StartTLS), string(notice.ImplicitTLS), string(notice.NoTLS)))}
	c.Mail, c.CAFile = s, rd.path(m, "ca_file")
	if s.Secure == "" {
		s.Secure = notice.StartTLS
	}
	if strings.ContainsAny(s.Host, ":/@ ") {
		rd.r.Add(m.Get("host").Pos, "%q must be the name of a machine", "host").Hint = "the port stands under port"
	}
	if s.Port = int(m.Int("port", int64(s.Secure.Port()))); s.Port < 1 || s.Port > 65535 {
		rd.r.Add(m.Get("port").Pos, "%q must be from 1 to 65535", "port")
	}
	if s.Secure == notice.NoTLS && !notice.Loopback(s.Host) {
		rd.r.Add(m.Get("tls").Pos, "mail to another machine without TLS could be read and changed on the way").Hint =
			`"none" is for a mail server on this machine: leave tls out, or write implicit`
	}
	rd.addresses(s, m)
	s.User, s.Password.Ref = rd.word(m, "user"), rd.reference(m, "password")
	if m.Has("user") != m.Has("password") {
		rd.r.Add(m.Node.Pos, "who logs in needs both user and password")
	}
	if m.Has("user") && s.Secure == notice.NoTLS {
		rd.r.Add(m.Node.Field("user").KeyPos, "nobody logs in without TLS").Hint = "remove user and password, or choose starttls"
	}
	c.Subject, c.Body = rd.template(m, "subject", notice.Parse), rd.template(m, "template", notice.Parse)
}

// addresses reads from whom and to whom mails go.
func (rd *targetsReader) addresses(s *notice.Mail, m source.Map) {
	check := func(n *source.Node, key string) string {
		if n = rd.r.Scalar(n, quoted(key)); n == nil {
			return ""
		}
		if err := notice.CheckAddress(n.Value); err != nil {
			rd.r.Add(n.Pos, "%q: %s", key, err)
		}
		return n.Value
	}
	s.From = check(m.Get("from"), "from")
	for _, n := range m.List("to") {
		s.To = append(s.To, check(n, "to"))
	}
	if n := m.Get("to"); n.Is(source.Sequence) && len(n.Items) == 0 {
		rd.r.Add(n.Pos, "%q names nobody", "to")
	}
}

// command reads a program that takes messages: its words alone, or with a template.
func (rd *targetsReader) command(c *notice.Channel, all source.Map) {
	n := all.Get("command")
	words := n
	if n.Is(source.Mapping) {
		m := all.Mapping("command", commandKeys...)
		m.Require("run")
		c.Body = rd.template(m, "template", notice.Parse)
		words = m.Get("run")
	}
	c.Command = &notice.Command{}
	for _, item := range rd.r.List(words, `"command"`, true) {
		if item = rd.r.Scalar(item, "a word of "+quoted("command")); item != nil {
			c.Command.Argv = append(c.Command.Argv, item.Value)
		}
	}
	if words.Is(source.Sequence) && (len(c.Command.Argv) == 0 || c.Command.Argv[0] == "") {
		rd.r.Add(words.Pos, `"command" names no program`)
	}
}

// word reads a text, or a reference to a secret.
func (rd *targetsReader) word(m source.Map, key string) notice.Text {
	if m.Get(key).Is(source.Mapping) {
		return notice.Text{Ref: rd.reference(m, key)}
	}
	return notice.Text{Plain: m.Text(key)}
}

// template reads a template and tries it.
func (rd *targetsReader) template(m source.Map, key string, parse func(string) (*notice.Template, error)) *notice.Template {
	if !m.Has(key) {
		return nil
	}
	n := m.Get(key)
	text := m.Text(key)
	if text == "" {
		if n.Is(source.Scalar) {
			rd.r.Add(n.Pos, "%q of %s is empty", key, m.What)
		}
		return nil
	}
	t, err := parse(text)
	if err != nil {
		rd.r.Add(n.Pos, "%q of %s: %s", key, m.What, err).Hint =
			"the fields are .Key, .Event, .Run, .Plan, .MISDate, .Target, .Step, .Outcome, .Since, .Host, .Command and .Text; json writes one as JSON"
	}
	return t
}
