package ofs

import (
	"context"
	"crypto/sha256"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"ofsplan/ofs/callcode"
)

// An Answer is what a status call told of a batch run. Its slices are shared between answers: read only.
type Answer struct {
	BatchRunID string
	Object     Object // Group when the answer lists members, else Batch
	State
	Tasks   []Part // of a batch, in the scheduler's order
	Members []Part // of a group, likewise
	Raw     Raw    // as it came
	// Same is true when the body equals, byte for byte, the last one seen for this batch run.
	Same bool
}

// State is one pair of status and code.
type State struct {
	Status     string // in our words, see StatusOf: decided by the code alone
	StatusCode int    // NoCode when it is missing or not a number
	Text       string // the scheduler's own word, made safe to print; with a code that is no number, that code too
}

// Part is a task of a batch or a member of a group.
type Part struct {
	Code  string // of a member: read from its batch run id
	RunID string // of a member; empty for a task
	State
}

// NoCode stands for a run or task code that is missing or not a number.
const NoCode = -1000

// lastAnswer is the newest answer about a batch run and the digest of its body.
type lastAnswer struct {
	sum    [sha256.Size]byte
	answer Answer
}

// Ask makes one exchange that changes nothing: a status call. An error is a [*CallError]. A body equal to the last
// one about the same batch run is not decoded again. It never asks again by itself.
func (c *Client) Ask(ctx context.Context, f Frozen) (Answer, error) {
	token, number, err := c.bearer()
	if err != nil {
		return Answer{}, err
	}
	timeout := c.cfg.AnswerTimeout
	if timeout == 0 {
		timeout = defaultAskTimeout
	}
	ctx, cancel := context.WithCancelCause(ctx)
	defer cancel(context.Canceled)
	defer c.cfg.Timer(timeout, func() { cancel(errTimeout) })()

	x := c.do(ctx, c.asking, f, c.cfg.Agent, token)
	if x.err != nil && ctx.Err() != nil {
		x.err = ended(ctx)
	}
	if x.err == nil {
		x.body, x.err = undress(x.header, x.body, c.cfg.MaxAnswer)
	}
	if x.err == nil && x.status == http.StatusOK {
		if a, ok := c.same(f.RunID, x.body); ok {
			return a, nil
		}
	}
	a, fail := c.status(f, x)
	if fail != nil {
		fail.Answer = c.raw(x, true)
		if fail.Kind == KindUnauthorized {
			c.spoil(number)
		}
		return Answer{}, fail
	}
	a.Raw = c.raw(x, false)
	c.remember(f.RunID, x.body, a)
	return a, nil
}

// stranger is a batch run that no scheduler has.
const stranger = "OFSPLAN_CHECK_2000-01-01_0000000000000_1"

// Greet asks for the status of a batch run that does not exist, and is content when the scheduler says so: then it knows the
// headers, the token and our certificate. An error is a [*CallError]; with an HTTP status in it, the connection stands all the same.
func (c *Client) Greet(ctx context.Context) error {
	f, err := c.Status(stranger, nil)
	if err != nil {
		return &CallError{Kind: KindRefused, Message: err.Error(), Err: err}
	}
	_, err = c.Ask(ctx, f)
	if e, ok := errors.AsType[*CallError](err); ok && e.Kind == KindRefused && callcode.Is(e.Code, callcode.NoObject) {
		return nil // as it should: there is no such batch run
	}
	return err
}

// MustProve reports whether a connection that stands proves nothing yet, because the server has asked for our certificate: in
// TLS 1.3 it judges it afterwards, and says so in place of its first answer.
func (c *Client) MustProve() bool { return c.asked != nil && c.asked() }

// status judges the answer to a status call.
func (c *Client) status(f Frozen, x exchange) (Answer, *CallError) {
	fail := &CallError{Kind: KindLost, HTTP: x.status, RetryAfter: retryAfter(x.header, c.cfg.Now())}
	if x.status == 0 {
		err := x.lost()
		fail.Message = "no answer from the scheduler: " + told(c.cfg.Filter, err)
		fail.Hint = advice(err, "the scheduler", "url")
		fail.Trouble, fail.Err = trouble(err), err
		return Answer{}, fail
	}
	answer, wrong := x.decoded()
	code, raw, isCode := answer.code("statusCode")
	fail.Code = c.say(raw)
	ok := x.status/100 == 2
	switch {
	case isCode && callcode.Refuses(code) && (ok || x.status/100 == 4):
		fail.Kind = KindRefused
		fail.Message = fmt.Sprintf("the scheduler refused the question: code %d, %s", code, callcode.Meaning(code))
		if s := c.say(summary(answer)); s != "" {
			fail.Message += ": " + s
		}
	case x.status == http.StatusUnauthorized:
		fail.Kind = KindUnauthorized
		fail.Message = c.refusal(x)
	case refusing[x.status] && x.status != http.StatusTooManyRequests:
		fail.Kind = KindRefused
		fail.Message = c.refusal(x)
	case !ok:
		fail.Message = "no useful answer from the scheduler: " + statusText(x.status) + whose(x.status, x.header)
	case wrong != nil:
		fail.Message = "no useful answer from the scheduler: " + told(c.cfg.Filter, wrong)
		fail.Trouble, fail.Err = garbled(wrong), wrong
	case !isCode || code != 0:
		fail.Message = fmt.Sprintf("no useful answer from the scheduler: the call's statusCode is %q", c.say(raw))
	default:
		a, err := c.answer(f, answer)
		if err == nil {
			return a, nil
		}
		fail.Message = "no useful answer from the scheduler: " + c.say(err.Error())
		fail.Trouble, fail.Err = Garbled, err
	}
	return Answer{}, fail
}

// answer reads what a successful status call tells of a run.
func (c *Client) answer(f Frozen, answer fields) (Answer, error) {
	switch id := answer["batchRunId"]; string(id) {
	case "", "null", `""`: // not every release repeats it
	default:
		if answer.text("batchRunId") != f.RunID {
			return Answer{}, fmt.Errorf("it is about another batch run, %s", plain(string(id)))
		}
	}
	if _, raw, _ := answer.code("batchStatusCode"); raw == "" {
		return Answer{}, fmt.Errorf("it holds no batchStatusCode")
	}
	tasks, err := answer.list("taskStatusList")
	if err != nil {
		return Answer{}, err
	}
	members, err := answer.list("batchList")
	if err != nil {
		return Answer{}, err
	}
	a := Answer{BatchRunID: f.RunID, Object: Batch, State: c.state(answer, "batchStatus", "batchStatusCode")}
	for _, t := range tasks {
		a.Tasks = append(a.Tasks, Part{Code: c.name(t.text("taskCode")), State: c.state(t, "taskStatus", "statusCode")})
	}
	for _, m := range members {
		id := c.name(m.text("batchRunId"))
		a.Members = append(a.Members, Part{Code: RunCode(id), RunID: id, State: c.state(m, "batchStatus", "batchStatusCode")})
	}
	if len(members) > 0 {
		a.Object = Group
	}
	return a, nil
}

// state reads a pair of status and code. The code decides.
func (c *Client) state(f fields, text, code string) State {
	n, raw, ok := f.code(code)
	s := State{Status: StatusOf(n), StatusCode: n, Text: c.word(f.text(text))}
	if !ok {
		s.Text = strings.TrimSpace(fmt.Sprintf("%s (code %q)", s.Text, c.say(raw)))
	}
	return s
}

// StatusOf is the state of a run or task in our words: not_started, ongoing, succeeded, failed, interrupted,
// aborted, excluded, held, and unknown for every other code.
func StatusOf(code int) string {
	if state := callcode.State(code); state != "" {
		return state
	}
	return "unknown"
}

// words are the scheduler's own, kept once instead of in every answer.
var words = [...]string{"SUCCESSFUL", "ON-GOING", "NOT-STARTED", "FAILED", "INTERRUPTED", "ABORTED", "EXCLUDED", "HELD"}

// word is the scheduler's word for a state, made safe to print.
func (c *Client) word(s string) string {
	for _, known := range words {
		if s == known {
			return known
		}
	}
	return c.say(s)
}

// same is the last answer about a batch run, if body is what it was read from.
func (c *Client) same(runID string, body []byte) (Answer, bool) {
	sum := sha256.Sum256(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	last, ok := c.last[runID]
	if !ok || last.sum != sum {
		return Answer{}, false
	}
	last.answer.Same = true
	return last.answer, true
}

func (c *Client) remember(runID string, body []byte, a Answer) {
	sum := sha256.Sum256(body)
	c.mu.Lock()
	defer c.mu.Unlock()
	c.last[runID] = lastAnswer{sum, a}
}

// Forget drops what Ask keeps about a batch run to tell Same. Call it when the run is not asked about any more.
func (c *Client) Forget(runID string) {
	c.mu.Lock()
	defer c.mu.Unlock()
	delete(c.last, runID)
}
