package ofs

import "context"

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
	r := Receipt{Class: NotSent, Err: err, Trouble: trouble(err), Message: "nothing was sent: " + c.say(reason(err))}
	if hint := advice(err, "the scheduler", "url"); hint != "" {
		r.Message += "\n\t" + hint
	}
	return r
}
