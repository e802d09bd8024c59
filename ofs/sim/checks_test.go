package sim_test

import (
	"encoding/json"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ofsplan/ofs/sim"
)

const fine = `{"batchName":"LOAD","batchType":"rest"}`

// A check is one request that is not as the guide has it, or just about, and what it gets.
type check struct {
	name, op, body string
	change         func(*sim.Request)
	status         int
	code           string
}

func without(name string) func(*sim.Request) {
	return func(r *sim.Request) { r.Header.Del(name) }
}

func with(name, value string) func(*sim.Request) {
	return func(r *sim.Request) { r.Header.Set(name, value) }
}

func as(*sim.Request) {}

var checks = []check{
	{"no token", "trigger", fine, without("Authorization"), 401, ""},
	{"a strange token", "trigger", fine, with("Authorization", "Bearer x"), 401, ""},
	{"no bearer", "trigger", fine, with("Authorization", "Basic eDp5"), 401, ""},
	{"no tenant", "trigger", fine, without("ofs_tenant_id"), 200, "-5"},
	{"no service", "trigger", fine, without("ofs_service_id"), 200, "-5"},
	{"no workspace", "trigger", fine, without("ofs_workspace_id"), 200, "-5"},
	{"no user", "trigger", fine, without("ofs_remote_user"), 200, "-5"},
	{"a blank user", "trigger", fine, with("ofs_remote_user", " "), 200, "-5"},
	{"no locale", "trigger", fine, without("locale"), 200, "-5"},
	{"another locale", "trigger", fine, with("locale", "english"), 200, "-5"},
	{"a form", "trigger", fine, with("Content-Type", "application/x-www-form-urlencoded"), 200, "-5"},
	{"a charset", "trigger", fine, with("Content-Type", "application/json; charset=utf-8"), 200, "0"},
	{"headers written small", "trigger", fine, func(r *sim.Request) {
		small := http.Header{}
		for k, v := range r.Header {
			small[strings.ToLower(k)] = v
		}
		r.Header = small
	}, 200, "0"},
	{"a GET", "trigger", fine, func(r *sim.Request) { r.Method = "GET" }, 405, ""},
	{"another operation", "release", fine, as, 404, ""},
	{"another path", "trigger", fine, func(r *sim.Request) { r.Path = "/trigger" }, 404, ""},
	{"on premise's path", "trigger", fine, func(r *sim.Request) { r.Path = "/mmg/rest-api/v1/external/trigger" }, 200, "0"},

	{"no body", "trigger", ``, as, 200, "-4"},
	{"no JSON", "trigger", `batchName=LOAD`, as, 200, "-4"},
	{"two values", "trigger", fine + fine, as, 200, "-4"},
	{"a list", "trigger", `[]`, as, 200, "-4"},
	{"no name", "trigger", `{"batchType":"rest"}`, as, 200, "-4"},
	{"a bad name", "trigger", `{"batchName":"1LOAD","batchType":"rest"}`, as, 200, "-4"},
	{"a long name", "trigger", `{"batchName":"L` + strings.Repeat("x", 60) + `","batchType":"rest"}`, as, 200, "-4"},
	{"no type", "trigger", `{"batchName":"LOAD"}`, as, 200, "-4"},
	{"another type", "trigger", `{"batchName":"LOAD","batchType":"batch"}`, as, 200, "-4"},
	{"an unknown key", "trigger", `{"batchName":"LOAD","batchType":"rest","tasks":""}`, as, 200, "-4"},
	{"a list of lists", "trigger", `{"batchName":"LOAD","batchType":"rest","heldTasks":["STAGE"]}`, as, 200, "-4"},
	{"an empty code", "trigger", `{"batchName":"LOAD","batchType":"rest","heldTasks":"STAGE,"}`, as, 200, "-4"},
	{"an unknown task", "trigger", `{"batchName":"LOAD","batchType":"rest","heldTasks":"STAGES"}`, as, 200, "-4"},
	{"a strange task's parameters", "trigger", params("LOAD", `{"batchParams":{},"taskRuntimeParams":{"X":{}}}`), as, 200, "-4"},
	{"a bad date", "trigger", params("LOAD", `{"batchParams":{"$FICMISDATE$":"2026-02-30"}}`), as, 200, "-4"},
	{"a German date", "trigger", params("LOAD", `{"batchParams":{"$FICMISDATE$":"20.11.2026"}}`), as, 200, "-4"},
	{"a number", "trigger", params("LOAD", `{"batchParams":{"N":1}}`), as, 200, "-4"},
	{"a group's list", "trigger", params("LOAD", `[]`), as, 200, "-4"},
	{"a garbled list", "trigger", params("LOAD", `{"batchParams"`), as, 200, "-4"},
	{"a date on top", "trigger", `{"batchName":"LOAD","batchType":"rest","$FICMISDATE$":"2026-11-20"}`, as, 200, "-4"},
	{"an empty list", "trigger", params("LOAD", ``), as, 200, "0"},
	{"a batch's list", "trigger", params("SCORE", `{}`), as, 200, "-4"},
	{"a strange member", "trigger", params("SCORE", `[{"batchName":"X"}]`), as, 200, "-4"},
	{"a member twice", "trigger", params("SCORE", `[{"batchName":"CARDS"},{"batchName":"CARDS"}]`), as, 200, "-4"},

	{"status of nothing", "status", `{}`, as, 200, "-4"},
	{"status of the empty id", "status", `{"batchRunId":""}`, as, 200, "-4"},
	{"status with a name", "status", `{"batchRunId":"X","batchName":"LOAD"}`, as, 200, "-4"},
	{"status with tasks as a text", "status", `{"batchRunId":"X","tasks":"A,B"}`, as, 200, "-4"},
	{"status of an unknown run", "status", `{"batchRunId":"X"}`, as, 200, "-3"},
	{"status of a run", "status", `{"batchRunId":"` + upstream + `"}`, as, 200, "0"},
	{"interrupt without a name", "interrupt", `{"batchRunId":"` + upstream + `"}`, as, 200, "-4"},
	{"interrupt with another name", "interrupt", `{"batchRunId":"` + upstream + `","batchName":"LOAD"}`, as, 200, "-4"},
	{"interrupt of an unknown run", "interrupt", `{"batchRunId":"X","batchName":"LOAD"}`, as, 200, "-3"},
	{"restart with tasks", "restart", `{"batchRunId":"X","batchName":"LOAD","tasks":["A"]}`, as, 200, "-4"},
	{"restart of an unknown run", "restart", `{"batchRunId":"X","batchName":"LOAD"}`, as, 200, "-3"},
	{"rerun of an unknown run", "rerun", `{"batchRunId":"X","batchName":"LOAD"}`, as, 200, "-3"},
}

// Every header and body that is not as the guide has it gets its code, and nothing is carried out.
func TestChecks(t *testing.T) {
	for _, c := range checks {
		t.Run(c.name, func(t *testing.T) {
			s := newScheduler(t, scenarios["usual"])
			r := ask(c.op, tokenOf(t, s, midnight), c.body)
			c.change(&r)
			reply := s.Answer(midnight, r)
			if got := codeOf(reply); reply.Status != c.status || got != c.code {
				t.Errorf("answered %d, code %q, want %d, %q\n%s", reply.Status, got, c.status, c.code, reply.Body)
			}
			if carried := len(s.Carried()); carried > 0 && (c.code != "0" || c.op != "trigger") {
				t.Errorf("%d requests were carried out", carried)
			}
		})
	}
}

const upstream = "UPSTREAM_2026-11-20_1795222800000_1"

// params is a trigger of the batch LOAD or the group SCORE with a dynamicParamList in the string form.
func params(code, list string) string {
	kind := map[string]string{"LOAD": "rest", "SCORE": "group"}[code]
	text, err := json.Marshal(list)
	if err != nil {
		panic(err) // a text always marshals
	}
	return `{"batchName":"` + code + `","batchType":"` + kind + `","dynamicParamList":` + string(text) + `}`
}

// codeOf is the call's code, empty when there is none.
func codeOf(r sim.Reply) string {
	var a struct{ StatusCode string }
	if json.Unmarshal(r.Body, &a) != nil {
		return ""
	}
	return a.StatusCode
}

// On premise, tenant and service may be missing; behind mutual TLS, the token may be.
func TestOptionsRelaxTheChecks(t *testing.T) {
	s, err := sim.New(sim.Scenario{}, sim.Options{OnPremise: true, NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	r := ask("trigger", "", fine)
	for _, name := range []string{"ofs_tenant_id", "ofs_service_id", "Authorization"} {
		r.Header.Del(name)
	}
	if got := codeOf(s.Answer(midnight, r)); got != "0" {
		t.Errorf("code %s", got)
	}
}

// The grants, and what they refuse.
func TestTokens(t *testing.T) {
	s, err := sim.New(sim.Scenario{}, sim.Options{Credentials: sim.Credentials{
		ClientID: "client", ClientSecret: "secret", Username: "u@bank", Password: "p&+%@ß", Token: "ready",
	}, TokenLife: 10 * time.Minute})
	if err != nil {
		t.Fatal(err)
	}
	password := url.Values{
		"grant_type": {"password"}, "username": {"u@bank"}, "password": {"p&+%@ß"},
		"scope": {"urn:opc:idm:__myscopes__ offline_access urn:opc:resource:expiry=120"},
	}
	first := grant(t, s, password.Encode())
	if first.Access == "" || first.Refresh == "" || first.Type != "Bearer" || first.Expires != 120 {
		t.Fatalf("the first tokens are %+v", first)
	}
	refresh := url.Values{"grant_type": {"refresh_token"}, "refresh_token": {first.Refresh}}
	second := grant(t, s, refresh.Encode())
	if second.Refresh == first.Refresh || second.Access == first.Access || second.Expires != 600 {
		t.Errorf("the second tokens are %+v after %+v", second, first)
	}
	if again := grant(t, s, refresh.Encode()); again.Error != "invalid_grant" {
		t.Errorf("a used refresh token brought %+v", again)
	}
	client := grant(t, s, "grant_type=client_credentials&scope=x+offline_access")
	if client.Access == "" || client.Refresh != "" {
		t.Errorf("client credentials brought %+v", client)
	}
	for form, want := range map[string]string{
		"":                    "invalid_request",
		"grant_type=implicit": "unsupported_grant_type",
		"grant_type=password": "invalid_grant",
		"grant_type=%zz":      "invalid_request",
		"grant_type=password&username=u@bank&password=wrong":                   "invalid_grant",
		"grant_type=client_credentials&scope=urn:opc:resource:expiry=31536001": "invalid_scope",
	} {
		if got := grant(t, s, form).Error; got != want {
			t.Errorf("%q: %q, want %q", form, got, want)
		}
	}
	stranger := tokenRequest("grant_type=client_credentials")
	stranger.Header.Set("Authorization", "Basic Y2xpZW50Ondyb25n")
	if r := s.Answer(midnight, stranger); r.Status != 401 || !strings.Contains(string(r.Body), "invalid_client") {
		t.Errorf("a wrong secret brought %d %s", r.Status, r.Body)
	}
	for _, c := range []struct {
		token string
		after time.Duration
		want  int
	}{
		{first.Access, 119 * time.Second, 200}, {first.Access, 2 * time.Minute, 401},
		{second.Access, 9 * time.Minute, 200}, {second.Access, 10 * time.Minute, 401}, {"ready", 999 * time.Hour, 200},
	} {
		if r := s.Answer(midnight.Add(c.after), ask("trigger", c.token, fine)); r.Status != c.want {
			t.Errorf("%s after %s: %d, want %d", c.token, c.after, r.Status, c.want)
		}
	}
}

// granted is an answer of the token endpoint.
type granted struct {
	Access  string `json:"access_token"`
	Type    string `json:"token_type"`
	Expires int    `json:"expires_in"`
	Refresh string `json:"refresh_token"`
	Error   string `json:"error"`
}

func grant(t *testing.T, s *sim.Scheduler, form string) granted {
	t.Helper()
	r := s.Answer(midnight, tokenRequest(form))
	var g granted
	if err := json.Unmarshal(r.Body, &g); err != nil {
		t.Fatalf("%s: %v", r.Body, err)
	}
	return g
}
