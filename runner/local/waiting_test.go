package local_test

import (
	"bufio"
	"context"
	"errors"
	"fmt"
	"os"
	"os/exec"
	"path/filepath"
	"runtime"
	"runtime/debug"
	"strconv"
	"strings"
	"testing"
	"time"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/drive"
	"ofsplan/runner/local"
	"ofsplan/runner/record"
)

// waiters is how many batch runs BenchmarkWaiting waits for at once.
const waiters = 10_000

// waitingAt names the environment variable that makes this program the child of BenchmarkWaiting: the URL of the
// scheduler to run against. What the child prints is its resident memory in bytes, and its goroutines.
const waitingAt = "OFSPLAN_BENCH_WAITING_AT"

// BenchmarkWaiting has a process of its own wait for 10,000 batch runs, each looked at every ten seconds, and reports
// what it holds resident. The simulated scheduler is in this process, not in that one.
func BenchmarkWaiting(b *testing.B) {
	for b.Loop() {
		server := serve(b, 24*time.Hour)
		child := exec.Command(os.Args[0])
		child.Env = append(os.Environ(), waitingAt+"="+server.URL, "OFSPLAN_BENCH_DIR="+b.TempDir())
		child.Stderr = os.Stderr
		out, err := child.Output()
		server.Close()
		if err != nil {
			b.Fatal(err)
		}
		var resident, goroutines float64
		if _, err := fmt.Sscan(string(out), &resident, &goroutines); err != nil {
			b.Fatalf("%v: %q", err, out)
		}
		b.ReportMetric(resident/(1<<20), "MiB-resident")
		b.ReportMetric(goroutines, "goroutines")
	}
	b.ReportMetric(0, "ns/op")
}

// wait is the child: it drives a fan of batches that never end, and once all have been triggered and looked at twice
// more prints what it holds and leaves.
func wait(url string) error {
	var tb testing.B // for the helpers, which only ever fail through it
	desk, transport := deskAt(&tb, url)
	defer transport.CloseIdle()
	j, err := audit.Create(audit.RealDisk{}, filepath.Join(os.Getenv("OFSPLAN_BENCH_DIR"), "run-1"), "run-1")
	if err != nil {
		return err
	}
	m := machineOf(&tb, planOf(make([][]int, waiters), "10s"))
	debug.SetGCPercent(25) // as the program does for plans this large
	debug.FreeOSMemory()
	ctx, cancel := context.WithCancelCause(context.Background())
	accepted := 0
	result, err := drive.Run(ctx, local.New(), m, drive.Config{
		Desk: desk, Journal: j, Limits: drive.Limits{ConcurrentCalls: abreast},
		Opening: []runner.Event{runner.RunStarted{Plan: "bench", StartedAt: time.Now().UTC()}},
		Observers: drive.Observers{Turn: func(t record.Turn) {
			if _, ok := t.Event.(runner.RequestAccepted); !ok {
				return
			}
			if accepted++; accepted == waiters {
				time.AfterFunc(25*time.Second, func() {
					held, err := resident()
					fmt.Println(held, runtime.NumGoroutine())
					cancel(errors.Join(errors.New("measured"), err))
				})
			}
		}},
	})
	if err == nil && !result.Detached {
		err = fmt.Errorf("ended as %+v", result.End)
	}
	return errors.Join(err, j.Close())
}

// resident is how much of this process is in memory, in bytes.
func resident() (int64, error) {
	f, err := os.Open("/proc/self/status")
	if err != nil {
		return 0, err
	}
	defer f.Close()
	for lines := bufio.NewScanner(f); lines.Scan(); {
		if text, ok := strings.CutPrefix(lines.Text(), "VmRSS:"); ok {
			kib, err := strconv.ParseInt(strings.TrimSpace(strings.TrimSuffix(text, "kB")), 10, 64)
			return kib << 10, err
		}
	}
	return 0, errors.New("/proc/self/status holds no VmRSS")
}
