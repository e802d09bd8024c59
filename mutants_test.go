//go:build mutants

package main_test

import (
	"bytes"
	"context"
	"fmt"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"slices"
	"strings"
	"testing"
	"text/tabwriter"
	"time"
)

// A mutant is one deliberate breakage, and the one test that must notice it.
type mutant struct {
	law      string // that it breaks, of docs/reliability.md
	name     string
	file     string
	old, new string // the first is in the file exactly once
	pkg      string
	test     string // for go test -run
}

// mutants is the list. One that survives means that its test has gone blind, or that the code has moved on from it.
var mutants = []mutant{
	{"L1", "a request is repeated when its answer is lost", "runner/request.go",
		"	default:\n		s.outcome = plan.InDoubt\n", "	case OpTrigger:\n		m.try(i, \"once more\")\n	default:\n		s.outcome = plan.InDoubt\n",
		"./runner/drive", "TestALostAnswerIsInDoubt"},
	{"L1", "a gateway's 502 counts as refused", "ofs/class.go",
		"	307: true, 308: true,\n", "	307: true, 308: true, 502: true,\n",
		"./ofs", "TestClassTable"},
	{"L1", "success without a batch run id is accepted", "ofs/class.go",
		"success && CheckRunID(id) == nil:", "success:",
		"./ofs", "TestClassTable"},
	{"L1", "resume sends again what was sent", "runner/resume.go",
		"		case TriggerBatch:\n			if s.call.sent {\n				m.inDoubt(i, lost(c.ID))\n				continue\n			}\n", "		case TriggerBatch:\n			s.call.sent = false\n",
		"./runner/rehearse", "TestARunnerKilledAtTheMomentsThatMatter"},
	{"L1", "resume reruns a batch run without looking at it", "runner/resume.go",
		"	m.uncall(i)\n	s.next = k.Op\n	m.move(i, Looking, \"is \"+s.run.RunID+\" still over?\")\n	m.look(i)\n", "	_ = k\n",
		"./runner", "TestConversations"},
	{"L1", "a used connection is taken for a fresh one", "ofs/gate.go",
		"	case info.Reused:\n		return errReused\n", "",
		"./ofs", "TestTransportsBelowTheGate"},
	{"L1", "the gate opens though the machine refuses", "runner/drive/errand.go",
		"		l.errands.forget(e.cmd.Key())\n		open(err)\n", "		l.errands.forget(e.cmd.Key())\n		open(nil)\n",
		"./runner/drive", "TestTheMachineCanKeepAGateShut"},
	{"L1", "a word is applied twice", "runner/word.go",
		"m.heard[w.ID] {", "m.heard[w.ID] && false {",
		".", "TestScripts/word_twice"},
	{"L1", "what was pending at a lost record is not in doubt", "internal/cli/held.go",
		"	if err := h.tell(events...); err != nil {\n		return err\n	}\n	return h.note(noteAccepted", "	return h.note(noteAccepted",
		".", "TestScripts/resume_accept_tail"},
	{"L2", "the request leaves before its record is durable", "runner/drive/errand.go",
		"		l.book.last().gate = open\n", "		open(nil)\n",
		"./runner/drive", "TestGatesThatAreReadyTogetherShareASync|TestAJournalThatStopsStopsTheRun"},
	{"L2", "the gate opens, then the record is written", "ofs/gate.go",
		"	if err := p.commit(); err != nil {\n		return err\n	}\n	p.opened.Store(true)\n", "	p.opened.Store(true)\n	go p.commit()\n",
		"./ofs", "TestNothingLeavesBeforeCommit|TestFailingCommitSendsNothing"},
	{"L2", "a sync is left out", "audit/journal.go",
		"	if err := j.file.Sync(); err != nil {\n		return j.poison(\"sync\", err)\n	}\n	j.synced = j.written\n", "	j.synced = j.written\n",
		"./audit", "TestCrashBetweenWriteAndSync"},
	{"L2", "a sync beside the loop is left out", "audit/flush.go",
		"		return j.file.Sync()\n", "		return nil\n",
		"./audit", "TestAFlush"},
	{"L2", "the name of a journal is not made durable", "audit/journal.go",
		"errors.Join(f.Sync(), disk.SyncDir(dir))", "f.Sync()",
		"./audit", "TestAFreshJournalSurvivesACrash"},
	{"L3", "a broken chain is accepted", "audit/checker.go",
		"rec.Prev == c.head.Hash && rec.Durable < rec.Seq", "rec.Durable < rec.Seq",
		"./audit", "TestVerifyNamesTheRecordOfEveryFlippedByte"},
	{"L3", "an old copy is not held against the ledger", "audit/folder.go",
		"ledger != nil && how.Head == nil {", "ledger != nil && how.Head == nil && false {",
		".", "TestScripts/resume_backup"},
	{"L3", "a torn last line stays", "audit/open.go",
		"		err = f.Truncate(v.Head.Size)\n", "",
		"./audit", "TestOpenAfterATearAtEveryByte"},
	{"L4", "a replay does not compare decisions", "runner/drive/replay.go",
		"	if !bytes.Equal(is.Decided, was.Decided) {", "	if !bytes.Equal(nil, nil) {",
		"./runner/drive", "TestAJournalThatSaysOtherwiseIsNotTakenUp"},
	{"L4", "a run of another machine number is taken up", "runner/drive/replay.go",
		"e.Tool.Machine != runner.MachineVersion {", "false {",
		"./runner/drive", "TestAJournalThatSaysOtherwiseIsNotTakenUp"},
	{"L5", "a secret passes the filter", "internal/secret/filter.go",
		"	out, _ := f.index.Load().clean(text, nil, true)\n	return out\n", "	return text\n",
		"./internal/secret", "TestFilterKnowsEveryEncoding"},
	{"L6", "a step waits for one of its needs only", "runner/needs.go",
		"	s.open--\n", "	s.open = 0\n",
		"./runner", "TestConversations"},
	{"L7", "no such object, for an id we hold, is a failure", "runner/drive/watch.go",
		"	if w.foreign() || key.Op == runner.OpLook && e.Code != noObject {", "	if true {",
		"./runner/drive", "TestObjectDoesNotExistIsNoOutcome"},
	{"L7", "a signal ends the run as failed", "runner/drive/loop.go",
		"		l.leave.result.Detached = l.leave.result.End == nil\n", "		l.leave.result.End = &runner.End{Outcome: \"failed\"}\n",
		"./runner/drive", "TestASignalLeavesTheBatchesGoingOn"},
	{"L8", "the lock is ignored", "audit/lock.go",
		"	if errors.Is(err, errHeld) {\n		return nil, errors.Join(", "	if errors.Is(err, errHeld) && false {\n		return nil, errors.Join(",
		"./audit", "TestFolderBeginsAndResumesARun"},
	{"L9", "a failed write is forgotten", "audit/journal.go",
		"	j.err = fmt.Errorf(\"%w: %s %s after record %d: %w\", ErrPoisoned, what, j.path, j.synced.Count, err)\n	return j.err\n", "	return fmt.Errorf(\"%w: %s %s after record %d: %w\", ErrPoisoned, what, j.path, j.synced.Count, err)\n",
		"./audit", "TestFailurePoisonsForGood"},
	{"L9", "a full disk stops nothing", "runner/drive/errand.go",
		"	if err := l.full(); err != nil {", "	if err := l.full(); err != nil && false {",
		"./runner/drive", "TestWithoutRoomNothingNewIsStarted"},
	{"L9", "a gate opens though its record could not be written", "runner/drive/book.go",
		"			lines[i].gate(err)\n", "			lines[i].gate(nil)\n",
		"./runner/drive", "TestAJournalThatStopsStopsTheRun"},
	{"L10", "the room of a step in doubt is never given back", "runner/request.go",
		"		m.doubted++\n		m.release(i)\n", "		m.doubted++\n",
		"./runner", "TestConversations"},
}

// TestMutants breaks a copy of the program in one place at a time. The named test of each must fail, and must pass on
// the untouched copy.
func TestMutants(t *testing.T) {
	const workers = 2
	var trees [workers]string
	for i := range trees {
		trees[i] = copyTree(t)
	}
	checkPristine(t, trees[0])
	fates := make([]string, len(mutants))
	free := make(chan string, workers)
	for _, tree := range trees {
		free <- tree
	}
	inParallel(workers, len(mutants), func(k int) {
		tree := <-free
		defer func() { free <- tree }()
		fates[k] = mutants[k].fate(tree)
	})
	var b bytes.Buffer
	tab := tabwriter.NewWriter(&b, 0, 0, 2, ' ', 0)
	fmt.Fprintln(tab, "LAW\tBREAKAGE\tTEST\tFATE")
	for k, m := range mutants {
		fmt.Fprintf(tab, "%s\t%s\t%s %s\t%s\n", m.law, m.name, m.pkg, m.test, fates[k])
		if fates[k] != killed {
			t.Errorf("%s: %s", m.name, fates[k])
		}
	}
	tab.Flush()
	t.Logf("%d mutants\n%s", len(mutants), &b)
}

const killed = "killed"

// copyTree copies the sources into a folder of their own.
func copyTree(t *testing.T) string {
	t.Helper()
	to := t.TempDir()
	err := filepath.WalkDir(".", func(path string, d fs.DirEntry, err error) error {
		switch {
		case err != nil:
			return err
		case d.IsDir() && slices.Contains([]string{".git", "bin", "itest"}, path):
			return fs.SkipDir
		case d.IsDir():
			return os.MkdirAll(filepath.Join(to, path), 0o755)
		case !d.Type().IsRegular():
			return nil
		}
		text, err := os.ReadFile(path)
		if err != nil {
			return err
		}
		return os.WriteFile(filepath.Join(to, path), text, 0o644)
	})
	if err != nil {
		t.Fatal(err)
	}
	return to
}

// checkPristine runs every named test on the untouched copy.
func checkPristine(t *testing.T, tree string) {
	t.Helper()
	tests := map[string][]string{}
	for _, m := range mutants {
		tests[m.pkg] = append(tests[m.pkg], m.test)
	}
	for pkg, names := range tests {
		for _, name := range names {
			if out, err := goTest(tree, pkg, name); err != nil || strings.Contains(out, "no tests to run") {
				t.Fatalf("untouched, %s %s: %v\n%s", pkg, name, err, out)
			}
		}
	}
}

// goTest runs one test in a tree.
func goTest(tree, pkg, name string) (out string, err error) {
	ctx, cancel := context.WithTimeout(context.Background(), 2*time.Minute)
	defer cancel()
	cmd := exec.CommandContext(ctx, "go", "test", "-count=1", "-timeout", "90s", "-run", anchored(name), pkg)
	cmd.Dir = tree
	b, err := cmd.CombinedOutput()
	return string(b), err
}

// anchored is a test's name as -run wants it: each part whole, but for one that ends in a word begun.
func anchored(name string) string {
	parts := strings.Split(name, "/")
	if len(parts) == 2 {
		return "^" + parts[0] + "$/^" + parts[1] + "$"
	}
	return "^(" + name + ")"
}

// fate puts the mutant into a tree, runs its test, and takes it out again.
func (m mutant) fate(tree string) string {
	path := filepath.Join(tree, m.file)
	text, err := os.ReadFile(path)
	if err != nil {
		return err.Error()
	}
	if n := bytes.Count(text, []byte(m.old)); n != 1 {
		return fmt.Sprintf("cannot be made: its place is %d times in %s", n, m.file)
	}
	if err := os.WriteFile(path, bytes.Replace(text, []byte(m.old), []byte(m.new), 1), 0o644); err != nil {
		return err.Error()
	}
	out, err := goTest(tree, m.pkg, m.test)
	if restored := os.WriteFile(path, text, 0o644); restored != nil {
		return restored.Error()
	}
	switch {
	case strings.Contains(out, "[build failed]") || strings.Contains(out, "[setup failed]"):
		return "does not compile:\n" + out
	case err == nil:
		return "SURVIVED"
	}
	return killed
}
