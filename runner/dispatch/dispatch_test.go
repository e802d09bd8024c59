package dispatch_test

import (
	"context"
	"crypto/tls"
	"errors"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"strings"
	"sync/atomic"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

var two = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// desk is a desk before a simulated scheduler whose clock stands still, and that scheduler.
func desk(t *testing.T, sc sim.Scenario) (*dispatch.Desk, *sim.Scheduler) {
	t.Helper()
	s, err := sim.New(sc, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	now := func() time.Time { return two }
	rt := s.Transport(now, func(context.Context, time.Duration) error { return errors.New("nobody waits here") })
	auth := ofs.Auth{Grant: ofs.GrantClient, IAM: "https://iam.example.com"}
	auth.ClientID, auth.ClientSecret = secret.New("id"), secret.New("secret")
	tokens, err := ofs.NewTokens(auth, now, rt)
	if err != nil {
		t.Fatal(err)
	}
	cfg := ofs.Config{BaseURL: "https://ofs.example.com/acme"}
	cfg.Tenant, cfg.Service, cfg.User = "acme", "AML", "BATCHUSER"
	client, err := ofs.New(cfg, tokens, ofs.Transport{Mutating: rt, Reading: rt})
	if err != nil {
		t.Fatal(err)
	}
	d := dispatch.New(client, tokens, "run-1")
	if d.Ready() {
		t.Error("ready before there is a token")
	}
	if err := d.Fetch(t.Context()); err != nil || !d.Ready() {
		t.Fatalf("no token: %v", err)
	}
	return d, s
}

// keyOf is the key of all commands of that kind in these tests.
func keyOf(op runner.Op) runner.Key { return runner.Key{Step: "load", Attempt: 1, Op: op, N: 1} }

// first permits all of them.
var first = runner.Permit{Text: "first request", Kind: runner.PermitFirst}

func trigger(code string) *runner.Command {
	return &runner.Command{Key: keyOf(runner.OpTrigger), Permit: &first, Order: &fact.Order{Object: fact.Batch, Code: code}}
}

// about is a command about a batch run.
func about(op runner.Op, run fact.BatchRef) *runner.Command {
	return &runner.Command{Key: keyOf(op), Permit: &first, Run: run}
}

// send makes a request whose gate is opened.
func send(t *testing.T, d *dispatch.Desk, c *runner.Command) dispatch.Outcome {
	t.Helper()
	r, err := d.Prepare(c)
	if err != nil {
		t.Fatal(err)
	}
	return d.Send(t.Context(), r, func() error { return nil })
}

func TestWhatIsSentIsWhatIsRecorded(t *testing.T) {
	d, s := desk(t, sim.Scenario{})
	c := trigger("LOAD")
	c.Order.Params = []fact.Pair{{Name: "$FICMISDATE$", Value: "2026-11-20"}}
	c.Order.Tasks = []fact.TaskPairs{{Task: "T1", Params: []fact.Pair{{Name: "k", Value: "v"}}}}
	c.Order.Excluded = []string{"T2", "T3"}
	r, err := d.Prepare(c)
	if err != nil {
		t.Fatal(err)
	}
	want := runner.RequestSent{
		Key: c.Key, Op: runner.OpTrigger, Permit: first,
		URL:        "https://ofs.example.com/acme/SchedulerService/rest-api/v1/external/trigger",
		Body:       `{"batchName":"LOAD","batchType":"rest","excludedTasks":"T2,T3","heldTasks":"","dynamicParamList":"{\"batchParams\":{\"$FICMISDATE$\":\"2026-11-20\"},\"taskRuntimeParams\":{\"T1\":{\"k\":\"v\"}}}"}`,
		BodySHA256: r.Sent.BodySHA256,
	}
	if diff := cmp.Diff(want, r.Sent); diff != "" || len(r.Sent.BodySHA256) != 64 {
		t.Error(diff)
	}
	if out := d.Send(t.Context(), r, func() error { return nil }); out.Broken != nil {
		t.Fatal(out.Broken)
	}
	carried := s.Carried()
	if len(carried) != 1 || carried[0].Mark != "run-1/load/1/trigger/1" || carried[0].Code != "LOAD" {
		t.Errorf("carried out: %+v", carried)
	}
}

// onWire keeps the last request that went through it, and answers nothing.
type onWire struct {
	url    string
	header http.Header
	body   []byte
}

func (w *onWire) RoundTrip(r *http.Request) (*http.Response, error) {
	w.url, w.header = r.URL.String(), r.Header
	w.body, _ = io.ReadAll(r.Body)
	return nil, errors.New("nobody answers here")
}

func TestWhatIsShownIsWhatIsSent(t *testing.T) {
	var wire onWire
	cfg := ofs.Config{BaseURL: "https://ofs.example.com/acme"}
	cfg.Tenant, cfg.Service, cfg.User = "acme", "AML", "BATCHUSER"
	client, err := ofs.New(cfg, nil, ofs.Transport{Mutating: &wire, Reading: &wire})
	if err != nil {
		t.Fatal(err)
	}
	d := dispatch.New(client, nil, "run-1")
	load := fact.BatchRef{Object: fact.Batch, Code: "LOAD", RunID: "LOAD_1"}
	look, watch := about(runner.OpLook, load), about(runner.OpWatch, load)
	look.Tasks = []string{"T1"}
	for _, c := range []*runner.Command{
		trigger("LOAD"), about(runner.OpInterrupt, load), about(runner.OpRestart, load), about(runner.OpRerun, load), look, watch,
	} {
		shown, err := d.Show(c, "")
		if err != nil {
			t.Fatal(err)
		}
		if c.Mutating() {
			send(t, d, c)
		} else if _, _, err := d.Look(t.Context(), c.Run.RunID, c.Tasks, runner.BatchObserved{}); err == nil {
			t.Errorf("%s: somebody answered", c.Key)
		}
		if diff := cmp.Diff(wire, onWire{shown.URL, shown.Header, shown.Body}, cmp.AllowUnexported(onWire{})); diff != "" {
			t.Errorf("%s (-sent +shown):\n%s", c.Key, diff)
		}
		if shown, err = d.Show(c, "Bearer T0K"); err != nil || shown.Header.Get("Authorization") != "Bearer T0K" {
			t.Errorf("%s: shown with a token: %v, %v", c.Key, shown.Header, err)
		}
	}
}

func TestASensitiveBodyIsNotRecorded(t *testing.T) {
	d, s := desk(t, sim.Scenario{})
	c := trigger("LOAD")
	c.Sensitive = true
	c.Order.Params = []fact.Pair{{Name: "$PIN$", Value: "[redacted]", Pieces: []fact.Piece{{Sealed: 1}}}, {Name: "k", Value: "v"}}
	c.Order.Tasks = []fact.TaskPairs{{Task: "T1", Params: c.Order.Params}}
	r, err := d.Prepare(c)
	if err != nil || !strings.Contains(r.Sent.Body, `\"$PIN$\":\"[redacted]\"`) || len(r.Sent.BodySHA256) != 64 {
		t.Errorf("without the secret: recorded %+v, %v", r.Sent, err)
	}
	d.Revealing(func(p fact.Pair) (string, error) {
		if p.Pieces != nil {
			return "hunter2", nil
		}
		return p.Value, nil
	})
	r, err = d.Prepare(c)
	if err != nil || r.Sent.Body != "" || r.Sent.BodySHA256 != "" {
		t.Errorf("recorded %+v, %v", r.Sent, err)
	}
	shown, err := d.Show(c, "")
	if err != nil {
		t.Fatal(err)
	}
	if body := string(shown.Body); strings.Count(body, "hunter2") != 2 || strings.Contains(body, "redacted") {
		t.Errorf("sent %s", body)
	}
	out := d.Send(t.Context(), r, func() error { return nil })
	if out.Broken != nil || len(s.Carried()) != 1 {
		t.Errorf("%+v", out)
	}
	if told := answered(out.Event); told.Size == 0 || told.SHA256 != "" {
		t.Errorf("of the answer is recorded %+v", told)
	}
	d.Revealing(func(fact.Pair) (string, error) { return "", errors.New("nobody gave it") })
	if r, err := d.Prepare(c); err == nil || !strings.Contains(err.Error(), "load/1/trigger/1: nobody gave it") {
		t.Errorf("a request without its secret is made ready: %+v, %v", r.Sent, err)
	}
}

func TestAGroupGoesOutMemberByMember(t *testing.T) {
	d, _ := desk(t, sim.Scenario{})
	c := trigger("SCORE")
	c.Order.Object = fact.Group
	c.Order.Members = []fact.MemberOrder{{Code: "B1", Params: []fact.Pair{{Name: "$FICMISDATE$", Value: "2026-11-20"}}}}
	r, err := d.Prepare(c)
	if err != nil {
		t.Fatal(err)
	}
	for _, want := range []string{`"batchType":"group"`, `\"batchName\":\"B1\"`, `\"$FICMISDATE$\":\"2026-11-20\"`} {
		if !strings.Contains(r.Sent.Body, want) {
			t.Errorf("%s does not hold %s", r.Sent.Body, want)
		}
	}
}

// Each ending of a request is told in the machine's words.
func TestEveryEndingBecomesItsEvent(t *testing.T) {
	d, _ := desk(t, sim.Scenario{
		Batches: map[string]sim.Batch{"NONE": {Refuse: -6}},
		Faults: []sim.Fault{
			{On: "trigger", Batch: "LOST", Do: sim.DropAnswer},
			{On: "trigger", Batch: "BUSY", Do: sim.HTTPStatus, Status: 429, RetryAfter: 30 * time.Second},
			{On: "trigger", Batch: "GATEWAY", Do: sim.HTTPStatus, Status: 502},
		},
	})
	key := keyOf(runner.OpTrigger)
	for _, c := range []struct {
		code      string
		want      runner.Event
		unreached bool
		retry     time.Duration
	}{
		{"LOAD", runner.RequestAccepted{Key: key, HTTP: 200, Code: "0"}, false, 0},
		{"NONE", runner.RequestRefused{Key: key, HTTP: 200, Code: "-6"}, false, 0},
		{"BUSY", runner.RequestRefused{Key: key, HTTP: 429, RetryAfter: 30}, false, 30 * time.Second},
		{"LOST", runner.RequestInDoubt{Key: key}, true, 0},
		{"GATEWAY", runner.RequestInDoubt{Key: key, HTTP: 502}, true, 0},
	} {
		out := send(t, d, trigger(c.code))
		if out.Unreached != c.unreached || out.RetryAfter != c.retry || out.Broken != nil {
			t.Errorf("%s: got %+v", c.code, out)
		}
		status, told := c.want, answered(out.Event)
		switch _, refused := status.(runner.RequestRefused); {
		case c.code == "LOST":
			if told != (runner.Answer{}) {
				t.Errorf("%s: nothing came, and %+v is recorded", c.code, told)
			}
		case !strings.HasPrefix(told.Status, "HTTP/1.1 ") || told.Size == 0 || len(told.SHA256) != 64:
			t.Errorf("%s: recorded is %+v", c.code, told)
		case (refused || c.code == "GATEWAY") != (told.Body != ""):
			t.Errorf("%s: of the body is recorded %q", c.code, told.Body)
		}
		if diff := cmp.Diff(c.want, wordless(out.Event)); diff != "" {
			t.Errorf("%s: want (-), got (+):\n%s", c.code, diff)
		}
	}
}

// wordless is an event without what differs from answer to answer; it must have words for people, and an
// accepted one a run id.
func wordless(e runner.Event) runner.Event {
	switch e := e.(type) {
	case runner.RequestAccepted:
		if e.BatchRunID == "" {
			return nil
		}
		e.BatchRunID, e.Summary, e.Answer = "", "", runner.Answer{}
		return e
	case runner.RequestRefused:
		if e.Summary == "" {
			return nil
		}
		e.Summary, e.Answer = "", runner.Answer{}
		return e
	case runner.RequestInDoubt:
		if e.Message == "" {
			return nil
		}
		e.Message, e.Answer = "", runner.Answer{}
		return e
	}
	return e
}

// answered is what is recorded of the answer that ended a request.
func answered(e runner.Event) runner.Answer {
	switch e := e.(type) {
	case runner.RequestAccepted:
		return e.Answer
	case runner.RequestRefused:
		return e.Answer
	case runner.RequestInDoubt:
		return e.Answer
	}
	return runner.Answer{}
}

func TestARefusedGateSendsNothing(t *testing.T) {
	d, s := desk(t, sim.Scenario{})
	r, err := d.Prepare(trigger("LOAD"))
	if err != nil {
		t.Fatal(err)
	}
	out := d.Send(t.Context(), r, func() error { return errors.New("the disk is full") })
	e, ok := out.Event.(runner.RequestNotSent)
	if !ok || !strings.Contains(e.Message, "the disk is full") || len(s.Carried()) != 0 {
		t.Errorf("got %+v; carried out %v", out, s.Carried())
	}
}

// Restart, rerun and interrupt name the batch run, and an interrupt that came too late is as good as done.
func TestRequestsAboutABatchRun(t *testing.T) {
	d, s := desk(t, sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {Duration: &sim.Length{}, Starts: []sim.Start{{Fails: sim.Whole}}}}})
	id := send(t, d, trigger("LOAD")).Event.(runner.RequestAccepted).BatchRunID
	run := fact.BatchRef{Object: fact.Batch, Code: "LOAD", RunID: id}

	late := send(t, d, about(runner.OpInterrupt, run)).Event.(runner.RequestAccepted)
	if late.Code != "-8" || late.BatchRunID != id {
		t.Errorf("an interrupt that came too late: %+v", late)
	}
	again := send(t, d, about(runner.OpRestart, run)).Event.(runner.RequestAccepted)
	rerun := send(t, d, about(runner.OpRerun, run)).Event.(runner.RequestAccepted)
	if again.BatchRunID != id || rerun.BatchRunID == id {
		t.Errorf("restarted as %s, run again as %s, was %s", again.BatchRunID, rerun.BatchRunID, id)
	}
	var ops []string
	for _, c := range s.Carried() {
		ops = append(ops, c.Op)
	}
	if want := []string{"trigger", "restart", "rerun"}; !cmp.Equal(want, ops) {
		t.Errorf("carried out %v, want %v", ops, want)
	}
}

func TestALookIsToldOnceWhileNothingChanges(t *testing.T) {
	d, _ := desk(t, sim.Scenario{Batches: map[string]sim.Batch{"LOAD": {
		Duration: sim.Lasting(time.Hour), Tasks: []sim.Task{{Code: "T1"}, {Code: "T2", After: []string{"T1"}}},
	}}})
	id := send(t, d, trigger("LOAD")).Event.(runner.RequestAccepted).BatchRunID
	first, same, err := d.Look(t.Context(), id, nil, runner.BatchObserved{})
	want := runner.BatchObserved{
		RunID: id, Status: fact.Ongoing, Code: 2, Text: "ON-GOING",
		Tasks: []fact.Part{{Code: "T1", Status: fact.Ongoing, StatusCode: 2}, {Code: "T2", Status: fact.NotStarted, StatusCode: 1}},
	}
	if first.Answer.Status != "HTTP/1.1 200 OK" || first.Answer.Size == 0 || len(first.Answer.SHA256) != 64 || first.Answer.Body != "" {
		t.Errorf("recorded is %+v", first.Answer)
	}
	want.Answer = first.Answer
	if diff := cmp.Diff(want, first); diff != "" || same || err != nil {
		t.Fatalf("same %v, %v\n%s", same, err, diff)
	}
	first.Since = two
	if second, same, err := d.Look(t.Context(), id, nil, first); !same || err != nil || second.Since != two {
		t.Errorf("the second look: same %v, %v, %+v", same, err, second)
	}
	if chosen, same, err := d.Look(t.Context(), id, []string{"T2"}, first); same || err != nil || len(chosen.Tasks) != 1 {
		t.Errorf("a look at one task: same %v, %v, %+v", same, err, chosen)
	}
	d.Forget(id)
}

func TestALookThatIsRefused(t *testing.T) {
	d, _ := desk(t, sim.Scenario{})
	_, _, err := d.Look(t.Context(), "LOAD_2026-11-20_1795222800000_1", nil, runner.BatchObserved{})
	if e, ok := errors.AsType[*ofs.CallError](err); !ok || e.Kind != ofs.KindRefused || e.Code != "-3" {
		t.Errorf("got %v", err)
	}
}

func TestAFirstConnectionCarriesNothingOut(t *testing.T) {
	d, s := desk(t, sim.Scenario{})
	if err := d.Reach(t.Context()); err != nil || len(s.Carried()) != 0 {
		t.Errorf("got %v, carried out %v", err, s.Carried())
	}
	away, _ := desk(t, sim.Scenario{Faults: []sim.Fault{{On: "token", Nth: 99, Do: sim.InvalidGrant}}})
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("SIGTERM"))
	if e, ok := errors.AsType[*ofs.CallError](away.Reach(ctx)); !ok || e.Kind != ofs.KindLost {
		t.Errorf("got %v", e)
	}
}

// A scheduler that wants a certificate of ours may say only in place of its first answer that it takes none, so first contact
// waits for one. What the answer is does not matter.
func TestAConnectionStandsOnceACertificateIsAccepted(t *testing.T) {
	for want, says := range map[tls.ClientAuthType]string{
		tls.NoClientCert: "", tls.RequestClientCert: "", tls.RequireAnyClientCert: "certificate required",
	} {
		var answered atomic.Int64
		s := httptest.NewUnstartedServer(http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
			answered.Add(1)
			w.WriteHeader(http.StatusServiceUnavailable)
		}))
		s.TLS, s.Config.ErrorLog = &tls.Config{ClientAuth: want, MinVersion: tls.VersionTLS13}, log.New(io.Discard, "", 0)
		s.StartTLS()
		defer s.Close()
		way, err := ofs.NewTransport(ofs.TLS{InsecureSkipVerify: true})
		if err != nil {
			t.Fatal(err)
		}
		defer way.CloseIdle()
		cfg := ofs.Config{BaseURL: s.URL}
		cfg.OnPremise, cfg.User = true, "BATCHUSER"
		client, err := ofs.New(cfg, nil, way)
		if err != nil {
			t.Fatal(err)
		}
		err = dispatch.New(client, nil, "run-1").Reach(t.Context())
		if says == "" && err != nil || says != "" && (err == nil || !strings.Contains(err.Error(), says)) {
			t.Errorf("a server that says %s: %v", want, err)
		}
		if asked := answered.Load() > 0; asked != (want == tls.RequestClientCert) {
			t.Errorf("a server that says %s was asked %v", want, asked)
		}
	}
}

func TestACommandWithoutWordsIsRefused(t *testing.T) {
	d, _ := desk(t, sim.Scenario{})
	if _, err := d.Prepare(trigger("NOT A CODE")); err == nil || !strings.Contains(err.Error(), "load/1/trigger/1") {
		t.Errorf("got %v", err)
	}
	if shown, err := d.Show(trigger("NOT A CODE"), ""); err == nil {
		t.Errorf("shown as %+v", shown)
	}
}

func TestWithoutTokensNoneIsEverMissing(t *testing.T) {
	cfg := ofs.Config{BaseURL: "http://127.0.0.1:1"}
	cfg.OnPremise, cfg.User = true, "BATCHUSER"
	client, err := ofs.New(cfg, nil, ofs.Transport{Mutating: http.DefaultTransport, Reading: http.DefaultTransport})
	if err != nil {
		t.Fatal(err)
	}
	d := dispatch.New(client, nil, "")
	shown, err := d.Show(trigger("LOAD"), "")
	if err != nil {
		t.Fatal(err)
	}
	if agent := shown.Header.Get("User-Agent"); !d.Ready() || agent != "ofsplan (load/1/trigger/1)" || shown.Header.Get("Authorization") != "" {
		t.Errorf("a desk without tokens and run id: ready %t, shows %v", d.Ready(), shown.Header)
	}
}
