package plan

import (
	"strings"
	"testing"
)

const oncePlan = `
version: 1
name: nightly
params:
  day: {type: business_date, default: T-1}
  region: {required: false}
misdate: ${{ params.day }}
once: ${{ params.region }}
steps:
  - id: a
    sleep: 1m
`

func TestOnceIsSettledWhenTheRunStarts(t *testing.T) {
	p := mustParse(t, oncePlan)
	tests := []struct{ name, region, want, err string }{
		{"a text", "EMEA", "EMEA", ""},
		{"as written", "0123", "0123", ""},
		{"nothing", "", "", `plan.yaml:8:7: "once" of the plan: it is empty`},
		{"two lines", "a\nb", "", "cannot be read"},
		{"a control sequence", "a\x1b[31m", "", "U+001B"},
		{"the longest", strings.Repeat("ä", 200), strings.Repeat("ä", 200), ""},
		{"too long", strings.Repeat("x", 201), "", "longer than 200 characters"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			r, err := bind(t, p, "region="+tt.region)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("got %v, want %q", err, tt.err)
				}
				return
			}
			if err != nil {
				t.Fatal(err)
			}
			if r.Once != tt.want {
				t.Errorf("got %q, want %q", r.Once, tt.want)
			}
		})
	}
	if r, err := bind(t, mustParse(t, paramsPlan)); err != nil || r.Once != "" {
		t.Errorf("a plan without the key: got %q, %v", r.Once, err)
	}
}

// A number is the same key however it is written.
func TestOnceTakesNumbersByValue(t *testing.T) {
	p := mustParse(t, "version: 1\nname: n\nparams: {rate: {type: number}}\nonce: 'rate ${{ params.rate }} ${{ string(params.rate) }}'\nsteps: [{id: a, sleep: 1m}]\n")
	for _, rate := range []string{"0.1", "0.10", "0.100"} {
		if r, err := bind(t, p, "rate="+rate); err != nil || r.Once != "rate 0.1 0.1" || r.Values[0].Text != rate {
			t.Errorf("%s: %+v, %v", rate, r, err)
		}
	}
}
