package sim

import (
	"errors"
	"fmt"
	"maps"
	"net/http"
	"slices"
	"sync"
	"time"

	"ofsplan/ofs"
)

// Options are what the scheduler asks of its callers. The zero Options accept any client and password.
type Options struct {
	Credentials
	TokenLife time.Duration // of an access token; 0: one hour
	OnPremise bool          // tenant and service may be missing from the headers
	NoToken   bool          // calls need no Authorization header, as where mutual TLS says who calls
	// Speed is how many seconds of the night pass in one of the caller's: what is told in seconds (the life of a
	// token, Retry-After) is told in the caller's. 0 means 1.
	Speed float64
}

// Credentials are what the token endpoint accepts. What is empty accepts anything but the empty text.
type Credentials struct {
	ClientID, ClientSecret string
	Username, Password     string
	Token                  string // a ready access token that never expires; empty: there is none
	// Basic is the one form in which client id and secret may stand under HTTP Basic: BasicRaw or BasicForm. Empty: either.
	Basic string
}

// A Scheduler plays one night. It may be used from any number of goroutines.
type Scheduler struct {
	sc      Scenario
	opts    Options
	unknown *unit

	mu sync.Mutex
	defined
	night  night
	runs   map[string]*run // by batch run id
	starts map[string]int  // how many starts there were, by key
	tokens tokens
	record
}

// defined is what a scenario defines, by code.
type defined struct {
	units  map[string]*unit
	groups map[string]*groupUnit
	apart  map[string][]*unit // of the batches, by their entries
}

// record is what a scheduler was asked and has done.
type record struct {
	carried []Carried
	asked   Tally
}

// A groupUnit is a group made ready.
type groupUnit struct {
	graph
	script
	own      []*unit // of the members; nil: as the batch is
	scripted bool    // the scenario says which members there are
}

// New makes a scheduler for one night. The error joins everything [Scenario.Check] finds.
func New(sc Scenario, opts Options) (*Scheduler, error) {
	var impossible []error
	for _, p := range sc.Check() {
		impossible = append(impossible, p)
	}
	if len(impossible) > 0 {
		return nil, fmt.Errorf("scenario: %w", errors.Join(impossible...))
	}
	if opts.Speed <= 0 {
		opts.Speed = 1
	}
	if opts.TokenLife <= 0 {
		opts.TokenLife = time.Hour
	}
	s := &Scheduler{
		sc: sc, opts: opts,
		defined: defined{make(map[string]*unit, len(sc.Batches)), make(map[string]*groupUnit, len(sc.Groups)), map[string][]*unit{}},
		runs:    make(map[string]*run),
		starts:  make(map[string]int),
		tokens:  newTokens(sc.Seed),
	}
	s.unknown = newUnit(Batch{Duration: sc.Unknown.Duration}, Lasting(usual))
	for code, b := range sc.Batches {
		s.units[code], s.apart[code] = newUnit(b, s.unknown.duration), apartUnits(b, s.unknown.duration)
	}
	for code, g := range sc.Groups {
		s.groups[code] = s.newGroupUnit(g)
	}
	return s, nil
}

func (s *Scheduler) newGroupUnit(g Group) *groupUnit {
	gu := &groupUnit{script: script{g.Starts, g.Refuse}, own: make([]*unit, len(g.Members)), scripted: true}
	names, after := make([]string, len(g.Members)), make([][]string, len(g.Members))
	for i, m := range g.Members {
		names[i], after[i] = m.Code, m.After
		if m.Own != nil {
			gu.own[i] = newUnit(*m.Own, s.unknown.duration)
		}
	}
	gu.graph, _ = newGraph(names, after)
	return gu
}

// Answer is the scheduler: it carries the request out, unless a fault or a check forbids, and says what comes
// back. Times may come in any order, but what was done at a later one stays done.
func (s *Scheduler) Answer(now time.Time, r Request) Reply {
	s.mu.Lock()
	defer s.mu.Unlock()
	at := s.since(now)
	c := call{Request: r, now: now.UTC(), at: at, op: opOf(r.Path)}
	s.asked.add(c.op)
	c.read(s)
	met := s.night.meet(at, c.op, c.code)
	if met.void {
		s.tokens.void()
	}
	if reply, lost := met.before(); lost {
		return reply
	}
	c.style = met.style
	return met.after(s.serve(&c))
}

// serve carries a request out.
func (s *Scheduler) serve(c *call) Reply {
	switch {
	case c.op == "":
		return textReply(404, "there is nothing at "+c.Path)
	case c.Method != "POST":
		return textReply(405, "only POST is answered here")
	case c.op == opToken:
		return s.token(c)
	case !s.admits(c):
		return unauthorized()
	}
	if problem := s.checkHeaders(c.Header); problem != "" {
		return c.refuse(callBadHeaders, problem)
	}
	if c.bad != nil {
		return c.refuse(callBadArguments, c.bad.Error())
	}
	switch c.op {
	case opTrigger:
		return s.trigger(c)
	case opStatus:
		return s.status(c)
	case opInterrupt:
		return s.interrupt(c)
	case opRestart:
		return s.restart(c)
	}
	return s.rerun(c)
}

// admits reports whether the call comes with a token that counts, or needs none.
func (s *Scheduler) admits(c *call) bool {
	token := c.bearer()
	return s.opts.NoToken || s.tokens.good(token, c.at) || token != "" && token == s.opts.Token
}

// Carried lists every request that changed something, in the order in which they were carried out.
func (s *Scheduler) Carried() []Carried {
	s.mu.Lock()
	defer s.mu.Unlock()
	return append([]Carried(nil), s.carried...)
}

// carry remembers a request that was carried out.
func (s *Scheduler) carry(c *call, r *run, from string) {
	o := r.order
	object := "batch"
	if o.group {
		object = "group"
	}
	agent := c.Header.Get("User-Agent")
	s.carried = append(s.carried, Carried{
		At: c.now, Op: c.op, Mark: ofs.Mark(agent), Agent: agent,
		Object: object, Code: o.code, From: from, RunID: r.id, Start: r.number, Apart: r.apart,
	})
}

// since is the time since the night began. The first question begins it when the scenario does not say when.
func (s *Scheduler) since(now time.Time) time.Duration {
	if !s.night.began {
		start := s.sc.Start
		if start.IsZero() {
			start = now
		}
		s.begin(start)
	}
	return now.Sub(s.night.start)
}

// start opens the night, unless it is open, and says when nobody listens.
func (s *Scheduler) start(now time.Time) []outage {
	s.mu.Lock()
	defer s.mu.Unlock()
	s.since(now)
	return s.night.outages()
}

// begin opens the night: faults get their times, and what others start is started.
func (s *Scheduler) begin(start time.Time) {
	s.night = newNight(start.UTC(), s.sc)
	for _, id := range slices.Sorted(maps.Keys(s.sc.Elsewhere)) {
		e := s.sc.Elsewhere[id]
		o := opening{order: &order{code: e.Code, group: e.Group}, id: id, key: id}
		switch {
		case e.Own != nil:
			o.unit = newUnit(*e.Own, s.unknown.duration)
		case s.units[e.Code] == nil:
			o.unit = s.unknown // it is there, whatever becomes of unknown orders
		}
		s.open(o)
	}
}

// A Request is what reached the scheduler or its token endpoint.
type Request struct {
	Method string
	Path   string // of the URL
	Header http.Header
	Body   []byte
}

// A Reply is what comes back, and what becomes of it on the way. A face carries it out.
type Reply struct {
	Status     int // of HTTP
	Header     http.Header
	RetryAfter time.Duration // 0: not said; in the night's time, as Delay is
	Body       []byte
	Padding    int64         // so many blanks come before Body
	Delay      time.Duration // before the first byte
	Cut        Cut
}

// A Cut is what becomes of the connection. Whatever it is, the request has been answered at the scheduler's
// end: whether it was carried out is another question.
type Cut int

// The cuts.
const (
	Uncut     Cut = iota // the answer arrives
	Closed               // the connection closes without an answer
	BrokenOff            // the connection is reset without an answer
	Silent               // no answer ever comes
	Half                 // the first half of the answer arrives, then the connection closes
)

// A Carried is one request that changed something, as the scheduler remembers it.
type Carried struct {
	At     time.Time
	Op     string // trigger, interrupt, restart or rerun
	Mark   string // which request of which run, as ofs.Mark finds it in Agent
	Agent  string // the whole User-Agent
	Object string // batch or group
	Code   string // of the batch or group
	From   string // the batch run id in the request; empty for a trigger
	RunID  string // the batch run id in the answer
	Start  int    // which start of its batch or group it was, or stopped, as the scenario counts them; from 1
	Apart  int    // which entry of its batch it was, see [Batch.At]; 0: the batch itself
}

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
