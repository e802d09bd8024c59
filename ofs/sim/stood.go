package sim

import "time"

// StoodAt is the code a batch run had at a moment, as the scheduler itself knows it and whatever a look was told. False for an id
// that nobody has, and when the run was started again at that moment or since, so that it is not known any more.
func (s *Scheduler) StoodAt(at time.Time, runID string) (code int, known bool) {
	s.mu.Lock()
	defer s.mu.Unlock()
	r := s.runs[runID]
	if r == nil {
		return 0, false
	}
	since := s.since(at)
	if r.leg.was != nil && since <= r.leg.was.until || r.fixed == 0 && r.begin != never && since <= r.begin {
		return 0, false
	}
	return r.at(since), true
}
