package local_test

import (
	"context"
	"fmt"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/secret"
	"ofsplan/ofs"
	"ofsplan/ofs/sim"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/dispatch"
	"ofsplan/runner/drive"
	"ofsplan/runner/local"
)

// abreast is how many calls may be under way at once, ours as well as the bare loop's.
const abreast = 8

// BenchmarkOverhead drives plans of zero-length batches (one trigger and one status each) against the
// simulated scheduler over HTTP, and has a bare loop send the same requests with the same concurrency and a
// group-commit log of as many records. What counts are the ratios: nothing asserts a time.
//
//	x-kept    over the bare loop's time with kept-alive connections for everything
//	x-fresh   over its time with a fresh connection for each trigger, as our own protocol wants it
//	µs/step   our own time
func BenchmarkOverhead(b *testing.B) {
	for _, shape := range []struct {
		name  string
		needs [][]int
	}{
		{"chain-1000", chainOf(1000)},
		{"fan-1000", make([][]int, 1000)},
		{"layers-100x100", layersOf(100, 100)},
	} {
		b.Run(shape.name, func(b *testing.B) {
			var ours, kept, fresh best
			text := planOf(shape.needs, "30s")
			for b.Loop() {
				ours.of(driven(b, text))
				kept.of(bare(b, shape.needs, true))
				fresh.of(bare(b, shape.needs, false))
			}
			b.ReportMetric(float64(ours)/float64(kept), "x-kept")
			b.ReportMetric(float64(ours)/float64(fresh), "x-fresh")
			b.ReportMetric(float64(time.Duration(ours).Microseconds())/float64(len(shape.needs)), "µs/step")
			b.ReportMetric(0, "ns/op")
		})
	}
}

// best is the shortest of some times: what disturbs a machine only ever adds. Zero: none yet.
type best time.Duration

func (b *best) of(d time.Duration) {
	if *b == 0 || best(d) < *b {
		*b = best(d)
	}
}

// chainOf is n steps, each after the one before.
func chainOf(n int) [][]int {
	needs := make([][]int, n)
	for i := 1; i < n; i++ {
		needs[i] = []int{i - 1}
	}
	return needs
}

// layersOf is layers of steps, each after three of the layer above.
func layersOf(layers, wide int) [][]int {
	needs := make([][]int, layers*wide)
	for i := wide; i < len(needs); i++ {
		above, at := i/wide*wide-wide, i%wide
		needs[i] = []int{above + at, above + (at+1)%wide, above + (at+wide-1)%wide}
	}
	return needs
}

// planOf is a plan of triggers with these needs.
func planOf(needs [][]int, poll string) string {
	var b strings.Builder
	fmt.Fprintf(&b, "version: 1\nname: bench\ndefaults: {poll: %s, timeout: 20h}\nsteps:\n", poll)
	for i, above := range needs {
		names := make([]string, len(above))
		for k, n := range above {
			names[k] = fmt.Sprintf("s%d", n)
		}
		fmt.Fprintf(&b, "  - {id: s%d, needs: [%s], trigger: {batch: B%d}}\n", i, strings.Join(names, ", "), i)
	}
	return b.String()
}

// serve is a simulated scheduler on loopback whose batches take as long.
func serve(tb testing.TB, d time.Duration) *sim.Server {
	tb.Helper()
	s, err := sim.New(sim.Scenario{Unknown: sim.Unknown{Duration: sim.Lasting(d)}}, sim.Options{})
	if err != nil {
		tb.Fatal(err)
	}
	server, err := sim.Serve(s, sim.ServeOptions{})
	if err != nil {
		tb.Fatal(err)
	}
	return server
}

// deskAt is a client for the scheduler at url, and the transport to be closed after it.
func deskAt(tb testing.TB, url string) (*dispatch.Desk, ofs.Transport) {
	tb.Helper()
	transport, err := ofs.NewTransport(ofs.TLS{})
	if err != nil {
		tb.Fatal(err)
	}
	auth := ofs.Auth{Grant: ofs.GrantClient, IAM: url}
	auth.ClientID, auth.ClientSecret = secret.New("id"), secret.New("secret")
	tokens, err := ofs.NewTokens(auth, time.Now, transport.Reading)
	if err != nil {
		tb.Fatal(err)
	}
	cfg := ofs.Config{BaseURL: url}
	cfg.Tenant, cfg.Service, cfg.User = "acme", "AML", "BATCHUSER"
	client, err := ofs.New(cfg, tokens, transport)
	if err != nil {
		tb.Fatal(err)
	}
	return dispatch.New(client, tokens, "run-1"), transport
}

// machineOf is a machine for the plan.
func machineOf(tb testing.TB, text string) *runner.Machine {
	tb.Helper()
	p, err := plan.Parse("bench.yaml", []byte(text))
	if err != nil {
		tb.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{Now: time.Now(), RunID: "run-1", Target: "sim"})
	if err != nil {
		tb.Fatal(err)
	}
	return runner.NewMachine(r)
}

// driven is how long a run of the plan takes, loading left out.
func driven(b *testing.B, text string) time.Duration {
	b.Helper()
	server := serve(b, 0)
	defer server.Close()
	desk, transport := deskAt(b, server.URL)
	defer transport.CloseIdle()
	j, err := audit.Create(audit.RealDisk{}, filepath.Join(b.TempDir(), "run-1"), "run-1")
	if err != nil {
		b.Fatal(err)
	}
	defer j.Close()
	m := machineOf(b, text)

	begun := time.Now()
	result, err := drive.Run(context.Background(), local.New(), m, drive.Config{
		Desk: desk, Journal: j, Limits: drive.Limits{ConcurrentCalls: abreast},
		Opening: []runner.Event{runner.RunStarted{Plan: "bench", StartedAt: begun.UTC()}},
	})
	took := time.Since(begun)
	if err != nil || result.End == nil || result.End.Outcome != fact.Succeeded {
		b.Fatalf("%+v, %v", result, err)
	}
	return took
}
