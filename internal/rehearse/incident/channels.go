package incident

import (
	"ofsplan/ofs/sim"
	"ofsplan/runner"
)

// channels works out which channels did not take what they were told. The log says how often a message was tried, and not whether a
// channel hung.
func (f *finder) channels() {
	tries, works := map[string]int{}, map[string]bool{} // tries that came to nothing before it first worked
	for _, t := range f.turns {
		switch e := t.Event.(type) {
		case runner.NoticeSent:
			if e.Withheld != "" {
				continue
			}
			if !works[e.Channel] {
				works[e.Channel] = true
				tries[e.Channel] += max(0, e.Tries-1)
			}
		case runner.NoticeFailed:
			if works[e.Channel] {
				f.unsure("channel %s took messages, and did not take others later: here it takes them all", e.Channel)
				continue
			}
			tries[e.Channel] += max(1, e.Tries)
		}
	}
	for name, n := range tries {
		if n == 0 {
			continue
		}
		if f.Scenario.Notifications == nil {
			f.Scenario.Notifications = map[string]sim.Channel{}
		}
		c := sim.Channel{Does: sim.ChannelFails}
		if works[name] {
			c.Tries = n
		}
		f.Scenario.Notifications[name] = c
	}
}
