package ofs

import (
	"context"
	"errors"
	"flag"
	"fmt"
	"net/http"
	"net/http/httptrace"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/source/torture"
)

// rewrite puts what is said into the files: go test ./ofs -run Torture -rewrite.
var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

// judged is what an answer with HTTP 200 and that body is taken for: by a request, by a look, by a token call.
func judged(t testing.TB, body []byte) string {
	t.Helper()
	answer := roundTripper(func(r *http.Request) (*http.Response, error) {
		if trace := httptrace.ContextClientTrace(r.Context()); trace != nil && trace.GotConn != nil {
			trace.GotConn(httptrace.GotConnInfo{})
		}
		resp := response(200, string(body))
		resp.Header.Set("Content-Type", "application/json")
		return resp, nil
	})
	c, err := New(config("http://ofs.example.com"), nil, Transport{Mutating: answer, Reading: answer})
	if err != nil {
		t.Fatal(err)
	}
	var b strings.Builder
	order, err := c.Trigger(Order{Object: Batch, Code: "DATA_LOAD"})
	if err != nil {
		t.Fatal(err)
	}
	r := c.Send(t.Context(), order, "k", committed)
	fmt.Fprintf(&b, "trigger: %s %s%s\n", r.Class, shortened(r.BatchRunID), shortened(r.Message))
	if r.Summary != "" && r.Class != Accepted {
		fmt.Fprintf(&b, "\tit said: %s\n", shortened(r.Summary))
	}
	look, err := c.Status(runID, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Ask(t.Context(), look)
	fmt.Fprintf(&b, "look: %s\n", said(a.Status, err))
	tok, err := NewTokens(auth("http://iam.example.com", GrantClient), func() time.Time { return time.Unix(0, 0) }, answer)
	if err != nil {
		t.Fatal(err)
	}
	err = tok.Fetch(context.Background())
	fmt.Fprintf(&b, "token: %s", said(fmt.Sprint("lives for ", tok.held.life), err))
	return b.String()
}

// said is what went well, or what did not.
func said(well string, err error) string {
	if err == nil {
		return well
	}
	e, ok := errors.AsType[*CallError](err)
	if !ok {
		return fmt.Sprintf("%T %v", err, err)
	}
	return string(e.Kind) + " " + shortened(strings.ReplaceAll(e.Error(), "\n", "\n\t"))
}

// shortened is a text of which the middle is left out when it is long.
func shortened(text string) string {
	if len(text) > 400 {
		return fmt.Sprintf("%s … %d bytes", text[:60], len(text))
	}
	return text
}

// Every class of bad answer that we know of, one small file each, with what is made of it.
func TestTorture(t *testing.T) {
	const dir = "testdata/torture"
	for _, c := range torture.Cases(t, dir) {
		got := judged(t, c.Data)
		if *rewrite {
			c.Rewrite(t, dir, func(string, []byte) error { return errors.New(got) })
		} else if got != c.Want {
			t.Errorf("%s:\n%s\nwant\n%s", c.Name, got, c.Want)
		}
		if strings.ContainsFunc(got, func(r rune) bool {
			return r < ' ' && r != '\n' && r != '\t' || r >= 0x7f && r < 0xa0 || r == 0x202e || r == 0x2028
		}) {
			t.Errorf("%s: a terminal obeys %q", c.Name, got)
		}
	}
}

// FuzzTokenAnswer: whatever an identity service says, nothing panics, what is taken for a token can be sent, and of
// what is not, a CallError tells without a secret.
func FuzzTokenAnswer(f *testing.F) {
	for _, c := range torture.Cases(f, "testdata/torture") {
		if len(c.Data) < 4096 {
			f.Add(c.Data, 200, "application/json")
		}
	}
	f.Add([]byte(`{"error":"invalid_grant","error_description":"it is s3cr3t@&+% =\"x\""}`), 400, "application/json")
	f.Add([]byte(`access_token=abc&expires_in=60`), 200, "application/x-www-form-urlencoded")
	f.Add([]byte(`error=invalid_client&error_description=%1b[2J`), 401, "text/plain; charset=\"")
	f.Fuzz(func(t *testing.T, body []byte, status int, kind string) {
		if status < 100 || status > 999 {
			return
		}
		answer := roundTripper(func(*http.Request) (*http.Response, error) {
			resp := response(status, string(body))
			resp.Header["Content-Type"] = []string{kind}
			resp.Header["Location"] = []string{kind}
			return resp, nil
		})
		tok, err := NewTokens(auth("http://iam.example.com", GrantPassword), time.Now, answer)
		if err != nil {
			t.Fatal(err)
		}
		err = tok.Fetch(t.Context())
		access, _, _ := tok.current()
		if err == nil {
			if !sendable(access) || !tok.Fresh(0) {
				t.Fatalf("taken for a token: %q", access)
			}
			return
		}
		if _, ok := errors.AsType[*CallError](err); !ok || access != "" {
			t.Fatalf("%T %v, and the token %q", err, err, access)
		}
		if text := err.Error(); strings.Contains(text, nastySecret) || strings.ContainsAny(text, "\x1b\x00\r") {
			t.Fatalf("%q", text)
		}
	})
}
