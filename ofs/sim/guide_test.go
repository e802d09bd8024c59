package sim_test

import (
	"encoding/base64"
	"net/http"
	"net/url"
	"strings"
	"testing"
	"time"

	"ofsplan/ofs/sim"
)

// A server that holds to one form of HTTP Basic takes no client that writes the other, whether it knows the client or takes any.
func TestOneFormOfBasic(t *testing.T) {
	const id, secret = "cl@ient!x", "p+q/r=s t%:é"
	raw, form := id+":"+secret, url.QueryEscape(id)+":"+url.QueryEscape(secret)
	for _, tt := range []struct {
		basic, sent string
		known       bool
		want        int
	}{
		{"", raw, true, 200}, {"", form, true, 200}, {"", raw, false, 200}, {"", form, false, 200},
		{sim.BasicRaw, raw, true, 200}, {sim.BasicRaw, form, true, 401}, {sim.BasicRaw, raw, false, 200}, {sim.BasicRaw, form, false, 401},
		{sim.BasicForm, raw, true, 401}, {sim.BasicForm, form, true, 200}, {sim.BasicForm, raw, false, 401}, {sim.BasicForm, form, false, 200},
		{sim.BasicRaw, "plain-1:plain_2", false, 200}, {sim.BasicForm, "plain-1:plain_2", false, 200},
	} {
		knows := sim.Credentials{Basic: tt.basic}
		if tt.known {
			knows.ClientID, knows.ClientSecret = id, secret
		}
		s, err := sim.New(sim.Demo(), sim.Options{Credentials: knows})
		if err != nil {
			t.Fatal(err)
		}
		r := tokenRequest("grant_type=client_credentials")
		r.Header = http.Header{"Content-Type": r.Header["Content-Type"], "Authorization": {"Basic " + base64.StdEncoding.EncodeToString([]byte(tt.sent))}}
		if got := s.Answer(time.Unix(0, 0), r); got.Status != tt.want {
			t.Errorf("%+v: %d %s", tt, got.Status, got.Body)
		}
	}
}

// What is wrong with a body is told without a word of the library that reads it, and what would cost memory for ever is refused.
func TestBadBodiesAreToldPlainly(t *testing.T) {
	s, err := sim.New(sim.Demo(), sim.Options{NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	many := strings.Repeat("A,", 10000) + "A"
	for body, want := range map[string]string{
		`{"batchRunId":"x","tasks":"A,B"}`:   `tasks cannot be of type string`,
		`{"batchRunId":1,"tasks":["A"]}`:     `batchRunId cannot be of type number`,
		`[]`:                                 `the value cannot be of type array`,
		`{"batchRunId": "x",}`:               `it is not JSON from character 20 on`,
		`{"batchRunId": "x"`:                 `it is not complete JSON`,
		``:                                   `there is nothing in it`,
		`{"batchRunId":"x","Tsks":[]}`:       `the key \"Tsks\" is not known`,
		`{"batchRunId":"x","tasks":[]} {}`:   `something follows the value`,
		`{"batchRunId":"x","batchName":"B"}`: `status takes no batchName`,
	} {
		got := string(s.Answer(time.Unix(0, 0), ask("status", "", body)).Body)
		if !strings.Contains(got, want) || !strings.Contains(got, `"-4"`) || strings.Contains(got, "json:") || strings.Contains(got, "Go ") {
			t.Errorf("%s: %s, want %q", body, got, want)
		}
	}
	for body, want := range map[string]string{
		`{"batchName":"LOAD","batchType":"rest","excludedTasks":"` + many + `"}`:             `more than 10000 codes`,
		`{"batchName":"LOAD","batchType":"rest","dynamicParamList":"{\"batchParams\":3}"}`:   `dynamicParamList: batchParams cannot be of type number`,
		`{"batchName":"LOAD","batchType":"rest","dynamicParamList":{"batchParams":{"A":1}}}`: `cannot be of type number`,
	} {
		got := string(s.Answer(time.Unix(0, 0), ask("trigger", "", body)).Body)
		if !strings.Contains(got, want) || strings.Contains(got, "json:") || strings.Contains(got, "Go ") {
			t.Errorf("%.80s: %s, want %q", body, got, want)
		}
	}
	if n := len(s.Carried()); n != 0 {
		t.Errorf("%d were carried out", n)
	}
}
