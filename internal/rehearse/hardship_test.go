package rehearse

import (
	"math/rand/v2"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
)

// A hardship are the hazards of a seeded night: its audit log is kept on a disk that forgets what was not synced, breaks
// for good, tears and garbles writes; its runner is killed at any call of that disk, and at the moments that matter; and
// operators who know what the scheduler did say what is to become of a run.
type hardship struct {
	*rand.Rand
	play    *playing
	disk    *audit.Memory // outlives the runners
	reached counters
	fuse
	aim     aim
	mail    mailbox
	garbled garbled
	chronicle
}

// fuse is when something happens.
type fuse struct {
	calls   int   // of the disk and the inbox, so far in the night
	next    int   // the call at which something happens; 0: nothing any more
	left    int   // how often something still happens
	stopped error // what every call says until the next runner comes
}

// hardships gives a night its hazards, the same for the same seed, and the counters of what it reached.
func hardships(seed uint64, reached counters, d *diary) func(*playing) hazards {
	return func(p *playing) hazards {
		h := &hardship{disk: &audit.Memory{}, Rand: rand.New(rand.NewPCG(seed, 0x6469736b)), play: p, reached: reached}
		if h.diary = d; d != nil {
			d.play = p
		}
		h.left, h.aim.left = max(0, h.IntN(6)-1), h.IntN(5)
		h.mail.advised = advised(seed)
		h.mail.speaks, h.mail.writes = h.IntN(5), max(0, h.IntN(8)-4)
		h.schedule()
		h.takeAim()
		return hazards{
			store: h.store, kept: h.kept, transport: h.transport, inbox: h.inbox, turn: h.turn,
			operators: operators{again: h.again, words: h.words, told: h.told, accepts: h.accepts, who: h.who},
		}
	}
}

// chronicle is what a hardship knows of the night so far.
type chronicle struct {
	lives int
	diary *diary // nil: nobody wants to know
}

// tell puts something into the night's diary.
func (h *hardship) tell(format string, args ...any) {
	h.diary.add(len(h.play.result.Turns), h.play.process.world.Now(), format, args...)
}

// schedule draws when something happens next: often soon after, while a run is taken up again.
func (h *hardship) schedule() {
	h.next = 0
	if h.left--; h.left >= 0 {
		h.next = h.calls + 1 + h.IntN([]int{4, 12, 12, 60, 200}[h.IntN(5)])
	}
}

// store is what the next runner finds: the machine may have lost power since the last one.
func (h *hardship) store(empty bool) state.Store {
	if empty {
		h.disk = &audit.Memory{}
		h.reached["begun anew"]++
		h.tell("nothing is left of the audit log: the run is begun anew")
		return h.folder(badDisk{h, h.disk})
	}
	if h.lives++; h.lives > 1 {
		h.tell("runner %d comes", h.lives)
		if h.IntN(2) == 0 {
			h.losePower()
		}
	}
	h.stopped, h.garbled.asked = nil, 0
	return h.folder(badDisk{h, h.disk})
}

// kept is what is on the disk, which nothing happens to any more.
func (h *hardship) kept() state.Store { return h.folder(h.disk) }

// folder is the state folder on a disk.
func (h *hardship) folder(disk state.Disk) state.Store {
	return state.NewFolder(disk, stateFolder).Simulated()
}

// stateFolder is where it is on the disk in memory.
const stateFolder = "state"

// losePower takes away what was not synced, or some of it, or garbles it.
func (h *hardship) losePower() {
	h.reached["power lost"]++
	before, _ := h.disk.List(h.logs())
	safe := h.disk.AfterCrash(nil)
	h.disk = h.disk.AfterCrash(h.luck)
	after, _ := h.disk.List(h.logs())
	if len(after) < len(before) {
		h.reached["name forgotten"]++
	}
	h.tell("the machine lost power: %d of %d names are left", len(after), len(before))
	h.garble(safe)
	h.mail.losePower(h)
}

// luck is how many of the bytes that were not synced are there all the same.
func (h *hardship) luck(unsynced int) int {
	if unsynced == 0 {
		return 0
	}
	n := []int{0, unsynced, unsynced, h.IntN(unsynced + 1)}[h.IntN(4)]
	if n < unsynced {
		h.reached["bytes forgotten"]++
	}
	h.tell("of %d bytes that were not synced, %d are there", unsynced, n)
	return n
}

// kill ends the runner.
func (h *hardship) kill(what string) error {
	h.stopped = errKilled
	h.reached["killed in "+what]++
	h.tell("the runner is killed in %s", what)
	h.play.kill(time.Duration(1+h.IntN(900)) * time.Second)
	return h.stopped
}

// stop ends the runner, or breaks the disk under it.
func (h *hardship) stop(what string) error {
	if h.mail.open != "" {
		h.reached["stopped with a word at hand"]++
	}
	op := h.aim.record
	if h.aim.record = ""; op != "" && what == inSync {
		h.reached[inSync+" of "+string(op)]++
	}
	if op != "" || h.IntN(3) > 0 {
		h.kill(what)
	} else {
		h.stopped = errBroken
		h.play.process.away = time.Duration(1+h.IntN(900)) * time.Second
		h.reached["broken in "+what]++
		h.tell("the disk breaks in %s", what)
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
