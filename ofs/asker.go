package ofs

import (
	"net/http"
	"net/http/httptrace"
	"sync/atomic"
)

// An asker makes exchanges that change nothing, on connections that are kept between them. A server may close such a
// connection in the moment in which the next question leaves; what brought no byte on a used one is asked again at once on a
// fresh one. Never a request that changes something, which could be carried out twice, and never one for a token, which could use
// up a refresh token or a try of a password: neither comes here.
type asker struct{ kept, fresh http.RoundTripper }

// RoundTrip makes one exchange.
func (a asker) RoundTrip(req *http.Request) (*http.Response, error) {
	req = dressed(req)
	var used, began atomic.Bool
	ctx := httptrace.WithClientTrace(req.Context(), &httptrace.ClientTrace{
		GotConn:              func(c httptrace.GotConnInfo) { used.Store(c.Reused) },
		GotFirstResponseByte: func() { began.Store(true) },
	})
	resp, err := a.kept.RoundTrip(req.WithContext(ctx))
	if err == nil || !used.Load() || began.Load() || req.Context().Err() != nil || req.GetBody == nil {
		return stay(resp, err)
	}
	again := *req
	if again.Body, err = req.GetBody(); err != nil {
		return nil, err
	}
	return stay(a.fresh.RoundTrip(&again))
}
