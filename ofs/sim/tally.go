package sim

// A Tally counts requests by operation.
type Tally struct {
	Trigger   int `json:"trigger"`
	Status    int `json:"status"`
	Interrupt int `json:"interrupt"`
	Restart   int `json:"restart"`
	Rerun     int `json:"rerun"`
	Token     int `json:"token"`
}

// Total is all of them together.
func (t Tally) Total() int {
	return t.Trigger + t.Status + t.Interrupt + t.Restart + t.Rerun + t.Token
}

// add counts one request. What is no operation at all is not counted.
func (t *Tally) add(op string) {
	switch op {
	case opTrigger:
		t.Trigger++
	case opStatus:
		t.Status++
	case opInterrupt:
		t.Interrupt++
	case opRestart:
		t.Restart++
	case opRerun:
		t.Rerun++
	case opToken:
		t.Token++
	}
}

// Asked counts the requests that reached the scheduler or its token endpoint, carried out or not.
func (s *Scheduler) Asked() Tally {
	s.mu.Lock()
	defer s.mu.Unlock()
	return s.asked
}

// Struck tells for each fault of the scenario how many requests it has broken or changed so far, dials to a scheduler
// that is down included. Of kill_runner nothing is known here.
func (s *Scheduler) Struck() []int {
	s.mu.Lock()
	defer s.mu.Unlock()
	all := make([]int, len(s.sc.Faults))
	for i := range s.night.faults {
		all[i] = s.night.faults[i].struck
	}
	return all
}
