package sim

import (
	"bytes"
	"encoding/json"
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"
)

// The operations, as the last word of the path names them, and the token endpoint.
const (
	opTrigger   = "trigger"
	opStatus    = "status"
	opInterrupt = "interrupt"
	opRestart   = "restart"
	opRerun     = "rerun"
	opToken     = "token"
)

// opOf is the operation at a path, whatever stands before the part the contract fixes.
func opOf(path string) string {
	if strings.HasSuffix(path, "/oauth2/v1/token") {
		return opToken
	}
	i := strings.LastIndexByte(path, '/')
	if i < 0 || !strings.HasSuffix(path[:i], "/rest-api/v1/external") {
		return ""
	}
	switch op := path[i+1:]; op {
	case opTrigger, opStatus, opInterrupt, opRestart, opRerun:
		return op
	}
	return ""
}

// A call is one request while it is being answered.
type call struct {
	Request
	now   time.Time
	at    time.Duration // since the night began
	op    string
	style style
	body
}

// body is what the request says. When bad is set the rest may be missing.
type body struct {
	code  string // of the batch or group it is about, as far as that is known
	order *order // of a trigger
	runID string // of all others
	tasks []string
	bad   error
}

// runBody is the body of everything but a trigger; each operation has its own keys of it.
type runBody struct {
	BatchName  *string  `json:"batchName"`
	BatchRunID *string  `json:"batchRunId"`
	Tasks      []string `json:"tasks"`
}

// read understands the body. It comes before all checks, since faults are chosen by batch.
func (c *call) read(s *Scheduler) {
	switch c.op {
	case "", opToken:
		return
	case opTrigger:
		if c.order, c.bad = readOrder(c.Body); c.bad == nil {
			c.code = c.order.code
		}
		return
	}
	if c.runID = lookedAt(c.Body); c.op == opStatus && c.runID != "" {
		c.knows(s.runs[c.runID])
		return
	}
	var b runBody
	if c.bad = strictly(c.Body, &b); c.bad != nil {
		return
	}
	if b.BatchRunID == nil || *b.BatchRunID == "" {
		c.bad = fmt.Errorf("batchRunId is missing")
		return
	}
	c.runID, c.tasks = *b.BatchRunID, b.Tasks
	switch {
	case c.op == opStatus && b.BatchName != nil:
		c.bad = fmt.Errorf("status takes no batchName")
	case c.op == opStatus:
		c.knows(s.runs[c.runID])
	case b.BatchName == nil || !codeForm.MatchString(*b.BatchName):
		c.bad = fmt.Errorf("batchName is missing or no code")
	case b.Tasks != nil:
		c.bad = fmt.Errorf("%s takes no tasks", c.op)
	default:
		c.code = *b.BatchName
	}
}

// knows takes the code of a run there is.
func (c *call) knows(r *run) {
	if r != nil {
		c.code = r.order.code
	}
}

// lookedAt is the batch run id of a body that says nothing else, as nearly every look does. Empty means that
// it has to be read with care.
func lookedAt(body []byte) string {
	id, opens := bytes.CutPrefix(body, []byte(`{"batchRunId":"`))
	id, closes := bytes.CutSuffix(id, []byte(`"}`))
	if !opens || !closes || !plainText(id) {
		return ""
	}
	return string(id)
}

// bearer is the access token the call came with.
func (c *call) bearer() string {
	token, ok := strings.CutPrefix(headerOf(c.Header, "Authorization"), "Bearer ")
	if !ok {
		return ""
	}
	return token
}

// headerOf finds a header whatever the case of its name: a face in process has not been through a wire. The
// name given is in canonical form.
func headerOf(h http.Header, name string) string {
	if v := h[name]; len(v) > 0 {
		return v[0]
	}
	for k, v := range h {
		if strings.EqualFold(k, name) && len(v) > 0 {
			return v[0]
		}
	}
	return ""
}

// isLocale reports whether a text has the form languageCode-countryCode.
func isLocale(text string) bool {
	const small, capital = "abcdefghijklmnopqrstuvwxyz", "ABCDEFGHIJKLMNOPQRSTUVWXYZ"
	language, country, _ := strings.Cut(text, "-")
	return (len(language) == 2 || len(language) == 3) && strings.Trim(language, small) == "" &&
		len(country) == 2 && strings.Trim(country, capital) == ""
}

// neededHeaders begin with those that may be missing on premise.
var neededHeaders = []string{"Ofs_tenant_id", "Ofs_service_id", "Ofs_workspace_id", "Ofs_remote_user"}

// checkHeaders says what is wrong with the headers, or nothing.
func (s *Scheduler) checkHeaders(h http.Header) string {
	needed := neededHeaders
	if s.opts.OnPremise {
		needed = needed[2:]
	}
	for _, name := range needed {
		if strings.TrimSpace(headerOf(h, name)) == "" {
			return "header " + strings.ToLower(name) + " is missing"
		}
	}
	if !isLocale(headerOf(h, "Locale")) {
		return "header locale is missing or no languageCode-countryCode"
	}
	if kind, _, _ := strings.Cut(headerOf(h, "Content-Type"), ";"); strings.TrimSpace(kind) != "application/json" {
		return "header Content-Type is not application/json"
	}
	return ""
}

// An answer is what trigger, interrupt, restart and rerun come back with, and what every refusal looks like.
type answer struct {
	Severity   string          `json:"severity"`
	Summary    string          `json:"summary,omitempty"`
	BatchRunID string          `json:"batchRunId,omitempty"`
	Details    string          `json:"details,omitempty"`
	Status     string          `json:"status"`
	StatusCode json.RawMessage `json:"statusCode"`
}

// accept answers a request that was carried out, in the words of the guide's samples. That of an interrupt has no summary.
func (c *call) accept(runID string) Reply {
	a := answer{
		Severity: "info", BatchRunID: runID, Details: "Object triggered successfully.",
		Status: "success", StatusCode: c.style.code(codeSuccess),
	}
	switch c.op {
	case opInterrupt:
		a.Details = "Execution interrupted successfully."
	case opTrigger:
		a.Summary = "Object triggered successfully with Run Id: " + runID
	default:
		a.Summary = "Object triggered successfully for " + c.op + " with Run Id: " + runID
	}
	return c.json(http.StatusOK, a)
}

// Codes a call is refused with. They are our own reading of the guide, and not the client's: a fake that shares the table
// shares its mistakes. A batch run or a task has others, see unit.go.
const (
	callNoObject     = -3
	callBadArguments = -4
	callBadHeaders   = -5
	callNoJob        = -6
	callInterrupted  = -7
	callNotOngoing   = -8
)

// refusals are what each of them means, and the HTTP status it comes with under codes_in_4xx.
var refusals = map[int]struct {
	summary string
	http    int
}{
	callNoObject:     {"Object does not exist", http.StatusNotFound},
	callBadArguments: {"Invalid arguments", http.StatusBadRequest},
	callBadHeaders:   {"Invalid or missing headers", http.StatusBadRequest},
	callNoJob:        {"No executable job is present", http.StatusUnprocessableEntity},
	callInterrupted:  {"Job is already interrupted", http.StatusConflict},
	callNotOngoing:   {"Job is not ongoing or aborted", http.StatusConflict},
}

// refuse answers a request that was not carried out. The details may be empty.
func (c *call) refuse(code int, details string) Reply {
	r, status := refusals[code], http.StatusOK
	if c.style.in4xx {
		status = r.http
	}
	return c.json(status, answer{
		Severity: "error", Summary: r.summary, Details: details, Status: "failed", StatusCode: c.style.code(code),
	})
}

// code is a code as the wire has it: JSON, quotes and all.
func (s style) code(code int) json.RawMessage {
	switch {
	case s.letterO && code == codeSuccess:
		return json.RawMessage(`"O"`)
	case s.numbers:
		return strconv.AppendInt(nil, int64(code), 10)
	}
	return codeTexts[code-firstCode]
}

// firstCode is the lowest code there is.
const firstCode = callNotOngoing

// codeTexts are the codes from firstCode on, as the samples write them.
var codeTexts = [...]json.RawMessage{
	[]byte(`"-8"`), []byte(`"-7"`), []byte(`"-6"`), []byte(`"-5"`), []byte(`"-4"`), []byte(`"-3"`), []byte(`"-2"`),
	[]byte(`"-1"`), []byte(`"0"`), []byte(`"1"`), []byte(`"2"`), []byte(`"3"`), []byte(`"4"`), []byte(`"5"`), []byte(`"6"`),
}

func (c *call) json(status int, v any) Reply {
	body, err := json.Marshal(v)
	if err != nil {
		panic(err) // our own structs
	}
	return Reply{Status: status, Header: jsonHeader, Body: body}
}

// jsonHeader is shared by all answers: read only.
var jsonHeader = http.Header{"Content-Type": {"application/json"}}

func textReply(status int, text string) Reply {
	return Reply{
		Status: status, Header: http.Header{"Content-Type": {"text/plain; charset=utf-8"}}, Body: []byte(text + "\n"),
	}
}

// unauthorized answers a call without a token that counts.
func unauthorized() Reply {
	r := Reply{Status: http.StatusUnauthorized, Header: jsonHeader.Clone()}
	r.Header.Set("WWW-Authenticate", `Bearer error="invalid_token"`)
	r.Body = []byte(`{"error":"invalid_token","error_description":"the access token is missing, unknown or expired"}`)
	return r
}
