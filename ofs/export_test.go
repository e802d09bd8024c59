package ofs

import "time"

// NoTimer, for tests, is the timer that never fires.
func NoTimer(time.Duration, func()) (stop func()) { return func() {} }

// Spoil, for tests, marks the token as not to be used again, whichever it is. [Client.Send] and [Client.Ask] have spoilt the
// one they used already when they report a 401.
func (t *Tokens) Spoil() {
	t.mu.Lock()
	defer t.mu.Unlock()
	t.held.spoilt = true
}
