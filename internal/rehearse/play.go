package rehearse

import (
	"cmp"
	"context"
	"errors"
	"io"
	"math/rand/v2"
	"slices"
	"strconv"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/fold"
	"ofsplan/ofs/sim"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/virtual"
)

// errKilled is what a killed runner's journal says, and all the runner ever hears of it.
var errKilled = errors.New("the runner was killed")

// A playing is a night being played. The scheduler and the disk outlive the runner; what belongs to one runner is in its
// process.
type playing struct {
	Night
	scheduler *sim.Scheduler
	store
	jitter    *rand.Rand
	faults    faults
	limit     limited // on the way to the scheduler
	hearing   hearing // of the channels on which people are told
	process   *process
	approvers *approvers // who answer its approvals; nil: it has none
	endless   *EndlessError
	result    Result
}

// store is where the audit log is kept from one runner to the next.
type store struct {
	hazards hazards
	begun   bool // there was an audit log
}

// ready checks what a night is made of and binds the plan to it.
func (n Night) ready() (*playing, error) {
	if n.Plan == nil {
		return nil, errNoPlan
	}
	sc := n.scenario()
	n = n.settled(sc)
	p := &playing{Night: n, jitter: rand.New(rand.NewPCG(n.Seed, 0x6f6673706c616e))}
	var err error
	if p.scheduler, err = sim.New(sc, sim.Options{}); err != nil {
		return nil, err
	}
	if p.result.Resolved, err = n.Resolve(); err != nil {
		return nil, err
	}
	p.result.RunID, p.result.StartedAt = p.result.Resolved.RunID, n.At
	p.faults = newFaults(n.Faults, sc)
	p.limit.most, p.limit.full = n.requests(), p.giveUp
	p.limit.mostOf = len(p.result.Resolved.Steps) + n.again()
	p.limit.changes = func() int { t := p.scheduler.Asked(); return t.Trigger + t.Rerun + t.Restart + t.Interrupt }
	p.approvers = newApprovers(p.result.Resolved.Plan, sc)
	if p.hazards = noHazards(); n.hazardous != nil {
		p.hazards = n.hazardous(p)
	}
	return p, nil
}

// settled is the night with its time, seed and target said out loud.
func (n Night) settled(sc sim.Scenario) Night {
	n.At, n.Seed, n.Target = sc.Start, sc.Seed, cmp.Or(n.Target, simulated)
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
	sc.Seed, sc.Zone = cmp.Or(n.Seed, sc.Seed), cmp.Or(sc.Zone, n.Plan.Calendar.Zone)
	return sc
}

// suffix ends the run id of a night with that seed.
func suffix(seed uint64) string {
	text := "0000000" + strconv.FormatUint(rand.New(rand.NewPCG(seed, 1)).Uint64(), 36)
	return text[len(text)-8:]
}

// live drives the run until it ends, is left, or its runner is killed. cfg says how it begins.
func (p *playing) live(cfg drive.Config) (drive.Result, error) {
	desk, err := p.desk()
	if err != nil {
		return drive.Result{}, err
	}
	ctx, cancel := context.WithCancelCause(context.Background())
	defer cancel(nil)
	defer p.process.world.Reuse()()
	p.process.cancel = cancel
	p.setAlarms()
	cfg.Desk, cfg.Journal, cfg.Jitter = desk, killableJournal{p.process}, p.jitter.Float64
	cfg.Teller = p.people()
	cfg.Senses = p.senses()
	cfg.Observers = drive.Observers{Turn: p.turn, Note: p.note}
	cfg.Inbox, cfg.InboxEvery = p.hazards.inbox()
	if p.approvers != nil {
		p.approvers.now = p.process.world.Now
		cfg.Inbox, cfg.Who = p.approvers.beside(cfg.Inbox), p.who
	}
	return drive.Run(ctx, p.process.world, p.process.machine, cfg)
}

// senses see what the scenario says is there beside the scheduler.
func (p *playing) senses() drive.Senses {
	sc := p.scenario()
	return virtual.Senses{Beside: sc.Beside, Start: sc.Start, Zone: sc.Zone, Now: p.process.world.Now}
}

// setAlarms puts the end of the night's patience and the deaths by the clock on the world's agenda.
func (p *playing) setAlarms() {
	proc, now := p.process, p.process.world.Now()
	proc.world.Timer(p.At.Add(p.longest()).Sub(now), p.giveUp)
	for _, d := range p.faults.clock {
		if d.at.After(now) {
			proc.world.Timer(d.at.Sub(now), func() { p.kill(d.away) })
		}
	}
}

// kill ends the runner where it stands: its journal takes nothing more, and the loop unwinds because of that.
func (p *playing) kill(away time.Duration) {
	proc := p.process
	if proc.killed {
		return
	}
	proc.killed, proc.away, proc.died = true, cmp.Or(away, time.Minute), proc.world.Now()
	p.result.Killed = append(p.result.Killed, proc.died)
	proc.cancel(errKilled)
}

// turn is told each turn once it is durable.
func (p *playing) turn(t record.Turn) {
	p.tell(t)
	if p.approvers != nil {
		p.approvers.turn(t)
	}
	if away, killed := p.faults.kill(t); killed {
		p.kill(away)
	}
	p.hazards.turn(t)
}

// tell takes a turn for told.
func (p *playing) tell(t record.Turn) {
	p.result.Turns = append(p.result.Turns, t)
	var ended time.Time
	if seen, ok := t.Event.(runner.BatchObserved); ok {
		ended, _ = p.scheduler.EndedAt(t.At, seen.RunID)
	}
	p.result.Ended = append(p.result.Ended, ended)
	p.faults.begin(t)
}

// who tells who has left a letter.
func (p *playing) who(ctx context.Context, id string, q runner.Inquiry) (*runner.Approver, error) {
	if p.hazards.who != nil {
		if a := p.hazards.who(id, q); a != nil {
			return a, nil
		}
	}
	return p.approvers.who(ctx, id, q)
}

// note keeps what operators would hear; of a killed runner they hear nothing.
func (p *playing) note(n record.Note) {
	if !p.process.killed {
		p.result.Notes = append(p.result.Notes, n)
	}
}

// opening are the events that begin the run.
func (p *playing) opening() []runner.Event {
	events := opening(p.result.Resolved)
	if all := p.usual(); len(all) > 0 && !p.result.Resolved.DueAt.IsZero() {
		events = append(events, runner.HistoryRead{Usual: all})
	}
	return events
}

// usual is what history says in this night: what the scenario has of the plan's batches and groups, and what was given.
func (p *playing) usual() []runner.Usual {
	all := slices.Clone(p.Usual)
	seen := map[fact.BatchRef]bool{{}: true}
	for _, ref := range p.result.Resolved.Objects() {
		l := p.Scenario.History[ref.Code]
		if l == nil || seen[ref] {
			continue
		}
		seen[ref] = true
		all = append(all, runner.Usual{Object: ref.Object, Code: ref.Code, Median: seconds(l.Mean), Most: seconds(l.Mean + l.Spread)})
	}
	return all
}

// seconds is a duration in whole seconds, and one at least.
func seconds(d time.Duration) int64 { return max(1, int64(d.Round(time.Second)/time.Second)) }

// desk is a client for the scheduler in this process's world.
func (p *playing) desk() (*dispatch.Desk, error) {
	w := p.process.world
	p.limit.next = p.hazards.transport(outageTransport{p.scheduler.Transport(w.Now, w.Wait), w.Now, &p.faults.outage})
	return newDesk(w, p.scheduler, &p.limit, p.result.RunID)
}

// conclude fills in the result.
func (p *playing) conclude(left drive.Result, err error) error {
	r := &p.result
	log, openErr := p.hazards.kept().Open(r.RunID)
	if openErr != nil {
		return openErr
	}
	var readErr error
	if r.Journal, readErr = io.ReadAll(log); readErr != nil {
		return readErr
	}
	r.End, r.Err, r.FinishedAt = left.End, err, left.At
	r.Carried, r.stood, r.Requests, r.Struck = p.scheduler.Carried(), p.scheduler.StoodAt, p.scheduler.Asked(), p.scheduler.Struck()
	r.Took = p.hearing.took
	r.Exit = left.Exit(err)
	if p.endless != nil {
		r.Exit = exitcode.Failed
		p.endless.tell(fold.Turns(r.Resolved.Plan, r.Turns))
	}
	return nil
}
