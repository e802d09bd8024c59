package ofs

import (
	"fmt"
	"net/http"
	"strconv"
	"strings"
	"time"

	"ofsplan/ofs/callcode"
)

// The table of classes, read from above:
//
//	the gate was not opened                                              not sent
//	2xx, one complete JSON object, call code 0, a run id                 accepted
//	-7 or -8 to an interrupt: it is over already                         accepted
//	a complete answer with code -3, -4, -5, -6, on 2xx or 4xx            refused
//	one of refusing, whatever the body says unless it says success       refused
//	everything else                                                      in doubt
//
// The refusals are closed: a status or code that is not listed is never one, since who takes a carried-out request
// for refused triggers a batch twice.
var refusing = map[int]bool{
	307: true, 308: true,
	400: true, 401: true, 403: true, 404: true, 405: true, 406: true, 411: true, 413: true, 414: true, 415: true,
	422: true, 429: true, 431: true,
}

// classify judges the answer to a request that passed the gate.
func (c *Client) classify(f Frozen, x exchange) Receipt {
	r := Receipt{HTTP: x.status, RetryAfter: retryAfter(x.header, c.cfg.Now())}
	if x.status == 0 {
		return c.unanswered(r, x.lost())
	}
	answer, wrong := x.decoded()
	code, raw, isCode := answer.code("statusCode")
	r.Code = c.say(raw)
	r.Summary = c.say(summary(answer))
	id := answer.text("batchRunId")

	success := isCode && code == 0
	spoken := isCode && (x.status/100 == 2 || x.status/100 == 4) // the scheduler itself answered, completely
	switch {
	case x.status/100 == 2 && success && CheckRunID(id) == nil && !c.cfg.Filter.Holds(id):
		r.Class, r.BatchRunID = Accepted, id
		return r
	case spoken && f.Op == OpInterrupt && callcode.TooLate(code):
		r.Class, r.BatchRunID = Accepted, f.RunID
		return r
	case spoken && callcode.Refuses(code):
		r.Class = Refused
		r.Message = fmt.Sprintf("the scheduler refused it: code %d, %s", code, callcode.Meaning(code))
	case refusing[x.status] && !(success && id != ""):
		r.Class = Refused
		r.Message = c.refusal(x)
	default:
		r.Class = InDoubt
		r.Message = c.doubt(x, answer, wrong)
		if wrong != nil {
			r.Trouble, r.Err = garbled(wrong), wrong
		}
	}
	r.Unauthorized = r.Class == Refused && x.status == http.StatusUnauthorized
	return r
}

// unanswered is the receipt of a request that passed the gate and brought no answer.
func (c *Client) unanswered(r Receipt, err error) Receipt {
	r.Class, r.Err = InDoubt, err
	r.Trouble = trouble(err)
	r.Message = "it may have been carried out: no answer came: " + told(c.cfg.Filter, err)
	if hint := advice(err, "the scheduler", "url"); hint != "" {
		r.Message += "\n\t" + hint
	}
	return r
}

// summary is what the scheduler says of a call.
func summary(answer fields) string {
	if s := answer.text("summary"); s != "" {
		return s
	}
	return answer.text("details")
}

// refusal tells a status of the list.
func (c *Client) refusal(x exchange) string {
	switch x.status {
	case http.StatusUnauthorized:
		return "the scheduler did not accept the access token (HTTP 401)"
	case http.StatusForbidden:
		return "the caller may not do this (HTTP 403): check that the user is mapped to function BATCH_EXEC" + whose(x.status, x.header)
	case http.StatusTemporaryRedirect, http.StatusPermanentRedirect:
		return fmt.Sprintf("the scheduler is elsewhere (HTTP %d, %s): check url and path of the target; redirects are not followed", x.status, c.say(moved(x.header)))
	case http.StatusNotFound:
		return "there is no such service (HTTP 404): check url and path of the target"
	}
	return "it was refused: " + statusText(x.status)
}

// doubt tells why an answer that came proves nothing.
func (c *Client) doubt(x exchange, answer fields, wrong error) string {
	code, raw, isCode := answer.code("statusCode")
	var why string
	switch {
	case x.status >= 300 && x.status < 400:
		why = "it points elsewhere (" + c.say(moved(x.header)) + "), and redirects are not followed"
	case refusing[x.status]:
		why = "it says failure and success at once"
	case x.status/100 != 2:
		why = "a server's or gateway's failure does not say what was carried out" + whose(x.status, x.header)
	case wrong != nil:
		why = told(c.cfg.Filter, wrong)
	case raw == "":
		why = "it holds no statusCode"
	case !isCode:
		why = fmt.Sprintf("its statusCode %q is not a number", c.say(raw))
	case code == 0:
		why = "it says success and holds no usable batchRunId"
	case callcode.Meaning(code) != "":
		why = fmt.Sprintf("its code %d (%s) does not say that nothing was carried out", code, callcode.Meaning(code))
	default:
		why = fmt.Sprintf("its code %d is not in the guide", code)
	}
	return fmt.Sprintf("it may have been carried out: the answer (%s) does not tell: %s", statusText(x.status), why)
}

func statusText(status int) string {
	return strings.TrimSpace(fmt.Sprintf("HTTP %d %s", status, http.StatusText(status)))
}

// moved is where a redirect leads.
func moved(h http.Header) string {
	if to := h[movedKey]; len(to) > 0 {
		return "to " + to[0]
	}
	return "to nowhere said"
}

// maxRetryAfter bounds what a server may ask us to wait.
const maxRetryAfter = 24 * time.Hour

// retryAfter reads Retry-After, seconds or a date; 0 when it is missing, unreadable or past. RFC 9110 section 10.2.3.
func retryAfter(h http.Header, now time.Time) time.Duration {
	text := strings.TrimSpace(h.Get("Retry-After"))
	if text == "" {
		return 0
	}
	if digits(text) {
		n, err := strconv.Atoi(text)
		if err != nil || n > int(maxRetryAfter/time.Second) {
			return maxRetryAfter
		}
		return time.Duration(n) * time.Second
	}
	at, err := http.ParseTime(text)
	if err != nil {
		return 0
	}
	return min(max(at.Sub(now), 0), maxRetryAfter)
}
