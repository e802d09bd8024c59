package runner

import (
	"fmt"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/ofs/runid"
	"ofsplan/plan/fact"
)

// What the machine knows of batch runs by their ids, whichever step they belong to: who was given an id, and what stood
// there before it was started again.

// batchRuns is what is known of batch runs by their ids.
type batchRuns struct {
	holders map[string]holder  // who was given the id: by an answer, by an operator's statement, or by the plan
	ended   map[string]picture // those last seen ended or held, as they stood then
	before  map[string]*before // those started again since, while what stood there before may still be shown
	codes   map[string]string  // the codes of the plan, by what they are in small letters; nil until one is asked for
	odd     bool               // an id of a form that the guide does not show was told of
}

// A holder is the step, and its attempt, that were given a batch run id.
type holder struct{ step, attempt int32 }

// A picture is what a status answer shows of a batch run, in the scheduler's own codes.
type picture struct {
	code           int
	tasks, members []fact.Part
}

// before is what of an old picture may still be shown of a batch run that was started again: the scheduler's status may
// lag behind its own answer. What has shown something else since is not in it.
type before struct {
	picture
	whole bool      // nothing else was seen yet
	again time.Time // when it was started again, or may have been
}

// settles is how long a picture has to stand at least, over two looks, until it is believed although it was there before
// the batch run was started again.
const settles = 30 * time.Second

func newBatchRuns() batchRuns {
	return batchRuns{holders: map[string]holder{}, ended: map[string]picture{}, before: map[string]*before{}}
}

// hold notes that step i was given a batch run id.
func (m *Machine) hold(i int, id string) {
	m.batches.holders[id] = holder{int32(i), int32(m.steps[i].number)}
}

// remember keeps what a recorded answer shows of a batch run that has ended or is held.
func (b *batchRuns) remember(facts fact.BatchRun) {
	if facts.Status.Final() || facts.Status == fact.Held {
		b.ended[facts.ID] = picture{facts.Code, facts.Tasks, facts.Members}
	} else {
		delete(b.ended, facts.ID)
	}
}

// startedAgain notes that a batch run which keeps its id was, or may have been, started again: what stood there is no
// outcome until another picture was seen, or it has stood.
func (b *batchRuns) startedAgain(id string, at time.Time) {
	delete(b.before, id)
	if was, known := b.ended[id]; known {
		b.before[id] = &before{was, true, at}
		delete(b.ended, id)
	}
}

// stale reports whether all that an answer to a watch shows may still be what stood there before the batch run was started
// again. An answer that shows something else for the first time says so in the decision, so that a replay knows it too. At
// the timeout, and once it has stood, the old picture counts as what it says.
func (m *Machine) stale(i int, e BatchObserved, facts fact.BatchRun) bool {
	s := &m.steps[i]
	was := m.batches.before[s.run.RunID]
	if was == nil || e.Status == fact.Unknown { // of a status that nobody knows no outcome comes, and it shows nothing
		return false
	}
	shown := picture{e.Code, e.Tasks, e.Members}
	if was.whole && was.is(shown) {
		first := e.Since
		if first.Before(was.again) {
			first = was.again
		}
		if m.timedOut(i) || m.asked(e).Sub(first) >= max(s.def.Poll.Every, settles) {
			delete(m.batches.before, s.run.RunID) // it has ended or is held, so that something is decided now
			return false
		}
		return true
	}
	news := was.drop(shown)
	if was.whole || len(news) > 0 {
		was.whole = false
		m.learn(i, facts)
		m.d.Fresh = append(m.d.Fresh, Fresh{s.run.RunID, news})
	}
	if len(was.tasks)+len(was.members) == 0 {
		delete(m.batches.before, s.run.RunID)
	}
	return false
}

// mayBeOld reports whether a single look, perhaps at some tasks alone, shows nothing but what stood there before.
func (m *Machine) mayBeOld(e BatchObserved) bool {
	was := m.batches.before[e.RunID]
	return was != nil && was.whole && was.code == e.Code && contains(was.tasks, e.Tasks) && contains(was.members, e.Members)
}

// since is what a watch rule may look at: a batch run without the tasks and members that still show what they showed before
// it was started again.
func (m *Machine) since(facts fact.BatchRun) (fact.BatchRun, bool) {
	was := m.batches.before[facts.ID]
	if was == nil || facts.Status.Final() {
		return facts, false
	}
	facts.Tasks, facts.Members = without(facts.Tasks, was.tasks), without(facts.Members, was.members)
	return facts, true
}

func (p picture) is(q picture) bool {
	return p.code == q.code && slices.Equal(p.tasks, q.tasks) && slices.Equal(p.members, q.members)
}

// drop takes those parts out of the old picture that show something else, and returns their codes.
func (b *before) drop(shown picture) (news []string) {
	turned := func(shown []fact.Part) func(fact.Part) bool {
		return func(was fact.Part) bool {
			i := slices.IndexFunc(shown, func(p fact.Part) bool { return p.Code == was.Code })
			if i >= 0 && shown[i] == was {
				return false
			}
			news = append(news, was.Code)
			return true
		}
	}
	b.tasks = slices.DeleteFunc(slices.Clone(b.tasks), turned(shown.tasks))
	b.members = slices.DeleteFunc(slices.Clone(b.members), turned(shown.members))
	return news
}

func contains(all, some []fact.Part) bool {
	for _, p := range some {
		if !slices.Contains(all, p) {
			return false
		}
	}
	return true
}

func without(parts, old []fact.Part) []fact.Part {
	return slices.DeleteFunc(slices.Clone(parts), func(p fact.Part) bool { return slices.Contains(old, p) })
}

// notOurs is why the batch run id of an answer to a trigger or rerun, or of a restart that names another one, is no batch
// run of step i: another step or attempt holds it, or it is one of another batch or group of this plan. Empty: nothing speaks
// against it.
func (m *Machine) notOurs(i int, id string) string {
	s := &m.steps[i]
	if h, held := m.batches.holders[id]; held {
		if int(h.step) != i {
			return fmt.Sprintf("batch run %s is that of step %q", id, m.steps[h.step].def.ID)
		}
		return fmt.Sprintf("batch run %s is that of attempt %d", id, h.attempt)
	}
	if of := m.codeIn(i, id); of != "" {
		return fmt.Sprintf("batch run %s is one of %s, not of %s", id, of, s.run.Code)
	}
	return ""
}

// codeIn is the code of this plan that a batch run id names although another one was ordered; empty when it names none. Case
// and date do not count.
func (m *Machine) codeIn(i int, id string) string {
	ordered := m.steps[i].run.Code
	code, shown := runid.Code(id)
	switch {
	case shown && strings.EqualFold(code, ordered):
		return ""
	case shown:
		if of := m.planHas(code); of != "" {
			return of
		}
	case !runid.Begins(id, ordered):
		for at := len(id); at > 0; at = strings.LastIndexByte(id[:at], '_') {
			if of := m.planHas(id[:at]); of != "" {
				return of
			}
		}
	}
	return ""
}

// tellForm tells once that batch run ids look otherwise than the guide shows.
func (m *Machine) tellForm(i int, id string) {
	ordered := m.steps[i].run.Code
	if code, shown := runid.Code(id); m.batches.odd || shown && strings.EqualFold(code, ordered) {
		return
	}
	m.batches.odd = true
	m.notice(i, "batch_run_id",
		fmt.Sprintf("batch run id %s has not the form that the scheduler's guide shows for %s, %[2]s_<date>_<milliseconds>_<n>: such ids are taken as they are", id, ordered))
}

// planHas is a code as this plan has it, as far as that is known before it starts, and of what it has ordered; empty when it
// has none.
func (m *Machine) planHas(code string) string {
	b := &m.batches
	if b.codes == nil {
		b.codes = map[string]string{}
		for _, known := range m.r.Codes().Known {
			b.ordered(known)
		}
		for i := range m.steps {
			b.ordered(m.steps[i].run.Code)
		}
	}
	return b.codes[strings.ToLower(code)]
}

// ordered takes a code in that the run has come to.
func (b *batchRuns) ordered(code string) {
	if b.codes != nil && code != "" {
		b.codes[strings.ToLower(code)] = code
	}
}

// contradiction tells of a batch run that succeeded by its own code while parts of it did not. The code decides.
func (m *Machine) contradiction(i int, facts fact.BatchRun) {
	if facts.Status != fact.StatusSucceeded {
		return
	}
	var odd []string
	for _, in := range []fact.Status{fact.StatusFailed, fact.Aborted, fact.Interrupted, fact.Held, fact.Ongoing} {
		if codes := parts(facts, in); len(codes) > 0 {
			odd = append(odd, readable.List(codes, 5)+" "+readable.Words(in))
		}
	}
	if len(odd) > 0 {
		m.notice(i, "contradiction", fmt.Sprintf("the scheduler says that %s succeeded, and of its parts: %s", facts.ID, strings.Join(odd, "; ")))
	}
}
