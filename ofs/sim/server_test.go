package sim_test

import (
	"bytes"
	"context"
	"crypto/rand"
	"crypto/tls"
	"crypto/x509"
	"encoding/json"
	"io"
	"net/http"
	"net/http/httptest"
	"runtime"
	"strconv"
	"strings"
	"testing"
	"time"

	"ofsplan/ofs/sim"
)

// client is a plain HTTP client that trusts the server, and shows a certificate when there is one.
func client(t *testing.T, v *sim.Server, shows ...tls.Certificate) *http.Client {
	t.Helper()
	conf := &tls.Config{Certificates: shows}
	if v.CAPEM != nil {
		conf.RootCAs = x509.NewCertPool()
		if !conf.RootCAs.AppendCertsFromPEM(v.CAPEM) {
			t.Fatal("the CA is no PEM")
		}
	}
	tr := &http.Transport{TLSClientConfig: conf}
	t.Cleanup(tr.CloseIdleConnections)
	return &http.Client{Transport: tr}
}

// post sends a request over the wire.
func post(t *testing.T, c *http.Client, base string, r sim.Request) (*http.Response, []byte) {
	t.Helper()
	req, err := http.NewRequestWithContext(t.Context(), r.Method, base+r.Path, bytes.NewReader(r.Body))
	if err != nil {
		t.Fatal(err)
	}
	req.Header = r.Header
	resp, err := c.Do(req)
	if err != nil {
		t.Fatal(err)
	}
	defer resp.Body.Close()
	body, err := io.ReadAll(resp.Body)
	if err != nil {
		t.Fatal(err)
	}
	return resp, body
}

// The demonstration night over HTTPS, a hundred times as fast: a token, a batch that fails, its restart, its end.
func TestServe(t *testing.T) {
	s, err := sim.New(sim.Demo(), sim.Options{Speed: 100})
	if err != nil {
		t.Fatal(err)
	}
	v := serve(t, s, sim.ServeOptions{TLS: true})
	c := client(t, v)
	_, body := post(t, c, v.URL, tokenRequest("grant_type=client_credentials"))
	var token granted
	if err := json.Unmarshal(body, &token); err != nil || token.Expires != 3600 {
		t.Fatalf("%v %s", err, body)
	}
	trigger := ask("trigger", token.Access, `{"batchName":"DATA_LOAD","batchType":"rest","excludedTasks":"STAGE_OLD"}`)
	var run struct{ BatchRunID string }
	if _, body := post(t, c, v.URL, trigger); json.Unmarshal(body, &run) != nil || run.BatchRunID == "" {
		t.Fatalf("%s", body)
	}
	await := func(code string) {
		t.Helper()
		for {
			_, body := post(t, c, v.URL, ask("status", token.Access, `{"batchRunId":"`+run.BatchRunID+`"}`))
			var a struct{ BatchStatusCode string }
			if err := json.Unmarshal(body, &a); err != nil {
				t.Fatal(err)
			}
			if a.BatchStatusCode == code {
				return
			}
			if a.BatchStatusCode != "2" {
				t.Fatalf("code %s, want %s", a.BatchStatusCode, code)
			}
		}
	}
	await("-1")
	restart := ask("restart", token.Access, `{"batchName":"DATA_LOAD","batchRunId":"`+run.BatchRunID+`"}`)
	post(t, c, v.URL, restart)
	await("0")
}

// The handler alone, without a server: it answers, and reads no endless body.
func TestHandler(t *testing.T) {
	s, err := sim.New(sim.Scenario{}, sim.Options{NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	h := s.Handler(func() time.Time { return midnight })
	for _, c := range []struct {
		body io.Reader
		want int
	}{{strings.NewReader(fine), 200}, {io.LimitReader(rand.Reader, 17<<20), 413}} {
		asked := ask("trigger", "", "")
		r := httptest.NewRequest("POST", asked.Path, c.body)
		r.Header = asked.Header
		w := httptest.NewRecorder()
		h.ServeHTTP(w, r)
		if w.Code != c.want {
			t.Errorf("%d %s, want %d", w.Code, w.Body, c.want)
		}
	}
}

// What is told in seconds is told in the caller's: at a hundredfold speed an hour of the night is 36 s.
func TestSpeedIsTheCallers(t *testing.T) {
	s, err := sim.New(sim.Scenario{
		Start:  midnight,
		Faults: []sim.Fault{{Do: sim.HTTPStatus, Status: 503, RetryAfter: time.Hour, Nth: 1}},
	}, sim.Options{Speed: 100, NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	v := serve(t, s, sim.ServeOptions{})
	resp, _ := post(t, client(t, v), v.URL, ask("status", "", `{"batchRunId":"X"}`))
	if got := resp.Header.Get("Retry-After"); resp.StatusCode != 503 || got != "36" {
		t.Errorf("%d, Retry-After %s, want 503, 36", resp.StatusCode, got)
	}
	if now := v.Now(); now.Before(midnight) || now.Location() != time.UTC {
		t.Errorf("the night's time is %s", now)
	}
}

// With client CAs, a stranger gets no connection. The server's own certificate can be its client's CA.
func TestMutualTLS(t *testing.T) {
	s := newScheduler(t, sim.Scenario{})
	other := serve(t, s, sim.ServeOptions{TLS: true})
	v := serve(t, s, sim.ServeOptions{TLS: true, ClientCAs: other.CAPEM})
	resp, err := client(t, v).Post(v.URL, "application/json", strings.NewReader("{}"))
	if err == nil {
		resp.Body.Close()
		t.Error("a stranger was let in")
	}
	if _, err := sim.Serve(s, sim.ServeOptions{TLS: true, ClientCAs: []byte("x")}); err == nil {
		t.Error("client CAs without a certificate were accepted")
	}
}

// Close ends what hangs, frees the port, and may be called twice.
func TestCloseEndsWhatHangs(t *testing.T) {
	s, err := sim.New(sim.Scenario{Faults: []sim.Fault{{Do: sim.Hang}}}, sim.Options{NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	v := serve(t, s, sim.ServeOptions{})
	hung := make(chan error, 1)
	go func() {
		r := ask("trigger", "", fine)
		req, err := http.NewRequestWithContext(context.Background(), r.Method, v.URL+r.Path, bytes.NewReader(r.Body))
		if err != nil {
			hung <- err
			return
		}
		req.Header = r.Header
		tr := new(http.Transport)
		defer tr.CloseIdleConnections()
		_, err = tr.RoundTrip(req)
		hung <- err
	}()
	for len(s.Carried()) == 0 {
		runtime.Gosched()
	}
	v.Close()
	v.Close()
	if err := <-hung; err == nil {
		t.Error("what hung was answered")
	}
	port, _ := strconv.Atoi(v.URL[strings.LastIndexByte(v.URL, ':')+1:])
	serve(t, s, sim.ServeOptions{Port: port})
}

// The examples' nights: the demonstration is possible, and scripts what nightly.yaml is about.
func TestDemo(t *testing.T) {
	s := newScheduler(t, sim.Demo())
	token := tokenOf(t, s, midnight)
	at := func(seconds int) time.Time { return midnight.Add(time.Duration(seconds) * time.Second) }
	screen := start(t, s, midnight, ask("trigger", token, `{"batchName":"NAME_SCREENING","batchType":"rest"}`))
	if got := runCode(t, s, token, screen, at(3600)); got != "2" {
		t.Errorf("screening hangs with code %s, want 2", got)
	}
	name := `{"batchName":"NAME_SCREENING","batchRunId":"` + screen + `"}`
	start(t, s, at(10), ask("interrupt", token, name))
	if got := runCode(t, s, token, start(t, s, at(11), ask("rerun", token, name)), at(16)); got != "0" {
		t.Errorf("screening run again has code %s, want 0", got)
	}
	group := start(t, s, midnight, ask("trigger", token, `{"batchName":"SCORE_RETAIL","batchType":"group"}`))
	if early, late := runCode(t, s, token, group, at(5)), runCode(t, s, token, group, at(7)); early+late != "20" {
		t.Errorf("scoring has codes %s and %s, want 2 and 0", early, late)
	}
}
