package scenario_test

import (
	"bytes"
	"os"
	"testing"
	"time"

	"github.com/cockroachdb/datadriven"
	"github.com/google/go-cmp/cmp"

	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source/torture"
	"ofsplan/ofs/sim"
)

// The whole format in one file.
func TestScenarioIsReadWhole(t *testing.T) {
	data, err := os.ReadFile("testdata/usual.yaml")
	if err != nil {
		t.Fatal(err)
	}
	got, err := scenario.Read("usual.yaml", data)
	if err != nil {
		t.Fatal(err)
	}
	want := usual()
	if diff := cmp.Diff(want, got); diff != "" {
		t.Errorf("scenario (-want +got):\n%s", diff)
	}
	if _, err := sim.New(got, sim.Options{}); err != nil {
		t.Error(err)
	}
}

// usual is testdata/usual.yaml.
func usual() sim.Scenario {
	minutes := func(n int) *sim.Length { return sim.Lasting(time.Duration(n) * time.Minute) }
	return sim.Scenario{
		Seed:  7,
		Start: time.Date(2026, 11, 23, 1, 0, 0, 0, time.UTC),
		Batches: map[string]sim.Batch{
			"DATA_LOAD": {
				Duration: &sim.Length{Mean: 40 * time.Minute, Spread: 4 * time.Minute},
				Tasks: []sim.Task{
					{Code: "EXTRACT", Duration: minutes(10)},
					{Code: "TRANSFORM", Duration: minutes(20), After: []string{"EXTRACT"}},
					{Code: "STAGE_TXN", After: []string{"TRANSFORM"}},
				},
				Starts: []sim.Start{{Fails: "TRANSFORM", At: 12 * time.Minute}},
			},
			"PUBLISH": {Refuse: -6},
			"ARCHIVE": {
				Tasks: []sim.Task{{Code: "REVIEW"}},
				Starts: []sim.Start{
					{Hangs: sim.Whole}, {AbortsAt: 3 * time.Minute}, {Holds: []string{"REVIEW"}},
					{InterruptedAt: time.Minute, NewID: true},
				},
			},
			"QUICK": {Duration: minutes(0)},
		},
		Elsewhere: map[string]sim.Elsewhere{
			"UPSTREAM_2026-11-20_1795222800000_1":     {Code: "UPSTREAM", Own: &sim.Batch{Duration: minutes(90)}},
			"SCORE_RETAIL_2026-11-20_1795222800000_1": {Code: "SCORE_RETAIL", Group: true},
		},
		Groups: map[string]sim.Group{"SCORE_RETAIL": {
			Members: []sim.Member{
				{Code: "SCORE_ACCOUNTS", Own: &sim.Batch{Duration: minutes(60)}},
				{Code: "SCORE_CUSTOMERS", After: []string{"SCORE_ACCOUNTS"}, Own: &sim.Batch{
					Duration: &sim.Length{Mean: 30 * time.Minute, Spread: 5 * time.Minute},
				}},
				{Code: "QUICK", After: []string{"SCORE_ACCOUNTS", "SCORE_CUSTOMERS"}},
			},
			Starts: []sim.Start{{Refuse: -4}, {Fails: sim.Whole}},
		}},
		Faults: []sim.Fault{
			{On: "trigger", Batch: "DATA_LOAD", Nth: 1, Do: sim.DropAnswer},
			{On: "status", Every: 20, Do: sim.HTTPStatus, Status: 503, RetryAfter: 30 * time.Second},
			{On: "token", Nth: 2, Do: sim.InvalidGrant},
			{At: &sim.Clock{Hour: 3, Minute: 10}, For: 20 * time.Minute, Do: sim.Down},
			{At: &sim.Clock{Hour: 3, Minute: 45}, Do: sim.KillRunner},
			{On: "status", Do: sim.Slow, Delay: 5 * time.Second},
		},
		Unknown:  sim.Unknown{Duration: minutes(5)},
		Deadline: &sim.Clock{Hour: 5, Minute: 30},
		History:  map[string]*sim.Length{"DATA_LOAD": sim.Lasting(40 * time.Minute), "PUBLISH": {Mean: 10 * time.Minute, Spread: 30 * time.Minute}},
	}
}

// What bad scenarios get: every problem at its place.
func TestScenarioProblems(t *testing.T) {
	datadriven.RunTest(t, "testdata/problems", func(t *testing.T, d *datadriven.TestData) string {
		_, err := scenario.Read("s.yaml", []byte(d.Input))
		if err == nil {
			return "fine"
		}
		return err.Error()
	})
}

// Whatever the bytes, reading neither panics nor accepts what the simulator then refuses; problems are at places in the
// file, and what is accepted is read again as it is written.
func FuzzScenario(f *testing.F) {
	data, err := os.ReadFile("testdata/usual.yaml")
	if err != nil {
		f.Fatal(err)
	}
	f.Add(data)
	for _, c := range torture.Cases(f, "../../source/testdata/torture") {
		if len(c.Data) < 4096 {
			f.Add(c.Data)
		}
	}
	f.Add([]byte("version: 1\nbatches: {A: {tasks: {X: {after: X}}}}\n"))
	f.Add([]byte("version: 1\nfaults: [{do: 99}, 3, {at: '25:00', do: down}]\n"))
	f.Fuzz(func(t *testing.T, data []byte) {
		sc, err := scenario.Read("s.yaml", data)
		if err != nil {
			for _, wrong := range torture.Outside("s.yaml", err.Error(), data) {
				t.Errorf("%s\n%v", wrong, err)
			}
			return
		}
		text := scenario.Text(sc, "")
		again, err := scenario.Read("s.yaml", text)
		if err != nil {
			t.Fatalf("written as\n%s\n%v", text, err)
		}
		if twice := scenario.Text(again, ""); !bytes.Equal(twice, text) {
			t.Errorf("written as\n%s\nand then as\n%s", text, twice)
		}
		if _, err := sim.New(sc, sim.Options{}); err != nil {
			t.Errorf("read without a word, and yet: %v", err)
		}
	})
}
