package proof

import (
	"bytes"
	"fmt"
	"io"
	"io/fs"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"sync/atomic"
	"testing"
)

// sealed is a plan with a secret that two of its requests send.
var sealed = fragile{"sealed", `
version: 1
name: sealed
defaults: {poll: 10ms, timeout: 1m}
params:
  pin: {sensitive: true}
steps:
  - id: extract
    trigger: {batch: EXTRACT, params: {$PIN$: "${{ params.pin }}"}}
  - id: load
    trigger: {batch: LOAD}
  - id: publish
    trigger: {batch: PUBLISH, params: {$PIN$: "<${{ params.pin }}>"}}
`, `
version: 1
unknown_batches: succeed in 0s
faults:
  - {do: slow, delay: 4ms}
`}

// pin is what the processes of a yard with a sensitive parameter are given.
const pin = "hunter2-of-the-feed"

// heard is every body a yard's scheduler was sent for a trigger.
type heard struct {
	mu     sync.Mutex
	bodies []string
}

// listen keeps what triggers hold, once somebody listens.
func (y *yard) listen(next http.Handler) http.Handler {
	return http.HandlerFunc(func(w http.ResponseWriter, r *http.Request) {
		if h := y.heard.Load(); h != nil && strings.HasSuffix(r.URL.Path, "/trigger") {
			body, err := io.ReadAll(r.Body)
			if err != nil {
				panic(http.ErrAbortHandler)
			}
			h.mu.Lock()
			h.bodies = append(h.bodies, string(body))
			h.mu.Unlock()
			r.Body = io.NopCloser(bytes.NewReader(body))
		}
		next.ServeHTTP(w, r)
	})
}

// A process with a secret is killed with SIGKILL at every record, and those that take its run up are killed too. Each is
// given the secret again. In the end the run has ended as it does without kills, every request that needed the secret
// held it, nothing was carried out twice, and the secret stands in no file.
func TestKilledRunnersWithASecret(t *testing.T) {
	binary := buildBinary(t)
	dir := t.TempDir()
	y, err := newYard(binary, dir, sealed.plan, sealed.scenario)
	if err != nil {
		t.Fatal(err)
	}
	defer y.close()
	c, code, err := y.run("run", "plan.yaml", "--target", "lab")
	if err != nil || code != 0 {
		t.Fatalf("%v\n%s", err, c)
	}
	usual, err := y.show()
	if err != nil {
		t.Fatal(err)
	}
	hit := &boundaries{at: map[int]bool{}}
	var kills atomic.Int64
	inParallel(6, y.records(), func(k int) {
		m := murder{after: k, then: []int{1 + k%3, 2, 1}, hit: hit, kills: &kills, usual: usual.outcomes(), code: code, heard: &heard{}}
		home := filepath.Join(dir, fmt.Sprint(k))
		if err := m.commit(binary, home, sealed); err != nil {
			t.Errorf("killed after record %d: %v", k, err)
		}
		for _, body := range m.heard.bodies {
			if strings.Contains(body, pin) == strings.Contains(body, `"LOAD"`) {
				t.Errorf("killed after record %d: a request was sent as %s", k, body)
			}
		}
		if err := findPin(filepath.Join(home, "state")); err != nil {
			t.Errorf("killed after record %d: %v", k, err)
		}
	})
	t.Logf("%d kills, right after records %v", kills.Load(), hit.at)
	if kills.Load() == 0 {
		t.Error("nobody was killed")
	}
}

// findPin looks for the secret in every file below a folder.
func findPin(dir string) error {
	return filepath.WalkDir(dir, func(name string, d fs.DirEntry, err error) error {
		if err != nil || d.IsDir() {
			return err
		}
		data, err := os.ReadFile(name)
		if err == nil && bytes.Contains(data, []byte(pin)) {
			err = fmt.Errorf("%s holds the secret", name)
		}
		return err
	})
}
