package dispatch

import (
	"context"
	"errors"
	"fmt"
	"time"

	"ofsplan/ofs"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// A Desk is where commands become calls. It is safe for use by many goroutines.
type Desk struct {
	client *ofs.Client
	tokens *ofs.Tokens
	run    string
	reveal func(fact.Pair) (string, error) // nil: "[redacted]" is sent for what is sensitive
}

// New returns a desk for one run. With tokens nil no token is ever fetched. The run id opens the mark of each
// request, so that a gateway's log can be searched; empty leaves it out.
func New(client *ofs.Client, tokens *ofs.Tokens, runID string) *Desk {
	return &Desk{client: client, tokens: tokens, run: runID}
}

// Revealing is the desk with what puts secrets into requests; [plan.Resolved.Reveal] is meant. Without it, as in a
// rehearsal, a sensitive value goes out as "[redacted]".
func (d *Desk) Revealing(reveal func(fact.Pair) (string, error)) *Desk {
	d.reveal = reveal
	return d
}

// A Request is one mutating command made ready: every byte of it is known.
type Request struct {
	// Sent is the milestone to apply at the gate.
	Sent   runner.RequestSent
	frozen ofs.Frozen
	mark   string
}

// Prepare makes a mutating command ready. The error is that of a command without a permit (law L1), or one the
// scheduler's interface has no words for, such as a batch code it cannot hold.
func (d *Desk) Prepare(c *runner.Command) (Request, error) {
	if c.Permit == nil {
		return Request{}, fmt.Errorf("%s: it has no permit", c.Key)
	}
	f, err := d.freeze(c)
	if err != nil {
		return Request{}, fmt.Errorf("%s: %w", c.Key, err)
	}
	sent := runner.RequestSent{Key: c.Key, Op: c.Key.Op, URL: f.URL, Permit: *c.Permit}
	if !c.Sensitive || d.reveal == nil { // without reveal there is no secret in it
		sent.Body, sent.BodySHA256 = string(f.Body), f.BodySHA256()
	}
	return Request{sent, f, d.mark(c.Key)}, nil
}

// Show is the request that a command makes, byte for byte as it would leave; of a watch, each of its requests. Nothing is
// sent, so it needs no permit, and authorization stands for what the header of that name would say; empty: there would be none.
// The error is one of the scheduler's interface, as Prepare has it.
func (d *Desk) Show(c *runner.Command, authorization string) (ofs.Frozen, error) {
	f, err := d.freeze(c)
	if err != nil {
		return ofs.Frozen{}, err
	}
	mark := ""
	if c.Mutating() {
		mark = d.mark(c.Key)
	}
	f.Header = f.Headers(mark, authorization)
	return f, nil
}

// mark is what the User-Agent of a request that changes something carries.
func (d *Desk) mark(k runner.Key) string {
	if d.run == "" {
		return k.String()
	}
	return d.run + "/" + k.String()
}

// freeze puts a command into the scheduler's words.
func (d *Desk) freeze(c *runner.Command) (ofs.Frozen, error) {
	switch c.Key.Op {
	case runner.OpTrigger:
		order, err := d.order(*c.Order)
		if err != nil {
			return ofs.Frozen{}, err
		}
		return d.client.Trigger(order)
	case runner.OpInterrupt:
		return d.client.Interrupt(c.Run.Code, c.Run.RunID)
	case runner.OpRestart:
		return d.client.Restart(c.Run.Code, c.Run.RunID)
	case runner.OpRerun:
		return d.client.Rerun(c.Run.Code, c.Run.RunID)
	case runner.OpWatch, runner.OpLook:
		return d.client.Status(c.Run.RunID, c.Tasks)
	}
	panic(fmt.Sprintf("dispatch: nobody taught it %q", c.Key.Op))
}

// An Outcome is what became of a request.
type Outcome struct {
	// Event ends the request: RequestAccepted, RequestRefused, RequestNotSent or RequestInDoubt.
	Event runner.Event
	// Unreached is true when the scheduler was not reached or did not answer as it should, so that there is no
	// point in sending more before it answers something.
	Unreached bool
	// Message tells people why the request was not accepted.
	Message string
	// RetryAfter is how long the scheduler asked to be left alone. Zero: it did not.
	RetryAfter time.Duration
	// Trouble is what sort of trouble there was on the way, as far as that can be told.
	Trouble ofs.Trouble
	// Body is that of an answer that accepts, without secrets, for the record of one that turns out to be about something else.
	Body string
	// Broken is set when an answer came though the gate was never opened: the run must stop.
	Broken error
}

// Send makes one request. It calls commit once the connection stands and before the first byte leaves; when
// commit fails, nothing is sent.
func (d *Desk) Send(ctx context.Context, r Request, commit func() error) Outcome {
	receipt := d.client.Send(ctx, r.frozen, r.mark, commit)
	out := Outcome{Message: receipt.Message, RetryAfter: receipt.RetryAfter, Trouble: receipt.Trouble}
	answer := answerOf(receipt.Answer)
	if r.Sent.BodySHA256 == "" {
		answer.SHA256 = "" // the request held something sensitive, which the answer may repeat in a form that nobody knows
	}
	switch key := r.Sent.Key; receipt.Class {
	case ofs.Accepted:
		id := receipt.BatchRunID
		if id == "" {
			id = r.frozen.RunID // an interrupt of what had stopped already
		}
		out.Body, answer.Body = answer.Body, ""
		out.Event = runner.RequestAccepted{Key: key, HTTP: receipt.HTTP, Code: receipt.Code, BatchRunID: id, Summary: receipt.Summary, Answer: answer}
	case ofs.Refused:
		out.Event = runner.RequestRefused{Key: key, HTTP: receipt.HTTP, Code: receipt.Code, Summary: either(receipt.Summary, receipt.Message),
			RetryAfter: int((receipt.RetryAfter + time.Second - 1) / time.Second), Answer: answer}
	case ofs.NotSent:
		out.Event, out.Unreached = runner.RequestNotSent{Key: key, Message: ofs.OneLine(receipt.Message)}, true
	case ofs.InDoubt:
		out.Event, out.Unreached = runner.RequestInDoubt{Key: key, HTTP: receipt.HTTP, Message: ofs.OneLine(either(receipt.Message, receipt.Summary)), Answer: answer}, true
	case ofs.Broken:
		out.Broken = fmt.Errorf("%s: %s: %w", key, receipt.Message, receipt.Err)
	default:
		panic(fmt.Sprintf("dispatch: nobody taught it %q", receipt.Class))
	}
	return out
}

// answerOf is an answer as the record has it.
func answerOf(raw ofs.Raw) runner.Answer {
	return runner.Answer{Status: raw.Line, Size: raw.Size, SHA256: raw.SHA256, Body: raw.Body}
}

// AnswerOf is the answer that a call failed by, as the record has it.
func AnswerOf(e *ofs.CallError) runner.Answer { return answerOf(e.Answer) }

// either returns the first text unless it is empty.
func either(a, b string) string {
	if a != "" {
		return a
	}
	return b
}

// Look asks once for the status of a batch run, of all tasks when none is named. It returns what the answer told,
// without key and Since, or last itself and true when that told the same; the zero last equals nothing.
// Errors are *ofs.CallError.
func (d *Desk) Look(ctx context.Context, runID string, tasks []string, last runner.BatchObserved) (seen runner.BatchObserved, same bool, err error) {
	f, err := d.client.Status(runID, tasks)
	if err != nil {
		return seen, false, &ofs.CallError{Kind: ofs.KindRefused, Message: err.Error(), Err: err}
	}
	a, err := d.client.Ask(ctx, f)
	if err != nil {
		return seen, false, err
	}
	if last.RunID != "" && tells(a, last) {
		return last, true, nil
	}
	return runner.BatchObserved{
		RunID: runID, Status: fact.Status(a.Status), Code: a.StatusCode, Text: a.Text,
		Tasks: parts(a.Tasks), Members: parts(a.Members), Answer: answerOf(a.Raw),
	}, false, nil
}

// Forget says that a batch run will not be looked at any more.
func (d *Desk) Forget(runID string) { d.client.Forget(runID) }

// Ready reports whether calls can be made for the time being without getting another token first.
func (d *Desk) Ready() bool { return d.tokens == nil || d.tokens.Fresh(0) }

// Fetch gets another token, in one exchange. Errors are *ofs.CallError. One at a time.
func (d *Desk) Fetch(ctx context.Context) error { return d.tokens.Fetch(ctx) }

// errReached keeps the request that Reach makes ready from being sent.
var errReached = errors.New("only the connection was wanted")

// Reach sends nothing. It tries whether a connection to the scheduler can be had, with everything a request needs before its
// first byte: a request is made ready that no batch run answers to, and its gate stays shut once the connection stands. Where
// the scheduler asked for our certificate, a harmless question proves that it accepts it. Errors are *ofs.CallError.
func (d *Desk) Reach(ctx context.Context) error {
	f, err := d.client.Interrupt("CONNECTION", "CONNECTION")
	if err != nil {
		return &ofs.CallError{Kind: ofs.KindRefused, Message: err.Error(), Err: err}
	}
	receipt := d.client.Send(ctx, f, d.run, func() error { return errReached })
	if errors.Is(receipt.Err, errReached) {
		return d.prove(ctx)
	}
	return &ofs.CallError{Kind: ofs.KindLost, Message: receipt.Message, Trouble: receipt.Trouble, Err: receipt.Err}
}

// prove asks what changes nothing where a connection that stands proves nothing yet. Any answer will do.
func (d *Desk) prove(ctx context.Context) error {
	if !d.client.MustProve() {
		return nil
	}
	err := d.client.Greet(ctx)
	if e, ok := errors.AsType[*ofs.CallError](err); ok && e.HTTP != 0 {
		return nil
	}
	return err
}
