package sim

import "time"

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
