package sim

import "slices"

// deeds are all there are, for messages.
var deeds = []Deed{
	DropAnswer, DropRequest, Reset, Hang, Truncate, Huge, HTML, HTTPStatus, Slow,
	CodesAsNumbers, CodesIn4xx, LetterO, UnknownStatus, InvalidGrant, ExpireToken, Down, KillRunner,
}

// Deeds lists what a fault can do, as a scenario file writes it. HTTPStatus is not among them: there the
// status itself is written.
func Deeds() []string {
	var words []string
	for _, d := range deeds {
		if d != HTTPStatus {
			words = append(words, string(d))
		}
	}
	return words
}

// Operations lists what a fault can be on.
func Operations() []string {
	return []string{opTrigger, opStatus, opInterrupt, opRestart, opRerun, opToken}
}

// fault wants a fault that can happen.
func (c checker) fault(f Fault) {
	if !slices.Contains(deeds, f.Do) {
		p := c.in("do").say("%q is no fault", f.Do)
		p.Word, p.Known = string(f.Do), Deeds()
	}
	if f.On != "" {
		c.in("on").among("operation", f.On, Operations())
	}
	c.faultNumbers(f)
	if f.At != nil {
		k := *f.At
		if k.Hour < 0 || k.Hour > 23 || k.Minute < 0 || k.Minute > 59 || k.Second < 0 || k.Second > 59 {
			c.in("at").say("%02d:%02d:%02d is no time of day", k.Hour, k.Minute, k.Second)
		}
	}
	if f.Do == HTTPStatus && (f.Status < 200 || f.Status > 599) {
		c.in("do").say("%d is no HTTP status an answer can have: it must be from 200 to 599", f.Status)
	}
	if f.Do != HTTPStatus && (f.Status != 0 || f.RetryAfter != 0) {
		c.in("retry_after").say("only an HTTP status comes with retry_after")
	}
	if f.Do != Slow && f.Delay != 0 {
		c.in("delay").say("only slow takes a delay")
	}
	c.faultTarget(f)
}

func (c checker) faultNumbers(f Fault) {
	switch {
	case f.Nth < 0:
		c.in("nth").say("requests are counted from 1")
	case f.Every < 0:
		c.in("every").say("requests are counted from 1")
	case f.Nth > 0 && f.Every > 0:
		c.in("every").say("nth and every exclude each other")
	}
	c.in("for").time(f.For)
	c.in("retry_after").time(f.RetryAfter)
	c.in("delay").time(f.Delay)
}

// faultTarget wants a fault to be on something that can have it.
func (c checker) faultTarget(f Fault) {
	if f.On == opToken && f.Batch != "" {
		c.in("batch").say("a token is for no batch")
	}
	switch f.Do {
	case Down:
		if f.On != "" && f.On != opToken || f.Batch != "" || f.Nth > 0 || f.Every > 0 {
			c.in("do").say("down is a time in which nobody listens: it takes at, for, and on: token")
		}
	case InvalidGrant:
		if f.On != opToken {
			c.in("do").say("invalid_grant needs on: token")
		}
	case UnknownStatus:
		if f.On != "" && f.On != opStatus {
			c.in("do").say("unknown_status is about answers to looks: it takes on: status")
		}
	case CodesAsNumbers, CodesIn4xx, LetterO, ExpireToken:
		if f.On == opToken {
			c.in("do").say("%s cannot happen to a token request", f.Do)
		}
	}
}
