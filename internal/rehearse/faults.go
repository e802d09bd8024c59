package rehearse

import (
	"cmp"
	"net"
	"net/http"
	"os"
	"slices"
	"strings"
	"syscall"
	"time"

	"ofsplan/audit/state"
	"ofsplan/ofs/sim"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/resume"
)

// A Fault befalls a night at a moment of the run. No scenario can say such a moment: its faults come at a time of the clock,
// or with requests that arrive.
type Fault struct {
	// Key is of the command it comes with. One that is never ordered brings nothing about.
	Key runner.Key
	// After is the type of the event about the command that it follows, such as request.sent. Empty: it comes as soon as the
	// command is ordered, before there is a request.
	After string
	// Do is [sim.KillRunner]: the runner is killed, once, and the run taken up from its audit log after For. [sim.Down]:
	// nobody listens for as long. [sim.HTTPStatus]: looks are answered with Status for as long, and everything else goes
	// through.
	Do     sim.Deed
	Status int
	For    time.Duration // 0: a minute
}

// comes reports whether the fault comes with a turn.
func (f Fault) comes(t record.Turn) bool {
	if f.After != "" {
		return f.After == t.Event.Type() && f.Key == t.Event.Subject()
	}
	return slices.ContainsFunc(t.Decision.Commands, func(c *runner.Command) bool { return c.Key == f.Key })
}

// faults are those of a night, and the deaths of runners that its scenario names.
type faults struct {
	todo  []Fault
	start time.Time
	clock []death
	kills []sim.Counter         // those with a request
	codes map[runner.Key]string // what the requests ordered so far are about
	outage
}

// A death is a time of the clock at which the runner is killed, and how long it is away then.
type death struct {
	at   time.Time
	away time.Duration
}

// An outage is until when nobody listens.
type outage struct {
	until time.Time
	looks int // the HTTP status that only looks are answered with, while everything else goes through; 0: nobody listens
}

func newFaults(given []Fault, sc sim.Scenario) faults {
	f := faults{todo: slices.Clone(given), start: sc.Start, codes: map[runner.Key]string{}}
	for _, one := range sc.Faults {
		switch {
		case one.Do != sim.KillRunner:
		case one.On == "" && one.Batch == "" && one.Nth == 0 && one.Every == 0:
			for at := range one.Windows(sc.Start, sc.Zone) {
				f.clock = append(f.clock, death{at, one.For})
			}
		default:
			f.kills = append(f.kills, one.Counter(sc.Start, sc.Zone))
		}
	}
	return f
}

// begin begins the outage that comes with a turn.
func (f *faults) begin(t record.Turn) {
	for _, one := range f.todo {
		if one.Do != sim.KillRunner && one.comes(t) {
			f.outage = outage{t.At.Add(cmp.Or(one.For, time.Minute)), one.Status}
		}
	}
}

// kill tells whether the runner is killed right after a turn was written, and how long it is away then.
func (f *faults) kill(t record.Turn) (away time.Duration, killed bool) {
	for i, one := range f.todo {
		if one.Do == sim.KillRunner && one.comes(t) {
			f.todo = slices.Delete(f.todo, i, i+1)
			return one.For, true
		}
	}
	if len(f.kills) == 0 {
		return 0, false
	}
	for _, c := range t.Decision.Commands {
		f.codes[c.Key] = c.About().Code
	}
	if sent, ok := t.Event.(runner.RequestSent); ok {
		for i := range f.kills {
			killed = f.kills[i].Hits(t.At.Sub(f.start), string(sent.Op), f.codes[sent.Key]) || killed
		}
	}
	return 0, killed
}

// An outageTransport stands before the scheduler while there is an outage. The identity service is elsewhere.
type outageTransport struct {
	next http.RoundTripper
	now  func() time.Time
	*outage
}

// errNobody is what a dial says when nobody listens.
var errNobody = &net.OpError{Op: "dial", Net: "tcp", Err: os.NewSyscallError("connect", syscall.ECONNREFUSED)}

// RoundTrip passes a request on unless there is an outage.
func (o outageTransport) RoundTrip(req *http.Request) (*http.Response, error) {
	path := req.URL.Path
	switch {
	case !o.now().Before(o.until):
	case o.looks == 0 && !strings.HasSuffix(path, "/oauth2/v1/token"):
		return nil, errNobody
	case o.looks != 0 && strings.HasSuffix(path, "/status"):
		return &http.Response{StatusCode: o.looks, Body: http.NoBody, Request: req, Header: http.Header{}, ProtoMajor: 1, ProtoMinor: 1}, nil
	}
	return o.next.RoundTrip(req)
}

// hazards are what surrounds a runner: where its log is kept, its way to the scheduler, its inbox, and the operators. Seeded
// nights put a disk that forgets and breaks, deaths at chosen moments and operators who speak in the place of these.
type hazards struct {
	// store is what the next runner finds. It may have lost what was not synced; an empty one has nothing to lose.
	store func(empty bool) state.Store
	// kept is what is there in the end, with nothing in the way.
	kept func() state.Store
	// transport stands between the runner and the scheduler.
	transport func(next http.RoundTripper) http.RoundTripper
	// inbox is that of the next runner, and how often it is looked into; nil: it has none.
	inbox func() (drive.Inbox, time.Duration)
	// turn is told each turn while the run is live, once it is durable.
	turn func(record.Turn)
	operators
}

// operators speak: to a run that was left or whose runner died, directly; to one that is live, by its inbox.
type operators struct {
	// again reports whether somebody has a word for a run that was left, so that another runner comes.
	again func(left drive.Result, err error) bool
	// words are what is said to a run that is taken up.
	words func(*resume.Run) []runner.Event
	// told is told what became of such a word; an error ends the night.
	told func(word runner.Event, err error) error
	// who tells who has left a letter of theirs; nil: it is none of theirs.
	who func(id string, q runner.Inquiry) *runner.Approver
	// accepts is asked when an audit log is refused as broken, whether somebody answers for its last line. An error ends
	// the night.
	accepts func(refused error) (bool, error)
}

// noHazards are those of a night in which everything holds and nobody speaks.
func noHazards() hazards {
	store := state.NewMemory(true)
	return hazards{
		store:     func(bool) state.Store { return store },
		kept:      func() state.Store { return store },
		transport: func(next http.RoundTripper) http.RoundTripper { return next },
		inbox:     func() (drive.Inbox, time.Duration) { return nil, 0 },
		turn:      func(record.Turn) {},
		operators: operators{
			again:   func(drive.Result, error) bool { return false },
			words:   func(*resume.Run) []runner.Event { return nil },
			told:    func(_ runner.Event, err error) error { return err },
			accepts: func(refused error) (bool, error) { return false, refused },
		},
	}
}
