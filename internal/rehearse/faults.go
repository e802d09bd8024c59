package rehearse

import (
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// kills are the moments at which runners are killed, those of the scenario included.
type kills struct {
	byClock []Kill
	byEvent []Kill // each happens once
	faults  []counted
	codes   map[runner.Key]string // of what the requests ordered so far are about
}

// counted is a kill_runner fault on requests, and how many of them were sent.
type counted struct {
	sim.Fault
	from, to time.Time
	seen     int
}

func newKills(given []Kill, sc sim.Scenario) kills {
	k := kills{codes: map[runner.Key]string{}}
	for _, one := range given {
		if one.At.IsZero() {
			k.byEvent = append(k.byEvent, one)
		} else {
			k.byClock = append(k.byClock, one)
		}
	}
	for _, f := range sc.Faults {
		if f.Do != sim.KillRunner {
			continue
		}
		from, to := f.Window(sc.Start, sc.Zone)
		if f.On == "" && f.Batch == "" && f.Nth == 0 && f.Every == 0 {
			k.byClock = append(k.byClock, Kill{At: from, Away: f.For})
			continue
		}
		k.faults = append(k.faults, counted{Fault: f, from: from, to: to})
	}
	return k
}

// after tells whether the runner is killed right after a turn was written.
func (k *kills) after(t record.Turn) (Kill, bool) {
	for i, one := range k.byEvent {
		if one.After == t.Event.Type() && one.Key == t.Event.Subject() {
			k.byEvent = append(k.byEvent[:i:i], k.byEvent[i+1:]...)
			return one, true
		}
	}
	if len(k.faults) == 0 {
		return Kill{}, false
	}
	for _, c := range t.Decision.Commands {
		k.codes[c.Key] = c.About().Code
	}
	sent, ok := t.Event.(runner.RequestSent)
	if !ok {
		return Kill{}, false
	}
	killed := false
	for i := range k.faults {
		killed = k.faults[i].picks(t.At, sent, k.codes[sent.Key]) || killed
	}
	return Kill{}, killed
}

// picks counts a request and tells whether the runner is killed with it, as faults on the wire do.
func (c *counted) picks(at time.Time, sent runner.RequestSent, code string) bool {
	switch {
	case at.Before(c.from), !c.to.IsZero() && !at.Before(c.to):
		return false
	case c.On != "" && c.On != string(sent.Op), c.Batch != "" && c.Batch != code:
		return false
	}
	c.seen++
	return (c.Nth == 0 || c.seen == c.Nth) && (c.Every == 0 || c.seen%c.Every == 0)
}
