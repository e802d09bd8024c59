package ofs

import (
	"strings"
	"testing"

	"ofsplan/internal/secret"
)

// A batch run id is kept for years and asked for by name, so one that tells our token is as good as none.
func TestATokenForABatchRunIDIsNone(t *testing.T) {
	const token = "hush-hush-token-0123"
	for _, id := range []string{token, "LOAD_" + token, "68757368-hush-hush-token-0123"} {
		s, _ := scheduler(t, false, 200, `{"statusCode":"0","batchRunId":"`+id+`"}`)
		c := client(t, s.URL, s, func(cfg *Config) { cfg.Filter = secret.NewFilter(secret.New(token)) })
		r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed)
		if r.Class != InDoubt || r.BatchRunID != "" || strings.Contains(r.Message+r.Summary, "hush") {
			t.Errorf("%s: got %+v", id, r)
		}
	}
}

// Codes and ids decide steps: the name we sign in with is not taken out of them, nor a short password that is
// part of one by chance. Out of text for people it is.
func TestCodesAndIDsStayWhatTheyAre(t *testing.T) {
	const id = "LOAD_2026-11-20_1795222800000_1"
	s, _ := scheduler(t, false, 200, `{"statusCode":"0","batchStatusCode":"0","batchStatus":"LOAD is happy","batchRunId":"`+id+`",
		"taskStatusList":[{"taskCode":"LOAD","statusCode":"0"},{"taskCode":"no code, LOAD","statusCode":"0"}],
		"batchList":[{"batchRunId":"`+id+`","batchStatusCode":"0"}]}`)
	filter := secret.NewFilter(secret.New("OAD_2026"))
	filter.AddNames(secret.New("LOAD"))
	c := client(t, s.URL, s, func(cfg *Config) { cfg.Filter = filter })
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.Class != Accepted || r.BatchRunID != id {
		t.Errorf("got %+v", r)
	}
	f, err := c.Status(id, nil)
	if err != nil {
		t.Fatal(err)
	}
	a, err := c.Ask(t.Context(), f)
	if err != nil {
		t.Fatal(err)
	}
	if a.Tasks[0].Code != "LOAD" || a.Members[0].RunID != id || a.Members[0].Code != "LOAD" {
		t.Errorf("got %+v", a)
	}
	if a.Text != "[redacted] is happy" || a.Tasks[1].Code != "no code, [redacted]" {
		t.Errorf("text for people: %+v", a)
	}
}

// A secret that is broken over two lines is whole again once we put it into one.
func TestASecretOverTwoLinesIsTakenOut(t *testing.T) {
	f := secret.NewFilter(secret.New("two words"))
	if got := safe(f, "they are two\n  words here"); got != "they are [redacted] here" {
		t.Errorf("got %q", got)
	}
}
