package main_test

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"os"
	"path/filepath"
	"regexp"
	"strconv"
	"strings"
	"time"

	"github.com/rogpeppe/go-internal/testscript"

	"ofsplan/audit"
	"ofsplan/audit/state"
)

// newestLog is the audit log of a script's newest run, or the empty text while there is none.
func newestLog(ts *testscript.TestScript) string {
	folder := state.NewFolder(audit.RealDisk{}, ts.MkAbs("state"))
	id, err := state.Find(folder, state.Last)
	if err != nil {
		return ""
	}
	return folder.WhereLog(id)
}

// awaits waits until the newest run's audit log holds a text, and sets $LOG to the log and $RUN to the run.
func awaits(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 1 {
		ts.Fatalf("usage: awaits TEXT")
	}
	want := regexp.MustCompile(args[0])
	tick := time.NewTicker(2 * time.Millisecond)
	defer tick.Stop()
	late := time.After(20 * time.Second)
	for {
		if path := newestLog(ts); path != "" {
			if text, err := os.ReadFile(path); err == nil && want.Match(text) {
				ts.Setenv("LOG", path)
				ts.Setenv("RUN", filepath.Base(filepath.Dir(path)))
				return
			}
		}
		select {
		case <-tick.C:
		case <-late:
			ts.Fatalf("no audit log came to hold %q", args[0])
		}
	}
}

// forge changes the first OLD in a file to NEW as somebody would who knows how the chain is made: every line after it
// follows again, and the ledger is gone.
func forge(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 3 {
		ts.Fatalf("usage: forge FILE OLD NEW")
	}
	text := ts.ReadFile(args[0])
	if !strings.Contains(text, args[1]) {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	text = strings.Replace(text, args[1], args[2], 1)
	link := regexp.MustCompile(`"prev":"[0-9a-f]{64}"}$`)
	prev := audit.Genesis
	var b bytes.Buffer
	for line := range strings.Lines(text) {
		line = link.ReplaceAllLiteralString(strings.TrimSuffix(line, "\n"), `"prev":"`+prev+`"}`)
		sum := sha256.Sum256([]byte(line))
		prev = hex.EncodeToString(sum[:])
		b.WriteString(line + "\n")
	}
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), b.Bytes(), 0o600))
	ts.Check(os.Remove(ts.MkAbs("state/ledger.jsonl")))
}

// adds puts text at the end of a file as it is; \n in it is a newline.
func adds(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: adds FILE TEXT")
	}
	text := strings.ReplaceAll(args[1], `\n`, "\n")
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(ts.ReadFile(args[0])+text), 0o600))
}

// cuts leaves of a file what comes up to the first line with a text in it.
func cuts(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: cuts FILE TEXT")
	}
	text := ts.ReadFile(args[0])
	at := strings.Index(text, args[1])
	if at < 0 {
		ts.Fatalf("%s does not hold %q", args[0], args[1])
	}
	end := at + strings.IndexByte(text[at:], '\n') + 1
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text[:end]), 0o600))
}

// pads puts comments at the end of a YAML file until it has so many bytes.
func pads(ts *testscript.TestScript, neg bool, args []string) {
	if neg || len(args) != 2 {
		ts.Fatalf("usage: pads FILE BYTES")
	}
	want, err := strconv.Atoi(args[1])
	ts.Check(err)
	text := ts.ReadFile(args[0])
	if len(text) >= want {
		ts.Fatalf("%s has %d bytes already", args[0], len(text))
	}
	text += strings.Repeat("#"+strings.Repeat("-", 98)+"\n", (want-len(text))/100)
	text += strings.Repeat("#", want-len(text))
	ts.Check(os.WriteFile(ts.MkAbs(args[0]), []byte(text), 0o600))
}
