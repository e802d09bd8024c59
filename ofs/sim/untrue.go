package sim

import (
	"cmp"
	"time"
)

// Answers that are well-formed and not so: a status of before, the id of another batch run, a success that its own parts deny.

// A snapshot is what a run showed when it was started again under the same id.
type snapshot struct {
	until   time.Duration // when it was started again
	code    int
	tasks   []int // by index
	members []int
}

// shown is what the run shows at a time.
func (r *run) shown(at time.Duration) *snapshot {
	was := &snapshot{until: at, code: r.at(at)}
	for i := range r.leg.spans {
		was.tasks = append(was.tasks, r.task(i, at))
	}
	for _, m := range r.members {
		was.members = append(was.members, m.at(at))
	}
	return was
}

// lag is how long the status lags behind under stale_status when nothing is said.
const lag = 20 * time.Second

// old is what a look is shown in place of the run as it is; nil when it sees that.
func (c *call) old(r *run) *snapshot {
	if was := r.leg.was; was != nil && c.style.lag > 0 && c.at < plus(was.until, c.style.lag) {
		return was
	}
	return nil
}

// codeOf, codeOfTask and codeOfMember are the codes that a look is shown.
func (c *call) codeOf(r *run) int {
	if c.style.unknown {
		return codeUnheardOf
	}
	if was := c.old(r); was != nil {
		return was.code
	}
	return r.at(c.at)
}

func (c *call) codeOfTask(r *run, i int) int {
	if was := c.old(r); was != nil && i < len(was.tasks) {
		return was.tasks[i]
	}
	return c.denied(r, i, r.task(i, c.at))
}

func (c *call) codeOfMember(r *run, i int) int {
	if was := c.old(r); was != nil && i < len(was.members) {
		return was.members[i]
	}
	return c.denied(r, i, r.members[i].at(c.at))
}

// denied is a failure in place of the first part of a run that has succeeded, under contradiction.
func (c *call) denied(r *run, i, code int) int {
	if c.style.denies && i == 0 && r.at(c.at) == codeSuccess {
		return codeFailure
	}
	return code
}

// answers is the batch run id that the answer to a request names: under crossed_id that of what was started last before it, if
// anything was. The id that the request itself names would be no wrong answer.
func (s *Scheduler) answers(c *call, id string) string {
	if c.style.crossed {
		for i := len(s.carried) - 1; i >= 0; i-- {
			if other := s.carried[i].RunID; other != id && other != c.runID && s.runs[other] != nil {
				return other
			}
		}
	}
	return id
}

// lagging is how long the status lags behind under a fault.
func (f Fault) lagging() time.Duration { return cmp.Or(f.Delay, lag) }
