package rehearse

import (
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"path"
	"strconv"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/virtual"
)

// folder is where the audit log stands on the disk in memory.
const folder = "run"

// errKilled is what a killed runner's journal says, and all the runner ever hears of it.
var errKilled = errors.New("the runner was killed")

// A stage is one night being played. The scheduler and the disk outlive the runner; what belongs to one runner
// is in its life.
type stage struct {
	Night
	scheduler *sim.Scheduler
	store
	jitter  *rand.Rand
	kills   kills
	out     outages
	way     limited // to the scheduler
	life    *life
	endless *EndlessError
	result  Result
}

// store is where the audit log is kept from one runner to the next.
type store struct {
	disk  *audit.Memory
	fate  fate // nil: none
	begun bool // there was an audit log
}

// A life is one runner from its start to its end, or until it is killed.
type life struct {
	world   *virtual.World
	machine *runner.Machine
	journal *audit.Journal
	cancel  context.CancelCauseFunc
	disk    audit.Disk
	fatal   error         // what cannot be in any night
	killed  bool          // from here on nothing can be written, and nobody hears anything
	died    time.Time     // when it was killed
	away    time.Duration // how long until the next runner comes
}

// ready checks what a night is made of and binds the plan to it.
func (n Night) ready() (*stage, error) {
	if n.Plan == nil {
		return nil, errNoPlan
	}
	sc := n.scenario()
	n = n.settled(sc)
	s := &stage{Night: n, store: store{disk: &audit.Memory{}}, jitter: rand.New(rand.NewPCG(n.Seed, 0x6f6673706c616e))}
	var err error
	if s.scheduler, err = sim.New(sc, sim.Options{}); err != nil {
		return nil, err
	}
	if s.result.Resolved, err = n.Resolve(); err != nil {
		return nil, err
	}
	s.result.RunID, s.result.StartedAt = s.result.Resolved.RunID, n.At
	s.kills, s.out = newKills(n.Kills, sc), outages{todo: n.Outages}
	s.way.most, s.way.full = n.requests(), s.giveUp
	if n.fated != nil {
		s.fate = n.fated(s)
	}
	return s, nil
}

// settled is the night with its time, seed and target said out loud.
func (n Night) settled(sc sim.Scenario) Night {
	n.At, n.Seed = sc.Start, sc.Seed
	if n.Target == "" {
		n.Target = simulated
	}
	return n
}

// scenario is the scenario with everything settled that a night may leave open.
func (n Night) scenario() sim.Scenario {
	sc := n.Scenario
	switch {
	case !n.At.IsZero():
		sc.Start = n.At
	case sc.Start.IsZero():
		sc.Start = Start
	}
	sc.Start = sc.Start.UTC().Truncate(time.Microsecond)
	if n.Seed != 0 {
		sc.Seed = n.Seed
	}
	if sc.Zone == nil {
		sc.Zone = n.Plan.Calendar.Zone
	}
	return sc
}

// suffix ends the run id of a night with that seed.
func suffix(seed uint64) string {
	text := "0000000" + strconv.FormatUint(rand.New(rand.NewPCG(seed, 1)).Uint64(), 36)
	return text[len(text)-8:]
}

// live drives the run until it ends, is left, or its runner is killed.
func (s *stage) live(opening []runner.Event) (drive.Result, error) {
	desk, err := s.desk()
	if err != nil {
		return drive.Result{}, err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	defer s.life.world.Reuse()()
	s.life.cancel = cancel
	s.setAlarms()
	cfg := drive.Config{
		Desk: desk, Journal: paper{s.life}, Opening: opening, Jitter: s.jitter.Float64,
		Observers: drive.Observers{Turn: s.turn, Note: s.note},
	}
	if s.fate != nil {
		cfg.Inbox, cfg.InboxEvery = s.fate.inbox()
	}
	return drive.Run(ctx, s.life.world, s.life.machine, cfg)
}

// setAlarms puts the end of the night's patience and the deaths by the clock on the world's agenda.
func (s *stage) setAlarms() {
	l, now := s.life, s.life.world.Now()
	l.world.Timer(s.At.Add(s.longest()).Sub(now), s.giveUp)
	for _, k := range s.kills.byClock {
		if k.At.After(now) {
			l.world.Timer(k.At.Sub(now), func() { s.kill(k.Away) })
		}
	}
}

// kill ends the runner where it stands: its journal takes nothing more, and the loop unwinds because of that.
func (s *stage) kill(away time.Duration) {
	l := s.life
	if l.killed {
		return
	}
	if away == 0 {
		away = time.Minute
	}
	l.killed, l.away, l.died = true, away, l.world.Now()
	s.result.Killed = append(s.result.Killed, l.died)
	l.cancel(errKilled)
}

// turn is told each turn once it is durable.
func (s *stage) turn(t record.Turn) {
	s.tell(t)
	if k, ok := s.kills.after(t); ok {
		s.kill(k.Away)
	}
	if s.fate != nil {
		s.fate.turn(t)
	}
}

// tell takes a turn for told.
func (s *stage) tell(t record.Turn) {
	s.result.Turns = append(s.result.Turns, t)
	var ended time.Time
	if seen, ok := t.Event.(runner.BatchObserved); ok {
		ended, _ = s.scheduler.EndedAt(t.At, seen.RunID)
	}
	s.result.Ended = append(s.result.Ended, ended)
	s.out.look(t)
}

// note keeps what operators would hear; of a killed runner they hear nothing.
func (s *stage) note(n record.Note) {
	if !s.life.killed {
		s.result.Notes = append(s.result.Notes, n)
	}
}

// opening are the events that begin the run.
func (s *stage) opening() []runner.Event { return opening(s.result.Resolved) }

// desk is a client for the scheduler in this life's world.
func (s *stage) desk() (*dispatch.Desk, error) {
	w := s.life.world
	s.way.next = wall{s.scheduler.Transport(w.Now, w.Wait), w.Now, &s.out}
	if s.fate != nil {
		s.way.next = s.fate.way(s.way.next)
	}
	return newDesk(w, &s.way, s.result.RunID)
}

// conclude fills in the result.
func (s *stage) conclude(left drive.Result, err error) error {
	r := &s.result
	name := path.Join(folder, audit.FileName)
	size, sizeErr := s.disk.Size(name)
	log, readErr := s.disk.Read(name)
	if err := errors.Join(sizeErr, readErr); err != nil {
		return err
	}
	r.Journal = make([]byte, size)
	if _, err := io.ReadFull(log, r.Journal); err != nil {
		return err
	}
	r.End, r.Err, r.FinishedAt = left.End, err, left.At
	r.Carried, r.Requests, r.Struck = s.scheduler.Carried(), s.scheduler.Asked(), s.scheduler.Struck()
	r.Exit = left.Exit(err)
	if s.endless != nil {
		r.Exit = exitcode.Failed
		s.endless.tell(newSteps(r.Resolved.Plan, r.Turns), r.Resolved.Plan)
	}
	return nil
}

// paper is the journal of one life. A killed runner can write nothing.
type paper struct{ *life }

// Append adds entries.
func (p paper) Append(entries ...audit.Entry) error {
	if p.killed {
		return errKilled
	}
	return p.journal.Append(entries...)
}

// Sync makes them durable.
func (p paper) Sync() error {
	if p.killed {
		return errKilled
	}
	return p.journal.Sync()
}
