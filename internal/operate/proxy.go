package operate

import (
	"net/url"
	"strings"

	"ofsplan/internal/secret"
)

// proxyVariables are where net/http looks for proxies.
var proxyVariables = []string{"HTTP_PROXY", "http_proxy", "HTTPS_PROXY", "https_proxy"}

// proxySecrets are the passwords in the proxies of the environment. net/http repeats an address it cannot read, and
// what a proxy says that refuses us, so the filter must know them; as they stand there and as they are meant.
func proxySecrets(getenv func(string) string) []secret.Value {
	var all []secret.Value
	for _, name := range proxyVariables {
		address := getenv(name)
		end := strings.LastIndexByte(address, '@')
		if end < 0 {
			continue
		}
		user := address[:end]
		if _, after, ok := strings.Cut(user, "://"); ok {
			user = after
		}
		_, password, ok := strings.Cut(user, ":")
		if !ok {
			password = user // a token, without a user name
		}
		all = append(all, secret.New(password))
		if meant, err := url.PathUnescape(password); err == nil {
			all = append(all, secret.New(meant))
		}
	}
	return all
}
