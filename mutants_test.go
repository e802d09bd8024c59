package main_test

import (
	"bytes"
	"os"
	"testing"
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
		"	default:\n		m.doubtOf(i, e)\n", "	case OpTrigger:\n		m.try(i, \"once more\")\n	default:\n		m.doubtOf(i, e)\n",
		"./runner/drive", "TestALostAnswerIsInDoubt"},
	{"L1", "a request in doubt is repeated though the plan does not call it safe", "runner/doubt.go",
		"	if s.def.DuplicateSafe == \"\" {\n", "	if s.def.DuplicateSafe == \"\" && false {\n",
		"./runner", "TestConversations"},
	{"L1", "a repeat is sent on a rule's word, without that of duplicate_safe", "runner/doubt.go",
		"	if s.doubt.op != \"\" {\n		permit = PermitSafe", "	if false {\n		permit = PermitSafe",
		"./runner/rehearse", "TestARunnerKilledWhereADuplicateIsSafe"},
	{"L1", "a batch is run again while a repeat of it may be under way", "runner/doubt.go",
		"	if c := m.chains[s.root]; c != nil {\n		c.doubted++\n	}\n", "",
		"./runner", "TestConversations"},
	{"L7", "a repeat that was refused makes a step in doubt a failed one", "runner/finish.go",
		"	if s.doubt.op != \"\" {\n", "	if false {\n",
		"./runner", "TestConversations"},
	{"L1", "a gateway's 502 counts as refused", "ofs/class.go",
		"	307: true, 308: true,\n", "	307: true, 308: true, 502: true,\n",
		"./ofs", "TestClassTable"},
	{"L1", "a conflict, 409, counts as refused", "ofs/class.go",
		"	307: true, 308: true,\n", "	307: true, 308: true, 409: true,\n",
		"./ofs", "TestClassTable"},
	{"L1", "a redirect is followed", "ofs/gate.go",
		"	p.answered = resp != nil\n",
		"	if resp != nil && resp.Header.Get(\"Location\") != \"\" {\n		resp, err = http.Post(resp.Header.Get(\"Location\"), \"application/json\", nil)\n	}\n	p.answered = resp != nil\n",
		"./ofs", "TestRedirectsAreNotFollowed"},
	{"L1", "connections are kept for another request", "ofs/transport.go",
		"	mutating.DisableKeepAlives = true\n", "",
		"./ofs", "TestTLSSessionsAreResumed"},
	{"L1", "net/http is left the means to send a body again", "ofs/gate.go",
		"	r.GetBody = nil\n", "",
		"./ofs", "TestWhatLeaves"},
	{"L1", "a request keeps a header that invites net/http to repeat it", "ofs/gate.go",
		"	r.Header.Del(\"Idempotency-Key\") // net/http sends a request that has one again\n", "",
		"./ofs", "TestWhatLeaves"},
	{"L1", "success without a batch run id is accepted", "ofs/class.go",
		"success && CheckRunID(id) == nil && ", "success && ",
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
	{"L1", "what was pending at a lost record is not in doubt", "runner/drive/tail.go",
		"			events = append(events, sent)\n", "			_ = sent\n",
		".", "TestScripts/resume_accept_tail"},
	{"L2", "the request leaves before its record is durable", "runner/drive/errand.go",
		"		l.book.last().gate = open\n", "		open(nil)\n",
		"./runner/drive", "TestGatesThatAreReadyTogetherShareASync|TestAJournalThatStopsStopsTheRun"},
	{"L2", "an answer is used before its record is durable", "runner/drive/errand.go",
		"	l.apply(out.Event, durable)\n", "	l.apply(out.Event, whenDecided)\n",
		"./runner/drive", "TestObserversHearOnlyWhatIsWritten"},
	{"L2", "the gate opens, then the record is written", "ofs/gate.go",
		"	if err := p.commit(); err != nil {\n		return err\n	}\n	p.opened.Store(true)\n", "	p.opened.Store(true)\n	go p.commit()\n",
		"./ofs", "TestNothingLeavesBeforeCommit|TestFailingCommitSendsNothing"},
	{"L2", "a sync is left out", "audit/journal.go",
		"	if err := j.file.Sync(); err != nil {\n		return err\n	}\n	switch there", "	switch there",
		"./audit", "TestCrashBetweenWriteAndSync"},
	{"L2", "a sync beside the loop is left out", "audit/flush.go",
		"		return j.harden(begun.Size)\n", "		return nil\n",
		"./audit", "TestALogThatIsTakenAwayIsNotWrittenOn"},
	{"L2", "the name of a journal is not made durable", "audit/journal.go",
		"errors.Join(f.Sync(), disk.SyncDir(dir))", "f.Sync()",
		"./audit", "TestAFreshJournalSurvivesACrash"},
	{"L2", "what a failed sync left is believed", "audit/open.go",
		"		err = again(disk, path, c.unsure(), v.Head.Size)\n", "		_ = again\n",
		"./audit", "TestAFailedSyncIsNotBelievedByWhoComesNext"},
	{"L3", "a broken chain is accepted", "audit/checker.go",
		"rec.Prev == c.head.Hash && rec.Durable < rec.Seq", "rec.Durable < rec.Seq",
		"./audit", "TestVerifyNamesTheRecordOfEveryFlippedByte"},
	{"L3", "an old copy is not held against the ledger", "audit/folder.go",
		"			how.Head = &last.Head\n", "",
		".", "TestScripts/resume_backup"},
	{"L3", "a copy is taken for the log itself", "audit/folder.go",
		"	if copied && !how.AcceptCopy {", "	if copied && !how.AcceptCopy && false {",
		".", "TestScripts/resume_copied"},
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
		"	out, _ := f.current().clean(text, nil, true)\n", "	out := text\n",
		"./internal/secret", "TestFilterKnowsEveryEncoding"},
	{"L5", "a digest is made without its key", "audit/key.go",
		"	mac := hmac.New(sha256.New, k.secret)\n", "	mac := hmac.New(sha256.New, nil)\n",
		"./audit", "TestADigestNeedsItsKey"},
	{"L5", "a key that others can read is used", "audit/key.go",
		"mode&0o077 != 0 {", "mode&0o077 != 0 && false {",
		"./audit", "TestAKeyThatOthersCanReadIsRefused"},
	{"L5", "the body of a request with a secret is recorded", "runner/dispatch/dispatch.go",
		"	if !sensitive || d.reveal == nil {", "	if true {",
		"./runner/dispatch", "TestASensitiveBodyIsNotRecorded"},
	{"L5", "a resumed run takes another secret than it was started with", "internal/cli/sensitive.go",
		"		case !same:\n", "		case !same && false:\n",
		".", "TestScripts/sensitive_resume"},
	{"L5", "what an expression makes of a secret is not hidden", "internal/cli/sensitive.go",
		"	a.hide(r.Secrets()...)\n", "",
		"./internal/cli", "TestNoSensitiveParameterLeaks"},
	{"L5", "a secret may stand in a condition", "plan/sealed.go",
		"	if !r.scope.sealed {", "	if false {",
		"./plan", "TestLoad"},
	{"L5", "an order with a secret is not marked", "runner/judge.go",
		"		req.Sensitive = order.Sensitive()\n", "",
		"./runner", "TestAnOrderWithASecretIsMarked"},
	{"L5", "a parameter file with a secret is open to everybody", "internal/secret/ref.go",
		"	if info.Mode().Perm()&0o006 == 0 {", "	if true {",
		".", "TestScripts/sensitive_given"},
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
	{"L9", "a word is acknowledged before it is durable", "internal/cli/word.go",
		"	if waits || err != nil {", "	if waits && false || err != nil {",
		"./internal/cli", "TestAWordIsAcknowledgedOnceItIsDurable"},
	{"L10", "the slot of a step in doubt is never given back", "runner/doubt.go",
		"	m.release(i)\n	m.move(i, State(plan.InDoubt)", "	m.move(i, State(plan.InDoubt)",
		"./runner", "TestConversations"},
}

// The code moves on, and each mutant must be made in one place of it. Whether its test notices is what make mutants
// finds out.
func TestEveryMutantHasItsPlace(t *testing.T) {
	for _, m := range mutants {
		text, err := os.ReadFile(m.file)
		if err != nil {
			t.Error(err)
			continue
		}
		if n := bytes.Count(text, []byte(m.old)); n != 1 {
			t.Errorf("%s: its place is %d times in %s", m.name, n, m.file)
		}
	}
}
