package ofs

import (
	"context"
	"time"
)

// Class is what is known of a request that changes something.
type Class string

// The classes. Broken is none of the scheduler's doing: an answer came though the gate was never opened, so the
// transport broke the one law everything rests on, and the run must stop.
const (
	Accepted Class = "accepted"
	Refused  Class = "refused"
	NotSent  Class = "not_sent"
	InDoubt  Class = "in_doubt"
	Broken   Class = "broken"
)

// A Receipt is what became of one request that changes something. It is as wide as what there is to record.
type Receipt struct {
	Class        Class
	HTTP         int           // 0 when no answer came
	Code         string        // the call's own statusCode, empty when the answer held none
	Summary      string        // the scheduler's words, one line, made safe to print
	BatchRunID   string        // with Accepted: never empty
	Message      string        // why it is not Accepted, in our words, with what to configure where that helps
	Unauthorized bool          // with Refused: HTTP 401; the token that was used has been spoilt
	RetryAfter   time.Duration // 0: not said
	Trouble      Trouble       // with NotSent and InDoubt: what sort of trouble, as far as an error's type tells
	Err          error         // with NotSent, InDoubt and Broken: the cause; with NotSent it may be commit's own error
	Answer       Raw           // what came, as it came
}

// Send makes one exchange that changes something and reports what became of it. It never repeats it: the
// scheduler cannot tell a repeat from a second order.
//
// Commit is called once, when the connection stands and before the first byte leaves, in the caller's own
// goroutine; when it fails, nothing is sent, and its error is the receipt's Err. Until then ctx can stop the request; from
// then on nothing but the answer's time limit ends the wait. Mark travels in User-Agent, so that a gateway's log can be searched.
func (c *Client) Send(ctx context.Context, f Frozen, mark string, commit func() error) Receipt {
	if ctx.Err() != nil {
		return c.notSent(stopError{context.Cause(ctx)})
	}
	token, number, err := c.bearer()
	if err != nil {
		return c.notSent(err)
	}
	timeout := c.cfg.AnswerTimeout
	if timeout == 0 {
		timeout = defaultSendTimeout
	}
	p, inner := newPass(ctx, c.cfg.Timer, timeout, commit)
	defer p.close()
	x := c.do(inner, c.sending, f, marked(c.cfg.Agent, mark), token)
	if x.err != nil && inner.Err() != nil {
		x.err = context.Cause(inner) // what we did to the exchange, rather than how it looked from within
	}
	r := c.judge(f, p, x)
	if r.Class != NotSent {
		r.Answer = c.raw(x, true)
	}
	if r.Unauthorized {
		c.spoil(number)
	}
	return r
}

// judge finds the class: first from the gate, and only behind an open one from the answer.
func (c *Client) judge(f Frozen, p *pass, x exchange) Receipt {
	switch {
	case !p.opened.Load() && p.answered && !p.sealed:
		return Receipt{Class: Broken, HTTP: x.status, Message: ErrBroken.Error(), Err: ErrBroken}
	case p.refusal != nil:
		return c.notSent(p.refusal)
	case !p.opened.Load():
		return c.notSent(x.lost())
	case p.early.Load():
		return Receipt{
			Class: InDoubt, HTTP: x.status, Trouble: Garbled, Err: errEarly,
			Message: "it may have been carried out: " + errEarly.Error(),
		}
	}
	return c.classify(f, x)
}

// notSent is the receipt of a request of which no byte left.
func (c *Client) notSent(err error) Receipt {
	r := Receipt{Class: NotSent, Err: err, Trouble: trouble(err), Message: "nothing was sent: " + told(c.cfg.Filter, err)}
	if hint := advice(err, "the scheduler", "url"); hint != "" {
		r.Message += "\n\t" + hint
	}
	return r
}
