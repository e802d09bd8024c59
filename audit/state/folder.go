package state

import (
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"slices"
	"strings"

	"ofsplan/audit"
)

// Last is the word for the newest run.
const Last = "last"

// ErrNoRun is what [Folder.Find] wraps when no run, or more than one, is meant by a word.
var ErrNoRun = errors.New("no such run")

// A Folder is a state folder: where runs are kept.
//
//	ledger.jsonl              the heads of all runs
//	runs/<run id>/audit.jsonl the journal
//	runs/<run id>/lock        who writes it
//	once/<key>.lock           who looks for runs of a once key and begins one, until that run is over
//	simulated/                the same again, for runs against a simulated scheduler
//
// The zero value is not usable; see [NewFolder].
type Folder struct {
	disk      audit.Disk
	path      string
	simulated bool
}

// NewFolder is the state folder at path. Nothing is made before the first run begins.
func NewFolder(disk audit.Disk, path string) *Folder { return &Folder{disk: disk, path: path} }

// Simulated is the root for simulated runs inside the same folder. It has no ledger, and its runs are never
// the last one of the other root.
func (f *Folder) Simulated() *Folder {
	return &Folder{disk: f.disk, path: filepath.Join(f.path, "simulated"), simulated: true}
}

// Path is the folder's own path.
func (f *Folder) Path() string { return f.path }

// IsSimulated reports whether this is the root of simulated runs.
func (f *Folder) IsSimulated() bool { return f.simulated }

// Run is where a run is kept. It panics on what is no run id: such a word must not become part of a path.
func (f *Folder) Run(id string) string {
	if !ValidRunID(id) {
		panic(fmt.Sprintf("state: %q is no run id", id))
	}
	return filepath.Join(f.path, "runs", id)
}

// Journal is the path of a run's journal.
func (f *Folder) Journal(id string) string { return filepath.Join(f.Run(id), audit.FileName) }

// LockFile is the path of a run's lock.
func (f *Folder) LockFile(id string) string { return filepath.Join(f.Run(id), "lock") }

// Ledger is the folder's ledger; nil in the simulated root, whose runs nobody audits.
func (f *Folder) Ledger() *Ledger {
	if f.simulated {
		return nil
	}
	l := NewLedger(f.disk, filepath.Join(f.path, "ledger.jsonl"))
	if _, real := f.disk.(audit.RealDisk); real {
		l.file = f.file
	}
	return l
}

// file tells a run's journal from every other file there was or will be at that path; empty where the file system
// does not tell.
func (f *Folder) file(id string) string {
	if !ValidRunID(id) {
		return ""
	}
	return fileID(f.Journal(id))
}

// A Run is one that this process writes: its audit log, and the lock that keeps every other process from it.
type Run struct {
	*audit.Journal
	lock   *Lock // nil on a disk in memory
	copied bool
}

// Copied reports whether the audit log is not the file it was, and was taken up on somebody's word.
func (r *Run) Copied() bool { return r.copied }

// Close lets go of the run. It does not sync.
func (r *Run) Close() error { return errors.Join(r.Journal.Close(), r.lock.Close()) }

// Begin makes a new run: its folder, its lock, its audit log. The caller closes it.
// An id that is taken is an error that is fs.ErrExist: draw another suffix.
func (f *Folder) Begin(id string) (*Run, error) {
	if err := f.Check(); err != nil {
		return nil, err
	}
	if err := audit.MakeDirs(f.disk, filepath.Join(f.path, "runs")); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	if err := f.disk.Mkdir(f.Run(id)); err != nil {
		return nil, fmt.Errorf("begin run %q: %w", id, err)
	}
	if err := f.disk.SyncDir(filepath.Dir(f.Run(id))); err != nil {
		return nil, fmt.Errorf("begin run %q: %w", id, err)
	}
	lock, err := f.lock(id)
	if err != nil {
		return nil, err
	}
	j, err := audit.Create(f.disk, f.Run(id), id)
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := f.lockJournal(lock, id); err != nil {
		return nil, errors.Join(err, j.Close(), lock.Close())
	}
	return &Run{Journal: j, lock: lock}, nil
}

// ErrCopied is what an error wraps when a journal is not the file whose head the ledger kept.
var ErrCopied = errors.New("the audit log is a copy")

// Accept says for what of an audit log somebody answers, so that it is taken up all the same. The zero Accept is nobody's
// word.
type Accept struct {
	// Tail sets a bad last line aside, see [audit.Reopening].
	Tail bool
	// Copy takes up an audit log that is not the file it was: nobody went on with the run since it was copied.
	Copy bool
}

// TakeUp takes a run up again, and gives the records of its audit log. That is held against what the ledger keeps of
// it: a state folder that was put back from a backup holds a run as it stood earlier, and going on from there could do
// again what has been done. A run that another process has locked is an error that wraps ErrLocked; a damaged audit log,
// or one that is shorter than the ledger knows, audit.ErrBroken; one that is another file than it was, ErrCopied.
func (f *Folder) TakeUp(id string, accept Accept) (*Run, []audit.Record, error) {
	if err := f.Check(); err != nil {
		return nil, nil, err
	}
	lock, err := f.lock(id)
	if err != nil {
		return nil, nil, err
	}
	err = f.lockJournal(lock, id)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	run, records, err := f.reopen(id, accept)
	if err != nil {
		return nil, nil, errors.Join(err, lock.Close())
	}
	run.lock = lock
	return run, records, nil
}

// reopen opens the audit log of a run we have locked.
func (f *Folder) reopen(id string, accept Accept) (*Run, []audit.Record, error) {
	how, copied := audit.Reopening{AcceptTail: accept.Tail}, false
	if ledger := f.Ledger(); ledger != nil {
		last, err := ledger.of(id)
		if err != nil {
			return nil, nil, err
		}
		if last != nil {
			how.Head = &last.Head
			is := f.file(id)
			copied = is != "" && last.File != "" && is != last.File
		}
	}
	if copied && !accept.Copy {
		return nil, nil, fmt.Errorf("%w: it was put back from a backup, or its folder was copied or moved, and what was done since then does not stand in it\n\twhen nobody went on with the run elsewhere, say so: ofsplan resume %s --accept-copy --reason WHY", ErrCopied, id)
	}
	j, records, err := how.Open(f.disk, f.Run(id), id)
	if err != nil {
		return nil, nil, err
	}
	return &Run{Journal: j, copied: copied}, records, nil
}

// lock takes a run's lock. A disk in memory has no other process, so there is nothing to lock.
func (f *Folder) lock(id string) (*Lock, error) {
	if _, real := f.disk.(audit.RealDisk); !real {
		return nil, nil
	}
	lock, err := TakeLock(f.LockFile(id))
	if err != nil {
		return nil, fmt.Errorf("run %q: %w", id, err)
	}
	return lock, nil
}

// lockJournal locks a run's journal beside its lock; one that is missing is not locked.
func (f *Folder) lockJournal(lock *Lock, id string) error {
	if lock == nil {
		return nil
	}
	if err := lock.with(f.Journal(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run %q: %w", id, err)
	}
	return nil
}

// Locked tells which process has locked a run now, without locking it. A run whose lock file somebody removed is locked all
// the same, by a process that cannot be named.
func (f *Folder) Locked(id string) (by Holder, locked bool, err error) {
	if by, locked, err = LockedBy(f.LockFile(id)); locked || err != nil {
		return by, locked, err
	}
	_, locked, err = LockedBy(f.Journal(id))
	return Holder{}, locked, err
}

// Check refuses a folder whose locks cannot be trusted. Simulated runs may live anywhere.
func (f *Folder) Check() error {
	if _, real := f.disk.(audit.RealDisk); !real || f.simulated {
		return nil
	}
	return trustLocks(f.path)
}

// Runs are the ids of all runs, the oldest first. A folder that does not exist has none.
func (f *Folder) Runs() ([]string, error) {
	names, err := f.disk.List(filepath.Join(f.path, "runs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("list the runs: %w", err)
	}
	ids := names[:0]
	for _, name := range names {
		if ValidRunID(name) {
			ids = append(ids, name)
		}
	}
	slices.SortFunc(ids, byStart)
	return ids, nil
}

// Find is the run a person means: by its id, by the start of one, or by the word last.
func (f *Folder) Find(word string) (string, error) {
	ids, err := f.Runs()
	if err != nil {
		return "", err
	}
	if word == Last && len(ids) > 0 {
		return ids[len(ids)-1], nil
	}
	var found []string
	for _, id := range ids {
		if id == word {
			return id, nil
		}
		if word != "" && strings.HasPrefix(id, word) {
			found = append(found, id)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%w: %q could be any of %d runs, such as %s and %s", ErrNoRun, word, len(found), found[0], found[len(found)-1])
	case len(ids) == 0:
		return "", fmt.Errorf("%w: there are none in %s", ErrNoRun, f.path)
	}
	return "", fmt.Errorf("%w: %q is neither a run id, nor the start of one, nor %q", ErrNoRun, word, Last)
}
