package rehearse

import (
	"errors"
	"fmt"
	"math/rand/v2"
	"time"

	"ofsplan/audit"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// A hardship is the fate of a seeded night: its audit log is kept on a disk that forgets what was not synced, breaks
// for good, and tears writes; its runner is killed at any call of that disk; and operators who know what the scheduler
// did say what is to become of a run that was left.
type hardship struct {
	*rand.Rand
	stage   *stage
	reached counters
	calls   int   // of the disk, so far in the night
	next    int   // the call at which something happens; 0: nothing any more
	left    int   // how often something still happens
	stopped error // what every call says until the next runner comes
	lives   int
	speaks  int // how many words are still said
}

// fated gives a night its hardship, the same for the same seed, and the counters of what it reached.
func fated(seed uint64, reached counters) func(*stage) fate {
	return func(s *stage) fate {
		h := &hardship{Rand: rand.New(rand.NewPCG(seed, 0x6469736b)), stage: s, reached: reached}
		h.left, h.speaks = max(0, h.IntN(6)-1), h.IntN(5)
		h.schedule()
		return h
	}
}

// schedule draws when something happens next: often soon after, while a run is taken up again.
func (h *hardship) schedule() {
	h.next = 0
	if h.left--; h.left >= 0 {
		h.next = h.calls + 1 + h.IntN([]int{4, 12, 12, 60, 200}[h.IntN(5)])
	}
}

// disk is what the next runner finds: the machine may have lost power since the last one.
func (h *hardship) disk(empty bool) audit.Disk {
	if empty {
		h.reached["begun anew"]++
		return badDisk{h, h.stage.disk}
	}
	if h.lives++; h.lives > 1 && h.IntN(2) == 0 {
		h.reached["power lost"]++
		before, _ := h.stage.disk.List(folder)
		h.stage.disk = h.stage.disk.AfterCrash(h.luck)
		if after, _ := h.stage.disk.List(folder); len(after) < len(before) {
			h.reached["name forgotten"]++
		}
	}
	h.stopped = nil
	return badDisk{h, h.stage.disk}
}

// luck is how many of the bytes that were not synced are there all the same.
func (h *hardship) luck(unsynced int) int {
	if unsynced == 0 {
		return 0
	}
	n := []int{0, unsynced, h.IntN(unsynced + 1)}[h.IntN(3)]
	if n < unsynced {
		h.reached["bytes forgotten"]++
	}
	return n
}

// stop ends the runner, or breaks the disk under it.
func (h *hardship) stop(what string) error {
	h.stopped = errBroken
	h.stage.life.away = time.Duration(1+h.IntN(900)) * time.Second
	if h.IntN(3) > 0 {
		h.stopped = errKilled
		h.reached["killed in "+what]++
		h.stage.kill(h.stage.life.away)
	} else {
		h.reached["broken in "+what]++
	}
	h.schedule()
	return h.stopped
}

// call carries out a call of the disk. When something happens, it does so before the call or after it.
func (h *hardship) call(what string, do func() error) error {
	if h.stopped != nil {
		return h.stopped
	}
	if h.calls++; h.calls != h.next {
		return do()
	}
	if h.IntN(2) == 0 {
		if err := do(); err != nil {
			return err
		}
	}
	return h.stop(what)
}

// words are what an operator says of a run that was left.
func (h *hardship) words(left drive.Result, err error) []runner.Event {
	s := h.stage
	if h.speaks == 0 || left.End == nil || err != nil {
		return nil
	}
	h.speaks--
	s.life.away = time.Duration(1+h.IntN(7200)) * time.Second
	var all []runner.Event
	steps := newSteps(s.result.Resolved.Plan, s.result.Turns)
	for i, def := range s.result.Resolved.Steps {
		w := runner.Word{ID: fmt.Sprintf("%s-%d", def.ID, h.speaks), By: "night", Reason: "seen at the scheduler"}
		switch st := steps.list[i].state; {
		case h.IntN(4) == 0: // later
		case st == runner.State(plan.InDoubt):
			all = append(all, h.resolve(w, def.ID))
		case st == runner.State(plan.Failed) && h.IntN(3) == 0:
			all = append(all, runner.OperatorMarked{Word: w, Step: def.ID, As: runner.AsSucceeded})
		case st == runner.State(plan.Failed), st == runner.State(plan.Canceled):
			all = append(all, runner.OperatorRetried{Word: w, Step: def.ID})
		}
	}
	if left.Doubted && h.IntN(5) == 0 {
		w := runner.Word{ID: fmt.Sprintf("cancel-%d", h.speaks), By: "night", Reason: "enough"}
		all = append(all[:h.IntN(len(all)+1)], runner.OperatorCanceled{Word: w, Interrupt: h.IntN(2) == 0})
	}
	return all
}

// resolve says what became of a step's last request, and never that something was not started that was.
func (h *hardship) resolve(w runner.Word, step string) runner.Event {
	s := h.stage
	e := runner.OperatorResolved{Word: w, Step: step, As: runner.AsNotStarted}
	for _, t := range s.result.Turns {
		if sent, ok := t.Event.(runner.RequestSent); ok && sent.Key.Step == step && sent.Op != runner.OpInterrupt {
			if c := s.carriedOut(sent.Key); c != nil {
				e.As, e.BatchRunID = runner.AsStarted, c.RunID
			} else {
				e.As, e.BatchRunID = runner.AsNotStarted, ""
			}
		}
	}
	if h.IntN(3) == 0 {
		e.As, e.BatchRunID = runner.AsFailed, ""
		if h.IntN(2) == 0 {
			e.As = runner.AsSucceeded
		}
	}
	return e
}

// told takes a word that was heard before, or that no longer fits, for said.
func (h *hardship) told(err error) error {
	switch {
	case errors.Is(err, runner.ErrHeard):
		h.reached["word heard before"]++
	case errors.Is(err, runner.ErrUnexpected):
		h.reached["word refused"]++
	default:
		return err
	}
	return nil
}
