package runner

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// MachineVersion is raised whenever the same events would lead to other decisions. A run is resumed only
// by its own number.
const MachineVersion = 3

// ErrUnexpected is wrapped by the error of an event that the machine cannot accept. Such an event changes
// nothing: a journal is input, and input can be wrong.
var ErrUnexpected = errors.New("unexpected event")

// Reason is an error of the machine as people read it: what it is about, and not that the event was unexpected.
func Reason(err error) string { return strings.TrimPrefix(err.Error(), ErrUnexpected.Error()+": ") }

// connectWithin is how long a driver may go on trying to connect for one request.
const connectWithin = 30 * time.Minute

// A Machine holds one run of one plan. The zero Machine is not usable; see [NewMachine].
type Machine struct {
	r      *plan.Resolved
	ids    map[string]int
	steps  []step   // by plan index
	chains []*chain // by the index of the chain's root; nil: nobody else acts on it
	fronts          // how far the plan is decided from the top
	agenda
	ledger
	alerts  alerts
	batches batchRuns
	lateness
	applied map[string]bool // ids of operators' statements that were applied
	words
	applying
}

// An agenda is which steps have their turn next, and when.
type agenda struct {
	ready minHeap // steps whose needs are closed, to be judged
	queue minHeap // steps that wait for a slot
	due   dueHeap // what falls due by the clock
	hours hours   // of the closed windows

	offering []int // wholes that may begin an item

	recounting bool // who waits for whom is being derived anew: see [Machine.recount]
}

// A ledger is how the run as a whole stands.
type ledger struct {
	counts     counts
	at         time.Time // of the last event that changed anything
	resumed    time.Time // when the run was taken up last; zero: it was not
	started    bool
	detached   bool
	ended      bool    // or stopped until an operator speaks
	cancel     stopFor // stopLeave or stopCancel once an operator canceled the run
	finally    int     // index of the finally step that runs or comes next
	carried    int     // requests the scheduler took, or may have taken
	firstFail  int     // index of the first step in time that failed for good; -1: none
	badOutcome bool    // a step came to a bad end that nothing makes good
}

// words is what approvals go by.
type words struct {
	approvals []int // the steps that wait for a person's word, in plan order
	movers    movers
	simulated bool
}

// NewMachine returns the machine of a run that has not started. Its first event is [RunStarted].
func NewMachine(r *plan.Resolved) *Machine {
	n := len(r.Steps)
	m := &Machine{r: r, ids: make(map[string]int, n), applied: map[string]bool{}, steps: make([]step, n), chains: make([]*chain, n), batches: newBatchRuns()}
	m.counts.above[waits], m.counts.finally[waits] = r.FinallyAt, n-r.FinallyAt
	m.ledger.finally, m.ledger.firstFail = r.FinallyAt, -1
	for i, s := range r.Steps {
		m.steps[i] = step{def: s, state: Waiting, items: newItems(s), needs: needs{open: int32(len(s.Needs)), bad: -1, saw: -1}}
		m.ids[s.ID] = i
		if s.Approval() != nil {
			m.approvals = append(m.approvals, i)
		}
	}
	m.movers = movers{}
	for i, s := range r.Steps {
		for _, n := range s.Needs {
			m.steps[n].below = append(m.steps[n].below, int32(i))
		}
		if s.ActsOnRun() && m.chains[s.Chain] == nil {
			m.chains[s.Chain] = &chain{root: s.Chain}
		}
	}
	m.orderHealers()
	return m
}

// orderHealers tells each chain who heals it, and brings those in order who may have to wait for that.
func (m *Machine) orderHealers() {
	byRank := func(a, b int) int { return m.r.Steps[a].Rank - m.r.Steps[b].Rank }
	for i, s := range m.r.Steps {
		if len(s.Healers) == 0 {
			continue
		}
		slices.SortFunc(m.steps[i].below, func(a, b int32) int { return byRank(int(a), int(b)) })
		if c := m.chains[s.Chain]; c.healers == nil {
			c.healers, c.byRank, c.undecided = s.Healers, slices.SortedFunc(slices.Values(s.Healers), byRank), len(s.Healers)
		}
	}
}

// Apply tells the machine what happened, and when. Times are cut to microseconds, UTC, and never decrease
// among events that decide something. On an error, which wraps [ErrUnexpected], nothing has changed.
func (m *Machine) Apply(at time.Time, e Event) (Decision, error) {
	at = at.UTC().Truncate(time.Microsecond)
	if at.Before(m.at) {
		return Decision{}, fmt.Errorf("%w: %s at %s, which is before %s", ErrUnexpected, e.Type(), at.Format(time.RFC3339Nano), m.at.Format(time.RFC3339Nano))
	}
	err := m.accepts(e)
	if err == nil {
		err = m.lateWord(at, e)
	}
	if err != nil {
		return Decision{}, err
	}
	if sent, leaves := e.(RequestSent); leaves {
		if err := m.acceptsNow(at, sent); err != nil {
			return Decision{}, err
		}
	}
	var d Decision
	m.d = &d
	before := m.at
	m.at = at
	going := m.started && !m.ended
	changed := m.apply(e)
	if w, _ := StatementOf(e); w.ID != "" {
		m.applied[w.ID] = true
	}
	m.tellLate(going)
	m.pump()
	m.alert(e)
	m.d = nil
	if !changed && d.Empty() {
		m.at = before
	}
	return d, nil
}

// Check tells whether the machine would take an event as it stands. It changes nothing.
func (m *Machine) Check(e Event) error { return m.accepts(e) }

// accepts checks everything that would make the event unacceptable, before anything changes.
func (m *Machine) accepts(e Event) error {
	switch e := e.(type) {
	case RunStarted:
		if m.started {
			return fmt.Errorf("%w: the run has started already", ErrUnexpected)
		}
		for _, id := range e.Skip {
			if i, ok := m.ids[id]; !ok || i >= m.r.FinallyAt {
				return fmt.Errorf("%w: no step %q to skip", ErrUnexpected, id)
			}
		}
		return CheckStart(m.r.Plan, e)
	case FilePinned:
		return nil
	case NoticeSent:
		return m.acceptsNotice(e.Key)
	case NoticeFailed:
		return m.acceptsNotice(e.Key)
	case RequestSent:
		return m.acceptsSent(e.Key)
	case RequestAccepted:
		return m.acceptsAnswer(e.Key, true)
	case RequestRefused:
		return m.acceptsAnswer(e.Key, true)
	case RequestInDoubt:
		return m.acceptsAnswer(e.Key, true)
	case RequestNotSent:
		return m.acceptsAnswer(e.Key, false)
	case BatchObserved:
		return m.acceptsLook(e.Key, e.RunID)
	case LookFailed:
		if i, ok := m.ids[e.Key.Step]; e.Key.Op != OpLook && !(ok && m.steps[i].foreign) {
			return fmt.Errorf("%w: %s is neither a look nor about a batch run a person named", ErrUnexpected, e.Key)
		}
		return m.acceptsLook(e.Key, "")
	case SensorAnswered:
		return m.acceptsSight(e)
	case OperatorResolved, OperatorAdopted, OperatorRetried, OperatorMarked, OperatorCanceled, OperatorApproved, OperatorRejected:
		return m.acceptsStatement(e)
	case HistoryRead, ForecastMade:
		return m.acceptsForecast(e)
	case ClockReached, RunDetached, RunResumed, ContactOverdue:
		if !m.started {
			return fmt.Errorf("%w: the run has not started", ErrUnexpected)
		}
		return nil
	}
	panic(fmt.Sprintf("runner: nobody taught the machine %T", e))
}

// apply carries an accepted event into the state and reports whether it changed anything by itself, even
// when no decision follows.
func (m *Machine) apply(e Event) bool {
	m.approveAlso(e)
	switch e := e.(type) {
	case RunStarted:
		m.start(e)
	case RequestSent:
		m.sent(m.ids[e.Key.Step])
	case RequestAccepted:
		m.accepted(m.ids[e.Key.Step], e)
	case RequestRefused:
		m.refused(m.ids[e.Key.Step], e)
	case RequestInDoubt:
		m.inDoubt(m.ids[e.Key.Step], e)
	case RequestNotSent:
		m.notSent(m.ids[e.Key.Step], e)
	case BatchObserved:
		m.observed(m.ids[e.Key.Step], e)
		return false
	case LookFailed:
		m.lookFailed(m.ids[e.Key.Step], e)
	case SensorAnswered:
		m.sensed(m.ids[e.Key.Step], e)
		return false
	case ClockReached:
		m.clock()
		return false
	case RunDetached:
		m.detached = true
	case RunResumed:
		m.movers.addBy(e.By)
		m.resume()
	case OperatorResolved:
		m.resolved(m.ids[e.Step], e)
	case OperatorAdopted:
		m.adopted(m.ids[e.Step], e)
	case OperatorRetried:
		m.movers.addSaid(e.Statement)
		m.retried(m.ids[e.Step], e)
	case OperatorApproved:
		m.approved(m.ids[e.Step], e)
	case OperatorRejected:
		m.rejected(m.ids[e.Step], e)
	case OperatorMarked:
		m.marked(m.ids[e.Step], e)
	case OperatorCanceled:
		m.canceled(e)
	case NoticeSent:
		m.noticed(e.Key, "")
	case NoticeFailed:
		m.noticed(e.Key, e.Message)
	case HistoryRead:
		m.learnUsual(e)
	case ForecastMade:
		m.forecast(e)
	case ContactOverdue:
	case FilePinned:
		return false
	}
	return true
}

// start skips what the operator left out and readies every step that waits for nothing.
func (m *Machine) start(e RunStarted) {
	m.started, m.simulated = true, e.Simulated
	m.dueAt()
	m.movers.addBy(e.By)
	m.approveAtStart(e)
	for _, id := range e.Skip {
		if i := m.ids[id]; m.steps[i].state == Waiting {
			m.finishAll(i, fact.Skipped, "left out by "+e.By.User+": "+e.Reason)
		}
	}
	for i := range m.r.FinallyAt {
		if m.steps[i].startsAtOnce() {
			m.ready.push(i)
		}
	}
	m.advance()
}

// startsAtOnce reports whether a step waits for nothing any more, and for no whole to begin it.
func (s *step) startsAtOnce() bool {
	return s.state == Waiting && s.open == 0 && !s.def.Above && s.def.Parent == nil
}

// Next is the earliest time at which the machine wants a [ClockReached]; false when it waits for no clock.
func (m *Machine) Next() (time.Time, bool) {
	for len(m.due) > 0 {
		if top := m.due[0]; m.wants(top) {
			return top.at, true
		}
		m.due.pop()
	}
	return time.Time{}, false
}
