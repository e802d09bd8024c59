package cli

import (
	"bufio"
	"errors"
	"fmt"
	"io"
	"net/http"
	"slices"
	"strings"

	"ofsplan/internal/config"
	"ofsplan/internal/readable"
	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

// forecast is what a run would do, as far as it is known before.
type forecast struct {
	Plan      string         `json:"plan"`
	File      string         `json:"file"`
	Target    string         `json:"target"`
	Simulated bool           `json:"simulated,omitempty"`
	MISDate   string         `json:"misdate,omitempty"`
	Params    []runner.Param `json:"params,omitempty"`
	Once      *onceForecast  `json:"once,omitempty"` // nil: the plan may run as often as one likes
	Steps     []stepForecast `json:"steps"`
}

// stepForecast is what one step would send.
type stepForecast struct {
	ID       string            `json:"id"`
	At       string            `json:"at"`
	Does     string            `json:"does"`
	If       string            `json:"if,omitempty"` // its condition, when only the night can tell
	Skipped  string            `json:"skipped,omitempty"`
	Requests []requestForecast `json:"requests,omitempty"`
	// DuplicateSafe is the reason for which a request in doubt may be repeated.
	DuplicateSafe string `json:"duplicate_safe,omitempty"`
}

// requestForecast is one request, byte for byte but for what stands under Unknown.
type requestForecast struct {
	When    string      `json:"when"`
	Method  string      `json:"method"`
	URL     string      `json:"url"`
	Headers http.Header `json:"headers"`
	Body    string      `json:"body"`
	Unknown []string    `json:"unknown,omitempty"` // what in it only the night can tell
}

// errDry is what a transport says that sends nothing.
var errDry = errors.New("a dry run sends nothing")

// dry is that transport.
type dry struct{}

// RoundTrip sends nothing.
func (dry) RoundTrip(*http.Request) (*http.Response, error) { return nil, errDry }

// dryRun prints every request the session would send, in the plan's order. It needs no secret, and shows none.
func (a *app) dryRun(s *session, g *guard, asJSON bool) error {
	f, err := s.forecast()
	if err != nil {
		return err
	}
	if f.Once, err = s.foresee(g); err != nil {
		fmt.Fprintf(a.err, "warning: %v\n", err)
	}
	for _, w := range s.concerns() {
		fmt.Fprintf(a.err, "warning: target %q: %s\n", s.site.Name, w)
	}
	if asJSON {
		return printJSON(a.out, f)
	}
	w := bufio.NewWriter(a.out)
	f.print(w)
	return w.Flush()
}

// teller tells what each step of the session would send.
func (s *session) teller() (*teller, error) {
	client, err := ofs.New(s.site.wire(), nil, ofs.Transport{Mutating: dry{}, Reading: dry{}})
	if err != nil {
		return nil, fmt.Errorf("target %q (%s): %w", s.site.Name, s.site.Pos, err)
	}
	t := &teller{r: s.resolved, desk: dispatch.New(client, nil, s.resolved.RunID), idle: map[string]bool{}}
	if s.site.Auth.Grant != config.GrantNone {
		t.token = unknownText("the access token")
	}
	for _, id := range s.skip {
		t.idle[id] = true
	}
	return t, nil
}

// forecast freezes every request.
func (s *session) forecast() (*forecast, error) {
	teller, err := s.teller()
	if err != nil {
		return nil, err
	}
	r := s.resolved
	f := &forecast{Plan: r.Name, File: r.File, Target: s.site.Name, Simulated: s.site.simulated, MISDate: s.misdate(), Params: paramsOf(r), Steps: []stepForecast{}}
	var problems []error
	for _, step := range r.Steps {
		one, err := teller.step(step)
		if err != nil {
			problems = append(problems, err)
		}
		if slices.Contains(s.skip, step.ID) {
			one.Skipped, one.If, one.Requests = "left out: "+s.reason, "", nil
		}
		f.Steps = append(f.Steps, one)
	}
	return f, errors.Join(problems...)
}

// preflight finds what this target cannot be sent though another could, before anything starts: a group's
// date without members, which is all that plan leaves open.
func (s *session) preflight() error {
	teller, err := s.teller()
	if err != nil {
		return err
	}
	var problems []error
	for _, step := range s.resolved.Steps {
		t, ok := step.Do.(*plan.Trigger)
		if !ok || t.Object != fact.Group || len(t.Members) > 0 {
			continue
		}
		if _, err := teller.step(step); err != nil {
			problems = append(problems, err)
		}
	}
	return errors.Join(problems...)
}

// concerns are what this target may not do with what the plan asks of it.
func (s *session) concerns() []string {
	all := s.site.Warnings()
	if s.site.OnPremise() {
		return all
	}
	for _, step := range s.resolved.Steps {
		if t, ok := step.Do.(*plan.Trigger); ok && len(t.Included) > 0 {
			all = append(all, fmt.Sprintf("step %q (%s) includes tasks, which only on-premise schedulers know", step.ID, step.Pos))
		}
	}
	return all
}

// print writes a forecast for people: what is said about a request begins with #, the rest is the request.
func (f *forecast) print(w io.Writer) {
	note := "# "
	if f.Simulated {
		note += readable.SimulatedMark
	}
	fmt.Fprintf(w, "%splan %s (%s), target %s", note, f.Plan, f.File, f.Target)
	if f.MISDate != "" {
		fmt.Fprintf(w, ", misdate %s", f.MISDate)
	}
	fmt.Fprintf(w, "\n%snothing was sent; these are the requests in the plan's order\n", note)
	for _, p := range f.Params {
		text := p.Value
		if p.Items != nil {
			text = strings.Join(p.Items, ",")
		}
		if p.Sensitive {
			text = "(sensitive)"
		}
		fmt.Fprintf(w, "%sparam %s = %s (%s)\n", note, p.Name, text, p.From)
	}
	f.Once.print(w, note)
	for _, s := range f.Steps {
		fmt.Fprintf(w, "\n%s%s (%s): %s\n", note, s.ID, s.At, s.Does)
		switch {
		case s.Skipped != "":
			fmt.Fprintf(w, "%sskipped: %s\n", note, s.Skipped)
		case s.If != "":
			fmt.Fprintf(w, "%sonly if %s, which is known at run time\n", note, s.If)
		}
		if s.DuplicateSafe != "" {
			fmt.Fprintf(w, "%sin doubt, it may be repeated by a retry rule: %s\n", note, s.DuplicateSafe)
		}
		for _, r := range s.Requests {
			r.print(w, note)
		}
	}
}

// print writes one request as it would leave.
func (r *requestForecast) print(w io.Writer, note string) {
	fmt.Fprintf(w, "%s%s\n%s %s\n", note, r.When, r.Method, r.URL)
	names := make([]string, 0, len(r.Headers))
	for name := range r.Headers {
		names = append(names, name)
	}
	slices.Sort(names)
	for _, name := range names {
		for _, value := range r.Headers[name] {
			fmt.Fprintf(w, "%s: %s\n", name, value)
		}
	}
	fmt.Fprintf(w, "\n%s\n", r.Body)
}
