package sim_test

import (
	"encoding/json"
	"fmt"
	"net/http"
	"strings"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"go.uber.org/goleak"

	"ofsplan/ofs/sim"
)

func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }

// scenarios are what the conversations are played against, by the name after "scenario".
var scenarios = map[string]sim.Scenario{
	"usual": {
		Batches: map[string]sim.Batch{
			"LOAD": {
				Duration: sim.Lasting(40 * time.Minute),
				Tasks: []sim.Task{
					{Code: "EXTRACT", Duration: sim.Lasting(10 * time.Minute)},
					{Code: "TRANSFORM", Duration: sim.Lasting(20 * time.Minute), After: []string{"EXTRACT"}},
					{Code: "STAGE", After: []string{"TRANSFORM"}},
				},
				Starts: []sim.Start{{Fails: "TRANSFORM", At: 12 * time.Minute}},
			},
			"SIDE": { // A fails while B goes on
				Tasks: []sim.Task{
					{Code: "A", Duration: sim.Lasting(time.Minute)},
					{Code: "B", Duration: sim.Lasting(5 * time.Minute)},
					{Code: "C", Duration: sim.Lasting(time.Minute), After: []string{"A"}},
				},
				Starts: []sim.Start{{Fails: "A"}},
			},
			"PUBLISH": {Refuse: -6},
			"ARCHIVE": {
				Tasks: []sim.Task{
					{Code: "PACK", Duration: sim.Lasting(2 * time.Minute)},
					{Code: "REVIEW", Duration: sim.Lasting(2 * time.Minute), After: []string{"PACK"}},
				},
				Starts: []sim.Start{
					{Hangs: sim.Whole}, {AbortsAt: 3 * time.Minute}, {Holds: []string{"REVIEW"}},
					{Refuse: -4}, {NewID: true, Fails: sim.Whole},
				},
			},
		},
		Groups: map[string]sim.Group{
			"SCORE": {Members: []sim.Member{
				{Code: "ACCOUNTS", Own: &sim.Batch{
					Duration: sim.Lasting(10 * time.Minute), Starts: []sim.Start{{}, {Fails: sim.Whole}},
				}},
				{Code: "CUSTOMERS", Own: &sim.Batch{Duration: sim.Lasting(5 * time.Minute)}, After: []string{"ACCOUNTS"}},
				{Code: "CARDS", Own: &sim.Batch{Duration: sim.Lasting(3 * time.Minute)}},
			}},
		},
		Elsewhere: map[string]sim.Elsewhere{
			"UPSTREAM_2026-11-20_1795222800000_1": {Code: "UPSTREAM", Own: &sim.Batch{Duration: sim.Lasting(90 * time.Minute)}},
		},
	},
	"pair": {
		Batches: map[string]sim.Batch{"FIRST": {Starts: []sim.Start{{Refuse: -6}}}},
		Groups: map[string]sim.Group{"PAIR": {
			Members: []sim.Member{{Code: "FIRST"}, {Code: "SECOND", After: []string{"FIRST"}}},
			Starts:  []sim.Start{{}, {NewID: true}, {InterruptedAt: 7 * time.Minute}},
		}},
	},
	"strict": {Unknown: sim.Unknown{Refuse: true}},
}

// TestConversations plays what a client asks and when, and shows what it is answered:
//
//	scenario NAME     a new scheduler, at midnight
//	OP TIME           one request; its body stands below
//	carried           what was carried out since the scenario began
func TestConversations(t *testing.T) {
	datadriven.Walk(t, "testdata/conversations", func(t *testing.T, path string) {
		var s *sim.Scheduler
		var token string
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			switch d.Cmd {
			case "scenario":
				s = newScheduler(t, scenarios[d.CmdArgs[0].Key])
				token = tokenOf(t, s, midnight)
				return ""
			case "carried":
				var lines strings.Builder
				for _, c := range s.Carried() {
					fmt.Fprintln(&lines, c.At.Format(time.TimeOnly), c.Op, c.Object, c.Code, c.From, "->", c.RunID)
				}
				return lines.String()
			}
			at, err := time.Parse(time.TimeOnly, d.CmdArgs[0].Key)
			if err != nil {
				d.Fatalf(t, "%s", err)
			}
			now := midnight.Add(time.Duration(at.Hour())*time.Hour +
				time.Duration(at.Minute())*time.Minute + time.Duration(at.Second())*time.Second)
			r := s.Answer(now, ask(d.Cmd, token, d.Input))
			return fmt.Sprintf("%d\n%s", r.Status, pretty(r.Body))
		})
	})
}

// midnight is when every conversation begins.
var midnight = time.Date(2026, 11, 23, 0, 0, 0, 0, time.UTC)

func newScheduler(t testing.TB, sc sim.Scenario) *sim.Scheduler {
	t.Helper()
	if sc.Start.IsZero() {
		sc.Start = midnight
	}
	s, err := sim.New(sc, sim.Options{TokenLife: 24 * time.Hour})
	if err != nil {
		t.Fatal(err)
	}
	return s
}

// tokenOf gets an access token.
func tokenOf(t testing.TB, s *sim.Scheduler, now time.Time) string {
	t.Helper()
	r := s.Answer(now, tokenRequest("grant_type=client_credentials"))
	var got struct {
		AccessToken string `json:"access_token"`
	}
	if err := json.Unmarshal(r.Body, &got); err != nil || got.AccessToken == "" {
		t.Fatalf("no token: %d %s", r.Status, r.Body)
	}
	return got.AccessToken
}

func tokenRequest(form string) sim.Request {
	h := http.Header{"Content-Type": {"application/x-www-form-urlencoded"}}
	basic := http.Request{Header: h}
	basic.SetBasicAuth("client", "secret")
	return sim.Request{Method: "POST", Path: "/oauth2/v1/token", Header: h, Body: []byte(form)}
}

// ask is a request as a careful client makes it.
func ask(op, token, body string) sim.Request {
	h := http.Header{}
	for _, kv := range [][2]string{
		{"Authorization", "Bearer " + token}, {"Content-Type", "application/json"},
		{"ofs_tenant_id", "acme-prd"}, {"ofs_service_id", "OFS_AMLCS"}, {"ofs_workspace_id", "WS001"},
		{"ofs_remote_user", "BATCHUSER"}, {"locale", "en-US"}, {"User-Agent", "ofsplan (load/1/" + op + "/1)"},
	} {
		h.Set(kv[0], kv[1])
	}
	path := "/acme-prd/SchedulerService/rest-api/v1/external/" + op
	return sim.Request{Method: "POST", Path: path, Header: h, Body: []byte(body)}
}

// pretty breaks an answer after its tasks and members, so that a person can read it.
func pretty(body []byte) string {
	return strings.NewReplacer(`[{`, "[\n  {", `,{"taskCode`, ",\n  {\"taskCode", `,{"batchRunId`, ",\n  {\"batchRunId").
		Replace(strings.TrimSpace(string(body)))
}
