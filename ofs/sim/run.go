package sim

import "time"

// A run is one batch run: of a batch, of a group, or of a batch as member of a group. Times count from the
// origin of the night.
//
//	            begin                   end of the leg
//	not started ──────▶ ongoing ──────────────────────▶ succeeded, failed, held
//	                       │ cut
//	                       └────▶ interrupted, aborted, failed       restart: a new leg
type run struct {
	id    string
	order *order
	unit  *unit // nil for a group with members
	key   string
	*script
	begin time.Duration // of this leg; never: it does not begin by itself
	leg   leg           // of a group only how it ends apart from its members
	memberOf
	members []*run
	graph   *graph // of the members
}

// memberOf is what a member of a group has beside.
type memberOf struct {
	group  *run
	fixed  int // excluded or held: what it is in its group, and so never begins; 0: neither
	number int // of its start; of a run of its own likewise
	apart  int // which entry of the batch it is, see [Batch.At]
}

// at is the run's code.
func (r *run) at(now time.Duration) int {
	switch {
	case r.fixed != 0:
		return r.fixed
	case r.begin == never || now < r.begin:
		return codeNotStarted
	case r.leg.cut != never && now-r.begin >= r.leg.cut:
		return r.leg.cutCode
	case r.members != nil:
		return r.atMembers(now)
	case now-r.begin >= r.leg.end:
		return r.leg.code
	}
	return codeOngoing
}

// atMembers is the code of a group: ongoing while a member moves or will, then what the worst of them is.
func (r *run) atMembers(now time.Duration) int {
	failed, held := false, false
	for _, m := range r.members {
		switch m.at(now) {
		case codeOngoing:
			return codeOngoing
		case codeNotStarted:
			if m.begin != never {
				return codeOngoing
			}
		case codeHeld:
			held = true
		case codeFailure, codeInterrupted, codeAborted:
			failed = true
		}
	}
	switch {
	case now-r.begin < r.leg.end:
		return codeOngoing
	case failed:
		return codeFailure
	case r.leg.code != codeSuccess:
		return r.leg.code
	case held:
		return codeHeld
	}
	return codeSuccess
}

// task is the code of one task.
func (r *run) task(i int, now time.Duration) int {
	s := r.leg.spans[i]
	if r.begin == never || now < r.begin || r.fixed != 0 {
		return s.at(-1)
	}
	e := now - r.begin
	if e < r.leg.cut {
		return s.at(e)
	}
	if code := s.at(r.leg.cut); code != codeOngoing {
		return code
	}
	return r.leg.cutCode
}

// over is when the leg is over, and the code it has from then on.
func (r *run) over() (time.Duration, int) {
	if r.leg.cut <= r.leg.end {
		return plus(r.begin, r.leg.cut), r.leg.cutCode
	}
	return plus(r.begin, r.leg.end), r.leg.code
}

// settle says again when each member begins that has not begun by now, and ends them all with their group.
func (r *run) settle(now time.Duration) {
	ready := make([]time.Duration, len(r.members))
	for _, i := range r.graph.order {
		m := r.members[i]
		from := max(r.begin, now)
		for _, j := range r.graph.after[i] {
			from = max(from, ready[j])
		}
		switch {
		case m.fixed == codeExcluded:
			ready[i] = from
			continue
		case m.fixed == codeHeld:
			ready[i] = never
			continue
		case m.begin > now:
			m.begin = from
		}
		end, code := m.over()
		if ready[i] = end; code != codeSuccess {
			ready[i] = never
		}
	}
	if r.leg.cut == never {
		return
	}
	limit := plus(r.begin, r.leg.cut)
	for _, m := range r.members {
		end, _ := m.over()
		switch {
		case m.fixed != 0 || m.begin == never:
		case m.begin >= limit:
			m.begin = never
		case end > limit:
			m.leg.cut, m.leg.cutCode = limit-m.begin, r.leg.cutCode
		}
	}
}

// stop cuts the run short, as an interrupt does.
func (r *run) stop(now time.Duration, code int) {
	r.leg.cut, r.leg.cutCode = now-r.begin, code
	if r.members != nil {
		r.settle(now)
	}
	r.tellGroup(now)
}

// tellGroup lets the group of a member that was changed by itself follow, unless the group has been stopped.
func (r *run) tellGroup(now time.Duration) {
	if g := r.group; g != nil && (g.leg.cut == never || now-g.begin < g.leg.cut) {
		g.settle(now)
	}
}

// done is what each task has from the beginning when the run goes on from where it stopped.
func (r *run) done(now time.Duration) []int {
	fixed := make([]int, len(r.leg.spans))
	for i := range fixed {
		switch code := r.task(i, now); code {
		case codeSuccess, codeExcluded:
			fixed[i] = code
		default:
			fixed[i] = codeNotStarted
		}
	}
	return fixed
}

// EndedAt is when a batch run came to the end it has at now, held included. False while it goes on, and for an id
// that nobody has. A look tells later than that by as long as nobody looked.
func (s *Scheduler) EndedAt(now time.Time, runID string) (time.Time, bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.since(now)
	r := s.runs[runID]
	if r == nil {
		return time.Time{}, false
	}
	if code := r.at(at); code == codeOngoing || code == codeNotStarted {
		return time.Time{}, false
	}
	end := r.ended()
	if end == never || end > at {
		return time.Time{}, false
	}
	return s.night.start.Add(end), true
}

// ended is when the leg is over, of a group with that of all members that began.
func (r *run) ended() time.Duration {
	end, _ := r.over()
	if r.leg.cut <= r.leg.end {
		return end
	}
	for _, m := range r.members {
		if m.fixed == 0 && m.begin != never {
			over, _ := m.over()
			end = max(end, over)
		}
	}
	return end
}
