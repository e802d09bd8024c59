package ofs

import "context"

// A Client makes exchanges with one scheduler. It is safe for use by many goroutines.
type Client struct {
	cfg    Config
	tokens *Tokens
}

// New checks cfg and makes a client. With tokens nil, no Authorization header is sent.
func New(cfg Config, tokens *Tokens, t Transport) (*Client, error) { panic("") }

// Trigger freezes the request that starts a batch or a group.
func (c *Client) Trigger(o Order) (Frozen, error) { panic("") }

// Interrupt freezes the request that stops a batch run.
func (c *Client) Interrupt(code, runID string) (Frozen, error) { panic("") }

// Restart freezes the request that resumes a batch run from where it stopped.
func (c *Client) Restart(code, runID string) (Frozen, error) { panic("") }

// Rerun freezes the request that runs a batch again, as a new batch run.
func (c *Client) Rerun(code, runID string) (Frozen, error) { panic("") }

// Status freezes the question after a batch run. Without tasks, all are told.
func (c *Client) Status(runID string, tasks []string) (Frozen, error) { panic("") }

// Send makes one exchange.
func (c *Client) Send(ctx context.Context, f Frozen, mark string, commit func() error) Receipt {
	panic("")
}

// Ask makes one exchange.
func (c *Client) Ask(ctx context.Context, f Frozen) (Answer, error) { panic("") }

// Forget drops what Ask keeps about a batch run to tell Same.
func (c *Client) Forget(runID string) {}

// Mark is the mark in a User-Agent that Send wrote, or "".
func Mark(userAgent string) string { panic("") }
