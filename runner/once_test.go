package runner

import "testing"

// The key is what anybody can make of the record with sha256sum, and differs in each of its four parts.
func TestTheOnceKeyOfARun(t *testing.T) {
	started := RunStarted{Plan: "nightly_aml", MISDate: "2026-11-20", Target: Target{Name: "prod"}, Once: &Once{Value: "EMEA"}}
	// printf 'nightly_aml\nprod\n2026-11-20\nEMEA' | sha256sum
	const want = "5ed87b287d235e20e6058723af81f32a16ed2208d971aee53f40aeef83baa982"
	if got := started.OnceKey(); got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	others := []RunStarted{
		{Plan: "nightly", MISDate: "2026-11-20", Target: Target{Name: "prod"}, Once: &Once{Value: "EMEA"}},
		{Plan: "nightly_aml", MISDate: "2026-11-21", Target: Target{Name: "prod"}, Once: &Once{Value: "EMEA"}},
		{Plan: "nightly_aml", Target: Target{Name: "prod"}, Once: &Once{Value: "EMEA"}},
		{Plan: "nightly_aml", MISDate: "2026-11-20", Target: Target{Name: "uat"}, Once: &Once{Value: "EMEA"}},
		{Plan: "nightly_aml", MISDate: "2026-11-20", Target: Target{Name: "prod"}, Once: &Once{Value: "APAC"}},
		{Plan: "nightly_aml", MISDate: "2026-11-20", Target: Target{Name: "prod"}},
	}
	seen := map[string]bool{want: true}
	for _, o := range others {
		if key := o.OnceKey(); seen[key] || (key == "") != (o.Once == nil) {
			t.Errorf("%+v has the key %q", o, key)
		} else {
			seen[key] = true
		}
	}
}
