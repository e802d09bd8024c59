package terminal

import (
	"bytes"
	"strings"
	"testing"

	"ofsplan/internal/secret"
)

// What ends as a secret begins is kept back until more is known. It comes out all the same: when the command is over, and
// when it is left at once.
func TestWhatAFilterKeepsBackComesOut(t *testing.T) {
	for name, end := range map[string]func(*Streams){"the command is over": (*Streams).Flush, "it is left at once": (*Streams).FlushAtOnce} {
		t.Run(name, func(t *testing.T) {
			var out, errs bytes.Buffer
			s := New(strings.NewReader(""), &out, &errs)
			s.Secrets.Add(secret.New("}\n of the vault"))
			for _, o := range []*Output{s.Out, s.Err} {
				if _, err := o.Write([]byte("{\n}\n")); err != nil {
					t.Fatal(err)
				}
			}
			if out.String() != "{\n" || errs.String() != "{\n" {
				t.Fatalf("nothing is kept back: %q, %q", &out, &errs)
			}
			end(s)
			if out.String() != "{\n}\n" || errs.String() != "{\n}\n" {
				t.Errorf("got %q and %q", &out, &errs)
			}
		})
	}
}

// A secret that is learnt when something has been printed already is kept out of what follows.
func TestASecretIsKeptOutOnceItIsKnown(t *testing.T) {
	var out, errs bytes.Buffer
	s := New(strings.NewReader(""), &out, &errs)
	for _, o := range []*Output{s.Out, s.Err} {
		if _, err := o.Write([]byte("open s3same-street, ")); err != nil {
			t.Fatal(err)
		}
	}
	s.Secrets.Add(secret.New("s3same-street"))
	if _, err := s.Out.Write([]byte("open s3same-street\n")); err != nil {
		t.Fatal(err)
	}
	if err := s.PrintJSON("<s3same-street>"); err != nil {
		t.Fatal(err)
	}
	s.Flush()
	if got := out.String(); got != "open s3same-street, open [redacted]\n\"<[redacted]>\"\n" {
		t.Errorf("got %q", got)
	}
}
