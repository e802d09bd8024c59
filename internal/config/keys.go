package config

import (
	"slices"

	"ofsplan/internal/source"
)

// The keys of each mapping of a targets file. Everything that reads or suggests keys goes by these lists.
var (
	fileKeys   = []string{"version", "targets"}
	targetKeys = []string{
		"kind", "url", "path", "iam", "tenant", "service", "workspace", "user", "locale", "param_encoding", "group_date", "allow_plaintext",
		"auth", "tls", "limits", "channels", "files", "checks",
	}
	authKeys      = append([]string{"grant", "scope", "token_path", "basic"}, secretKeys...)
	tlsKeys       = []string{"ca_file", "cert_file", "key_file", "insecure_skip_verify"}
	limitKeys     = []string{"requests_per_second", "concurrent_calls"}
	referenceKeys = []string{"file", "env", "command"}
	checkKeys     = []string{"command", "timeout"}
)

// Keys lists the keys each mapping of a targets file may hold, by the mapping's name: "file", "target", "auth", "tls", "limits",
// "reference" (to a secret), "check". Keys of the file that begin with x_ are free beside them. It is what the schema's test goes by.
func Keys() map[string][]string {
	return map[string][]string{
		"file": slices.Clone(fileKeys), "target": slices.Clone(targetKeys), "auth": slices.Clone(authKeys), "tls": slices.Clone(tlsKeys),
		"limits": slices.Clone(limitKeys), "reference": slices.Clone(referenceKeys), "check": slices.Clone(checkKeys),
		"channel": slices.Clone(channelKinds), "webhook": slices.Clone(webhookKeys), "smtp": slices.Clone(smtpKeys), "command": slices.Clone(commandKeys),
	}
}

// synonyms are words that people know from elsewhere, for keys of ours.
var synonyms = map[string]string{
	"base_url": "url", "host": "url", "endpoint": "url", "address": "url", "base_path": "path", "type": "kind", "idcs": "iam", "identity": "iam",
	"token_url": "iam", "tenant_id": "tenant", "service_id": "service", "workspace_id": "workspace", "ofs_tenant_id": "tenant", "ofs_service_id": "service",
	"ofs_workspace_id": "workspace", "ofs_remote_user": "user", "remote_user": "user", "language": "locale", "authentication": "auth",
	"grant_type": "grant", "scopes": "scope", "bearer": "token", "ca": "ca_file", "cert": "cert_file", "key": "key_file", "insecure": "insecure_skip_verify",
	"skip_verify": "insecure_skip_verify", "rate": "requests_per_second", "rps": "requests_per_second", "concurrency": "concurrent_calls",
	"environment": "env", "variable": "env", "exec": "command", "program": "command", "path_to": "file", "secret": "client_secret", "id": "client_id",
	"environments": "targets", "profiles": "targets",
}

// warnLacking is the warning about a value that only the environment could give.
const warnLacking = "W201"

// Checks lists the warnings about targets files, by number.
func Checks() []source.Check {
	return []source.Check{{
		ID: warnLacking, About: "a target lacks a value that only the environment could give",
		Why: "A run against it ends with exit code 2, unless a variable such as OFSPLAN_TARGET_USER is set where it runs. ofsplan target check " +
			"tries a target as it will be.",
		Wrong: "targets:\n  prod: {url: https://ofs.example.com, kind: on_premise, auth: {grant: none}}\n",
		Right: "targets:\n  prod: {url: https://ofs.example.com, kind: on_premise, user: BATCH_USER, auth: {grant: none}}\n",
	}}
}
