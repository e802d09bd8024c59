package cli

import (
	"bytes"
	"testing"

	"ofsplan/internal/secret"
)

// What ends as a secret begins is kept back until more is known. It comes out all the same: when the command is over,
// when it is left at once, and when another filter takes the place of the one that keeps it.
func TestWhatAFilterKeepsBackComesOut(t *testing.T) {
	for _, test := range []struct {
		name string
		end  func(*app)
	}{
		{"the command is over", func(a *app) { a.out.flush(); a.err.flush() }},
		{"it is left at once", func(a *app) { a.out.flushAtOnce(); a.err.flushAtOnce() }},
		{"another filter", func(a *app) { a.guard(secret.NewFilter(secret.New("something else"))) }},
	} {
		t.Run(test.name, func(t *testing.T) {
			var out, errs bytes.Buffer
			a := &app{out: &stream{raw: &out}, err: &stream{raw: &errs}}
			a.guard(secret.NewFilter(secret.New("}\n of the vault")))
			for _, s := range []*stream{a.out, a.err} {
				if _, err := s.Write([]byte("{\n}\n")); err != nil {
					t.Fatal(err)
				}
			}
			if out.String() != "{\n" || errs.String() != "{\n" {
				t.Fatalf("nothing is kept back: %q, %q", &out, &errs)
			}
			test.end(a)
			if out.String() != "{\n}\n" || errs.String() != "{\n}\n" {
				t.Errorf("got %q and %q", &out, &errs)
			}
		})
	}
}
