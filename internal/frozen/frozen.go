// Package frozen gives tests the audit logs of testdata/journals: runs of every machine number there ever was, which are
// read by every test run and never edited. It is for tests alone.
//
// It refuses a file that is not byte for byte the one that was frozen, and a file that is missing. To start:
//
//	for _, j := range frozen.Journals(t, "../../testdata/journals") {
//		…
//	}
package frozen

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"fmt"
	"os"
	"path"
	"path/filepath"
	"slices"
	"strings"
	"testing"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// Sums is the name of the file beside the journals of a set that holds their SHA-256, as sha256sum writes it.
const Sums = "SHA256SUMS"

// A Journal is one frozen audit log.
type Journal struct {
	Name    string // below the folder: m1/seed-000123-failed-resumed.jsonl
	Data    []byte
	Verdict audit.Verdict  // of the untouched bytes
	Records []audit.Record // in order, notes included; a torn last line is none
	Machine int            // the number of the machine that wrote it
}

// Journals reads every journal below the folder, by name.
func Journals(t testing.TB, folder string) []Journal {
	t.Helper()
	sets, err := filepath.Glob(filepath.Join(folder, "m*"))
	if err != nil || len(sets) == 0 {
		t.Fatalf("no frozen journals in %s, %v", folder, err)
	}
	var all []Journal
	for _, set := range sets {
		files, err := filepath.Glob(filepath.Join(set, "*.jsonl"))
		if err != nil {
			t.Fatal(err)
		}
		sums := strings.Builder{}
		for _, file := range files {
			j := read(t, file)
			sums.WriteString(SumOf(path.Base(j.Name), j.Data))
			all = append(all, j)
		}
		want, err := os.ReadFile(filepath.Join(set, Sums))
		if err != nil {
			t.Fatal(err)
		}
		if sums.String() != string(want) {
			t.Errorf("%s: the journals are not those that were frozen (git diff, or sha256sum -c %s there, tells which): a journal is never edited", set, Sums)
		}
	}
	return all
}

// SumOf is the line of [Sums] for one file.
func SumOf(name string, data []byte) string {
	sum := sha256.Sum256(data)
	return fmt.Sprintf("%s  %s\n", hex.EncodeToString(sum[:]), name)
}

// read reads one file.
func read(t testing.TB, file string) Journal {
	t.Helper()
	data, err := os.ReadFile(file)
	if err != nil {
		t.Fatal(err)
	}
	j, err := Parse(data)
	if err != nil {
		t.Fatalf("%s: %v", file, err)
	}
	j.Name = path.Join(path.Base(filepath.ToSlash(filepath.Dir(file))), filepath.Base(file))
	return j
}

// Parse reads a journal that has no name yet. The error is that of a broken one, or of a record that cannot be read.
func Parse(data []byte) (Journal, error) {
	j := Journal{Data: data}
	var err error
	if j.Verdict, err = audit.Verify(bytes.NewReader(data), audit.Expect{Ends: ends, Beside: record.Beside}); err == nil {
		err = j.Verdict.Err()
	}
	if err != nil {
		return Journal{}, err
	}
	for r, err := range audit.Records(bytes.NewReader(data[:j.Verdict.Head.Size])) {
		if err != nil {
			return Journal{}, err
		}
		j.Records = append(j.Records, r.Record)
	}
	i := slices.IndexFunc(j.Records, func(r audit.Record) bool { return r.Type == runner.RunStarted{}.Type() })
	if i < 0 {
		return Journal{}, fmt.Errorf("no record says that a run started")
	}
	t, err := record.ReadEvent(j.Records[i])
	if err != nil {
		return Journal{}, err
	}
	j.Machine = t.Event.(runner.RunStarted).Tool.Machine
	return j, nil
}

// ends reports whether a record ends its run.
func ends(r audit.Record) bool {
	t, err := record.Read(r)
	return err == nil && t.Decision.End != nil
}
