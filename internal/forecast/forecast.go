package forecast

import (
	"errors"
	"fmt"
	"net/http"
	"time"

	"ofsplan/internal/readable"
	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// A Forecast is what a run would send, as far as it is known before.
type Forecast struct {
	Plan      string         `json:"plan"`
	File      string         `json:"file"`
	Target    string         `json:"target"`
	Simulated bool           `json:"simulated,omitempty"`
	MISDate   string         `json:"misdate,omitempty"`
	Params    []runner.Param `json:"params,omitempty"`
	LeftOut   []string       `json:"left_out,omitempty"` // the steps that are left out; none: it is the whole plan
	// Once is what the run would meet of those before it, as JSON and for people. Who starts runs knows that, and sets it; nil:
	// the plan may run as often as one likes.
	Once fmt.Stringer `json:"once,omitempty"`
	// Closed are the windows in which nothing is started, in words; empty: there are none. Shut is until when one is, for a run that
	// starts now.
	Closed string    `json:"closed,omitempty"`
	Shut   time.Time `json:"closed_until,omitzero"`
	// Deadline is by when a run is to be over that begins now; nil: the plan has none.
	Deadline *Deadline `json:"deadline,omitempty"`
	Steps    []Step    `json:"steps"`
}

// A Deadline is by when a run is to be over.
type Deadline struct {
	At   time.Time `json:"at"`
	Text string    `json:"text"` // how far away that is, for people
	// Forecast is when a run that begins now is expected to be over; nil: of no batch is it known how long it takes.
	Forecast *runner.ForecastMade `json:"forecast,omitempty"`
}

// A Step is what one step would send.
type Step struct {
	ID       string    `json:"id"`
	At       string    `json:"at"`
	Does     string    `json:"does"`
	If       string    `json:"if,omitempty"`      // its condition, when only the run will decide it
	Skipped  string    `json:"skipped,omitempty"` // why it is known to send nothing
	Requests []Request `json:"requests,omitempty"`
	// DuplicateSafe is the reason for which a request in doubt may be repeated.
	DuplicateSafe string `json:"duplicate_safe,omitempty"`
}

// A Request is one request, byte for byte but for what stands under Unknown.
type Request struct {
	When    string      `json:"when"`
	Method  string      `json:"method"`
	URL     string      `json:"url"`
	Headers http.Header `json:"headers"`
	Body    string      `json:"body"`
	Unknown []string    `json:"unknown,omitempty"` // what in it only the run will show
}

// Options are what a forecast needs to know in addition to plan and desk.
type Options struct {
	Token     bool   // the target wants an access token with each request
	Login     bool   // it wants a client id and secret with each, as HTTP Basic
	Simulated bool   // it is a simulated scheduler
	Reason    string // why steps are left out
	// Usual is what history says of how long batches take; nil: nothing is known.
	Usual *runner.HistoryRead
}

// errNothingSent is the answer to whatever a desk of this package is made to send.
var errNothingSent = errors.New("a forecast sends nothing")

// sendsNothing is a transport that refuses every request.
type sendsNothing struct{}

func (sendsNothing) RoundTrip(*http.Request) (*http.Response, error) { return nil, errNothingSent }

// Desk is a desk for a forecast: it knows a target and a run, and has no way to the scheduler. The error is that of a
// target no client can be made for.
func Desk(target ofs.Config, runID string) (*dispatch.Desk, error) {
	client, err := ofs.New(target, nil, ofs.Transport{Mutating: sendsNothing{}, Reading: sendsNothing{}})
	if err != nil {
		return nil, err
	}
	return dispatch.New(client, nil, runID), nil
}

// Of is what a run would send. The desk is that of the run, so that it knows its id. The error has every request that
// cannot be made.
func Of(r *plan.Resolved, desk *dispatch.Desk, o Options) (*Forecast, error) {
	start := runner.StartOf(r)
	f := &Forecast{
		Plan: r.Name, File: r.File, Target: r.Target, Simulated: o.Simulated, MISDate: start.MISDate, Params: start.Params,
		Closed: r.Calendar.ClosedWords(), Steps: []Step{},
	}
	if closed, until := r.Calendar.Hours(r.StartedAt); closed {
		f.Shut = until
	}
	if !r.DueAt.IsZero() {
		f.Deadline = &Deadline{At: r.DueAt, Text: readable.Upcoming(r.DueAt.In(r.Calendar.Location()), r.StartedAt), Forecast: expected(r, start, o.Usual)}
	}
	all := forecaster{Resolved: r, desk: desk, reason: o.Reason}
	switch {
	case o.Token:
		all.authorization = "Bearer " + unknown("the access token")
	case o.Login:
		all.authorization = "Basic " + unknown("client id and secret")
	}
	var problems []error
	for _, s := range r.Steps {
		one, err := all.step(s)
		if err != nil {
			problems = append(problems, err)
		}
		f.Steps = append(f.Steps, one)
		if r.LeftOut(s) {
			f.LeftOut = append(f.LeftOut, s.ID)
		}
	}
	return f, errors.Join(problems...)
}

// expected is when a run that begins now is expected to be over, as it would forecast itself.
func expected(r *plan.Resolved, start runner.RunStarted, usual *runner.HistoryRead) *runner.ForecastMade {
	m := runner.NewMachine(r)
	if _, err := m.Apply(r.StartedAt, start); err != nil {
		return nil
	}
	if usual != nil {
		if _, err := m.Apply(r.StartedAt, *usual); err != nil {
			return nil
		}
	}
	made := m.Expected(r.StartedAt).Made()
	if made.UnknownSteps > 0 && !made.Expected.After(r.StartedAt) {
		return nil
	}
	return &made
}

// CheckTarget finds what a run's target cannot be sent though another could, before anything starts: a group's date
// without members, which is all that plan leaves open.
func CheckTarget(r *plan.Resolved, desk *dispatch.Desk) error {
	all := forecaster{Resolved: r, desk: desk}
	var problems []error
	for _, s := range r.Steps {
		t, ok := s.Do.(*plan.Trigger)
		if !ok || t.Object != fact.Group || len(t.Members) > 0 || r.Idle(s) {
			continue
		}
		if _, err := all.step(s); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// OnPremiseOnly finds what in a run's orders a scheduler in the cloud does not know.
func OnPremiseOnly(r *plan.Resolved) []string {
	var all []string
	for _, s := range r.Steps {
		if t, ok := s.Do.(*plan.Trigger); ok && len(t.Included) > 0 {
			all = append(all, fmt.Sprintf("step %q (%s) includes tasks, which only on-premise schedulers know", s.ID, s.Pos))
		}
	}
	return all
}
