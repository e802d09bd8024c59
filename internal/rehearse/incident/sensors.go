package incident

import (
	"cmp"
	"path"
	"slices"
	"strings"
	"time"

	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// pastSensors are what a log tells of what is not at the scheduler, in the order in which it was looked for.
type pastSensors struct {
	sensors []*pastSensor
	byKey   map[runner.Key]*pastSensor
	byName  map[string]*pastSensor
}

// A pastSensor is one thing that was looked for, perhaps by several attempts.
type pastSensor struct {
	sought  fact.Sought
	from    time.Time // when it was first looked for
	seen    fact.Sight
	since   time.Time // of what was seen last
	at      time.Time // likewise: when
	taken   bool      // it was what was wanted
	line    string    // what a check said that was not yet
	failed  time.Time // of a run: since when it was seen as failed
	trouble string    // why nothing could be told in the end; empty: something could
}

// sought notes what a sensor is to look for.
func (f *finder) sought(c *runner.Command, at time.Time) {
	if c.Sought == nil {
		return
	}
	s := f.byName[nameOf(*c.Sought)]
	if s == nil {
		s = &pastSensor{sought: *c.Sought, from: at}
		f.byName[nameOf(*c.Sought)] = s
		f.sensors = append(f.sensors, s)
	}
	f.byKey[c.Key] = s
}

// nameOf is what a scenario calls a thing.
func nameOf(w fact.Sought) string {
	switch {
	case w.File != nil:
		return "file " + w.File.Path
	case w.Check != nil:
		return "check " + w.Check.Name
	}
	return "plan " + w.Run.Plan
}

// sensed takes what a sensor saw.
func (f *finder) sensed(at time.Time, e runner.SensorAnswered, d runner.Decision) {
	s := f.byKey[e.Key]
	if s == nil || s.taken {
		return
	}
	s.at, s.since, s.trouble = at, e.Since, e.Trouble
	if e.Trouble != "" {
		return
	}
	s.seen = e.Sight
	switch {
	case e.Check != nil && !e.Check.Yes:
		s.line = cmp.Or(e.Check.Line, s.line)
	case e.Run != nil && (e.Run.Stands == fact.RunFailed || e.Run.Stands == fact.RunCanceled) && s.failed.IsZero():
		s.failed = at
	}
	s.taken = slices.ContainsFunc(d.Moves, func(m runner.Transition) bool {
		return m.Step == e.Key.Step && m.From == runner.Sensing && m.To == runner.State(fact.Succeeded) && m.Mark == ""
	})
}

// beside is what the log tells of what is not at the scheduler.
func (f *finder) beside() (b sim.Beside) {
	for _, s := range f.sensors {
		switch w := s.sought; {
		case w.File != nil:
			name, one := s.file()
			remember(&b.Files, name, one)
			if s.seen.File != nil && s.seen.File.Path != name {
				f.unsure("%s is told as %s, as the plan has it", s.seen.File.Path, name)
			}
		case w.Check != nil:
			one := sim.Check{Line: s.line, Trouble: s.trouble, Never: !s.taken && s.trouble == ""}
			if s.taken {
				one.Ready = s.when(s.at)
			}
			remember(&b.Checks, w.Check.Name, one)
		default:
			remember(&b.Plans, w.Run.Plan, s.run())
		}
	}
	return b
}

func remember[V any](m *map[string]V, key string, v V) {
	if *m == nil {
		*m = make(map[string]V)
	}
	(*m)[key] = v
}

// when is a moment of the night; nothing for one that had come when it was first looked.
func (s *pastSensor) when(at time.Time) sim.When {
	if !at.After(s.from) {
		return sim.When{}
	}
	return sim.When{At: at}
}

// file is the file as it was seen last, under the name that a scenario has for it.
func (s *pastSensor) file() (string, sim.File) {
	name := s.sought.File.Path
	seen := s.seen.File
	switch {
	case s.trouble != "":
		return name, sim.File{Trouble: s.trouble}
	case seen == nil || seen.NotFile != "":
		return name, sim.File{Never: true}
	}
	size := seen.Size
	return shortened(name, seen.Path), sim.File{Appears: s.when(s.since), Size: &size, Modified: sim.When{At: seen.Modified}}
}

// shortened is the path of a file as the plan has it: of a relative path the end that it matches.
func shortened(pattern, full string) string {
	parts := strings.Split(full, "/")
	n := strings.Count(pattern, "/") + 1
	if n > len(parts) {
		return pattern
	}
	end := strings.Join(parts[len(parts)-n:], "/")
	if fits, _ := path.Match(pattern, end); fits {
		return end
	}
	return pattern
}

// run is how the newest run of another plan went.
func (s *pastSensor) run() sim.PlanRun {
	p := sim.PlanRun{Never: !s.taken}
	if s.taken {
		p.Succeeds = s.when(s.at)
	}
	if !s.failed.IsZero() {
		p.Fails = sim.When{At: s.failed}
	}
	return p
}
