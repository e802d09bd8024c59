package state

import (
	"crypto/rand"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"path/filepath"
	"slices"
	"sync"

	"ofsplan/audit"
)

// A Disk is where a [Folder] keeps its files: that of the machine, [audit.RealDisk], or one in memory, [audit.Memory], for
// tests that pull the plug.
type Disk interface {
	audit.Disk
	// Lstat describes what has a name, and follows no link.
	Lstat(name string) (fs.FileInfo, error)
	// Link gives a file another name beside its own. A name that is taken is an error that is fs.ErrExist.
	Link(name, other string) error
	// Rename gives a file another name in place of its own, and in place of a file that has it.
	Rename(name, other string) error
	// Remove takes a file's name away, or that of a directory that is empty. As with every name, it is for good after the Sync of the
	// directory above, or earlier.
	Remove(name string) error
}

// A Folder is a [Store] of files:
//
//	ledger.jsonl               the heads of all runs, this year's; ledger-2025.jsonl and so on those of years before
//	ledger.lock                who adds a line to it
//	digest.key                 the key of the digests of secrets
//	history.json               how long batches took, drawn from the audit logs; history.lock who adds to it
//	runs/<run id>/audit.jsonl  the audit log
//	runs/<run id>/lock         who writes it
//	runs/<run id>/inbox/       statements for the run
//	once/runs.jsonl            which runs began with which once key
//	once/<key>.lock            who looks for runs of a once key and begins one, until that run is over
//	simulated/                 the same again, for runs against a simulated scheduler
//
// The zero value is not usable; see [NewFolder].
type Folder struct {
	disk      Disk
	path      string
	real      bool // the disk is the machine's. Nobody else comes to one in memory: nothing is locked there
	simulated bool
	named     bool        // a person named the path
	ledger    *LedgerFile // nil where runs are simulated
	history   *sync.Mutex // who keeps the history, on a disk in memory
}

var _ Store = (*Folder)(nil)

// NewFolder is the state folder at path. Nothing is made before it is needed.
func NewFolder(disk Disk, path string) *Folder {
	real := isReal(disk)
	if real {
		disk = sharing{top: filepath.Clean(path)}
	}
	f := &Folder{disk: disk, path: path, real: real, ledger: newLedger(disk, path), history: &sync.Mutex{}}
	f.ledger.file = f.file
	return f
}

// Simulated is the root for simulated runs inside the same folder. Its runs are never the last one of the other root.
func (f *Folder) Simulated() *Folder {
	return &Folder{disk: f.disk, path: filepath.Join(f.path, "simulated"), real: f.real, simulated: true}
}

// Where is the folder's path.
func (f *Folder) Where() string { return f.path }

// WhereLog is the path of a run's audit log.
func (f *Folder) WhereLog(run string) string { return filepath.Join(f.run(run), audit.FileName) }

// IsSimulated reports whether this is the root of simulated runs.
func (f *Folder) IsSimulated() bool { return f.simulated }

// run is where a run is kept. It panics on what is no run id.
func (f *Folder) run(id string) string {
	mustBeRunID(id)
	return filepath.Join(f.path, "runs", id)
}

// lockFile is the path of a run's lock.
func (f *Folder) lockFile(id string) string { return filepath.Join(f.run(id), "lock") }

// Begin makes a new run: its folder, its lock, its audit log.
func (f *Folder) Begin(id string) (*Run, error) {
	dir := f.run(id)
	if err := f.trusted(""); err != nil {
		return nil, err
	}
	if err := audit.MakeDirs(f.disk, filepath.Dir(dir)); err != nil {
		return nil, f.whose(fmt.Errorf("make the state folder: %w", err))
	}
	if err := f.disk.Mkdir(dir); err != nil {
		return nil, f.whose(fmt.Errorf("begin run %q: %w", id, err))
	}
	run, err := f.underLocks(id, func() (*Run, error) {
		if err := f.makeInbox(id); err != nil {
			return nil, fmt.Errorf("make the inbox: %w", err)
		}
		j, err := audit.Create(f.disk, dir, id)
		if err != nil {
			return nil, err
		}
		return &Run{Journal: j, discard: func() { f.discard(id) }}, nil
	})
	if err != nil {
		f.discard(id)
	}
	return run, err
}

// discard takes away a run that this process began and that has no record. What cannot be taken away stays: such a run is none,
// and nothing is lost by it.
func (f *Folder) discard(id string) {
	dir := f.run(id)
	for _, name := range []string{f.WhereLog(id), f.lockFile(id), filepath.Join(dir, "inbox"), dir} {
		_ = f.disk.Remove(name)
	}
	_ = f.disk.SyncDir(filepath.Dir(dir))
}

// TakeUp makes a run this process's own again.
func (f *Folder) TakeUp(id string, accept Accept) (run *Run, records []audit.Record, err error) {
	if err := f.trusted(id); err != nil {
		return nil, nil, err
	}
	run, err = f.underLocks(id, func() (run *Run, err error) {
		run, records, err = f.reopen(id, accept)
		return run, err
	})
	return run, records, err
}

// underLocks opens a run under its two locks, so that it has one writer (law L8): its lock file, and its audit log. A log that
// exists is locked before open reads it, one that open makes as soon as it is there. On a disk in memory
// nothing is locked.
func (f *Folder) underLocks(id string, open func() (*Run, error)) (*Run, error) {
	if !f.real {
		return open()
	}
	lock, err := takeLock(f.lockFile(id))
	if err != nil {
		return nil, f.whose(fmt.Errorf("run %q: %w", id, err))
	}
	f.disk.(sharing).share(f.lockFile(id), sharedFile)
	if err := f.lockLog(lock, id); err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	run, err := open()
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	if err := f.lockLog(lock, id); err != nil {
		return nil, errors.Join(err, run.Close(), lock.Close())
	}
	run.Lock = lock
	return run, nil
}

// lockLog locks a run's audit log in addition to its lock, once; one that is missing is not locked.
func (f *Folder) lockLog(lock *fileLock, id string) error {
	if lock.journal != nil {
		return nil
	}
	if err := lock.lockJournal(f.WhereLog(id)); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return fmt.Errorf("run %q: %w", id, err)
	}
	return nil
}

// reopen opens the audit log of a run that this process has locked. The log must contain the newest head that the ledger
// keeps of it, and be the file whose head that was: an old copy knows nothing of the requests made since, and going on from
// it could make them again (law L1, decision 13).
func (f *Folder) reopen(id string, accept Accept) (*Run, []audit.Record, error) {
	how, copied := audit.Reopening{AcceptTail: accept.Tail}, false
	last, err := keptOf(f.Ledger(), id)
	if err != nil {
		return nil, nil, err
	}
	if last != nil {
		how.Head = &last.Head
		is := f.file(id)
		copied = is != "" && last.File != "" && is != last.File
	}
	if copied && !accept.Copy {
		return nil, nil, fmt.Errorf("%w: it was put back from a backup, or its folder was copied or moved, and what was done since then does not stand in it\n\twhen nobody went on with the run elsewhere, say so: ofsplan resume %s --accept-copy --reason WHY", ErrCopied, id)
	}
	j, records, err := how.Open(f.disk, f.run(id), id)
	if err != nil {
		return nil, nil, err
	}
	return &Run{Journal: j, Copied: copied}, records, nil
}

// file identifies the file of a run's audit log among all there were or will be at that path, so that a copy is noticed; empty
// where the file system cannot.
func (f *Folder) file(id string) string {
	if !f.real || !ValidRunID(id) {
		return ""
	}
	return fileID(f.WhereLog(id))
}

// Runs are the ids of all runs, the oldest first.
func (f *Folder) Runs() ([]string, error) {
	names, err := f.disk.List(filepath.Join(f.path, "runs"))
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, f.whose(fmt.Errorf("list the runs: %w", err))
	}
	ids := slices.DeleteFunc(names, func(name string) bool { return !ValidRunID(name) })
	slices.SortFunc(ids, byStart)
	return ids, nil
}

// Backward are the ids of the runs that came to a record, the newest first.
func (f *Folder) Backward() iter.Seq2[string, error] {
	return func(yield func(string, error) bool) {
		for id, err := range backward(f) {
			if !yield(id, f.whose(err)) {
				return
			}
		}
	}
}

// Open opens the audit log of a run to be read.
func (f *Folder) Open(id string) (*Log, error) {
	r, err := f.disk.Read(f.WhereLog(id))
	if err != nil {
		return nil, f.whose(err)
	}
	return openLog(r)
}

// Size is how many bytes the audit log of a run has.
func (f *Folder) Size(id string) (int64, error) { return f.disk.Size(f.WhereLog(id)) }

// Locked is which process has locked a run now. A run whose lock file somebody removed is locked all the same, by a
// process that cannot be named.
func (f *Folder) Locked(id string) (by Holder, locked bool, err error) {
	path := f.lockFile(id)
	if !f.real {
		return Holder{}, false, nil
	}
	if by, locked, err = lockedBy(path); locked || err != nil {
		return by, locked, f.whose(err)
	}
	_, locked, err = lockedBy(f.WhereLog(id))
	return Holder{}, locked, f.whose(err)
}

// onceFile is the path of a once key's lock. It panics on what is no key.
func (f *Folder) onceFile(key string) string {
	mustBeDigest(key)
	return filepath.Join(f.path, "once", key+".lock")
}

// Once takes the lock of a once key. A folder whose locks cannot be trusted is refused.
func (f *Folder) Once(key string) (io.Closer, error) {
	path := f.onceFile(key)
	if err := f.trusted(""); err != nil {
		return nil, err
	}
	if err := audit.MakeDirs(f.disk, filepath.Dir(path)); err != nil {
		return nil, fmt.Errorf("make the state folder: %w", err)
	}
	if !f.real {
		return unlocked{}, nil
	}
	lock, err := takeLock(path)
	if err != nil {
		return nil, err
	}
	return lock, nil
}

// unlocked stands for a lock where nobody else comes.
type unlocked struct{}

func (unlocked) Close() error { return nil }

// OnceLocked is which process has the lock of a once key.
func (f *Folder) OnceLocked(key string) (by Holder, locked bool, err error) {
	path := f.onceFile(key)
	if !f.real {
		return Holder{}, false, nil
	}
	return lockedBy(path)
}

// Check asks whether the folder can be trusted, and tries to keep a file in it, which it makes.
func (f *Folder) Check() error {
	if err := f.trusted(""); err != nil {
		return err
	}
	if err := f.trusted(""); err != nil {
		return err
	}
	if err := audit.MakeDirs(f.disk, f.path); err != nil {
		return err
	}
	name := filepath.Join(f.path, ".check-"+rand.Text())
	file, err := f.disk.Create(name)
	if err != nil {
		return err
	}
	_, err = file.Write([]byte("ofsplan target check\n"))
	return errors.Join(err, file.Sync(), file.Close(), f.disk.Remove(name))
}

// Room refuses when the file system of the folder has less than that many bytes left for its user. A file system that does
// not say has room, and so has a disk in memory.
func (f *Folder) Room(reserve int64) error {
	if !f.real {
		return nil
	}
	path := existing(f.path)
	free, known, err := freeBytes(path)
	switch {
	case err != nil:
		return fmt.Errorf("%w: look at the file system of %s: %w", ErrNoRoom, path, err)
	case known && free < reserve:
		return fmt.Errorf("%w: the file system of %s has %s left, and %s are kept free to record what is under way\n\tmake room; a plan without once can also be run with another --state-dir, which knows nothing of the runs kept here",
			ErrNoRoom, path, mebibytes(free), mebibytes(reserve))
	}
	return nil
}

// mebibytes is a size as people read it.
func mebibytes(n int64) string {
	if n < 10<<20 {
		return fmt.Sprintf("%.1f MiB", float64(n)/(1<<20))
	}
	return fmt.Sprintf("%d MiB", n>>20)
}
