package runner_test

import (
	"cmp"
	"fmt"
	"strconv"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"github.com/cockroachdb/datadriven"

	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// TestConversations plays testdata: what happened, and what the machine answered.
//
//	plan                      a plan file; starts a new machine
//	start                     RunStarted
//	sent STEP                 RequestSent for the request that is under way
//	accept STEP [id=RUN]      and so on for refuse [code= http=], notsent [unauthorized], doubt
//	observe STEP code=-1 [T1=0 T2=-1] [stood=1h] [asked=5s] for how long that picture has stood, and how long ago it was asked for
//	see STEP file=PATH [size= stood=5m old=48h not=] | yes | notyet [line=] | run=ID [stands=] | trouble= [row=] | nothing
//	                          SensorAnswered
//	clock                     ClockReached
//	resolve STEP as= [id=]    an operator's statement; so are adopt, retry, mark and cancel
//	    over= going= unchecked=  with one: a batch run that the scheduler was asked about, or not
//	told KEY [failed]         NoticeSent for that message, or NoticeFailed
//	overdue                   ContactOverdue, of a scheduler that was lost 15 minutes ago
//	approve STEP, reject STEP an operator's word about an approval
//	    by= uid= users= groups= unasked passing=  who says it, with any statement, and what else that approves
//	next, pending             what the machine waits for
//	history LOAD=20m/30m      HistoryRead: what is usual of a batch, half of its runs and nineteen of twenty; LOAD!= of a restart
//	forecast                  what the machine expects, and ForecastMade with that
//
// at=+10m moves the time on before the event.
func TestConversations(t *testing.T) {
	datadriven.Walk(t, "testdata/machine", func(t *testing.T, path string) {
		var c conversation
		datadriven.RunTest(t, path, func(t *testing.T, d *datadriven.TestData) string {
			return c.say(t, d)
		})
	})
}

var word = runner.Statement{By: "ops", Reason: "seen on the monitor"}

type conversation struct {
	m    *runner.Machine
	twin *runner.Machine // told the same, and asked each time when it wants to hear from the clock, as a driver does and a replay does not
	now  time.Time
	ids  int
	obs  map[string]time.Time
}

func (c *conversation) say(t *testing.T, d *datadriven.TestData) string {
	t.Helper()
	for _, a := range d.CmdArgs {
		if a.Key == "at" {
			by, err := time.ParseDuration(strings.TrimPrefix(a.Vals[0], "+"))
			if err != nil {
				t.Fatal(err)
			}
			c.now = c.now.Add(by)
		}
	}
	switch d.Cmd {
	case "plan":
		return c.load(d.Input)
	case "pending":
		var out strings.Builder
		for _, cmd := range c.m.Status().Pending {
			fmt.Fprintf(&out, "%s sent=%v\n", cmd.Key, cmd.Sent)
		}
		return out.String()
	case "next":
		at, ok := c.m.Next()
		if !ok {
			return "no clock\n"
		}
		return "in " + at.Sub(c.now).String() + "\n"
	}
	e := c.m.Interpret(c.event(t, d))
	expected := c.expected(e)
	dec, err := c.m.Apply(c.now, e)
	twin, twinErr := c.twin.Apply(c.now, e)
	if c.twin.Next(); (err == nil) != (twinErr == nil) || say(twin) != say(dec) {
		t.Fatalf("%s: a machine that is asked for the time decides otherwise: %s, %v", d.Pos, say(twin), twinErr)
	}
	if err != nil {
		return "error: " + err.Error() + "\n"
	}
	return expected + say(dec)
}

// expected is what a forecast says, and that it changes nothing.
func (c *conversation) expected(e runner.Event) string {
	made, is := e.(runner.ForecastMade)
	if !is {
		return ""
	}
	in := func(t time.Time) string { return t.Sub(c.now).String() }
	text := fmt.Sprintf("expected in %s, at most in %s", in(made.Expected), in(made.Most))
	if made.UnknownSteps > 0 {
		text += fmt.Sprintf(", %d unknown: %s", made.UnknownSteps, strings.Join(made.Unknown, " "))
	}
	if slips := c.m.Expected(c.now).Slips; !slips.IsZero() {
		text += ", slips from " + in(slips) + " on"
	}
	return text + "\n"
}

func (c *conversation) load(text string) string {
	p, err := plan.Load(fstest.MapFS{"plan.yaml": {Data: []byte(text)}}, "plan.yaml", "plan.yaml")
	if err != nil {
		return err.Error() + "\n"
	}
	c.now = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)
	r, err := p.Resolve(plan.Inputs{Now: c.now, RunID: "run-1", Target: "sim"})
	if err != nil {
		return err.Error() + "\n"
	}
	c.m, c.twin, c.ids, c.obs = runner.NewMachine(r), runner.NewMachine(r), 0, map[string]time.Time{}
	return "ok\n"
}

// event builds what the line says, about the command of that step which is under way.
func (c *conversation) event(t *testing.T, d *datadriven.TestData) runner.Event {
	t.Helper()
	switch d.Cmd {
	case "start":
		e := runner.RunStarted{By: runner.By{User: "ops"}, Reason: "seen on the monitor", Simulated: d.HasArg("simulated")}
		for _, a := range d.CmdArgs {
			switch a.Key {
			case "skip":
				e.Skip = a.Vals
			case "login":
				e.By.LoginUID = a.Vals[0]
			}
		}
		e.By.User, e.Approver = identify(d, word)
		return e
	case "clock":
		return runner.ClockReached{}
	case "cancel":
		return runner.OperatorCanceled{Statement: word, Interrupt: d.HasArg("interrupt")}
	case "resume":
		return runner.RunResumed{}
	case "overdue":
		return runner.ContactOverdue{Peer: "scheduler", Since: c.now.Add(-15 * time.Minute)}
	case "told":
		var k runner.Key
		if err := k.UnmarshalText([]byte(d.CmdArgs[0].Key)); err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
		if d.HasArg("failed") {
			return runner.NoticeFailed{Key: k, Tries: 3, Message: "HTTP 404"}
		}
		return runner.NoticeSent{Key: k, Tries: 1}
	case "detach":
		return runner.RunDetached{Reason: "SIGTERM"}
	case "history":
		return history(t, d)
	case "forecast":
		return c.m.Expected(c.now).Made()
	}
	step := d.CmdArgs[0].Key
	arg := func(name, otherwise string) string {
		for _, a := range d.CmdArgs[1:] {
			if a.Key == name && len(a.Vals) > 0 {
				return a.Vals[0]
			}
		}
		return otherwise
	}
	about := func() (k runner.Key) { // the request in doubt, unless the line names another
		if text := arg("about", ""); text == "" {
			for _, s := range c.m.Status().Steps {
				if s.Step.ID == step {
					k = s.Doubt
				}
			}
		} else if err := k.UnmarshalText([]byte(text)); err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
		return k
	}
	word := word
	for _, look := range []struct {
		arg    string
		status fact.Status
	}{{"over", fact.StatusFailed}, {"going", fact.Ongoing}, {"unchecked", ""}} {
		if id := arg(look.arg, ""); id != "" {
			word.Looks = append(word.Looks, runner.Look{Step: step, BatchRunID: id, Status: look.status})
		}
	}
	word.By, word.Approver = identify(d, word)
	num := func(name string) int { n, _ := strconv.Atoi(arg(name, "0")); return n }
	switch d.Cmd {
	case "resolve":
		return runner.OperatorResolved{Statement: word, Step: step, Request: about(), As: runner.Resolution(arg("as", "")), BatchRunID: arg("id", "")}
	case "adopt":
		return runner.OperatorAdopted{Statement: word, Step: step, Request: about(), BatchRunID: arg("id", "")}
	case "retry":
		return runner.OperatorRetried{Statement: word, Step: step}
	case "mark":
		return runner.OperatorMarked{Statement: word, Step: step, As: runner.Resolution(arg("as", ""))}
	}
	if d.Cmd == "approve" || d.Cmd == "reject" {
		asks := about()
		for _, s := range c.m.Status().Steps {
			if s.Step.ID == step && arg("about", "") == "" {
				asks = s.Asks
			}
		}
		if d.Cmd == "reject" {
			return runner.OperatorRejected{Statement: word, Step: step, Request: asks}
		}
		return runner.OperatorApproved{Statement: word, Step: step, Request: asks}
	}
	call, watch := c.underWay(step)
	switch d.Cmd {
	case "sent":
		return runner.RequestSent{Key: call, Op: call.Op}
	case "accept":
		c.ids++
		return runner.RequestAccepted{Key: call, HTTP: 200, Code: "0", BatchRunID: arg("id", fmt.Sprintf("R%d", c.ids))}
	case "refuse":
		return runner.RequestRefused{Key: call, HTTP: num("http"), Code: arg("code", ""), RetryAfter: num("retry")}
	case "notsent":
		return runner.RequestNotSent{Key: call, Message: "connection refused", Unauthorized: d.HasArg("unauthorized")}
	case "doubt":
		return runner.RequestInDoubt{Key: call, Message: "no answer"}
	case "lookfailed":
		return runner.LookFailed{Key: watch, Code: arg("code", "-3"), HTTP: 200}
	case "observe":
		return c.observation(step, watch, d)
	case "see":
		e := runner.SensorAnswered{Key: watch, Since: c.now, Troubles: num("row")}
		if stood, err := time.ParseDuration(arg("stood", "")); err == nil {
			e.Since = c.now.Add(-stood)
		}
		old, _ := time.ParseDuration(arg("old", "0s"))
		switch {
		case arg("file", "") != "":
			e.File = &fact.SeenFile{Path: arg("file", ""), Size: int64(num("size")), Modified: c.now.Add(-old), NotFile: strings.ReplaceAll(arg("not", ""), "_", " ")}
		case d.HasArg("yes"), d.HasArg("notyet"):
			e.Check = &fact.SeenCheck{Yes: d.HasArg("yes"), Line: strings.ReplaceAll(arg("line", ""), "_", " ")}
		case arg("run", "") != "":
			e.Run = &fact.SeenRun{ID: arg("run", ""), Stands: fact.Stands(arg("stands", "goes_on"))}
		case d.HasArg("trouble"):
			e.Trouble = "permission denied"
		}
		return e
	}
	t.Fatalf("%s: nobody says %q", d.Pos, d.Cmd)
	return nil
}

// history is what the line says is usual.
func history(t *testing.T, d *datadriven.TestData) runner.HistoryRead {
	t.Helper()
	e := runner.HistoryRead{Runs: 20}
	for _, a := range d.CmdArgs {
		if a.Key == "at" {
			continue
		}
		code, restarted := strings.CutSuffix(a.Key, "!")
		half, most, _ := strings.Cut(a.Vals[0], "/")
		median, err := time.ParseDuration(half)
		if err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
		longest, err := time.ParseDuration(most)
		if err != nil {
			t.Fatalf("%s: %v", d.Pos, err)
		}
		e.Usual = append(e.Usual, runner.Usual{
			Object: fact.Batch, Code: code, Restarted: restarted, Times: 20, Median: int64(median.Seconds()), Most: int64(longest.Seconds()),
		})
	}
	return e
}

// identify is who says what a line says: the line's own words, or nothing that is known of who said it before.
func identify(d *datadriven.TestData, w runner.Statement) (by string, a *runner.Approver) {
	by = w.By
	known := func() *runner.Approver {
		if a == nil {
			a = &runner.Approver{}
		}
		return a
	}
	for _, arg := range d.CmdArgs {
		switch arg.Key {
		case "by":
			by = arg.Vals[0]
		case "uid":
			known().UID = arg.Vals[0]
		case "users":
			known().Users = arg.Vals
		case "groups":
			known().Groups = arg.Vals
		case "unasked":
			known().Unasked = true
		case "passing":
			known().Approves = arg.Vals
		}
	}
	return by, a
}

func (c *conversation) underWay(step string) (call, watch runner.Key) {
	call, watch = runner.Key{Step: step, Op: runner.OpTrigger}, runner.Key{Step: step, Op: runner.OpWatch}
	for _, cmd := range c.m.Status().Pending {
		switch k := cmd.Key; {
		case k.Step == step && k.Op.Mutating():
			call = k
		case k.Step == step:
			watch = k
		}
	}
	return call, watch
}

var statuses = map[string]fact.Status{
	"0": fact.StatusSucceeded, "-1": fact.StatusFailed, "-2": fact.Interrupted, "1": fact.NotStarted, "2": fact.Ongoing,
	"3": fact.Aborted, "4": fact.Excluded, "5": fact.Held,
}

func (c *conversation) observation(step string, watch runner.Key, d *datadriven.TestData) runner.Event {
	e := runner.BatchObserved{Key: watch, Since: c.now, Status: fact.Unknown}
	for _, cmd := range c.m.Status().Pending {
		if cmd.Key == watch {
			e.RunID = cmd.Run.RunID
		}
	}
	for _, a := range d.CmdArgs[1:] {
		switch {
		case a.Key == "at":
		case a.Key == "asked":
			ago, _ := time.ParseDuration(a.Vals[0])
			e.Asked = c.now.Add(-ago)
		case a.Key == "stood":
			stood := time.Hour
			if len(a.Vals) > 0 {
				stood, _ = time.ParseDuration(a.Vals[0])
			}
			e.Since = c.now.Add(-stood)
		default:
			n, _ := strconv.Atoi(a.Vals[0])
			s, ok := statuses[a.Vals[0]]
			if !ok {
				s = fact.Unknown
			}
			if a.Key == "code" {
				e.Code, e.Status = n, s
			} else {
				e.Tasks = append(e.Tasks, fact.Part{Code: a.Key, Status: s, StatusCode: n})
			}
		}
	}
	return e
}

// say writes a decision as the transcripts read.
func say(d runner.Decision) string {
	var out strings.Builder
	for _, t := range d.Moves {
		fmt.Fprintf(&out, "%s: %s -> %s", t.Step, t.From, t.To)
		if t.Why != "" {
			fmt.Fprintf(&out, " (%s)", t.Why)
		}
		if t.Mark != "" {
			fmt.Fprintf(&out, " [%s]", t.Mark)
		}
		if t.Rule != "" {
			fmt.Fprintf(&out, " rule %s", t.Rule)
		}
		out.WriteByte('\n')
	}
	for _, n := range d.Notices {
		fmt.Fprintf(&out, "%s: notice %s: %s\n", cmp.Or(n.Step, "run"), n.Kind, n.Message)
	}
	for _, f := range d.Fresh {
		fmt.Fprintf(&out, "  fresh %s %s\n", f.BatchRunID, strings.Join(f.Parts, " "))
	}
	for _, k := range d.Drops {
		fmt.Fprintf(&out, "  drop %s\n", k)
	}
	for _, cmd := range d.Commands {
		fmt.Fprintf(&out, "  order %s", cmd.Key)
		if cmd.Permit != nil {
			fmt.Fprintf(&out, " (%s)", cmd.Permit.Text)
		}
		if m := cmd.Message; m != nil {
			fmt.Fprintf(&out, " %s to %s: %s", m.Event, m.Channel, m.Text)
		}
		out.WriteByte('\n')
	}
	if d.End != nil {
		late := ""
		if d.End.Late {
			late = ", late"
		}
		if d.End.Rejected {
			late += " rejected"
		}
		fmt.Fprintf(&out, "end: %s %v%s\n", d.End.Outcome, d.End.Steps, late)
	}
	if out.Len() == 0 {
		return "nothing\n"
	}
	return out.String()
}
