package runner

import (
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A step is where one step of the plan stands.
type step struct {
	def   *plan.Step
	state State
	root  int // index of the step its chain began with
	needs
	verdict
	attempt
	clocks
	doubt doubt         // a request whose fate is unknown
	run   fact.BatchRef // the batch run at hand
	facts fact.BatchRun // of that batch run, as the last recorded answer told
	used  []int         // how often each on_failure rule has acted
	slot  bool          // it counts among the steps that run
	alien bool          // a person named the batch run at hand
	grant *Permit       // an operator's word that permits the next request; nil: none
	asked bool          // what it asks for next is not the plan's first order any more: it has asked before, or an operator lets it do so anew
}

// needs is what a step waits for and what it has seen of it.
type needs struct {
	open      int32   // explicit needs not closed yet
	bad       int32   // index of the first need that closed and is not good; -1: none
	sawFailed bool    // a need failed, or is skipped or blocked below one that did
	below     []int32 // steps that name this one among their needs
	scanned   int32   // of a healer that waits for all above: how far it has seen
}

// verdict is how a step ended.
type verdict struct {
	outcome fact.Outcome  // empty until decided; in doubt is not decided for what waits below
	fault   *fact.Failure // what went wrong last; nil: nothing did
	good    bool          // dependents may run
	closed  bool          // dependents have been told
	healer  bool          // its success heals what failed in its chain
	healed  bool
}

// attempt is one try of a step's work.
type attempt struct {
	number   int // 1 is the first; 0 before it
	counts   [6]int32
	call     call     // the mutating request under way
	watch    *Command // the watch or look under way; nil: none
	next     Op       // what follows once the batch run is over: restart, rerun, or nothing
	ground   Permit   // with next: why that may be asked for
	stop     stop     // the interrupt under way or just made
	fired    []bool   // watch rules that have acted
	reauthed bool     // a 401 has been answered with another token
	odd      bool     // an unknown status has been reported
	repair   bool     // an on_failure rule restarts or reruns: a batch run that came to a good end meanwhile needs nothing more
}

// call is the mutating request under way.
type call struct {
	cmd  *Command // nil: none
	sent bool
}

// stop says what an interrupt is for and how often it was tried.
type stop struct {
	why   stopFor
	tries int
	doubt bool // the last one's fate is unknown: the next look settles it
}

// stopFor is what an interrupt is for.
type stopFor string

const (
	stopNone  stopFor = ""
	stopVerb  stopFor = "verb"  // the step's own work
	stopWatch stopFor = "watch" // a watch rule
	stopFail  stopFor = "fail"  // an on_failure rule: the step fails afterwards
	stopAgain stopFor = "again" // a restart or rerun follows once the batch run is over

	stopCancel stopFor = "cancel" // the run is canceled, and its batch runs with it
	stopLeave  stopFor = "leave"  // the run is canceled, its batch runs go on: no interrupt is made
)

// clocks are a step's times. The zero time means not set.
type clocks struct {
	started  time.Time
	finished time.Time
	anchor   time.Time // from which timeout and elapsed count: the attempt's request, or its start
	wake     time.Time // end of a delay or a sleep
	late     time.Time // when expect is over
	told     bool      // that it is
	delayed  int       // the on_failure rule that acts at wake
}

// chain is what is known of the newest batch run of a trigger and all that act on it. A trigger that no other step
// names has none: it knows itself.
type chain struct {
	ref       fact.BatchRef
	status    fact.Status
	alien     bool // a person named the batch run
	healers   []int32
	undecided int   // healers without an outcome
	doubted   int   // steps of it of which a request is in doubt, those included that wait for a repeat
	awaiting  []int // failed steps that a healer may still make good
	held      []int // steps that wait, with all their needs closed, until nothing of it is in doubt
}

var opIndex = map[Op]int{OpTrigger: 0, OpInterrupt: 1, OpRestart: 2, OpRerun: 3, OpWatch: 4, OpLook: 5}

// key mints the key of the next command of that kind in this attempt.
func (s *step) key(op Op) Key {
	s.counts[opIndex[op]]++
	return Key{s.def.ID, s.number, op, int(s.counts[opIndex[op]])}
}

// again begins another attempt.
func (s *step) again() {
	s.attempt = attempt{number: s.number + 1}
	s.anchor = time.Time{}
}

// failure is what went wrong last; the zero Failure when nothing did.
func (s *step) failure() fact.Failure {
	if s.fault == nil {
		return fact.Failure{}
	}
	return *s.fault
}

// decided reports whether the step has an outcome that stands.
func (s *step) decided() bool { return s.outcome != "" && s.outcome != fact.InDoubt }

// move records a transition. What it returns is good until the next one.
func (m *Machine) move(i int, to State, why string) *Transition {
	s := &m.steps[i]
	m.d.Moves = append(m.d.Moves, Transition{Step: s.def.ID, From: s.state, To: to, Why: why})
	s.state = to
	return &m.d.Moves[len(m.d.Moves)-1]
}

// order gives the driver a mutating command.
func (m *Machine) order(i int, cmd *Command) {
	m.steps[i].call = call{cmd: cmd}
	m.d.Commands = append(m.d.Commands, cmd)
}

// request is a mutating command of this moment about the batch run at hand.
func (m *Machine) request(i int, op Op, permit Permit) *Command {
	s := &m.steps[i]
	return &Command{Key: s.key(op), Permit: &permit, Run: s.run, NotAfter: m.at.Add(connectWithin)}
}

// look begins to watch the batch run at hand, or watches it anew so that the next look comes at once.
func (m *Machine) look(i int) {
	s := &m.steps[i]
	m.unwatch(i)
	s.watch = &Command{Key: s.key(OpWatch), Run: s.run, Poll: s.def.Poll, Foreign: s.alien}
	m.d.Commands = append(m.d.Commands, s.watch)
}

// unwatch drops the watch or look, if there is one.
func (m *Machine) unwatch(i int) {
	s := &m.steps[i]
	if s.watch != nil {
		m.d.Drops = append(m.d.Drops, s.watch.Key)
		s.watch = nil
	}
}

// uncall drops a mutating command that was not sent.
func (m *Machine) uncall(i int) {
	s := &m.steps[i]
	if s.call.cmd != nil {
		m.d.Drops = append(m.d.Drops, s.call.cmd.Key)
		s.call = call{}
	}
}

// learn keeps an answer about the batch run at hand, also for the step that started it. It is called only in a turn
// that decides something.
func (m *Machine) learn(i int, facts fact.BatchRun) {
	s := &m.steps[i]
	s.facts = facts
	if first := &m.steps[s.root]; first.run == s.run {
		first.facts = facts
	}
	if c := m.chains[s.root]; c != nil && c.ref == s.run {
		c.status = facts.Status
	}
}

// adopt makes ref the batch run at hand and the newest of the step's chain.
func (m *Machine) adopt(i int, ref fact.BatchRef) {
	s := &m.steps[i]
	s.run, s.alien = ref, false
	s.facts = fact.BatchRun{ID: ref.RunID, Status: fact.Unknown}
	if c := m.chains[s.root]; c != nil {
		c.ref, c.status, c.alien = ref, fact.Unknown, false
	}
}
