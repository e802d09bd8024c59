package forecast_test

import (
	"encoding/json"
	"errors"
	"fmt"
	"slices"
	"strings"
	"testing"
	"time"

	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/forecast"
	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
)

const night = `
version: 1
name: night
misdate: 2026-11-20
params: {region: {default: EMEA}, list: {type: list, default: "a,b"}, pin: {sensitive: true}}
steps:
  - id: load
    timeout: 1h
    poll: {every: 10s, factor: 1.5}
    trigger: {batch: LOAD, params: {$R$: "${{ params.region }}", $PIN$: "${{ params.pin }}"}}
    watch: [{if: elapsed > duration("30m"), do: interrupt}, {if: elapsed > duration("20m"), do: warn}]
    on_failure:
      - {if: failure.kind == "timeout", do: interrupt}
      - {do: rerun, times: 2}
      - {do: retry}
  - {id: late, if: steps.load.code > 0, trigger: {batch: "L_${{ steps.load.code }}", wait: false}, duplicate_safe: it only reads,
     on_failure: [{if: failure.kind == "in_doubt", do: retry}]}
  - {id: apac, if: params.region == "APAC", trigger: {batch: APAC, wait: false}}
  - {id: stop, interrupt: apac}
  - {id: nap, sleep: 90m}
  - {id: dawn, sleep: {until: "05:00"}}
  - {id: see, status: {step: load, tasks: [T1, "T${{ steps.load.code }}"]}}
  - {id: other, timeout: 1h, wait: {batch: OTHER, run: OTHER_1}, on_failure: [{do: restart}]}
  - {id: again, timeout: 1h, restart: {step: other}}
`

// bind binds a plan to a run that leaves those steps out.
func bind(t *testing.T, text string, skip ...string) *plan.Resolved {
	t.Helper()
	p, err := plan.Parse("night.yaml", []byte(text))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC), RunID: "20261123T020000Z-night-0000aa", Target: "lab", Part: plan.Part{Skip: skip}})
	if err != nil {
		t.Fatal(err)
	}
	return r
}

// desk is a desk for that run; cloud without a date of its own for groups.
func desk(t *testing.T, r *plan.Resolved) *dispatch.Desk {
	t.Helper()
	cfg := ofs.Config{BaseURL: "https://ofs.example.com/acme"}
	cfg.Tenant, cfg.Service, cfg.User, cfg.Agent = "acme", "OFS", "LABUSER", "ofsplan/test"
	d, err := forecast.Desk(cfg, r.RunID)
	if err != nil {
		t.Fatal(err)
	}
	return d
}

// told is a forecast in few words: each request by its operation, its mark and its body.
func told(t *testing.T, f *forecast.Forecast) string {
	t.Helper()
	var b strings.Builder
	for _, s := range f.Steps {
		fmt.Fprintf(&b, "%s: %s\n", s.ID, s.Does)
		for _, line := range []string{s.Skipped, s.If, s.DuplicateSafe} {
			if line != "" {
				fmt.Fprintf(&b, "  %s\n", line)
			}
		}
		for _, r := range s.Requests {
			agent := strings.TrimPrefix(r.Headers.Get("User-Agent"), "ofsplan/test")
			fmt.Fprintf(&b, "  %s\n    %s%s\n    %s\n", r.When, r.URL[strings.LastIndexByte(r.URL, '/')+1:], agent, r.Body)
		}
	}
	return b.String()
}

func TestEachStepTellsWhatItWouldSend(t *testing.T) {
	r := bind(t, night)
	f, err := forecast.Of(r, desk(t, r), forecast.Options{})
	if err != nil {
		t.Fatal(err)
	}
	want := `load: trigger batch LOAD
  the trigger
    trigger (<known at run time: run.id>/load/1/trigger/1)
    {"batchName":"LOAD","batchType":"rest","excludedTasks":"","heldTasks":"","dynamicParamList":"{\"batchParams\":{\"$FICMISDATE$\":\"2026-11-20\",\"$R$\":\"EMEA\",\"$PIN$\":\"[redacted]\"},\"taskRuntimeParams\":{}}"}
  then, at once and every 10s, each gap 1.5 times the last, until it ends
    status
    {"batchRunId":"<known at run time: steps.load.batch_run_id>"}
  watch (night.yaml:11:13): once, if elapsed > duration("30m")
    interrupt (<known at run time: run.id>/load/1/interrupt/1)
    {"batchName":"LOAD","batchRunId":"<known at run time: steps.load.batch_run_id>"}
  on_failure (night.yaml:13:9): at most 1 time, if failure.kind == "timeout"
    interrupt (<known at run time: run.id>/load/1/interrupt/1)
    {"batchName":"LOAD","batchRunId":"<known at run time: steps.load.batch_run_id>"}
  on_failure (night.yaml:14:9): before the rerun, when the batch run still goes on, as after a timeout
    interrupt (<known at run time: run.id>/load/2/interrupt/1)
    {"batchName":"LOAD","batchRunId":"<known at run time: steps.load.batch_run_id>"}
  on_failure (night.yaml:14:9): at most 2 times
    rerun (<known at run time: run.id>/load/2/rerun/1)
    {"batchName":"LOAD","batchRunId":"<known at run time: steps.load.batch_run_id>"}
late: trigger batch L_<known at run time: steps.load.code>
  steps.load.code > 0
  it only reads
  the trigger
    trigger (<known at run time: run.id>/late/1/trigger/1)
    {"batchName":"L_<known at run time: steps.load.code>","batchType":"rest","excludedTasks":"","heldTasks":"","dynamicParamList":"{\"batchParams\":{\"$FICMISDATE$\":\"2026-11-20\"},\"taskRuntimeParams\":{}}"}
apac: trigger
  params.region == "APAC" is false, with params.region = EMEA
stop: interrupt
  step "apac" does not run and has no batch run
nap: sleep 1h30m, nothing is sent
dawn: sleep until 05:00 Mon, in 3h (2026-11-23T05:00:00Z), nothing is sent
see: status batch LOAD, batch run <known at run time: steps.load.batch_run_id>
  once
    status
    {"batchRunId":"<known at run time: steps.load.batch_run_id>","tasks":["T1","T<known at run time: steps.load.code>"]}
other: wait batch OTHER, batch run OTHER_1
  at once and every 30s, until it ends
    status
    {"batchRunId":"OTHER_1"}
  on_failure (night.yaml:23:79): before the restart, when the batch run still goes on, as after a timeout
    interrupt (<known at run time: run.id>/other/2/interrupt/1)
    {"batchName":"OTHER","batchRunId":"<known at run time: steps.other.batch_run_id>"}
  on_failure (night.yaml:23:79): at most 1 time
    restart (<known at run time: run.id>/other/2/restart/1)
    {"batchName":"OTHER","batchRunId":"<known at run time: steps.other.batch_run_id>"}
again: restart batch OTHER, batch run <known at run time: steps.other.batch_run_id>
  the restart
    restart (<known at run time: run.id>/again/1/restart/1)
    {"batchName":"OTHER","batchRunId":"<known at run time: steps.other.batch_run_id>"}
  then, at once and every 30s, until it ends
    status
    {"batchRunId":"<known at run time: steps.again.batch_run_id>"}
`
	if diff := cmp.Diff(want, told(t, f)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	for _, c := range []struct {
		step, request int
		want          []string
	}{{0, 0, nil}, {0, 1, []string{"steps.load.batch_run_id"}}, {1, 0, []string{"steps.load.code"}}, {6, 0, []string{"steps.load.batch_run_id", "steps.load.code"}}} {
		if got := f.Steps[c.step].Requests[c.request].Unknown; !slices.Equal(got, c.want) {
			t.Errorf("unknown in request %d of step %q: %q", c.request, f.Steps[c.step].ID, got)
		}
	}
}

// A step that is left out sends nothing, and what needs its batch run sends nothing either.
func TestWhatIsLeftOutIsNotSent(t *testing.T) {
	r := bind(t, night, "load", "other")
	f, err := forecast.Of(r, desk(t, r), forecast.Options{Reason: "by hand"})
	if err != nil {
		t.Fatal(err)
	}
	skipped := map[string]string{}
	for _, s := range f.Steps {
		if s.Skipped != "" && len(s.Requests) > 0 {
			t.Errorf("%s: %q sends %+v", s.ID, s.Skipped, s.Requests)
		}
		skipped[s.ID] = s.Skipped
	}
	for id, want := range map[string]string{
		"load": "left out: by hand", "see": `step "load" does not run and has no batch run`, "other": "left out: by hand",
		"again": `step "other" does not run and has no batch run`, "late": "",
	} {
		if skipped[id] != want {
			t.Errorf("%s: %q, want %q", id, skipped[id], want)
		}
	}
}

// met is what a run would meet.
type met struct {
	Value string `json:"value"`
}

func (m met) String() string { return m.Value + ": none yet" }

func TestAStepIsPrintedWithWhatIsSaidOfIt(t *testing.T) {
	f := forecast.Forecast{Plan: "night", File: "night.yaml", Target: "lab", Steps: []forecast.Step{
		{ID: "a", At: "night.yaml:1:2", Does: "trigger", If: "steps.b.code > 0", Skipped: "left out: by hand"},
		{ID: "b", At: "night.yaml:2:2", Does: "trigger batch B", If: "steps.a.code > 0", DuplicateSafe: "it only reads"},
	}}
	var text strings.Builder
	if err := f.Print(&text); err != nil {
		t.Fatal(err)
	}
	want := `# plan night (night.yaml), target lab
# nothing was sent; these are the requests in the plan's order

# a (night.yaml:1:2): trigger
# skipped: left out: by hand

# b (night.yaml:2:2): trigger batch B
# only if steps.a.code > 0, which is known at run time
# in doubt, it may be repeated by a retry rule: it only reads
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

func TestAForecastIsForPeopleAndForPrograms(t *testing.T) {
	r := bind(t, night)
	f, err := forecast.Of(r, desk(t, r), forecast.Options{Token: true, Simulated: true})
	if err != nil {
		t.Fatal(err)
	}
	if b, err := json.Marshal(f); err != nil || strings.Contains(string(b), `"once":`) {
		t.Errorf("a plan without once: %v", err)
	}
	f.Once = met{"daily"}
	f.Steps = f.Steps[8:]
	var text strings.Builder
	if err := f.Print(&text); err != nil {
		t.Fatal(err)
	}
	headers := `Accept: application/json
Authorization: Bearer <known at run time: the access token>
Content-Type: application/json
locale: en-US
ofs_remote_user: LABUSER
ofs_service_id: OFS
ofs_tenant_id: acme
ofs_workspace_id: WS001
`
	want := `# simulated: plan night (night.yaml), target lab, misdate 2026-11-20
# simulated: nothing was sent; these are the requests in the plan's order
# simulated: param region = EMEA (default)
# simulated: param list = a,b (default)
# simulated: param pin = (sensitive) (stand-in)
# simulated: once daily: none yet

# simulated: again (night.yaml:24:5): restart batch OTHER, batch run <known at run time: steps.other.batch_run_id>
# simulated: the restart
POST https://ofs.example.com/acme/SchedulerService/rest-api/v1/external/restart
` + headers + `User-Agent: ofsplan/test (<known at run time: run.id>/again/1/restart/1)

{"batchName":"OTHER","batchRunId":"<known at run time: steps.other.batch_run_id>"}
# simulated: then, at once and every 30s, until it ends
POST https://ofs.example.com/acme/SchedulerService/rest-api/v1/external/status
` + headers + `User-Agent: ofsplan/test

{"batchRunId":"<known at run time: steps.again.batch_run_id>"}
`
	if diff := cmp.Diff(want, text.String()); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
	f.Steps[0].Requests = f.Steps[0].Requests[:0]
	b, err := json.Marshal(f)
	if err != nil {
		t.Fatal(err)
	}
	wantJSON := `{"plan":"night","file":"night.yaml","target":"lab","simulated":true,"misdate":"2026-11-20","params":[` +
		`{"name":"region","value":"EMEA","from":"default"},{"name":"list","items":["a","b"],"from":"default"},{"name":"pin","sensitive":true,"from":"stand-in"}],` +
		`"once":{"value":"daily"},"steps":[{"id":"again","at":"night.yaml:24:5","does":"restart batch OTHER, batch run \u003cknown at run time: steps.other.batch_run_id\u003e"}]}`
	if diff := cmp.Diff(wantJSON, string(b)); diff != "" {
		t.Errorf("(-want +got):\n%s", diff)
	}
}

const mistaken = `
version: 1
name: night
misdate: 2026-11-20
steps:
  - {id: load, timeout: 1h, trigger: {batch: LOAD, included: [T1]}}
  - {id: score, timeout: 1h, trigger: {group: SCORE}}
`

func TestWhatCannotBeSentIsSaidOfEveryStep(t *testing.T) {
	r := bind(t, mistaken)
	want := `step "score" (night.yaml:7:5): group "SCORE" has a date but no members to carry it
	name its members, or set group_date: top_level for a target that takes it (PBSM 26D)`
	if err := forecast.CheckTarget(r, desk(t, r)); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if _, err := forecast.Of(r, desk(t, r), forecast.Options{}); err == nil || err.Error() != want {
		t.Errorf("got %v", err)
	}
	if got := forecast.OnPremiseOnly(r); !slices.Equal(got, []string{`step "load" (night.yaml:6:5) includes tasks, which only on-premise schedulers know`}) {
		t.Errorf("got %q", got)
	}
}

func TestAForecastHasNoWayToTheScheduler(t *testing.T) {
	d := desk(t, bind(t, night))
	c := runner.Command{
		Key: runner.Key{Step: "load", Attempt: 1, Op: runner.OpTrigger, N: 1}, Order: &fact.Order{Object: fact.Batch, Code: "LOAD"},
		Permit: &runner.Permit{Text: "first request", Kind: runner.PermitFirst},
	}
	r, err := d.Prepare(&c)
	if err != nil {
		t.Fatal(err)
	}
	out := d.Send(t.Context(), r, func() error { return errors.New("the gate was opened") })
	if _, unsent := out.Event.(runner.RequestNotSent); !unsent || !strings.Contains(out.Message, "a forecast sends nothing") {
		t.Errorf("got %+v", out)
	}
	if _, err := forecast.Desk(ofs.Config{}, ""); err == nil {
		t.Error("a desk at no target")
	}
}
