package runner

import (
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A step is where one step of the plan stands. Its outcome is its state; what the plan says of it (its chain, whether
// it heals) is asked of def.
type step struct {
	def *plan.Step
	// state is changed by [Machine.set] alone, which keeps the counts.
	state State
	needs
	attempt
	clocks
	batch         // the batch run at hand
	doubt   doubt // a request whose fate is unknown
	permits       // on whose word the next request may be made
	trouble
	verdict
	items   *items   // of a whole; nil: it stands for itself, or is an item
	telling *telling // of a step that tells people something, once it has begun
	senses
}

// senses is what a sensor has seen.
type senses struct {
	file   fact.SeenFile // that it took; the zero value: none
	told   string        // what people were told last in this attempt; empty: nothing
	toldAt time.Time
}

// trouble is what went wrong with a step, and what its on_failure rules have done about it.
type trouble struct {
	fault     *fact.Failure // what went wrong last; nil: nothing did
	rule      int           // the on_failure rule that answers it, or is about to
	used      []int         // how often each on_failure rule has acted since the step began
	throttled int           // how often the scheduler has answered 429 in this attempt
	// leftAlone is until when the scheduler asked to be left alone with its last refusal: no retry comes earlier.
	leftAlone time.Time
}

// verdict is what counts of an outcome for the steps below.
type verdict struct {
	closed bool // nothing can make it good any more
	healed bool // it failed, and a step of its chain made that good
}

// permits is what law L1 asks of a step's next request.
type permits struct {
	grant *Permit // an operator let the step ask anew, and it has not yet; nil: none did
	// requested is set once a request of the step, interrupts aside, was sent or came to nothing, and when an operator
	// lets it ask anew. From then on a request is no first request (law L1), and it waits while another start
	// of the same batch is in doubt (decision 16).
	requested bool
}

// batch is the batch run at hand.
type batch struct {
	run     fact.BatchRef // what is ordered, and its id once there is one
	facts   fact.BatchRun // as the last recorded answer told
	foreign bool          // a person named it: no answer to this run ever did
	// carriedOut is set once anything of the step, interrupts aside, was carried out, or may have been.
	carriedOut bool
}

// needs is what a step waits for and what it has seen of it.
type needs struct {
	open  int32   // explicit needs that are not over yet
	bad   int32   // index of the first need that ended and is not good; -1: none. It stays once the step is decided, see refresh
	root  int32   // the step with which that began: the need itself, or what a skipped need goes by
	saw   int32   // index of a step that failed, and that a need is or shows; -1: none
	early bool    // what it saw was seen while a need had no outcome, since an operator had opened that again: it is looked at anew
	below []int32 // steps that name this one among their needs, those of one that can be healed by rank
}

// attempt is one try of a step's work.
type attempt struct {
	number      int // 1 is the first; 0 before it
	counts      [10]int32
	call        call     // the mutating request under way
	watch       *Command // the watch or look under way; nil: none
	next        next     // what follows once the batch run is over
	stop        stop     // the interrupt under way or just made
	rules       []ruled  // how far each watch rule has come; nil: none has
	reauthed    bool     // a 401 has been answered with another token
	unknownTold bool     // an unknown status has been reported
	asks        Key      // the approval that is asked for; zero: none is
	repair      bool     // an on_failure rule restarts or reruns: a batch run that came to a good end meanwhile needs nothing more
}

// ruled is how far a watch rule has come in an attempt.
type ruled byte

// A rule that cannot be judged is told of once, and asked again at the next answer; one that has acted is not asked again.
const (
	ruleAsked ruled = iota
	ruleTold        // it could not be judged, and people know
	ruleActed
)

// call is the mutating request under way.
type call struct {
	cmd   *Command  // nil: none
	sent  bool      // from here on it may have reached the scheduler
	later *Command  // to be ordered at the step's wake: the scheduler asked to be left alone, or a window is closed until then; nil: none
	until time.Time // when it is taken back, should it not have left: a closed window begins; zero: no window does
}

// next is a restart or rerun that waits until the batch run is known to be over.
type next struct {
	op     Op     // empty: nothing follows
	permit Permit // why it may be asked for
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
	begun    time.Time // its first request of this go at it, or its start: from then on expect and min_expect count
	late     time.Time // when expect is over
	lateTold bool      // that it is, which is told once in the step's life
}

// A chain is what is known of the newest batch run of a trigger and all that act on it. A trigger that no other step
// names has none: it knows itself.
type chain struct {
	root    int // index of the step it began with
	ref     fact.BatchRef
	facts   fact.BatchRun // as the last recorded answer told
	foreign bool          // a person named the batch run
	doubted int           // steps of it of which a request is in doubt, those included that wait for a repeat
	parked  []int         // steps that wait, with all their needs over, until nothing of it is in doubt
	healers []int         // the steps that could make a failure good, in file order
	byRank  []int         // the same by rank
	healing
}

// healing is how far those who could heal a chain have come.
type healing struct {
	undecided int    // healers without an outcome
	passed    int    // of those by rank, how many stand before the first without one
	written   int    // likewise, in file order
	seen             // of these
	awaiting  []int  // failed steps that a healer may still make good
	below     ranked // the steps that need one of these and wait for healers too
	inFront   bool   // the front holds one of these
}

var opIndex = map[Op]int{OpTrigger: 0, OpInterrupt: 1, OpRestart: 2, OpRerun: 3, OpWatch: 4, OpLook: 5, OpNotify: 6, OpAlert: 7, OpSense: 8, OpApprove: 9}

// key mints the key of the next command of that kind in this attempt.
func (s *step) key(op Op) Key {
	s.counts[opIndex[op]]++
	return Key{s.def.ID, s.number, op, int(s.counts[opIndex[op]])}
}

// again begins another attempt.
func (s *step) again() {
	s.attempt = attempt{number: s.number + 1}
	s.anchor, s.throttled, s.senses = time.Time{}, 0, senses{}
}

// failure is what went wrong last; the zero Failure when nothing did.
func (s *step) failure() fact.Failure {
	if s.fault == nil {
		return fact.Failure{}
	}
	return *s.fault
}

// outcome is how the step ended, or that it is in doubt; empty before either.
func (s *step) outcome() fact.Outcome {
	out, _ := s.state.Outcome()
	return out
}

// decided reports whether the step has an outcome that stands. One in doubt has none.
func (s *step) decided() bool { return s.state.place() == decided }

// chainOf is the chain of a step; nil when no other step acts on its batch run, or it has none.
func (m *Machine) chainOf(s *step) *chain {
	if s.def.Chain < 0 {
		return nil
	}
	return m.chains[s.def.Chain]
}

// sameChain reports whether two steps act on the same batch.
func sameChain(a, b *step) bool { return a.def.Chain >= 0 && a.def.Chain == b.def.Chain }

// order gives the driver a mutating command.
func (m *Machine) order(i int, cmd *Command) {
	m.steps[i].call = call{cmd: cmd}
	m.d.Commands = append(m.d.Commands, cmd)
	m.closes(i)
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
	s.watch = &Command{Key: s.key(OpWatch), Run: s.run, Poll: s.def.Poll, Foreign: s.foreign}
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

// uncall drops a mutating command that was not sent, or is to be ordered later.
func (m *Machine) uncall(i int) {
	s := &m.steps[i]
	if s.call.cmd != nil {
		m.d.Drops = append(m.d.Drops, s.call.cmd.Key)
	}
	s.call = call{}
}

// learn keeps an answer about the batch run at hand, also for the step that started it. It is called only in a turn
// that decides something.
func (m *Machine) learn(i int, facts fact.BatchRun) {
	s := &m.steps[i]
	s.facts = facts
	m.batches.remember(facts)
	if first := &m.steps[s.def.Chain]; first.run == s.run {
		first.facts = facts
	}
	if c := m.chainOf(s); c != nil && c.ref == s.run {
		c.facts = facts
	}
}

// untold is a batch run of which the scheduler has said nothing yet.
func untold(id string) fact.BatchRun { return fact.BatchRun{ID: id, Status: fact.Unknown} }

// adopt makes ref the batch run at hand and the newest of the step's chain.
func (m *Machine) adopt(i int, ref fact.BatchRef) {
	s := &m.steps[i]
	s.run, s.foreign = ref, false
	s.facts = untold(ref.RunID)
	m.hold(i, ref.RunID)
	m.batches.startedAgain(ref.RunID, m.at)
	if c := m.chainOf(s); c != nil {
		c.ref, c.facts, c.foreign = ref, s.facts, false
	}
}

// untell forgets what was told of the batch run at hand, since a request has changed it.
func (m *Machine) untell(i int) {
	s := &m.steps[i]
	s.facts = untold(s.run.RunID)
	if c := m.chainOf(s); c != nil && c.ref == s.run {
		c.facts = s.facts
	}
}
