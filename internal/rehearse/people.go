package rehearse

import (
	"context"
	"errors"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/virtual"
)

// patience is how long a channel that says nothing is listened to, as in a real run.
const patience = 30 * time.Second

// people are those whom a night tells something, in the world of one runner. Nothing is sent: their channels do what the scenario
// says. How often a channel was tried outlives the runner, and so does who was told.
type people struct {
	night  *playing
	world  *virtual.World
	number int // of the runner
}

// people are those of the runner that carries the night now.
func (p *playing) people() *people {
	p.hearing.runners++
	return &people{p, p.process.world, p.hearing.runners - 1}
}

// hearing is what the channels of a night have done so far.
type hearing struct {
	tries   map[string]int // by channel
	took    []Took
	runners int
}

// Took is a message that a channel has taken.
type Took struct {
	Key     runner.Key
	Channel string
	Runner  int // by which runner of the night it was sent, from 0
}

// Tell takes a message, or does not.
func (p *people) Tell(ctx context.Context, k runner.Key, m runner.Message) error {
	h := &p.night.hearing
	if h.tries == nil {
		h.tries = map[string]int{}
	}
	h.tries[m.Channel]++
	c := p.night.Scenario.Notifications[m.Channel]
	if c.Tries > 0 && h.tries[m.Channel] > c.Tries {
		c.Does = ""
	}
	switch c.Does {
	case sim.ChannelFails:
		return &drive.TryAgain{Err: errors.New("connection refused")}
	case sim.ChannelRefuses:
		return errors.New("HTTP 404")
	case sim.ChannelHangs:
		if err := p.world.Wait(ctx, patience); err != nil {
			return &drive.TryAgain{Err: err}
		}
		return &drive.TryAgain{Err: errors.New("no answer in 30s")}
	}
	h.took = append(h.took, Took{k, m.Channel, p.number})
	return nil
}
