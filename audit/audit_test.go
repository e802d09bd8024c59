package audit

import (
	"bytes"
	"encoding/json"
	"flag"
	"io/fs"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"
)

const testRun = "20261123T020000Z-nightly_aml-7f3c"

// rewrite makes the golden journal anew: go test ./audit -run Golden -rewrite.
var rewrite = flag.Bool("rewrite", false, "rewrite the golden files")

var testStart = time.Date(2026, 11, 23, 2, 0, 0, 0, time.UTC)

// entry is the n-th record of the tests: a second after the one before.
func entry(n int, kind, data string) Entry {
	return Entry{Time: testStart.Add(time.Duration(n) * time.Second), Type: kind, Data: json.RawMessage(data)}
}

// golden writes a journal of every shape of record: with and without step, attempt, decision and note,
// several in one write, text that needs escapes.
func golden(t testing.TB, disk Disk) *Journal {
	t.Helper()
	j, err := Create(disk, "runs/"+testRun, testRun)
	if err != nil {
		t.Fatal(err)
	}
	append1 := func(sync bool, entries ...Entry) {
		t.Helper()
		if err := j.Append(entries...); err != nil {
			t.Fatal(err)
		}
		if sync {
			if err := j.Sync(); err != nil {
				t.Fatal(err)
			}
		}
	}
	step := func(e Entry, decided string) Entry {
		e.Step, e.Attempt, e.Decided = "load", 1, json.RawMessage(decided)
		return e
	}
	append1(true, entry(0, "run.started", `{"plan":"nightly_aml"}`), entry(0, "file.pinned", `{"text":"name: nightly\n# naïve \u001b[31m\n"}`))
	append1(true, step(entry(1, "request.sent", `{"key":"load/1/trigger/1"}`), `{"moves":[{"step":"load","from":"queued","to":"requesting"}]}`))
	append1(true, step(entry(2, "request.accepted", `{"key":"load/1/trigger/1","http":200}`), `{}`))
	append1(false, step(entry(3, "batch.observed", `{"status":"ongoing"}`), ``))
	note := entry(900, "heartbeat", ``)
	note.Note = true
	append1(false, note)
	append1(true, step(entry(1500, "batch.observed", `{"status":"succeeded"}`), `{"moves":[{"step":"load","from":"watching","to":"succeeded"}]}`))
	append1(false, entry(1501, "clock.reached", `{}`))
	append1(true, Entry{Time: testStart.Add(1502 * time.Second), Type: "clock.reached", Decided: json.RawMessage(`{"end":{"outcome":"succeeded"}}`)})
	return j
}

// goldenBytes is that journal as a file, with its head.
func goldenBytes(t testing.TB) ([]byte, Head) {
	t.Helper()
	var disk Memory
	j := golden(t, &disk)
	return readAll(t, &disk, j.Path()), j.Head()
}

// A goldenFile is a journal in the repository that is never edited.
type goldenFile struct {
	name string
	b    []byte
	head Head
	ours bool // made by these tests: small, with every shape of record
}

// goldens are all golden journals of the repository, but for the frozen ones: those are too many to be flipped byte by byte,
// and whoever replays them verifies them.
func goldens(t testing.TB) []goldenFile {
	t.Helper()
	b, head := goldenBytes(t)
	all := []goldenFile{{"golden", b, head, true}}
	err := filepath.WalkDir("..", func(path string, d fs.DirEntry, err error) error {
		if path == filepath.Join("..", "testdata", "journals") {
			return fs.SkipDir
		}
		if err != nil || filepath.Ext(path) != ".jsonl" || !strings.Contains(path, "testdata") || filepath.Base(path) == "golden.jsonl" {
			return err
		}
		b, err := os.ReadFile(path)
		v := verify(t, b, nil)
		if v.Problem != nil {
			t.Errorf("%s: %+v", path, v.Problem)
		}
		all = append(all, goldenFile{strings.TrimSuffix(filepath.Base(path), ".jsonl"), b, v.Head, false})
		return err
	})
	if err != nil || len(all) < 5 {
		t.Fatalf("%d golden journals, %v", len(all), err)
	}
	return all
}

func readAll(t testing.TB, disk Disk, path string) []byte {
	t.Helper()
	r, err := disk.Read(path)
	if err != nil {
		t.Fatal(err)
	}
	defer r.Close()
	var b bytes.Buffer
	if _, err := b.ReadFrom(r); err != nil {
		t.Fatal(err)
	}
	return b.Bytes()
}

// ends is what a caller of Verify knows: which record ends a run.
func ends(r Record) bool { return bytes.Contains(r.Decided, []byte(`"end":`)) }

func verify(t testing.TB, b []byte, head *Head) Verdict {
	t.Helper()
	v, err := Verify(bytes.NewReader(b), Expect{Head: head, Ends: ends})
	if err != nil {
		t.Fatal(err)
	}
	return v
}

// The bytes of a journal never change for the same records: old releases wrote them, new ones must.
func TestGolden(t *testing.T) {
	got, _ := goldenBytes(t)
	const name = "testdata/golden.jsonl"
	if *rewrite {
		if err := os.WriteFile(name, got, 0o644); err != nil {
			t.Fatal(err)
		}
	}
	want, err := os.ReadFile(name)
	if err != nil {
		t.Fatal(err)
	}
	if !bytes.Equal(got, want) {
		t.Errorf("got\n%s\nwant\n%s", got, want)
	}
}
