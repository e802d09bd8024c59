package local_test

import (
	"bytes"
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"os"
	"path/filepath"
	"strings"
	"sync"
	"testing"
	"time"

	"ofsplan/ofs"
)

// bare is how long a bare loop takes for the same requests: workers that trigger and ask once, in the order the
// needs allow, with a log of as many lines and syncs as a careful loop cannot do without. With kept, all
// connections are kept alive; else each trigger gets a fresh one.
func bare(b *testing.B, needs [][]int, kept bool) time.Duration {
	b.Helper()
	server := serve(b, 0)
	defer server.Close()
	l := &bareLoop{b: b, url: server.URL + ofs.CloudPath + "/", log: newCommits(b)}
	reading := &http.Transport{MaxIdleConnsPerHost: abreast}
	defer reading.CloseIdleConnections()
	l.asking = &http.Client{Transport: reading}
	l.triggering = l.asking
	if !kept {
		l.triggering = &http.Client{Transport: &http.Transport{DisableKeepAlives: true}}
	}
	begun := time.Now()
	l.token = l.fetch(server.URL)
	l.flow(needs)
	l.log.close()
	return time.Since(begun)
}

type bareLoop struct {
	b                  *testing.B
	url, token         string
	asking, triggering *http.Client
	log                *commits
}

// flow works through the steps as their needs are met.
func (l *bareLoop) flow(needs [][]int) {
	open, below := make([]int, len(needs)), make([][]int, len(needs))
	ready := make(chan int, len(needs))
	for i, above := range needs {
		open[i] = len(above)
		for _, n := range above {
			below[n] = append(below[n], i)
		}
		if len(above) == 0 {
			ready <- i
		}
	}
	var mu sync.Mutex
	var left = len(needs)
	var workers sync.WaitGroup
	for range abreast {
		workers.Go(func() {
			for i := range ready {
				l.step(i)
				mu.Lock()
				for _, n := range below[i] {
					if open[n]--; open[n] == 0 {
						ready <- n
					}
				}
				if left--; left == 0 {
					close(ready)
				}
				mu.Unlock()
			}
		})
	}
	workers.Wait()
}

// step triggers one batch and asks for it once: the intent and the accepted id are synced, the end rides along.
func (l *bareLoop) step(i int) {
	body := fmt.Sprintf(`{"batchName":"B%d","batchType":"rest","excludedTasks":"","heldTasks":""}`, i)
	l.log.add(fmt.Sprintf(`{"step":"s%d","type":"request.sent","data":%s}`, i, body), true)
	var run struct{ BatchRunID, BatchStatusCode string }
	l.post(l.triggering, "trigger", body, &run)
	l.log.add(fmt.Sprintf(`{"step":"s%d","type":"request.accepted","data":{"batch_run_id":%q}}`, i, run.BatchRunID), true)
	l.post(l.asking, "status", fmt.Sprintf(`{"batchRunId":%q}`, run.BatchRunID), &run)
	if run.BatchStatusCode != "0" {
		l.b.Errorf("B%d: status %q", i, run.BatchStatusCode)
	}
	l.log.add(fmt.Sprintf(`{"step":"s%d","type":"batch.observed","data":{"status":"succeeded"}}`, i), false)
}

func (l *bareLoop) post(c *http.Client, op, body string, into any) {
	req, err := http.NewRequest("POST", l.url+op, strings.NewReader(body))
	if err != nil {
		l.b.Fatal(err)
	}
	for k, v := range map[string]string{
		"ofs_tenant_id": "acme", "ofs_service_id": "AML", "ofs_workspace_id": "WS001", "ofs_remote_user": "BATCHUSER",
		"locale": "en-US", "Content-Type": "application/json", "Authorization": "Bearer " + l.token,
	} {
		req.Header.Set(k, v)
	}
	l.do(c, req, into)
}

// fetch gets the token.
func (l *bareLoop) fetch(url string) string {
	req, err := http.NewRequest("POST", url+"/oauth2/v1/token", strings.NewReader("grant_type=client_credentials"))
	if err != nil {
		l.b.Fatal(err)
	}
	req.SetBasicAuth("id", "secret")
	req.Header.Set("Content-Type", "application/x-www-form-urlencoded")
	var got struct {
		Token string `json:"access_token"`
	}
	l.do(l.asking, req, &got)
	return got.Token
}

func (l *bareLoop) do(c *http.Client, req *http.Request, into any) {
	resp, err := c.Do(req)
	if err != nil {
		l.b.Error(err)
		return
	}
	defer resp.Body.Close()
	data, err := io.ReadAll(resp.Body)
	if err == nil {
		err = json.Unmarshal(data, into)
	}
	if err != nil || resp.StatusCode != 200 {
		l.b.Errorf("%s: %s: %s, %v", req.URL, resp.Status, data, err)
	}
}

// commits is a log with group commit: lines that are ready together share a write and, when one wants it, a sync.
type commits struct {
	f    *os.File
	in   chan commit
	done chan struct{}
}

type commit struct {
	line   string
	synced chan struct{} // closed when it is durable; nil: nobody waits
}

func newCommits(b *testing.B) *commits {
	b.Helper()
	f, err := os.Create(filepath.Join(b.TempDir(), "log"))
	if err != nil {
		b.Fatal(err)
	}
	c := &commits{f: f, in: make(chan commit, 4*abreast), done: make(chan struct{})}
	go c.run(b)
	return c
}

func (c *commits) add(line string, sync bool) {
	if !sync {
		c.in <- commit{line: line}
		return
	}
	synced := make(chan struct{})
	c.in <- commit{line, synced}
	<-synced
}

func (c *commits) run(b *testing.B) {
	defer close(c.done)
	for first := range c.in {
		var buf bytes.Buffer
		waiting := takeIn(&buf, nil, first)
		for more := len(c.in); more > 0; more-- {
			waiting = takeIn(&buf, waiting, <-c.in)
		}
		_, err := c.f.Write(buf.Bytes())
		if err == nil && len(waiting) > 0 {
			err = c.f.Sync()
		}
		if err != nil {
			b.Error(err)
		}
		for _, w := range waiting {
			close(w)
		}
	}
}

func takeIn(buf *bytes.Buffer, waiting []chan struct{}, c commit) []chan struct{} {
	buf.WriteString(c.line + "\n")
	if c.synced == nil {
		return waiting
	}
	return append(waiting, c.synced)
}

func (c *commits) close() {
	close(c.in)
	<-c.done
	if err := c.f.Close(); err != nil {
		panic(err)
	}
}
