package ofs

import (
	"fmt"
	"net/http"
	"slices"
	"strings"
	"testing"
	"time"
)

// A classRow is what a server answered, and what it is taken for.
type classRow struct {
	name   string
	op     string
	status int
	body   string
	want   Class
	code   string
	id     string
}

// call is an answer with that code and no run id.
func call(code string) string {
	return fmt.Sprintf(`{"status":"x","summary":"sum","statusCode":%s}`, code)
}

var classRows = []classRow{
	{"accepted", OpTrigger, 200, accepted, Accepted, "0", runID},
	{"accepted, 201", OpTrigger, 201, accepted, Accepted, "0", runID},
	{"accepted, code as a number", OpTrigger, 200, `{"statusCode":0,"batchRunId":"X"}`, Accepted, "0", "X"},
	{"accepted, space around", OpTrigger, 200, " \r\n" + accepted + "\n\n", Accepted, "0", runID},
	{"rerun accepted", OpRerun, 200, accepted, Accepted, "0", runID},
	{"restart accepted", OpRestart, 200, accepted, Accepted, "0", runID},
	{"interrupt accepted", OpInterrupt, 200, accepted, Accepted, "0", runID},
	{"interrupt of what is interrupted", OpInterrupt, 200, call(`"-7"`), Accepted, "-7", runID},
	{"interrupt of what is finished", OpInterrupt, 409, call(`-8`), Accepted, "-8", runID},
	{"interrupt, -7 on 500", OpInterrupt, 500, call(`"-7"`), InDoubt, "-7", ""},
	{"trigger, -7", OpTrigger, 200, call(`"-7"`), InDoubt, "-7", ""},
	{"restart, -8", OpRestart, 400, call(`"-8"`), Refused, "-8", ""}, // by its HTTP status
	{"restart, -8 on 200", OpRestart, 200, call(`"-8"`), InDoubt, "-8", ""},
	{"success without id", OpTrigger, 200, `{"statusCode":"0"}`, InDoubt, "0", ""},
	{"success with an empty id", OpTrigger, 200, `{"statusCode":"0","batchRunId":""}`, InDoubt, "0", ""},
	{"success with an id no scheduler mints", OpTrigger, 200, `{"statusCode":"0","batchRunId":"a\nb"}`, InDoubt, "0", ""},
	{"success with a number for an id", OpTrigger, 200, `{"statusCode":"0","batchRunId":7}`, InDoubt, "0", ""},
	{"letter O for 0", OpTrigger, 200, `{"statusCode":"O","batchRunId":"X"}`, InDoubt, "O", ""},
	{"code 0.0", OpTrigger, 200, `{"statusCode":0.0,"batchRunId":"X"}`, InDoubt, "0.0", ""},
	{"code -0", OpTrigger, 200, `{"statusCode":-0,"batchRunId":"X"}`, InDoubt, "-0", ""},
	{"code +0", OpTrigger, 200, `{"statusCode":"+0","batchRunId":"X"}`, InDoubt, "+0", ""},
	{"no code", OpTrigger, 200, `{"status":"success","batchRunId":"X"}`, InDoubt, "", ""},
	{"code null", OpTrigger, 200, `{"statusCode":null,"batchRunId":"X"}`, InDoubt, "", ""},
	{"code of another key's case", OpTrigger, 200, `{"StatusCode":"0","batchRunId":"X"}`, InDoubt, "", ""},
	{"code in both cases", OpTrigger, 200, `{"statusCode":"-1","STATUSCODE":"0","batchRunId":"X"}`, InDoubt, "-1", ""},
	{"failure", OpTrigger, 200, call(`"-1"`), InDoubt, "-1", ""},
	{"unknown code", OpTrigger, 200, call(`"-99"`), InDoubt, "-99", ""},
	{"run codes are no refusals", OpTrigger, 200, call(`"-2"`), InDoubt, "-2", ""},
	{"duplicated code", OpTrigger, 200, `{"statusCode":"-1","batchRunId":"X","statusCode":"0"}`, InDoubt, "", ""},
	{"duplicated code, spelt otherwise", OpTrigger, 200, `{"statusCode":"-1","batchRunId":"X","status\u0043ode":"0"}`, InDoubt, "", ""},
	{"duplicated refusal", OpTrigger, 200, `{"statusCode":"-4","x":[{"a":1,"a":2}]}`, InDoubt, "", ""},
	{"two values", OpTrigger, 200, accepted + accepted, InDoubt, "", ""},
	{"something behind", OpTrigger, 200, accepted + "x", InDoubt, "", ""},
	{"cut short", OpTrigger, 200, accepted[:len(accepted)-1], InDoubt, "", ""},
	{"a list", OpTrigger, 200, "[" + accepted + "]", InDoubt, "", ""},
	{"a string", OpTrigger, 200, `"ok"`, InDoubt, "", ""},
	{"not UTF-8", OpTrigger, 200, `{"statusCode":"0","batchRunId":"X","summary":"` + "\xff" + `"}`, InDoubt, "", ""},
	{"nothing", OpTrigger, 200, "", InDoubt, "", ""},
	{"no content", OpTrigger, 204, "", InDoubt, "", ""},
	{"web page", OpTrigger, 200, "<!DOCTYPE html><title>Sign in</title>", InDoubt, "", ""},
	{"web page, 502", OpTrigger, 502, "<html>Bad gateway</html>", InDoubt, "", ""},
	{"refusal on 500", OpTrigger, 500, call(`"-4"`), InDoubt, "-4", ""},
	{"refusal on 302", OpTrigger, 302, call(`"-4"`), InDoubt, "-4", ""},
	{"refusal on 409", OpTrigger, 409, call(`"-4"`), Refused, "-4", ""},
	{"refusal on 408", OpTrigger, 408, call(`"-6"`), Refused, "-6", ""},
	{"both success and 400", OpTrigger, 400, accepted, InDoubt, "0", ""},
	{"web page, 404", OpTrigger, 404, "<html>nginx</html>", Refused, "", ""},
	{"cut short, 403", OpTrigger, 403, `{"status`, Refused, "", ""},
}

// refusals are the statuses of the closed list.
var refusals = []int{307, 308, 400, 401, 403, 404, 405, 406, 411, 413, 414, 415, 422, 429, 431}

// statuses are all that are known from 300 on, and one that is not.
func statuses() (all []int) {
	for status := 300; status < 600; status++ {
		if status == 599 || http.StatusText(status) != "" && status != http.StatusNotModified {
			all = append(all, status)
		}
	}
	return all
}

// everyRow is the table for every operation: what holds for the trigger of a batch holds for all, but that an interrupt
// knows two codes more.
func everyRow() (rows []classRow) {
	for _, row := range classRows {
		if row.op != OpTrigger {
			rows = append(rows, row)
			continue
		}
		for _, op := range mutating {
			if op != OpInterrupt || row.code != "-7" && row.code != "-8" {
				row.op = op
				rows = append(rows, row)
			}
		}
	}
	for _, op := range mutating {
		for _, code := range []string{"-3", "-4", "-5", "-6"} {
			for _, status := range []int{200, 400, 404, 418} {
				rows = append(rows,
					classRow{fmt.Sprintf("code %s on %d", code, status), op, status, call(`"` + code + `"`), Refused, code, ""},
					classRow{fmt.Sprintf("code %s as a number on %d", code, status), op, status, call(code), Refused, code, ""})
			}
		}
		for _, status := range statuses() {
			want := InDoubt
			if slices.Contains(refusals, status) {
				want = Refused
			}
			rows = append(rows, classRow{fmt.Sprintf("status %d", status), op, status, "whatever", want, "", ""})
		}
	}
	return rows
}

// The table of classes, row by row and for every operation, over real sockets. The count of carried-out requests at
// the server is 1 in every row: nothing is ever repeated.
func TestClassTable(t *testing.T) {
	for _, tt := range everyRow() {
		t.Run(tt.op+"/"+tt.name, func(t *testing.T) {
			s, n := scheduler(t, false, tt.status, tt.body)
			c := client(t, s.URL, nil)
			r := c.Send(t.Context(), frozen(t, c, tt.op), "load/1/trigger/1", committed)
			if r.Class != tt.want || r.Code != tt.code || r.BatchRunID != tt.id || r.HTTP != tt.status {
				t.Errorf("got %+v, want %s, code %q, id %q", r, tt.want, tt.code, tt.id)
			}
			if r.Unauthorized != (tt.status == 401) {
				t.Errorf("Unauthorized = %v", r.Unauthorized)
			}
			if (r.Class == Accepted) != (r.Message == "") {
				t.Errorf("message %q", r.Message)
			}
			if got := n.carried.Load(); got != 1 {
				t.Errorf("the server saw %d requests", got)
			}
		})
	}
}

// Whatever was answered, a person reads why the request is not known to be carried out, and what to check.
func TestEveryAnswerIsExplained(t *testing.T) {
	const elsewhere = "Location"
	refused := func(code string) string { return `{"statusCode":"` + code + `"}` }
	for _, c := range []struct {
		status int
		body   string
		want   string
	}{
		{200, refused("-3"), "the scheduler refused it: code -3, object does not exist"},
		{200, refused("-4"), "the scheduler refused it: code -4, invalid arguments, or too few in the body"},
		{200, refused("-5"), "the scheduler refused it: code -5, invalid or missing headers"},
		{422, refused("-6"), "the scheduler refused it: code -6, no executable job is present"},
		{401, "", "the scheduler did not accept the access token (HTTP 401)"},
		{403, "", "the caller may not do this (HTTP 403): check that the user is mapped to function BATCH_EXEC"},
		{404, "", "there is no such service (HTTP 404): check url and path of the target"},
		{307, "", "the scheduler is elsewhere (HTTP 307, to https://other/): check url and path of the target; redirects are not followed"},
		{308, "", "the scheduler is elsewhere (HTTP 308, to https://other/): check url and path of the target; redirects are not followed"},
		{413, "", "it was refused: HTTP 413 Request Entity Too Large"},
		{302, "", "(HTTP 302 Found) does not tell: it points elsewhere (to https://other/), and redirects are not followed"},
		{400, accepted, "(HTTP 400 Bad Request) does not tell: it says failure and success at once"},
		{502, "", "(HTTP 502 Bad Gateway) does not tell: a server's or gateway's failure does not say what was carried out"},
		{200, "", "(HTTP 200 OK) does not tell: the answer is empty"},
		{200, "{}", "(HTTP 200 OK) does not tell: it holds no statusCode"},
		{200, refused("O"), `(HTTP 200 OK) does not tell: its statusCode "O" is not a number`},
		{200, refused("0"), "(HTTP 200 OK) does not tell: it says success and holds no usable batchRunId"},
		{200, refused("-1"), "(HTTP 200 OK) does not tell: its code -1 (failure) does not say that nothing was carried out"},
		{200, refused("-7"), "(HTTP 200 OK) does not tell: its code -7 (job is already interrupted) does not say that nothing was carried out"},
		{200, refused("-9"), "(HTTP 200 OK) does not tell: its code -9 is not in the guide"},
	} {
		s, _ := scheduler(t, false, c.status, c.body, elsewhere, "https://other/")
		cl := client(t, s.URL, nil)
		r := cl.Send(t.Context(), frozen(t, cl, OpTrigger), "k", committed)
		want := c.want
		if strings.HasPrefix(want, "(") {
			want = "it may have been carried out: the answer " + want
		}
		if r.Message != want {
			t.Errorf("%d %s: it is explained as %q, want %q", c.status, c.body, r.Message, want)
		}
	}
}

func TestRetryAfter(t *testing.T) {
	now := time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	tests := []struct {
		text string
		want time.Duration
	}{
		{"", 0}, {"30", 30 * time.Second}, {" 5 ", 5 * time.Second}, {"0", 0}, {"-1", 0}, {"soon", 0}, {"1.5", 0},
		{"99999999999999999999999", 24 * time.Hour}, {"90000", 24 * time.Hour},
		{"Mon, 23 Nov 2026 02:01:30 GMT", 90 * time.Second}, {"Mon, 23 Nov 2026 01:00:00 GMT", 0},
		{"Monday, 23-Nov-26 02:00:10 GMT", 10 * time.Second},
	}
	for _, tt := range tests {
		if got := retryAfter(http.Header{"Retry-After": {tt.text}}, now); got != tt.want {
			t.Errorf("retryAfter(%q) = %v, want %v", tt.text, got, tt.want)
		}
	}
	s, _ := scheduler(t, false, 429, "", "Retry-After", "17")
	c := client(t, s.URL, nil)
	if r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed); r.RetryAfter != 17*time.Second || r.Class != Refused {
		t.Errorf("got %+v", r)
	}
}

// A server's text is repeated in one line that cannot move a terminal's cursor or break a log.
func TestServerTextIsMadeSafe(t *testing.T) {
	s, _ := scheduler(t, false, 400, `{"statusCode":"-4","summary":"bad\u001b[2J\n2026 INFO all good\u202e\u0000 `+strings.Repeat("x", 3000)+`"}`)
	c := client(t, s.URL, nil)
	r := c.Send(t.Context(), frozen(t, c, OpTrigger), "k", committed)
	if strings.ContainsAny(r.Summary, "\x1b\n\x00\u202e") || len(r.Summary) > maxText+10 {
		t.Errorf("summary %q", r.Summary)
	}
	contains(t, r.Summary, "bad", "2026 INFO all good", "…")
}
