package schema_test

import (
	"fmt"
	"math/rand/v2"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/rehearse"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/expr/sample"
)

// A plan that the loader accepts, the schema accepts, and the machine carries out without meeting a name that is not known or a value of the wrong
// kind, in whatever night. Plans are drawn: every second one with a slip in one of its expressions or keys, which the loader has to find.
func TestAValidPlanMeetsNoWrongNameAndNoWrongKind(t *testing.T) {
	validate := compiled(t).Validate
	count := 400
	if testing.Short() {
		count = 80
	}
	valid, refusedAtStart, met := 0, 0, 0
	for i := range count {
		d := &plans{rand: rand.New(rand.NewPCG(20261128, uint64(i))), wrong: 60 * (i % 2)}
		text := d.plan()
		p, err := plan.Parse("drawn.yaml", []byte(text))
		if err != nil {
			if i%2 == 0 && !strings.Contains(err.Error(), "evaluate") && !d.impossible(err) {
				t.Errorf("a plan without slips is refused:\n%s\n%v", text, err)
			}
			continue
		}
		valid++
		if err := validate(read(t, []byte(text))); err != nil {
			t.Errorf("the schema refuses what the loader accepts:\n%s\n%v", text, err)
		}
		r, err := d.night(p).Run()
		if err != nil {
			if refusedAtStart++; !sample.OfValue(err) {
				t.Errorf("it does not start:\n%s\n%v", text, err)
			}
			continue
		}
		for _, line := range strings.Split(string(r.Journal), "\n") {
			if at := strings.Index(line, "evaluate "); at >= 0 {
				if met++; !sample.OfValue(fmt.Errorf("%s", line)) {
					t.Errorf("in mid-night:\n%s\n%s", text, line)
				}
			}
		}
	}
	if valid < count/3 || refusedAtStart == 0 || met == 0 {
		t.Errorf("of %d plans %d are valid, %d do not start, %d times one has no value: too few to say anything", count, valid, refusedAtStart, met)
	}
}

// plans draws plans.
type plans struct {
	rand  *rand.Rand
	wrong int
}

// impossible reports a problem of a plan that was meant to be right: chance compares a word with what it can never be, names a task
// twice, or asks in vain.
func (d *plans) impossible(err error) bool {
	for _, words := range []string{
		" never ", "is not a whole number", "is not a number", "is not a date", "longer than",
	} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}

// cond is a condition over what is known there, and value what goes to the scheduler.
func (d *plans) cond(names map[sample.Kind][]string) string {
	w := &sample.Writer{Rand: d.rand, Names: names, Wrong: d.wrong}
	return "'" + strings.ReplaceAll(w.Of(sample.Bool, 1+d.rand.IntN(3)), "'", "''") + "'"
}

func (d *plans) value(names map[sample.Kind][]string) string {
	w := &sample.Writer{Rand: d.rand, Names: names, Wrong: d.wrong}
	k := []sample.Kind{sample.Text, sample.Int, sample.Number, sample.Day, sample.Duration, sample.Bool, sample.List}[d.rand.IntN(7)]
	return "'a ${{ " + strings.ReplaceAll(w.Of(k, 1+d.rand.IntN(3)), "'", "''") + " }}'"
}

// known is what every step may name, with some names more.
func known(more map[sample.Kind][]string, steps []string) map[sample.Kind][]string {
	all := map[sample.Kind][]string{
		sample.Text: {"params.region", "params.text", "plan.name", "run.id"}, sample.Int: {"params.n"}, sample.Number: {"params.rate"}, sample.Bool: {"params.full"},
		sample.Day: {"misdate", "params.day"}, sample.List: {"params.codes"}, sample.Moment: {"run.started_at"},
	}
	for _, id := range steps {
		s := "steps." + id + "."
		all[sample.Text] = append(all[sample.Text], s+"outcome", s+"batch_status", s+"failure.kind", s+"batch_run_id")
		all[sample.Int] = append(all[sample.Int], s+"attempts")
		all[sample.Moment] = append(all[sample.Moment], s+"started_at")
		all[sample.Duration] = append(all[sample.Duration], s+"elapsed")
		all[sample.List] = append(all[sample.List], s+"failed_tasks")
	}
	for k, names := range more {
		all[k] = append(all[k], names...)
	}
	return all
}

func (d *plans) half() bool { return d.rand.IntN(2) == 0 }

// plan writes one.
func (d *plans) plan() string {
	var b strings.Builder
	b.WriteString("version: 1\nname: drawn\nmisdate: ${{ params.day }}\ndefaults: {timeout: 2h, poll: 1m}\nparams:\n" +
		"  region: {enum: [EMEA, APAC], default: EMEA}\n  text: {default: x}\n  n: {type: int, default: 2}\n  rate: {type: number, default: 0.25}\n" +
		"  full: {type: bool, default: true}\n  day: {type: date, default: 2026-11-20}\n  codes: {type: list, default: [A, failed]}\nsteps:\n")
	var above []string
	needs := map[sample.Kind][]string{sample.Bool: {"succeeded()", "failed()", "always()"}}
	run := map[sample.Kind][]string{sample.Text: {"batch_run.batch_status"}, sample.Int: {"attempt"}, sample.Duration: {"elapsed"}, sample.List: {"batch_run.failed_tasks"}}
	failure := map[sample.Kind][]string{sample.Text: {"failure.kind", "failure.message"}, sample.Int: {"attempt"}, sample.Duration: {"elapsed"}}
	for i := range 2 + d.rand.IntN(3) {
		id := fmt.Sprintf("s%d", i)
		fmt.Fprintf(&b, "  - id: %s\n    allow_failure: true\n    trigger: {batch: B%d, params: {$A$: %s, $B$: %s}}\n", id, i, d.value(known(nil, above)), d.value(known(nil, above)))
		if d.half() {
			fmt.Fprintf(&b, "    if: %s\n", d.cond(known(needs, above)))
		}
		if d.half() {
			fmt.Fprintf(&b, "    watch: [{if: %s, do: warn}]\n", d.cond(known(run, above)))
		}
		if d.half() {
			fmt.Fprintf(&b, "    on_failure: [{if: %s, do: restart}, {if: %s, do: continue}]\n", d.cond(known(failure, above)), d.cond(known(failure, above)))
		}
		if d.wrong > 0 && d.rand.IntN(6) == 0 {
			fmt.Fprintf(&b, "    %s: 1h\n", []string{"timeuot", "depends_on", "retries"}[d.rand.IntN(3)])
		}
		above = append(above, id)
	}
	end := map[sample.Kind][]string{sample.Text: {"outcome", "failure.kind", "failure.step"}, sample.Int: {"failure.code"}}
	fmt.Fprintf(&b, "finally:\n  - id: last\n    if: %s\n    trigger: {batch: LAST, params: {$A$: %s}}\n", d.cond(known(end, above)), d.value(known(nil, above)))
	return b.String()
}

// night is one in which some batches fail.
func (d *plans) night(p *plan.Plan) rehearse.Night {
	sc := sim.Scenario{Batches: map[string]sim.Batch{}}
	for i := range 5 {
		if d.half() {
			sc.Batches[fmt.Sprintf("B%d", i)] = sim.Batch{Starts: []sim.Start{{Fails: sim.Whole}}}
		}
	}
	return rehearse.Night{Plan: p, Scenario: sc, At: time.Date(2026, 11, 21, 1, 0, 0, 0, time.UTC)}
}
