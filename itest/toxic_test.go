package itest

import (
	"bytes"
	"context"
	"errors"
	"fmt"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/local"
	"ofsplan/runner/record"
)

// What networks do to a connection, and what we may say of a request that went through it.
func TestEachToxic(t *testing.T) {
	const short = 150 * time.Millisecond
	tests := []struct {
		name, kind, direction, attributes string
		patience                          time.Duration
		class                             ofs.Class
		trouble                           ofs.Trouble
		carried                           bool
	}{
		{"late", "latency", "downstream", `"latency":30,"jitter":20`, 0, ofs.Accepted, "", true},
		{"late there and back", "latency", "upstream", `"latency":30`, 0, ofs.Accepted, "", true},
		{"too late", "latency", "downstream", `"latency":400`, short, ofs.InDoubt, ofs.Slow, true},
		{"sent too late", "latency", "upstream", `"latency":400`, short, ofs.InDoubt, ofs.Slow, false},
		{"thin", "bandwidth", "upstream", `"rate":20`, 0, ofs.Accepted, "", true},
		{"thin answer", "bandwidth", "downstream", `"rate":20`, 0, ofs.Accepted, "", true},
		{"in slices", "slicer", "upstream", `"average_size":7,"size_variation":5,"delay":100`, 0, ofs.Accepted, "", true},
		{"answer in slices", "slicer", "downstream", `"average_size":7,"size_variation":5,"delay":100`, 0, ofs.Accepted, "", true},
		{"slow to close", "slow_close", "upstream", `"delay":50`, 0, ofs.Accepted, "", true},
		{"answer slow to close", "slow_close", "downstream", `"delay":50`, 0, ofs.Accepted, "", true},
		{"swallowed", "timeout", "upstream", `"timeout":50`, 0, ofs.InDoubt, "", false},
		{"answer swallowed", "timeout", "downstream", `"timeout":50`, 0, ofs.InDoubt, "", true},
		{"swallowed for ever", "timeout", "upstream", `"timeout":0`, short, ofs.InDoubt, ofs.Slow, false},
		{"answer swallowed to its end", "timeout", "downstream", `"timeout":0`, 0, ofs.InDoubt, "", true},
		{"reset", "reset_peer", "upstream", `"timeout":0`, 0, ofs.InDoubt, "", false},
		{"reset late", "reset_peer", "upstream", `"timeout":30`, 0, ofs.InDoubt, "", false},
		{"answer reset", "reset_peer", "downstream", `"timeout":0`, 0, ofs.InDoubt, "", true},
		{"answer reset late", "reset_peer", "downstream", `"timeout":30`, 0, ofs.InDoubt, "", true},
	}
	for _, secure := range []bool{false, true} {
		for _, tt := range tests {
			if secure && tt.class == ofs.InDoubt {
				continue // would meet the handshake: see TestTLSCutAtManyBytes
			}
			t.Run(fmt.Sprintf("%s, tls %v", tt.name, secure), func(t *testing.T) {
				r := newRoad(t, secure, tt.patience)
				r.lay(toxic(tt.kind, tt.direction, tt.attributes))
				receipt := r.trigger("mark")
				if receipt.Class != tt.class || receipt.Trouble != tt.trouble {
					t.Errorf("got %+v", receipt)
				}
				if _, carried := r.settle()["mark"]; tt.patience == 0 && carried != tt.carried {
					t.Errorf("carried out: %v", carried)
				}
			})
		}
	}
}

// A handshake that breaks: nothing was sent.
func TestAHandshakeThatBreaks(t *testing.T) {
	for _, kind := range []string{"reset_peer", "timeout"} {
		r := newRoad(t, true, 0)
		r.lay(toxic(kind, "downstream", `"timeout":20`))
		if receipt := r.trigger("mark"); receipt.Class != ofs.NotSent {
			t.Errorf("%s: %+v", kind, receipt)
		}
		r.settle()
	}
}

// Nobody at the near end, and nobody at the far end.
func TestAProxyThatIsGone(t *testing.T) {
	r := newRoad(t, false, 0)
	r.lay()
	r.server.Close()
	if receipt := r.trigger("far"); receipt.Class != ofs.InDoubt {
		t.Errorf("the far end is gone: %+v", receipt)
	}
	r.proxy.Stop()
	if receipt := r.trigger("near"); receipt.Class != ofs.NotSent || receipt.Trouble != ofs.Unreachable {
		t.Errorf("the near end is gone: %+v", receipt)
	}
	if len(r.settle()) != 0 {
		t.Error("something was carried out")
	}
}

// A night over a road on which connections break at random. Every key is carried out at most once, and what was
// carried out is what the journal calls accepted or in doubt.
func TestANightOverABadRoad(t *testing.T) {
	r := newRoad(t, false, 2*time.Second)
	r.lay(
		`{"name":"a","type":"reset_peer","stream":"downstream","toxicity":0.15,"attributes":{"timeout":0}}`,
		`{"name":"b","type":"limit_data","stream":"upstream","toxicity":0.15,"attributes":{"bytes":300}}`,
		`{"name":"c","type":"limit_data","stream":"downstream","toxicity":0.15,"attributes":{"bytes":200}}`,
		`{"name":"d","type":"slicer","stream":"downstream","toxicity":0.5,"attributes":{"average_size":20,"delay":50}}`,
		`{"name":"e","type":"latency","stream":"upstream","toxicity":0.5,"attributes":{"latency":5,"jitter":5}}`,
	)
	disk := &audit.Memory{}
	journal, err := audit.Create(disk, "/runs/"+runID, runID)
	if err != nil {
		t.Fatal(err)
	}
	fates := r.drive(journal)
	carried := r.carried()
	if len(fates) < 24 {
		t.Errorf("%d requests have a fate in the journal", len(fates))
	}
	counts := map[string]int{}
	for key, fate := range fates {
		_, was := carried[runID+"/"+key]
		counts[fmt.Sprintf("%s %v", fate, was)]++
		delete(carried, runID+"/"+key)
	}
	if counts["request.accepted false"]+counts["request.not_sent true"]+counts["request.refused true"] > 0 || len(carried) > 0 {
		t.Errorf("%v, and carried out unknown to the journal: %v", counts, carried)
	}
	t.Logf("fates, and whether carried out: %v", counts)
	f, err := disk.Read(journal.Path())
	if err != nil {
		t.Fatal(err)
	}
	if verdict, err := audit.Verify(f, audit.Expect{Run: runID}); err != nil || verdict.Err() != nil {
		t.Error(err, verdict.Err())
	}
}

// drive runs a plan of many triggers over the road and returns what became of each request, by key.
func (r *road) drive(journal *audit.Journal) map[string]string {
	r.t.Helper()
	var b bytes.Buffer
	b.WriteString("version: 1\nname: bad_road\nsteps:\n")
	for i := range 24 {
		fmt.Fprintf(&b, "  - id: s%d\n    needs: []\n    poll: 1s\n    trigger: {batch: B%d, wait: %v}\n", i, i, i%4 == 0)
	}
	p, err := plan.Parse("bad_road.yaml", b.Bytes())
	if err != nil {
		r.t.Fatal(err)
	}
	resolved, err := p.Resolve(plan.Inputs{Now: time.Now().UTC(), RunID: runID, Target: "itest"})
	if err != nil {
		r.t.Fatal(err)
	}
	ctx, cancel := context.WithTimeoutCause(r.t.Context(), time.Minute, errors.New("the night takes too long"))
	defer cancel()
	fates := map[string]string{}
	result, err := drive.Run(ctx, local.New(), runner.NewMachine(resolved), drive.Config{
		Desk: dispatch.New(r.client, nil, runID), Journal: journal,
		Opening: []runner.Event{runner.RunStarted{Plan: p.Name, StartedAt: resolved.StartedAt}},
		Jitter:  func() float64 { return 0 },
		Observers: drive.Observers{Turn: func(t record.Turn) {
			switch t.Event.(type) {
			case runner.RequestAccepted, runner.RequestRefused, runner.RequestNotSent, runner.RequestInDoubt:
				fates[t.Event.Subject().String()] = t.Event.Type()
			}
		}},
	})
	if err != nil || result.Detached {
		r.t.Fatalf("left as %+v, %v", result, err)
	}
	return fates
}
