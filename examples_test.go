package main_test

import (
	"bytes"
	"context"
	"fmt"
	"os"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/audit/state"
	"ofsplan/internal/cli"
	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/record"
	"ofsplan/runner/virtual"
)

// Files that people start from are laid out as ofsplan fmt does it.
func TestExamplesAreLaidOut(t *testing.T) {
	var out, errs bytes.Buffer
	if code := cli.Main([]string{"fmt", "--check", "examples", "internal/cli/starter"}, nil, &out, &errs); code != 0 {
		t.Errorf("ofsplan fmt would change\n%s%s\ttype: go run . fmt examples internal/cli/starter", out.String(), errs.String())
	}
}

// An exampleNight is one way a plan of examples/plans may go.
type exampleNight struct {
	plan     string
	name     string
	params   []string // name=value
	batches  map[string]sim.Batch
	faults   []sim.Fault
	beside   sim.Beside
	outcome  fact.Outcome
	requests []string // op and code, in the order the scheduler carried them out
	bodies   []string // what some request holds, quotes in the encoding left out
}

// tonight is when the nights begin: a Monday, so that T-1 is Friday the 20th.
var tonight = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// branchLoad is a batch that waits so long for its file.
func branchLoad(file time.Duration) map[string]sim.Batch {
	return map[string]sim.Batch{"BRANCH_LOAD": {Tasks: []sim.Task{
		{Code: "FETCH", Duration: sim.Lasting(file)},
		{Code: "VALIDATE", After: []string{"FETCH"}},
		{Code: "POST", After: []string{"VALIDATE"}},
	}}}
}

var exampleNights = []exampleNight{
	{
		plan: "nightly", name: "a task fails and is restarted, a batch hangs and is run again",
		params: []string{"misdate=2026-11-20", "region=APAC"}, batches: sim.Demo().Batches, outcome: fact.Succeeded,
		requests: []string{
			"trigger WATCHLIST_LOAD", "trigger DATA_LOAD", "restart DATA_LOAD", "trigger SCORE_RETAIL", "trigger NAME_SCREENING",
			"interrupt NAME_SCREENING", "rerun NAME_SCREENING", "trigger PUBLISH", "trigger CLOSE_WINDOW",
		},
		bodies: []string{`$REGION$:APAC`, `STAGE_TXN:{threshold:10}`, `excludedTasks:STAGE_OLD`, `batchName:SCORE_CUSTOMERS,batchParams:{$FICMISDATE$:2026-11-20}`},
	},
	{
		plan: "nightly", name: "the last business day of a month",
		params: []string{"misdate=2026-10-30"}, outcome: fact.Succeeded,
		requests: []string{
			"trigger WATCHLIST_LOAD", "trigger DATA_LOAD", "trigger SCORE_RETAIL", "trigger NAME_SCREENING", "trigger MONTH_END",
			"trigger PUBLISH", "trigger CLOSE_WINDOW",
		},
	},
	{
		plan: "month_end", name: "a month like any other", outcome: fact.Succeeded,
		requests: []string{"trigger LOAD_EXCHANGE_RATES", "trigger IFRS9_STAGE", "trigger IFRS9_ECL", "trigger GL_POSTING"},
		bodies: []string{
			`$FROM$:2026-10-01,$TO$:2026-10-30`, `$PRIOR_DATE$:2026-09-30,$PERIOD$:202610`, `OVERLAY:{percent:0}`, `$VALUE_DATE$:2026-11-02`,
		},
	},
	{
		plan: "month_end", name: "a quarter's end", params: []string{"as_of=2026-09-30", "overlay=2.5"}, outcome: fact.Succeeded,
		requests: []string{"trigger LOAD_EXCHANGE_RATES", "trigger IFRS9_STAGE", "trigger IFRS9_ECL", "trigger IFRS9_DISCLOSURE", "trigger GL_POSTING"},
		bodies:   []string{`$QUARTER_START$:2026-07-01`, `OVERLAY:{percent:2.5}`},
	},
	{
		plan: "month_end", name: "a year's end, with a failed task", params: []string{"as_of=2026-12-31"}, outcome: fact.Succeeded,
		batches: map[string]sim.Batch{"IFRS9_ECL": {Starts: []sim.Start{{Fails: sim.Whole}}}},
		requests: []string{
			"trigger LOAD_EXCHANGE_RATES", "trigger IFRS9_STAGE", "trigger IFRS9_ECL", "restart IFRS9_ECL", "trigger IFRS9_DISCLOSURE",
			"trigger IFRS9_YEAR_CLOSE", "trigger GL_POSTING",
		},
		bodies: []string{`$VALUE_DATE$:2027-01-04`},
	},
	{
		plan: "group", name: "a Friday", outcome: fact.Succeeded,
		requests: []string{"trigger SCORE_SEGMENTS", "trigger CORRELATE_EVENTS"},
		bodies: []string{
			`excludedTasks:,`, `batchName:SCORE_DORMANT`, `batchName:SCORE_CORPORATE,batchParams:{$FICMISDATE$:2026-11-20,$MODEL$:AML_2026_3,$THRESHOLD$:0750}`,
			`$FICMISDATE$:2026-11-19},taskRuntimeParams:{MATCH_LISTS:{list_date:2026-11-19}}`,
		},
	},
	{
		plan: "group", name: "another day", params: []string{"misdate=2026-11-19"}, outcome: fact.Succeeded,
		requests: []string{"trigger SCORE_SEGMENTS", "trigger CORRELATE_EVENTS"},
		bodies:   []string{`excludedTasks:SCORE_DORMANT`, `batchName:SCORE_DORMANT`},
	},
	{
		plan: "recover", name: "a good night", outcome: fact.Succeeded,
		requests: []string{"trigger TXN_LOAD", "trigger TXN_RECONCILE"},
	},
	{
		plan: "recover", name: "the restart helps", outcome: fact.Succeeded,
		batches:  map[string]sim.Batch{"TXN_LOAD": {Starts: []sim.Start{{Fails: sim.Whole}}}},
		requests: []string{"trigger TXN_LOAD", "restart TXN_LOAD", "trigger TXN_RECONCILE"},
	},
	{
		plan: "recover", name: "the rerun helps", outcome: fact.Succeeded, batches: sim.Demo().Batches,
		requests: []string{"trigger TXN_LOAD", "restart TXN_LOAD", "rerun TXN_LOAD", "trigger TXN_RECONCILE"},
	},
	{
		plan: "recover", name: "nothing helps", outcome: fact.Failed,
		batches:  map[string]sim.Batch{"TXN_LOAD": {Starts: []sim.Start{{Fails: sim.Whole}, {Fails: sim.Whole}, {Fails: sim.Whole}}}},
		requests: []string{"trigger TXN_LOAD", "restart TXN_LOAD", "rerun TXN_LOAD"},
	},
	{
		plan: "runaway", name: "interrupted and restarted", outcome: fact.Succeeded,
		batches:  map[string]sim.Batch{"FTP_PROCESS": {Starts: []sim.Start{{Hangs: sim.Whole}}}},
		requests: []string{"trigger LEDGER_LOAD", "trigger FTP_PROCESS", "interrupt FTP_PROCESS", "restart FTP_PROCESS", "trigger PFT_REPORT"},
	},
	{
		plan: "runaway", name: "a runaway twice", params: []string{"limit_minutes=30"}, outcome: fact.Failed,
		batches: map[string]sim.Batch{"FTP_PROCESS": {Starts: []sim.Start{{Hangs: sim.Whole}, {Hangs: sim.Whole}}}},
		requests: []string{
			"trigger LEDGER_LOAD", "trigger FTP_PROCESS", "interrupt FTP_PROCESS", "restart FTP_PROCESS", "interrupt FTP_PROCESS",
			"trigger FTP_COPY_RATES", "trigger PFT_REPORT",
		},
		bodies: []string{`$FROM_DATE$:2026-11-19`},
	},
	{
		plan: "adhoc", name: "a branch is loaded again", params: []string{"branch=0042"}, outcome: fact.Succeeded,
		batches:  branchLoad(20 * time.Second),
		requests: []string{"trigger BRANCH_LOAD", "trigger BRANCH_BALANCES"},
		bodies:   []string{`$FICMISDATE$:2026-11-23,$BRANCH$:0042`},
	},
	{
		plan: "adhoc", name: "the file is missing", outcome: fact.Failed,
		batches:  branchLoad(time.Hour),
		requests: []string{"trigger BRANCH_LOAD", "interrupt BRANCH_LOAD"},
	},
	{
		plan: "adhoc", name: "the feed comes first", params: []string{"upstream_run=" + upstream, "misdate=2026-11-20"}, outcome: fact.Succeeded,
		batches:  branchLoad(20 * time.Second),
		requests: []string{"trigger BRANCH_LOAD", "trigger BRANCH_BALANCES"},
	},
	{
		plan: "profitability", name: "what is nice to have fails, and the cube runs again", outcome: fact.Succeeded,
		batches: map[string]sim.Batch{
			"CUSTOMER_SEGMENTS": {Starts: []sim.Start{{Fails: sim.Whole}}},
			"PFT_CUBE":          {Starts: []sim.Start{{AbortsAt: time.Minute}}},
		},
		requests: []string{
			"trigger INSTRUMENT_LOAD", "trigger ALLOC_OVERHEADS", "trigger ALLOC_CHANNELS", "trigger ALLOC_CAPITAL", "trigger CUSTOMER_SEGMENTS",
			"trigger PFT_CUBE", "rerun PFT_CUBE", "trigger DASHBOARD_REFRESH",
		},
		bodies: []string{`$FICMISDATE$:2026-11-20,$LEDGER$:ACTUAL`},
	},
	{
		plan: "alerting", name: "nobody is there to be told", outcome: fact.Succeeded,
		requests: []string{"trigger DATA_LOAD", "trigger PUBLISH"},
	},
	{
		plan: "segments", name: "the segments are those that are given", params: []string{`segments=["SCORE_PERSONAL", "SCORE_SME"]`, "late=SCORE_SME", "since=2026-11-02"}, outcome: fact.Succeeded,
		requests: []string{"trigger SCORE_SEGMENTS", "trigger RESCORE"},
		bodies:   []string{`excludedTasks:SCORE_SME`, `$SINCE$:2026-11-02,$SEGMENTS$:SCORE_PERSONAL;SCORE_SME`},
	},
	{
		plan: "deadline", name: "the load is restarted, later each time", outcome: fact.Succeeded,
		batches:  map[string]sim.Batch{"BRANCH_LOAD": {Starts: []sim.Start{{Fails: sim.Whole}, {Fails: sim.Whole}}}},
		requests: []string{"trigger BRANCH_LOAD", "restart BRANCH_LOAD", "restart BRANCH_LOAD", "trigger BRANCH_FIGURES", "trigger BRANCH_PUBLISH"},
	},
	{
		plan: "feed", name: "the feed is there and the ledger closed", outcome: fact.Succeeded,
		requests: []string{"trigger TXN_LOAD"}, bodies: []string{`$FILE$:feeds/txn_20261120_*.dat,$BYTES$:10485760`},
	},
	{
		plan: "feed", name: "the feed is late", outcome: fact.Succeeded, beside: sim.Beside{Files: map[string]sim.File{"feeds/txn_20261120_1.dat": {Never: true}}},
		requests: []string{"trigger TXN_LOAD", "trigger LATE_FEED_REPORT"}, bodies: []string{`$FILE$:previous`},
	},
	{
		plan: "shared_ingest", name: "the ingest goes on", outcome: fact.Succeeded,
		beside:   sim.Beside{Plans: map[string]sim.PlanRun{"ingest": {Succeeds: sim.When{At: tonight.Add(time.Hour)}}}},
		requests: []string{"trigger AML_SCORE", "trigger AML_TREND"}, bodies: []string{`$REGION$:EMEA`},
	},
	{
		plan: "sign_off", name: "a member of the group signs off", outcome: fact.Succeeded,
		requests: []string{"trigger REG_LOAD", "trigger REG_RECONCILE", "trigger REG_ARCHIVE", "trigger REG_PUBLISH"},
	},
	{
		plan: "entities", name: "one of two entities is restarted in vain, and run again", outcome: fact.Succeeded, params: []string{"entities=DE,FR"},
		batches: map[string]sim.Batch{"RISK_SCORE": {Apart: []sim.Apart{{
			Where: map[string]string{"$ENTITY$": "DE"}, Batch: sim.Batch{Starts: []sim.Start{{Fails: sim.Whole}, {Fails: sim.Whole}}},
		}}}},
		requests: []string{
			"trigger CUSTOMER_LOAD", "trigger RISK_SCORE", "trigger RISK_SCORE", "restart RISK_SCORE", "rerun RISK_SCORE", "trigger SCORES_PUBLISH",
			"trigger SCORES_NOTE",
		},
		bodies: []string{`$ENTITY$:FR`, `$LATE$:DE`},
	},
	{
		plan: "republish", name: "the answer about the extract is lost", outcome: fact.Succeeded,
		faults:   []sim.Fault{{On: "trigger", Batch: "REG_EXTRACT", Nth: 1, Do: sim.DropAnswer}},
		requests: []string{"trigger TXN_LOAD", "trigger REG_EXTRACT", "trigger REG_EXTRACT"},
	},
	{
		plan: "republish", name: "the answer about the load is lost", outcome: fact.InDoubt,
		faults:   []sim.Fault{{On: "trigger", Batch: "TXN_LOAD", Do: sim.DropAnswer}},
		requests: []string{"trigger TXN_LOAD"},
	},
	{
		plan: "payments", name: "a Friday, with a failed screening", outcome: fact.Succeeded,
		batches:  map[string]sim.Batch{"PAYMENT_SCREENING": {Starts: []sim.Start{{Fails: sim.Whole}}}},
		requests: []string{"trigger PAYMENT_LOAD", "trigger PAYMENT_SCREENING", "restart PAYMENT_SCREENING", "trigger SETTLEMENT", "trigger NOSTRO_CLOSE"},
	},
}

// upstream is a batch run that somebody else started.
const upstream = "GL_FEED_2026-11-20_1795222800000_1"

// Every example plan goes through the real loader, machine, loop and client, in a world whose clock jumps.
func TestExampleNights(t *testing.T) {
	played := map[string]bool{}
	for _, n := range exampleNights {
		played["examples/plans/"+n.plan+".yaml"] = true
		t.Run(n.plan+"/"+strings.ReplaceAll(n.name, " ", "_"), n.play)
	}
	for _, file := range examplePlans(t) {
		if !played[file] {
			t.Errorf("no night is played with %s", file)
		}
	}
}

// play runs the plan and compares what became of it and what the scheduler was asked for.
func (n exampleNight) play(t *testing.T) {
	sc := sim.Scenario{Batches: n.batches, Groups: sim.Demo().Groups, Faults: n.faults}
	sc.Elsewhere = map[string]sim.Elsewhere{upstream: {Code: "GL_FEED"}}
	scheduler, err := sim.New(sc, sim.Options{})
	if err != nil {
		t.Fatal(err)
	}
	var journal sent
	var people signers
	world := virtual.New(tonight)
	result, err := drive.Run(t.Context(), world, runner.NewMachine(n.resolve(t)), drive.Config{
		Desk: exampleDesk(t, world, scheduler), Journal: &journal,
		Opening:   []runner.Event{runner.RunStarted{Plan: n.plan, StartedAt: tonight}},
		Senses:    virtual.Senses{Beside: n.beside, Start: tonight, Now: world.Now},
		Observers: drive.Observers{Turn: func(turn record.Turn) { journal.turn(turn); people.turn(turn) }},
		Inbox:     &people, Who: people.who,
	})
	if err != nil {
		t.Fatal(err)
	}
	if result.End == nil || result.End.Outcome != n.outcome {
		t.Errorf("got %+v, want %s\n%s", result.End, n.outcome, strings.Join(journal.refusals, "\n"))
	}
	var got []string
	for _, c := range scheduler.Carried() {
		got = append(got, c.Op+" "+c.Code)
	}
	if !slices.Equal(got, n.requests) {
		t.Errorf("got  %v\nwant %v", got, n.requests)
	}
	for _, want := range n.bodies {
		if !slices.ContainsFunc(journal.bodies, func(body string) bool { return strings.Contains(body, want) }) {
			t.Errorf("no request holds %s:\n%s", want, strings.Join(journal.bodies, "\n"))
		}
	}
}

// signers give every approval that is asked for.
type signers struct{ letters []state.Letter }

func (p *signers) turn(t record.Turn) {
	for _, m := range t.Decision.Moves {
		if m.To == runner.Awaiting {
			id := fmt.Sprintf("w%d", len(p.letters)+1)
			data, err := record.Say(runner.OperatorApproved{Statement: runner.Statement{ID: id, Reason: "it agrees"}, Step: m.Step, Request: m.Asks})
			if err != nil {
				panic(err) // it is nothing but text
			}
			p.letters = append(p.letters, state.Letter{ID: id, Owner: "carol", UID: "1003", Data: data})
		}
	}
}

func (p *signers) Letters() ([]state.Letter, error) { return p.letters, nil }

func (p *signers) Remove(id string) error {
	p.letters = slices.DeleteFunc(p.letters, func(l state.Letter) bool { return l.ID == id })
	return nil
}

// who takes everybody for whom an approval names.
func (p *signers) who(_ context.Context, uid string, q runner.Inquiry) (*runner.Approver, error) {
	return &runner.Approver{UID: uid, Users: q.Users, Groups: q.Groups}, nil
}

// resolve loads the plan and binds it to the night.
func (n exampleNight) resolve(t *testing.T) *plan.Resolved {
	t.Helper()
	file := "examples/plans/" + n.plan + ".yaml"
	p, err := plan.Load(os.DirFS("."), file, file)
	if err != nil {
		t.Fatal(err)
	}
	in := plan.Inputs{Now: tonight, RunID: "20261123T020000Z-example-0000", Target: "sim"}
	for _, p := range n.params {
		name, value, _ := strings.Cut(p, "=")
		in.Given = append(in.Given, plan.Given{Name: name, Value: value, From: "command line"})
	}
	r, err := p.Resolve(in)
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// exampleDesk is a client for the simulated scheduler, in that world.
func exampleDesk(t *testing.T, world *virtual.World, scheduler *sim.Scheduler) *dispatch.Desk {
	t.Helper()
	wire := scheduler.Transport(world.Now, world.Wait)
	auth := ofs.Auth{Grant: ofs.GrantClient, IAM: "https://iam.example.com"}
	auth.ClientID, auth.ClientSecret, auth.Timer = secret.New("client"), secret.New("hush"), world.Timer
	tokens, err := ofs.NewTokens(auth, world.Now, wire)
	if err != nil {
		t.Fatal(err)
	}
	cfg := ofs.Config{BaseURL: "https://ofs.example.com/acme"}
	cfg.Tenant, cfg.Service, cfg.User = "acme", "AML", "BATCHUSER"
	cfg.Timer, cfg.Now = world.Timer, world.Now
	client, err := ofs.New(cfg, tokens, ofs.Transport{Mutating: wire, Reading: wire})
	if err != nil {
		t.Fatal(err)
	}
	return dispatch.New(client, tokens, "example")
}

// sent is a journal that forgets all but the bodies of requests and what was said against them.
type sent struct{ bodies, refusals []string }

func (*sent) Append(...audit.Entry) error { return nil }

func (*sent) Sync() error { return nil }

// turn keeps the body of a request without its quotes, which depend on the encoding of parameters.
func (s *sent) turn(t record.Turn) {
	switch e := t.Event.(type) {
	case runner.RequestSent:
		s.bodies = append(s.bodies, strings.NewReplacer(`"`, "", `\`, "").Replace(e.Body))
	case runner.RequestRefused:
		s.refusals = append(s.refusals, e.Key.String()+": "+e.Code+" "+e.Summary)
	}
}

func TestExamplePlansLoad(t *testing.T) {
	for _, file := range examplePlans(t) {
		p, err := plan.Load(os.DirFS("."), file, file)
		if err != nil {
			t.Errorf("%s: %v", file, err)
			continue
		}
		for _, w := range p.Warnings {
			t.Errorf("%s is warned about: %v", file, w)
		}
	}
}

// examplePlans lists the plans we show.
func examplePlans(t *testing.T) []string {
	t.Helper()
	plans, err := filepath.Glob("examples/plans/*.yaml")
	plans = slices.DeleteFunc(plans, func(name string) bool { return strings.HasSuffix(name, "_test.yaml") })
	if err != nil || len(plans) < 6 {
		t.Fatalf("got plans %v, %v, want at least six", plans, err)
	}
	return plans
}

func TestExampleTargetsAreComplete(t *testing.T) {
	targetsLoad(t, block{file: "examples/ofsplan.yaml", line: 1, text: read(t, "examples/ofsplan.yaml")})
}

// Every plan we show has its tests beside it. They pass, and nothing in the plan is left that they do not exercise.
func TestExamplePlansPassTheirTests(t *testing.T) {
	for _, file := range examplePlans(t) {
		if _, err := os.Stat(strings.TrimSuffix(file, ".yaml") + "_test.yaml"); err != nil {
			t.Errorf("%s has no tests: %v", file, err)
		}
	}
	var out, errs bytes.Buffer
	if code := cli.Main([]string{"test", "examples/plans", "--min-coverage", "100"}, strings.NewReader(""), &out, &errs); code != 0 || errs.Len() > 0 {
		t.Errorf("exit code %d\n%s%s", code, errs.String(), out.String())
	}
}
