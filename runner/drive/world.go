package drive

import (
	"context"
	"time"
)

// A World is the clock and the means to carry out calls. There are two: runner/local is the real one,
// runner/virtual jumps from event to event. The loop is the only caller, from one goroutine.
type World interface {
	// Now is the time, which may go backwards where a clock is set; the loop never lets a turn do so.
	Now() time.Time
	// Start begins to carry out a call and returns at once.
	Start(c *Call)
	// Next waits for a message until the given time, however long when it is zero, or until ctx is done.
	// A time that has passed already means: what is there now. False says that nothing came.
	Next(ctx context.Context, until time.Time) (Message, bool)
}

// A Message is what came in from a call: it stands at its gate, or it has ended.
type Message struct {
	Call *Call
	// Open is set when the call stands at its gate and waits. It must be called exactly once: nil lets
	// the request leave, an error keeps it here. When Open is nil, the call has ended.
	Open func(refusal error)
	// Panic is with what the call panicked, and where: our own bug, of which the loop dies in its place. Empty: it did not.
	Panic string
}

// A Call is one exchange with the scheduler or the identity service.
type Call struct {
	do    func(gate func() error)
	gate  func(open func(refusal error)) // asked in the loop when the call stands at its gate
	ended func()                         // told in the loop when the call has ended
}

// Do carries the call out and returns when it has ended. A World runs it beside the loop and hands it a gate
// that passes the question on as a [Message] and waits for the answer.
func (c *Call) Do(gate func() error) { c.do(gate) }

// MakeRoom makes the stack of the goroutine that is to carry out calls as large as a call needs, while nothing is on it.
// Else it would grow three times deep inside the client, and be copied each time. Each world calls it once for a goroutine.
//
//go:noinline
func MakeRoom() {
	var room [10 << 10]byte
	touch(&room)
}

//go:noinline
func touch(room *[10 << 10]byte) { room[len(room)-1] = 1 }
