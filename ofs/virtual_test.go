package ofs

import (
	"context"
	"iter"
	"net/http"
	"net/http/httptrace"
	"runtime"
	"testing"
)

// A world with a clock of its own runs a call as one coroutine, which stops at the gate and wherever the transport
// waits. Nothing else moves: no goroutine of ours, no timer.
func TestSendInACoroutine(t *testing.T) {
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	var stop func(string) bool
	rt := roundTripper(func(r *http.Request) (*http.Response, error) {
		stop("dialing")
		httptrace.ContextClientTrace(r.Context()).GotConn(httptrace.GotConnInfo{})
		stop("answering")
		return response(200, accepted), nil
	})
	cfg := config("http://ofs.example.com")
	cfg.Timer = NoTimer
	c, err := New(cfg, nil, Transport{Mutating: rt, Reading: rt})
	if err != nil {
		t.Fatal(err)
	}
	f := frozen(t, c, OpTrigger)
	before := runtime.NumGoroutine()
	var r Receipt
	next, end := iter.Pull(func(yield func(string) bool) {
		stop = yield
		r = c.Send(ctx, f, "k", func() error { yield("gate"); return nil })
	})
	defer end()
	for _, want := range []string{"dialing", "gate", "answering"} {
		if at, ok := next(); at != want || !ok {
			t.Fatalf("stopped at %q, want %q", at, want)
		}
		if n := runtime.NumGoroutine(); n > before+1 { // the coroutine itself
			t.Errorf("at %q: %d goroutines, %d before", want, n, before)
		}
	}
	if _, more := next(); more || r.Class != Accepted {
		t.Errorf("got %+v", r)
	}
}
