package sim

import (
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"
	"time"
)

// A Problem is something impossible in a scenario.
type Problem struct {
	// Path leads to it by the names a scenario file uses for keys, and by list positions from 0:
	// batches, LOAD, starts, 0, fails.
	Path []string
	Key  bool   // the last name of Path is itself what is wrong
	Msg  string // lower case, no full stop, names in quotes
	// Word is what was written in place of one of Known. Both are empty when nothing like that was meant.
	Word  string
	Known []string
	Hint  string // what to write, where the words above do not say it
}

// Error is the path and what is wrong there.
func (p *Problem) Error() string { return strings.Join(p.Path, ".") + ": " + p.Msg }

// A checker collects problems under the path it stands at.
type checker struct {
	path  []string
	found *[]*Problem
}

func (c checker) in(names ...string) checker {
	return checker{slices.Concat(c.path, names), c.found}
}

func (c checker) say(format string, args ...any) *Problem {
	p := &Problem{Path: c.path, Msg: fmt.Sprintf(format, args...)}
	*c.found = append(*c.found, p)
	return p
}

// Check reports what is impossible in a scenario: things after themselves, codes the scheduler could not know,
// negative durations, endings of tasks that are not there. The order is that of the names.
func (sc Scenario) Check() []*Problem {
	var found []*Problem
	c := checker{found: &found}
	for _, code := range slices.Sorted(maps.Keys(sc.Batches)) {
		at := c.in("batches", code)
		at.key()
		at.entries(sc.Batches[code])
	}
	for _, code := range slices.Sorted(maps.Keys(sc.Groups)) {
		at := c.in("groups", code)
		at.key()
		if _, both := sc.Batches[code]; both {
			at.say("%q is a batch too", code)
		}
		at.group(sc.Groups[code], sc)
	}
	for _, id := range slices.Sorted(maps.Keys(sc.Elsewhere)) {
		c.in("elsewhere", id).elsewhere(sc.Elsewhere[id], sc)
	}
	for i, f := range sc.Faults {
		c.in("faults", strconv.Itoa(i)).fault(f)
	}
	c.in("unknown_batches").length(sc.Unknown.Duration)
	for _, code := range slices.Sorted(maps.Keys(sc.History)) {
		c.in("history", code).key()
	}
	return found
}

// key wants the last name of the path to be a code.
func (c checker) key() {
	if p := c.code(c.path[len(c.path)-1]); p != nil {
		p.Key = true
	}
}

func (c checker) code(code string) *Problem {
	if codeForm.MatchString(code) {
		return nil
	}
	return c.say("%q is no code: it begins with a letter, and holds at most 60 letters, digits and _", code)
}

func (c checker) length(l *Length) {
	switch {
	case l == nil:
	case l.Mean < 0:
		c.say("a duration cannot be negative")
	case l.Spread < 0 || l.Spread > l.Mean:
		c.say("a duration cannot vary by more than itself")
	}
}

func (c checker) time(d time.Duration) {
	if d < 0 {
		c.say("a time cannot be negative")
	}
}

func (c checker) refuse(code int) {
	if code != 0 && (code < callNotOngoing || code > callNoObject) {
		c.say("%d is no code to refuse with: it must be from %d to %d", code, callNoObject, callNotOngoing)
	}
}

// among wants one of the known names.
func (c checker) among(what, name string, known []string) {
	if !slices.Contains(known, name) {
		p := c.say("%s %q is not defined", what, name)
		p.Word, p.Known = name, known
	}
}

func (c checker) batch(b Batch) {
	c.in("duration").length(b.Duration)
	c.refuseAll(b.Refuse)
	names, after := make([]string, len(b.Tasks)), make([][]string, len(b.Tasks))
	for i, t := range b.Tasks {
		names[i], after[i] = t.Code, t.After
		at := c.in("tasks", t.Code)
		at.key()
		at.in("duration").length(t.Duration)
	}
	c.in("tasks").order("task", names, after)
	for i, s := range b.Starts {
		at := c.in("starts", strconv.Itoa(i))
		at.start(s)
		at.parts(s, func(at checker, task string) { at.among("task", task, names) })
		at.holds("task", s.Holds, names)
	}
}

func (c checker) refuseAll(code int) { c.in("refuse").refuse(code) }

// order wants every name once, and no circle.
func (c checker) order(what string, names []string, after [][]string) {
	seen := map[string]bool{}
	for i, name := range names {
		if seen[name] {
			c.in(name).say("%s %q is defined twice", what, name)
		}
		seen[name] = true
		for _, before := range after[i] {
			if before == name {
				c.in(name, "after").say("%s %q cannot come after itself", what, name)
			} else {
				c.in(name, "after").among(what, before, names)
			}
		}
	}
	for _, round := range circles(names, after) {
		c.in(round[0], "after").say("%s %q comes after itself: %s", what, round[0], strings.Join(round, " after "))
	}
}

// circles finds one way round for the first name that is on one; those of length one are reported elsewhere.
func circles(names []string, after [][]string) [][]string {
	_, stuck := newGraph(names, after)
	next := map[string]string{} // the first stuck thing each stuck thing comes after
	for i, name := range names {
		for _, before := range after[i] {
			if next[name] == "" && before != name && slices.Contains(stuck, name) && slices.Contains(stuck, before) {
				next[name] = before
			}
		}
	}
	for _, name := range stuck {
		round := []string{name}
		for at := next[name]; at != "" && len(round) <= len(names); at = next[at] {
			round = append(round, at)
			if at == name {
				return [][]string{round}
			}
		}
	}
	return nil
}

func (c checker) start(s Start) {
	c.in("at").time(s.At)
	c.in("aborts_at").time(s.AbortsAt)
	c.in("interrupted_at").time(s.InterruptedAt)
	c.in("duration").length(s.Duration)
	c.refuseAll(s.Refuse)
	if s.At != 0 && s.Fails == "" {
		c.in("at").say(`"at" says when something fails, and nothing does`)
	}
	ends := s.Fails != "" || s.Hangs != "" || s.AbortsAt != 0 || s.InterruptedAt != 0
	if s.Refuse != 0 && (ends || len(s.Holds) > 0) {
		c.in("refuse").say("a start that is refused cannot go on to end in some way")
	}
	if s.Fails == Whole && s.Hangs == Whole {
		c.in("hangs").say("a run cannot both fail and hang")
	}
}

// parts looks at what a start names that is not the whole.
func (c checker) parts(s Start, look func(at checker, name string)) {
	if s.Fails != "" && s.Fails != Whole {
		look(c.in("fails"), s.Fails)
	}
	if s.Hangs != "" && s.Hangs != Whole {
		look(c.in("hangs"), s.Hangs)
	}
}

func (c checker) holds(what string, holds, names []string) {
	for _, name := range holds {
		c.in("holds").among(what, name, names)
	}
}

func (c checker) group(g Group, sc Scenario) {
	c.refuseAll(g.Refuse)
	if len(g.Members) == 0 {
		c.say("a group needs members").Hint =
			"members that the plan names need no group here: batches: {MEMBER: {starts: [{fails: true}]}} says how one goes"
	}
	names, after := make([]string, len(g.Members)), make([][]string, len(g.Members))
	for i, m := range g.Members {
		names[i], after[i] = m.Code, m.After
		at := c.in("batches", m.Code)
		at.key()
		if _, is := sc.Groups[m.Code]; is {
			at.say("%q is a group, and a group's members are batches", m.Code)
		}
		if m.Own != nil {
			at.batch(*m.Own)
		} else if _, known := sc.Batches[m.Code]; !known && sc.Unknown.Refuse {
			at.say("%q is no batch, and unknown batches are refused", m.Code)
		}
	}
	c.in("batches").order("member", names, after)
	for i, s := range g.Starts {
		at := c.in("starts", strconv.Itoa(i))
		at.start(s)
		at.parts(s, func(at checker, member string) {
			at.say("of a group only the whole can be meant: write how %q goes under its own starts", member).Hint =
				"batches: {" + member + ": {starts: [{fails: true}]}}, beside groups"
		})
		if s.Duration != nil {
			at.in("duration").say("a group takes as long as its members")
		}
		at.holds("member", s.Holds, names)
	}
}

func (c checker) elsewhere(e Elsewhere, sc Scenario) {
	_, isGroup := sc.Groups[e.Code]
	switch {
	case e.Code == "":
		c.say("a batch run is of a batch or a group: one of them has to be named")
	case e.Group:
		c.in("group").among("group", e.Code, slices.Sorted(maps.Keys(sc.Groups)))
	case isGroup:
		c.in("batch").say("%q is a group", e.Code)
	default:
		c.in("batch").code(e.Code)
	}
	switch {
	case e.Own == nil:
	case e.Group:
		c.say("a group goes as its members do")
	default:
		c.batch(*e.Own)
	}
}

// deeds are all there are, for messages.
var deeds = []Deed{
	DropAnswer, DropRequest, Reset, Hang, Truncate, Huge, HTML, HTTPStatus, Slow,
	CodesAsNumbers, CodesIn4xx, LetterO, UnknownStatus, StaleStatus, SameID, CrossedID, Contradiction, InvalidGrant, ExpireToken,
	RotateSecret, KeepaliveRace, RefuseCertificate, Down, KillRunner,
}

// Deeds lists what a fault can do, as a scenario file writes it. HTTPStatus is not among them: there the
// status itself is written.
func Deeds() []string {
	var words []string
	for _, d := range deeds {
		if d != HTTPStatus {
			words = append(words, string(d))
		}
	}
	return words
}

// Operations lists what a fault can be on.
func Operations() []string {
	return []string{opTrigger, opStatus, opInterrupt, opRestart, opRerun, opToken}
}

// fault wants a fault that can happen.
func (c checker) fault(f Fault) {
	if !slices.Contains(deeds, f.Do) {
		p := c.in("do").say("%q is no fault", f.Do)
		p.Word, p.Known, p.Hint = string(f.Do), Deeds(), "there are "+strings.Join(Deeds(), ", ")
	}
	if f.On != "" {
		c.in("on").among("operation", f.On, Operations())
	}
	c.faultNumbers(f)
	if f.At != nil {
		k := *f.At
		if k.Hour < 0 || k.Hour > 23 || k.Minute < 0 || k.Minute > 59 || k.Second < 0 || k.Second > 59 {
			c.in("at").say("%02d:%02d:%02d is no time of day", k.Hour, k.Minute, k.Second)
		}
	}
	if f.Do == HTTPStatus && (f.Status < 200 || f.Status > 599) {
		c.in("do").say("%d is no HTTP status an answer can have: it must be from 200 to 599", f.Status)
	}
	if f.Do != HTTPStatus && (f.Status != 0 || f.RetryAfter != 0) {
		c.in("retry_after").say("only an HTTP status comes with retry_after")
	}
	if f.Do != Slow && f.Do != StaleStatus && f.Do != RotateSecret && f.Delay != 0 {
		c.in("delay").say("only slow, stale_status and rotate_secret take a delay")
	}
	c.faultTarget(f)
}

func (c checker) faultNumbers(f Fault) {
	switch {
	case f.Nth < 0:
		c.in("nth").say("requests are counted from 1")
	case f.Every < 0:
		c.in("every").say("requests are counted from 1")
	case f.Nth > 0 && f.Every > 0:
		c.in("every").say("nth and every exclude each other")
	}
	c.in("for").time(f.For)
	c.in("retry_after").time(f.RetryAfter)
	c.in("delay").time(f.Delay)
}

// faultTarget wants a fault to be on something that can have it.
func (c checker) faultTarget(f Fault) {
	if f.On == opToken && f.Batch != "" {
		c.in("batch").say("a token is for no batch")
	}
	switch f.Do {
	case Down:
		if f.On != "" && f.On != opToken || f.Batch != "" || f.Nth > 0 || f.Every > 0 {
			c.in("do").say("down is a time in which nobody listens: it takes at, for, and on: token")
		}
	case RefuseCertificate:
		if f.On != "" && f.On != opToken || f.Batch != "" || f.Nth > 0 || f.Every > 0 {
			c.in("do").say("refuse_certificate is a time in which no certificate of ours is accepted: it takes at, for, and on: token")
		}
	case RotateSecret:
		if f.On != opToken || f.Nth > 0 || f.Every > 0 || f.For > 0 {
			c.in("do").say("rotate_secret is a moment: it takes at and delay, and needs on: token")
		}
	case InvalidGrant:
		if f.On != opToken {
			c.in("do").say("invalid_grant needs on: token")
		}
	case UnknownStatus, StaleStatus, Contradiction:
		if f.On != "" && f.On != opStatus {
			c.in("do").say("%s is about answers to looks: it takes on: status", f.Do)
		}
	case KeepaliveRace:
		if f.On != "" && f.On != opStatus {
			c.in("do").say("keepalive_race is about looks, which alone leave on kept connections: it takes on: status")
		}
	case SameID:
		if f.On != "" && f.On != opRerun {
			c.in("do").say("same_id is about answers to reruns: it takes on: rerun")
		}
	case CrossedID:
		if f.On == opToken || f.On == opStatus || f.On == opInterrupt {
			c.in("do").say("crossed_id is about answers that name a batch run: it takes on: trigger, restart or rerun")
		}
	case CodesAsNumbers, CodesIn4xx, LetterO, ExpireToken:
		if f.On == opToken {
			c.in("do").say("%s cannot happen to a token request", f.Do)
		}
	}
}
