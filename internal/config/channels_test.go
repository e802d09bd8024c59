package config

import (
	"path/filepath"
	"strings"
	"testing"

	"ofsplan/internal/notice"
)

const told = cloud + `    channels:
      ops:
        webhook:
          url: {env: HOOK}
          secret: {file: hmac}
          headers: {X-Team: ops, Authorization: {env: HOOK_TOKEN}}
          template: '{"text": {{json .Text}}}'
      mail:
        smtp: {host: mail.bank.example, from: ofsplan@bank.example, to: [ops@bank.example], user: ofsplan, password: {env: MAIL_PASSWORD}, ca_file: mail.pem}
      pager: {command: [page, --urgent]}
`

func TestChannelsAreRead(t *testing.T) {
	target, err := load(t, told)
	if err != nil {
		t.Fatal(err)
	}
	if got := strings.Join(target.ChannelNames(), " "); got != "ops mail pager" {
		t.Errorf("channels %q", got)
	}
	ops, mail, pager := target.Channel("ops"), target.Channel("mail"), target.Channel("pager")
	dir := filepath.Dir(target.Pos.File)
	if ops.Webhook.URL.Ref.Env != "HOOK" || ops.Webhook.Secret.Ref.File != filepath.Join(dir, "hmac") || ops.Body == nil || ops.Pos.Line != 17 {
		t.Errorf("got %+v at %s", ops.Webhook, ops.Pos)
	}
	if m := mail.Mail; m.Port != 587 || m.Secure != notice.StartTLS || mail.CAFile != filepath.Join(dir, "mail.pem") {
		t.Errorf("got %+v", m)
	}
	if got := strings.Join(pager.Command.Argv, " "); got != "page --urgent" {
		t.Errorf("got %q", got)
	}
	if target.Channel("opps") != nil {
		t.Error("a channel was found that is not there")
	}
	names := strings.Join(target.SecretVariables(), " ")
	for _, want := range []string{"HOOK", "HOOK_TOKEN", "MAIL_PASSWORD"} {
		if !strings.Contains(names, want) {
			t.Errorf("%s is a secret, and a program that is started would inherit it: %s", want, names)
		}
	}
	plain, err := load(t, cloud)
	if err != nil {
		t.Fatal(err)
	}
	if plain.Fingerprint() != target.Fingerprint() {
		t.Error("a channel changes the fingerprint, so that a run could not be resumed when one was added")
	}
}

func TestWhatIsWrongWithAChannel(t *testing.T) {
	edit := func(old, new string) string {
		if !strings.Contains(told, old) {
			t.Fatalf("no %q", old)
		}
		return strings.Replace(told, old, new, 1)
	}
	for _, c := range []struct{ name, text, want string }{
		{"two things", edit("pager: {command: [page, --urgent]}", "pager: {command: [page], smtp: {}}"), `ofsplan.yaml:25:14: channel "pager" must be exactly one of webhook, smtp and command`},
		{"nothing", edit("pager: {command: [page, --urgent]}", "pager: {}"), "exactly one of webhook, smtp and command"},
		{"an unknown kind", edit("pager: {command: [page, --urgent]}", "pager: {slack: x}"), `unknown key "slack" in channel "pager"`},
		{"no program", edit("[page, --urgent]", "[]"), `"command" names no program`},
		{"a shell line", edit("[page, --urgent]", "page --urgent"), `"command" must be a list`},
		{"a bad name", edit("pager:", "p ager:"), `a channel cannot be called "p ager"`},
		{"a misspelt key", edit("secret: {file: hmac}", "secrets: {file: hmac}"), "did you mean \"secret\"?"},
		{"a literal secret", edit("secret: {file: hmac}", "secret: hunter2"), "must be a reference to a secret, never the secret itself"},
		{"a literal token", edit("Authorization: {env: HOOK_TOKEN}", "Authorization: Bearer hunter2"), `the header "Authorization" is a secret, and must be a reference to one`},
		{"a header of ours", edit("X-Team: ops", "idempotency-key: ops"), `the header "idempotency-key" is written by ofsplan itself`},
		{"plain http", edit("url: {env: HOOK}", "url: http://hooks.example.com/x"), "plain http to another machine"},
		{"a password in the address", edit("url: {env: HOOK}", "url: https://u:hunter2@hooks.example.com/x"), "it holds a name or password"},
		{"an unknown field", edit("{{json .Text}}", "{{json .Txet}}"), "Txet"},
		{"no JSON", edit("{{json .Text}}", `"{{.Text}}"`), "write {{json .Text}}, without quotes around it"},
		{"mail without TLS", edit("host: mail.bank.example,", "host: mail.bank.example, tls: none,"), "mail to another machine without TLS could be read"},
		{"half a login", edit("user: ofsplan, ", ""), "needs both user and password"},
		{"a literal password", edit("password: {env: MAIL_PASSWORD}", "password: hunter2"), "never the secret itself"},
		{"no address", edit("to: [ops@bank.example]", "to: [ops]"), `"to": it is no address of a mail`},
		{"nobody", edit("to: [ops@bank.example]", "to: []"), `"to" names nobody`},
		{"a port in the host", edit("host: mail.bank.example,", `host: "mail.bank.example:25",`), "the port stands under port"},
		{"a port that is none", edit("host: mail.bank.example,", "host: mail.bank.example, port: 99999,"), "from 1 to 65535"},
	} {
		_, err := load(t, c.text)
		if err == nil || !strings.Contains(err.Error(), c.want) {
			t.Errorf("%s:\n got %v\nwant %s", c.name, err, c.want)
		}
		if err != nil && strings.Contains(err.Error(), "hunter2") {
			t.Errorf("%s: the message holds the secret: %v", c.name, err)
		}
	}
}
