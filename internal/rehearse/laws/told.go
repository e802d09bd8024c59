package laws

import (
	"ofsplan/internal/readable"
	"ofsplan/runner"
)

// Took is a message that a channel took.
type Took struct {
	Key     runner.Key
	Channel string
	Runner  int // the number of the runner that sent it
}

// told looks at what people were told, and when: L15. A message may be sent again by another runner, since nobody knows whether
// the one before has sent it.
func (j *judge) told() {
	ordered, open := map[runner.Key]string{}, map[runner.Key]bool{} // the channel of each message; those that have not ended
	over := false
	for _, t := range j.turns {
		if t.Decision.End != nil {
			j.saidSo(t.Decision.Commands, string(t.Decision.End.Outcome))
		}
		if e := t.Event; e.Subject().Op.Tells() {
			if !open[e.Subject()] {
				j.breach("L15", "%s ends message %s at %s, which is not under way", e.Type(), e.Subject(), readable.Micros(t.At))
			}
			delete(open, e.Subject())
		}
		for _, k := range t.Decision.Drops {
			delete(open, k)
		}
		for _, c := range t.Decision.Commands {
			if c.Message != nil {
				if ordered[c.Key] != "" {
					j.breach("L15", "message %s is ordered twice", c.Key)
				}
				ordered[c.Key], open[c.Key] = c.Message.Channel, true
			}
		}
		over = t.Decision.End != nil || over && len(t.Decision.Moves) == 0
	}
	if over && len(open) > 0 && !j.seen.Stops && !j.seen.Open && j.seen.Left == nil {
		j.breach("L15", "the run is over, and %d messages have not ended", len(open))
	}
	taken := map[Took]bool{}
	for _, one := range j.seen.Took {
		switch {
		case ordered[one.Key] != one.Channel:
			j.breach("L15", "channel %s took message %s, which was not ordered for it", one.Channel, one.Key)
		case taken[one]:
			j.breach("L15", "channel %s took message %s twice from one runner", one.Channel, one.Key)
		}
		taken[one] = true
	}
}

// saidSo wants the end of a run to be said to every channel that its plan names.
func (j *judge) saidSo(commands []*runner.Command, outcome string) {
	said := map[string]bool{}
	for _, c := range commands {
		if c.Message != nil && c.Message.Event == runner.WorthOver && string(c.Message.Outcome) == outcome {
			said[c.Message.Channel] = true
		}
	}
	for _, c := range j.plan.Alert {
		if !said[c.Name] {
			j.breach("L15", "the run ended as %s, and channel %s is not told", outcome, c.Name)
		}
	}
}
