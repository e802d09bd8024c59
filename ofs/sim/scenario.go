package sim

import (
	"math"
	"time"
)

// A Scenario says how a night goes: what there is, how long it takes, and what goes wrong. The zero Scenario is
// a night in which every batch succeeds in five minutes. [Scenario.Check] reports what is impossible in it.
type Scenario struct {
	Seed  uint64    // of every ± in it
	Start time.Time // when the night begins; zero: with the first request
	// Zone is where the clock times of faults are meant. Nil means UTC.
	Zone      *time.Location
	Batches   map[string]Batch     // by batch code
	Groups    map[string]Group     // by group code
	Elsewhere map[string]Elsewhere // batch runs that others start, by batch run id
	Faults    []Fault
	Unknown   Unknown // batches and groups that stand nowhere above
	// Deadline is by when the night is to be over; nil: nobody says. The scheduler has no use for it.
	Deadline *Clock
	// History is how long batches and groups took on earlier nights, by code: half of them no longer than Mean, nineteen of twenty no longer
	// than Spread more. The scheduler has no use for it; who forecasts in this night goes by it.
	History map[string]*Length
	// Notifications are the channels that do not take what people are told, by name.
	Notifications map[string]Channel
	Beside
	Approvals map[string][]Answer // by step id: what people say to each asking for its approval
}

// A Batch is what its starts have in common, and the starts that differ.
type Batch struct {
	// Duration is that of a whole run. Tasks without one of their own share what the others leave of
	// it. Nil means as long as the tasks take, and five minutes when no task has a duration either.
	Duration *Length
	Tasks    []Task  // in the scheduler's order; none: tasks that an order names are taken at its word
	Starts   []Start // one per start of this batch: trigger, restart, rerun; later ones succeed
	Refuse   int     // the code every start is refused with, -3 to -8; 0: none is
	// Apart are how it goes when it is started with certain run-time parameters; the first that fits counts. Of a batch that
	// stands under Batches alone.
	Apart []Apart
}

// A Task is one part of a batch.
type Task struct {
	Code     string
	After    []string // the tasks that must succeed first
	Duration *Length  // nil: a share of the batch's, see there
}

// Whole, in place of a task's code, means the batch or group run as such.
const Whole = "*"

// A Start is what becomes of one start of a batch or group. The zero Start succeeds.
type Start struct {
	// Fails is the task that fails, or Whole. What does not need that task goes on, so the run is still
	// ongoing until nothing more can move; with Whole and a time all of it stops at once. On a group only Whole.
	Fails string
	At    time.Duration // of Fails, from the start of the run; 0: at the planned end
	Hangs string        // the task that never ends, or Whole: the one that would end last
	Holds []string      // tasks, or members of a group, held as if the order had said so
	// AbortsAt and InterruptedAt stop the run that long after its start, as if the scheduler gave it up or
	// somebody interrupted it. 0: nobody does.
	AbortsAt      time.Duration
	InterruptedAt time.Duration
	Refuse        int     // the code this start is refused with, -3 to -8
	Duration      *Length // in place of the batch's; nil: that one
	NewID         bool    // a restart answers with a new batch run id; the old run stays as it was
}

// A Group is a set of batches.
type Group struct {
	Members []Member
	Starts  []Start // as for a batch; Fails and Hangs can only be Whole
	Refuse  int
}

// A Member is one batch of a group.
type Member struct {
	Code  string
	After []string // the members that must succeed first
	Own   *Batch   // how it goes in this group; nil: as under Batches, or as unknown batches do
}

// Elsewhere is a batch run that others start, when the night begins.
type Elsewhere struct {
	Code  string // of the batch or group
	Group bool
	Own   *Batch // how this run goes; nil: as its batch. Its starts are counted apart.
}

// Unknown says what becomes of an order for something the scenario does not name.
type Unknown struct {
	Refuse   bool    // code -3, object does not exist
	Duration *Length // how long it takes to succeed; nil: five minutes
}

// A Length is a duration, the same each time or somewhere within Mean ± Spread.
type Length struct {
	Mean   time.Duration
	Spread time.Duration
}

// Lasting is a Length without a spread.
func Lasting(d time.Duration) *Length { return &Length{Mean: d} }

// usual is how long a batch takes of which nothing is said.
const usual = 5 * time.Minute

// Forever is a duration that does not end: what a wait function is asked for when an answer never comes.
const Forever time.Duration = math.MaxInt64

// draw picks the duration for r in [-1, 1): never negative, in whole microseconds.
func (l Length) draw(r float64) time.Duration {
	d := l.Mean
	if l.Spread > 0 {
		d += time.Duration(r * float64(l.Spread))
	}
	return max(0, d.Truncate(time.Microsecond))
}

// chance is a number in [-1, 1) that belongs to one start of one thing. It depends on nothing else, so that the
// order of calls never changes a night.
func chance(seed uint64, key, task string, number int) float64 {
	h := seed ^ 0x9e3779b97f4a7c15
	mix := func(v uint64) { // the finisher of splitmix64
		h += v + 0x9e3779b97f4a7c15
		h = (h ^ h>>30) * 0xbf58476d1ce4e5b9
		h = (h ^ h>>27) * 0x94d049bb133111eb
		h ^= h >> 31
	}
	for _, text := range []string{key, task} {
		for i := range len(text) {
			mix(uint64(text[i]))
		}
		mix(1 << 32)
	}
	mix(uint64(number))
	return float64(h>>11)/(1<<52) - 1
}

// Demo is the night behind --target sim: batches take seconds, and of what examples/plans/nightly.yaml orders one
// task fails and is restarted, one batch hangs until it is interrupted and then runs again, and a group's members
// follow each other. The load of examples/plans/recover.yaml fails twice. What it does not name succeeds
// in two seconds.
func Demo() Scenario {
	seconds := func(n float64) *Length {
		d := time.Duration(n * float64(time.Second))
		return &Length{Mean: d, Spread: d / 10}
	}
	return Scenario{
		Seed:    1,
		Unknown: Unknown{Duration: seconds(2)},
		Batches: map[string]Batch{
			"DATA_LOAD": {
				Tasks: []Task{
					{Code: "EXTRACT", Duration: seconds(2)},
					{Code: "STAGE_OLD", Duration: seconds(1), After: []string{"EXTRACT"}},
					{Code: "TRANSFORM", Duration: seconds(2), After: []string{"EXTRACT"}},
					{Code: "STAGE_TXN", Duration: seconds(2), After: []string{"TRANSFORM", "STAGE_OLD"}},
				},
				Starts: []Start{{Fails: "TRANSFORM"}},
			},
			"WATCHLIST_LOAD": {Duration: seconds(5)},
			"NAME_SCREENING": {
				Tasks: []Task{
					{Code: "PREPARE", Duration: seconds(1)},
					{Code: "MATCH", Duration: seconds(2), After: []string{"PREPARE"}},
					{Code: "ALERTS", Duration: seconds(1), After: []string{"MATCH"}},
				},
				Starts: []Start{{Hangs: "MATCH"}},
			},
			"TXN_LOAD": {
				Tasks: []Task{
					{Code: "FETCH", Duration: seconds(2)},
					{Code: "POST", Duration: seconds(2), After: []string{"FETCH"}},
				},
				Starts: []Start{{Fails: "POST"}, {Fails: "POST"}},
			},
		},
		Groups: map[string]Group{
			"SCORE_RETAIL": {Members: []Member{
				{Code: "SCORE_ACCOUNTS", Own: &Batch{Duration: seconds(4)}},
				{Code: "SCORE_CUSTOMERS", Own: &Batch{Duration: seconds(2)}, After: []string{"SCORE_ACCOUNTS"}},
			}},
		},
	}
}
