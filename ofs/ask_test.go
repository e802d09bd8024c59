package ofs

import (
	"context"
	"errors"
	"fmt"
	"io"
	"net"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/secret"
)

const batchAnswer = `{"severity":"info","batchRunId":"` + runID + `",
 "taskStatusList":[{"taskCode":"t1","taskStatus":"SUCCESSFUL","statusCode":"0"},{"taskCode":"t5","taskStatus":"FAILED","statusCode":"-1"}],
 "batchStatusCode":"-1","batchList":[],"batchStatus":"FAILED","status":"success","statusCode":"0"}`

// The call's code and the run's code are two things: this is a successful call about a failed run.
func TestAskBatch(t *testing.T) {
	s, _ := scheduler(t, false, 200, batchAnswer)
	c := client(t, s.URL, nil)
	want := Answer{BatchRunID: runID, Object: Batch, State: State{"failed", -1, "FAILED"}, Tasks: []Part{
		{Code: "t1", State: State{"succeeded", 0, "SUCCESSFUL"}}, {Code: "t5", State: State{"failed", -1, "FAILED"}},
	}}
	for i := range 4 {
		want.Same = i == 1 || i == 2
		if i == 3 {
			c.Forget(runID)
		}
		got, err := c.Ask(t.Context(), frozen(t, c, OpStatus))
		if got.Raw.Line != "HTTP/1.1 200 OK" || len(got.Raw.SHA256) != 64 || got.Raw.Body != "" {
			t.Errorf("look %d: kept is %+v", i, got.Raw)
		}
		want.Raw = got.Raw
		if diff := cmp.Diff(want, got); diff != "" || err != nil {
			t.Errorf("look %d: %v (-want +got):\n%s", i, err, diff)
		}
	}
}

// A group lists members without names; their codes stand in their run ids. Codes may be numbers, unknown or none.
func TestAskGroup(t *testing.T) {
	s, _ := scheduler(t, true, 200, `{"batchRunId":"`+runID+`","batchStatusCode":2,"batchStatus":"on it","statusCode":0,"batchList":[
		{"batchRunId":"B_2_2023-01-27_1674798339462_1","batchStatusCode":"5","batchStatus":"HELD"},
		{"batchRunId":"odd","batchStatusCode":"17","batchStatus":"new\u001b[2J"},
		{"batchRunId":"B3_2023-01-27_1674798339462_1","batchStatusCode":"O","batchStatus":"SUCCESSFUL"},
		{"batchRunId":"B4_2023-01-27_1674798339462_1"}]}`)
	c := client(t, s.URL, s)
	got, err := c.Ask(t.Context(), frozen(t, c, OpStatus))
	want := Answer{BatchRunID: runID, Object: Group, State: State{"ongoing", 2, "on it"}, Members: []Part{
		{"B_2", "B_2_2023-01-27_1674798339462_1", State{"held", 5, "HELD"}},
		{"odd", "odd", State{"unknown", 17, "new\uFFFD[2J"}},
		{"B3", "B3_2023-01-27_1674798339462_1", State{"unknown", NoCode, `SUCCESSFUL (code "O")`}},
		{"B4", "B4_2023-01-27_1674798339462_1", State{"unknown", NoCode, `(code "")`}},
	}}
	want.Raw = got.Raw
	if diff := cmp.Diff(want, got); diff != "" || err != nil {
		t.Errorf("%v (-want +got):\n%s", err, diff)
	}
}

func TestAskFails(t *testing.T) {
	good := `"batchRunId":"` + runID + `","batchStatusCode":"0","batchStatus":"SUCCESSFUL"`
	tests := []struct {
		name   string
		status int
		body   string
		want   CallError
		says   string
	}{
		{"no such run", 200, `{"statusCode":"-3","summary":"no"}`, CallError{Kind: KindRefused, HTTP: 200, Code: "-3"}, "object does not exist: no"},
		{"bad headers, 4xx", 400, `{"statusCode":-5}`, CallError{Kind: KindRefused, HTTP: 400, Code: "-5"}, "headers"},
		{"unauthorized", 401, ``, CallError{Kind: KindUnauthorized, HTTP: 401}, "access token"},
		{"forbidden", 403, ``, CallError{Kind: KindRefused, HTTP: 403}, "BATCH_EXEC"},
		{"not found", 404, `<html>`, CallError{Kind: KindRefused, HTTP: 404}, "check url and path"},
		{"too many", 429, ``, CallError{Kind: KindLost, HTTP: 429, RetryAfter: 9 * time.Second}, "429"},
		{"unavailable", 503, `{"statusCode":"-3"}`, CallError{Kind: KindLost, HTTP: 503, Code: "-3", RetryAfter: 9 * time.Second}, "503"},
		{"conflict", 409, ``, CallError{Kind: KindLost, HTTP: 409}, "409"},
		{"page", 200, `<html>`, CallError{Kind: KindLost, HTTP: 200, Trouble: Garbled}, "web page"},
		{"page, 302", 302, ``, CallError{Kind: KindLost, HTTP: 302}, "302"},
		{"cut", 200, `{`, CallError{Kind: KindLost, HTTP: 200, Trouble: Garbled}, "not one complete JSON"},
		{"doubled key", 200, `{"statusCode":"0","batchStatusCode":"-1",` + good + `}`, CallError{Kind: KindLost, HTTP: 200, Trouble: Garbled}, "twice"},
		{"huge", 200, `{"x":"` + strings.Repeat("x", 9<<20) + `"}`, CallError{Kind: KindLost, HTTP: 200, Trouble: Garbled}, "too large"},
		{"failed call", 200, `{"statusCode":"-1",` + good + `}`, CallError{Kind: KindLost, HTTP: 200, Code: "-1"}, `"-1"`},
		{"letter O", 200, `{"statusCode":"O",` + good + `}`, CallError{Kind: KindLost, HTTP: 200, Code: "O"}, `"O"`},
		{"no call code", 200, `{` + good + `}`, CallError{Kind: KindLost, HTTP: 200}, `""`},
		{"another run", 200, `{"statusCode":"0","batchRunId":"X","batchStatusCode":"0"}`, CallError{Kind: KindLost, HTTP: 200, Code: "0", Trouble: Garbled}, "another batch run"},
		{"no run code", 200, `{"statusCode":"0","batchStatus":"SUCCESSFUL"}`, CallError{Kind: KindLost, HTTP: 200, Code: "0", Trouble: Garbled}, "no batchStatusCode"},
		{"odd task list", 200, `{"statusCode":"0","taskStatusList":"none",` + good + `}`, CallError{Kind: KindLost, HTTP: 200, Code: "0", Trouble: Garbled}, "taskStatusList"},
		{"odd members", 200, `{"statusCode":"0","batchList":[1],` + good + `}`, CallError{Kind: KindLost, HTTP: 200, Code: "0", Trouble: Garbled}, "batchList"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			header := []string{}
			if tt.want.RetryAfter > 0 {
				header = []string{"Retry-After", "9"}
			}
			s, n := scheduler(t, false, tt.status, tt.body, header...)
			c := client(t, s.URL, nil)
			_, err := c.Ask(t.Context(), frozen(t, c, OpStatus))
			got, ok := errors.AsType[*CallError](err)
			if !ok {
				t.Fatalf("got %v", err)
			}
			contains(t, got.Message, tt.says)
			bare := *got
			if raw := bare.Answer; (raw.Line == "") != (bare.HTTP == 0) || raw.Size < len(raw.Body) {
				t.Errorf("kept is %+v", raw)
			}
			bare.Message, bare.Hint, bare.Err, bare.Answer = "", "", nil, Raw{}
			if bare != tt.want {
				t.Errorf("got %+v, want %+v", bare, tt.want)
			}
			if n.carried.Load() != 1 {
				t.Errorf("asked %d times", n.carried.Load())
			}
		})
	}
}

func TestAskWithoutAnAnswer(t *testing.T) {
	l, err := net.Listen("tcp", "127.0.0.1:0")
	if err != nil {
		t.Fatal(err)
	}
	l.Close()
	c := client(t, "http://"+l.Addr().String(), nil)
	_, err = c.Ask(t.Context(), frozen(t, c, OpStatus))
	if e, ok := errors.AsType[*CallError](err); !ok || e.Kind != KindLost || e.Trouble != Unreachable || e.Hint == "" {
		t.Errorf("got %#v", err)
	}

	url, _, _ := peer(t, false, func(conn net.Conn, n *count) { carry(conn, n); drain(conn) })
	h := newHand()
	c = client(t, url, nil, func(cfg *Config) { cfg.Timer = h.timer })
	failed := make(chan error)
	go func() { _, err := c.Ask(t.Context(), frozen(t, c, OpStatus)); failed <- err }()
	h.expire()
	if e, ok := errors.AsType[*CallError](<-failed); !ok || e.Trouble != Slow || h.after != defaultAskTimeout {
		t.Errorf("got %#v after %v", e, h.after)
	}

	left := errors.New("the operator left")
	ctx, cancel := context.WithCancelCause(t.Context())
	url, _, _ = peer(t, false, func(conn net.Conn, n *count) { carry(conn, n); cancel(left); drain(conn) })
	c = client(t, url, nil)
	_, err = c.Ask(ctx, frozen(t, c, OpStatus))
	if e, ok := errors.AsType[*CallError](err); !ok || e.Trouble != Stopped || !errors.Is(err, left) {
		t.Errorf("got %#v", err)
	}
}

// Status calls share connections.
func TestAskKeepsConnections(t *testing.T) {
	var conns atomic.Int64
	s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, _ *http.Request) { _, _ = io.WriteString(w, batchAnswer) }))
	s.Config.ConnState = func(_ net.Conn, state http.ConnState) {
		if state == http.StateNew {
			conns.Add(1)
		}
	}
	s.StartTLS()
	defer s.Close()
	c := client(t, s.URL, s)
	for range 20 {
		if _, err := c.Ask(t.Context(), frozen(t, c, OpStatus)); err != nil {
			t.Fatal(err)
		}
	}
	if conns.Load() != 1 {
		t.Errorf("%d connections", conns.Load())
	}
}

// A server that repeats our token gets it taken out of what we repeat.
func TestServerThatRepeatsASecret(t *testing.T) {
	s := httptest.NewServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		w.WriteHeader(400)
		fmt.Fprintf(w, `{"statusCode":"-5","summary":"bad header %s"}`, r.Header.Get("Authorization"))
	}))
	defer s.Close()
	filter := secret.NewFilter()
	tr := transport(t, TLS{}, nil)
	tokens, err := NewTokens(Auth{Grant: GrantToken, TokenBounds: TokenBounds{Filter: filter}, Credentials: Credentials{
		Ready: func(context.Context) (secret.Value, error) { return secret.New("hush-hush-token\n"), nil },
	}}, time.Now, tr.Reading)
	if err != nil {
		t.Fatal(err)
	}
	cfg := config(s.URL)
	cfg.Filter = filter
	c, err := New(cfg, tokens, tr)
	if err != nil {
		t.Fatal(err)
	}
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != NotSent {
		t.Errorf("without a token: %+v", r)
	}
	if err := tokens.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed)
	if r.Class != Refused || r.Summary != "bad header Bearer [redacted]" {
		t.Errorf("got %+v", r)
	}
	_, err = c.Ask(t.Context(), frozen(t, c, OpStatus))
	if err == nil || strings.Contains(err.Error(), "hush") {
		t.Errorf("got %v", err)
	}
}
