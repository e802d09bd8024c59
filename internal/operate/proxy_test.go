package operate

import (
	"slices"
	"testing"
)

func TestProxySecrets(t *testing.T) {
	for address, want := range map[string][]string{
		"":                                 nil,
		"http://proxy.bank.example:3128":   nil,
		"http://me:p%40ss@proxy:3128":      {"p%40ss", "p@ss"},
		"me:p@ss@proxy":                    {"p@ss", "p@ss"},
		"http://token@proxy":               {"token", "token"},
		"http://me:not%zzescaped@proxy:80": {"not%zzescaped"},
	} {
		var got []string
		for _, v := range proxySecrets(func(name string) string { return map[string]string{"https_proxy": address}[name] }) {
			got = append(got, v.Reveal())
		}
		if !slices.Equal(got, want) {
			t.Errorf("%q: got %q, want %q", address, got, want)
		}
	}
}
