package ofs

import (
	"bytes"
	"io"
	"net/http"
	"net/http/httptest"
	"testing"
	"time"
)

// What the gate, resty and the reading of answers cost above a bare http.Client that makes a fresh connection
// for each request as well. The two take turns, since two runs on a busy machine cannot be compared: x-bare is how
// many times the bare client's time a Send takes.
func BenchmarkSend(b *testing.B) {
	for _, secure := range []bool{false, true} {
		b.Run(map[bool]string{false: "http", true: "https"}[secure], func(b *testing.B) {
			s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
				_, _ = io.Copy(io.Discard, r.Body)
				_, _ = io.WriteString(w, accepted)
			}))
			if secure {
				s.StartTLS()
			} else {
				s.Start()
			}
			defer s.Close()
			tr := transport(b, trusting(b, s), nil)
			c, err := New(config(s.URL), nil, tr)
			if err != nil {
				b.Fatal(err)
			}
			f := frozen(b, c, OpTrigger)
			plain := &http.Client{Transport: tr.Mutating}
			var bare, send time.Duration
			for b.Loop() {
				began := time.Now()
				exchangeBare(b, plain, f)
				half := time.Now()
				if r := c.Send(b.Context(), f, "load/1/trigger/1", committed); r.Class != Accepted {
					b.Fatalf("%+v", r)
				}
				bare += half.Sub(began)
				send += time.Since(half)
			}
			b.ReportMetric(float64(send)/float64(bare), "x-bare")
		})
	}
}

func exchangeBare(b *testing.B, c *http.Client, f Frozen) {
	b.Helper()
	req, err := http.NewRequest(http.MethodPost, f.URL, bytes.NewReader(f.Body))
	if err != nil {
		b.Fatal(err)
	}
	req.Header = f.Header
	resp, err := c.Do(req)
	if err != nil {
		b.Fatal(err)
	}
	defer resp.Body.Close()
	if _, err := io.ReadAll(resp.Body); err != nil {
		b.Fatal(err)
	}
}

// One look at a batch run of fifty tasks: decoded, and equal to the last.
func BenchmarkAsk(b *testing.B) {
	body := batchAnswer[:len(batchAnswer)-1] + `,"more":[` + string(bytes.Repeat([]byte(`{"taskCode":"t1","taskStatus":"SUCCESSFUL","statusCode":"0"},`), 50)) + `0]}`
	rt := roundTripper(func(*http.Request) (*http.Response, error) { return response(200, body), nil })
	cfg := config("http://x")
	cfg.Timer = NoTimer
	c, err := New(cfg, nil, Transport{Mutating: rt, Reading: rt})
	if err != nil {
		b.Fatal(err)
	}
	f := frozen(b, c, OpStatus)
	for _, name := range []string{"changed", "same"} {
		b.Run(name, func(b *testing.B) {
			for b.Loop() {
				if name == "changed" {
					c.Forget(runID)
				}
				if _, err := c.Ask(b.Context(), f); err != nil {
					b.Fatal(err)
				}
			}
		})
	}
}
