package state

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"iter"
	"maps"
	"path"
	"slices"
	"sync"

	"ofsplan/audit"
)

// Memory is a [Store] in memory, for rehearsals and for tests that pull the plug. What is written to it is durable at once, but for
// the records of audit logs, which are so after a Sync as everywhere. Its locks are between those who use one Memory.
type Memory struct {
	simulated bool
	logs      *audit.Memory // each in a directory of its run's name
	ledger    *audit.Memory // a disk with nothing but the ledger, so that it is the one that stands in files

	mu      sync.Mutex
	locks   map[string]bool // by run or once key
	inboxes map[string]memoryInbox
	secret  []byte // of the key; nil: there is none
	history []byte // of how long batches take; nil: none was kept
}

var _ Store = (*Memory)(nil)

// NewMemory is an empty store, of real runs or of simulated ones.
func NewMemory(simulated bool) *Memory {
	return &Memory{simulated: simulated, logs: &audit.Memory{}, ledger: &audit.Memory{}, locks: map[string]bool{}, inboxes: map[string]memoryInbox{}}
}

// AfterCrash is the store as it is found after a loss of power: nothing is locked, and of the records that were not synced
// there are as many bytes as luck says, see [audit.Memory.AfterCrash].
func (m *Memory) AfterCrash(luck func(unsynced int) int) *Memory {
	m.mu.Lock()
	defer m.mu.Unlock()
	after := NewMemory(m.simulated)
	after.logs, after.ledger, after.secret = m.logs.AfterCrash(luck), m.ledger.AfterCrash(nil), m.secret
	for run, letters := range m.inboxes {
		after.inboxes[run] = memoryInbox{&after.mu, maps.Clone(letters.data)}
	}
	return after
}

// Where says that it is nowhere else.
func (m *Memory) Where() string { return "memory" }

// WhereLog names a run's audit log.
func (m *Memory) WhereLog(run string) string {
	mustBeRunID(run)
	return path.Join(run, audit.FileName)
}

// IsSimulated reports whether this is a root of simulated runs.
func (m *Memory) IsSimulated() bool { return m.simulated }

// Shared is false: there is one process.
func (m *Memory) Shared() bool { return false }

// Check finds nothing wrong.
func (m *Memory) Check() error { return nil }

// Concerns are none: nobody else comes here.
func (m *Memory) Concerns(string) ([]string, error) { return nil, nil }

// Cautions are none: nobody takes memory for anything else.
func (m *Memory) Cautions() []string { return nil }

// Room is plenty.
func (m *Memory) Room(int64) error { return nil }

// Begin makes a new run.
func (m *Memory) Begin(run string) (*Run, error) {
	mustBeRunID(run)
	if err := m.logs.Mkdir(run); err != nil {
		return nil, fmt.Errorf("begin run %q: %w", run, err)
	}
	return m.underLock(run, func() (*Run, error) {
		j, err := audit.Create(m.logs, run, run)
		return &Run{Journal: j, discard: func() { _, _ = m.logs.Remove(m.WhereLog(run)), m.logs.Remove(run) }}, err
	})
}

// TakeUp makes a run this process's own again.
func (m *Memory) TakeUp(run string, accept Accept) (taken *Run, records []audit.Record, err error) {
	mustBeRunID(run)
	taken, err = m.underLock(run, func() (*Run, error) {
		how := audit.Reopening{AcceptTail: accept.Tail}
		if how.Head, err = HeadOf(m.Ledger(), run); err != nil {
			return nil, err
		}
		var j *audit.Journal
		j, records, err = how.Open(m.logs, run, run)
		return &Run{Journal: j}, err
	})
	return taken, records, err
}

// underLock opens a run under its lock.
func (m *Memory) underLock(run string, open func() (*Run, error)) (*Run, error) {
	lock, err := m.lock(run)
	if err != nil {
		return nil, fmt.Errorf("run %q: %w", run, err)
	}
	r, err := open()
	if err != nil {
		return nil, errors.Join(err, lock.Close())
	}
	r.Lock = lock
	return r, nil
}

// Runs are the ids of all runs.
func (m *Memory) Runs() ([]string, error) {
	names, err := m.logs.List(".")
	ids := slices.DeleteFunc(names, func(name string) bool { return !ValidRunID(name) })
	slices.SortFunc(ids, byStart)
	return ids, err
}

// Backward are the ids of the runs that came to a record, the newest first.
func (m *Memory) Backward() iter.Seq2[string, error] { return backward(m) }

// Open opens the audit log of a run to be read.
func (m *Memory) Open(run string) (*Log, error) {
	r, err := m.logs.Read(m.WhereLog(run))
	if err != nil {
		return nil, err
	}
	return openLog(r)
}

// Size is how many bytes the audit log of a run has.
func (m *Memory) Size(run string) (int64, error) { return m.logs.Size(m.WhereLog(run)) }

// A memoryLock is one that this process has.
type memoryLock struct {
	m    *Memory
	name string
}

// lock takes the lock of that name, a run or a once key.
func (m *Memory) lock(name string) (io.Closer, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.locks[name] {
		return nil, &LockedError{}
	}
	m.locks[name] = true
	return memoryLock{m, name}, nil
}

// Close lets go.
func (l memoryLock) Close() error {
	l.m.mu.Lock()
	defer l.m.mu.Unlock()
	delete(l.m.locks, l.name)
	return nil
}

// isLocked reports whether somebody has a lock. Who has it is not known here, so that the holder is the zero one.
func (m *Memory) isLocked(name string) (by Holder, locked bool, err error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	return Holder{}, m.locks[name], nil
}

// Locked reports whether a run is locked.
func (m *Memory) Locked(run string) (by Holder, locked bool, err error) {
	mustBeRunID(run)
	return m.isLocked(run)
}

// Once takes the lock of a once key.
func (m *Memory) Once(key string) (io.Closer, error) {
	mustBeDigest(key)
	return m.lock(key)
}

// OnceLocked reports whether somebody has the lock of a once key.
func (m *Memory) OnceLocked(key string) (by Holder, locked bool, err error) {
	mustBeDigest(key)
	return m.isLocked(key)
}

// Key is the key of digests, made at first need.
func (m *Memory) Key() (Key, error) {
	m.mu.Lock()
	if m.secret == nil {
		m.secret = freshSecret()
	}
	m.mu.Unlock()
	return m.KeptKey()
}

// KeptKey is the key there is.
func (m *Memory) KeptKey() (Key, error) {
	m.mu.Lock()
	defer m.mu.Unlock()
	if m.secret == nil {
		return Key{}, fmt.Errorf("%w: none was made", ErrNoKey)
	}
	return NewKey(m.secret, m.Where()), nil
}

// Ledger keeps the heads of the runs; nil where they are simulated.
func (m *Memory) Ledger() Ledger {
	if m.simulated {
		return nil
	}
	l := newLedger(m.ledger, ".")
	l.mu = &m.mu
	return l
}

// A memoryInbox holds what letters say, by their ids.
type memoryInbox struct {
	mu   *sync.Mutex // the store's
	data map[string][]byte
}

// Inbox is where statements for a run are left.
func (m *Memory) Inbox(run string) Inbox {
	mustBeRunID(run)
	m.mu.Lock()
	defer m.mu.Unlock()
	if _, is := m.inboxes[run]; !is {
		m.inboxes[run] = memoryInbox{&m.mu, map[string][]byte{}}
	}
	return m.inboxes[run]
}

// Put leaves a letter.
func (b memoryInbox) Put(id string, data []byte) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	if _, is := b.data[id]; is {
		return fmt.Errorf("leave a word: %q: %w", id, fs.ErrExist)
	}
	b.data[id] = slices.Clone(data[:min(len(data), maxLetter)])
	return nil
}

// Letters are those that wait.
func (b memoryInbox) Letters() ([]Letter, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	var letters []Letter
	for _, id := range slices.Sorted(maps.Keys(b.data)) {
		letters = append(letters, Letter{ID: id, Data: slices.Clone(b.data[id])})
	}
	return letters, nil
}

// Waits reports whether a letter is still there.
func (b memoryInbox) Waits(id string) (bool, error) {
	b.mu.Lock()
	defer b.mu.Unlock()
	_, is := b.data[id]
	return is, nil
}

// Remove takes a letter out.
func (b memoryInbox) Remove(id string) error {
	b.mu.Lock()
	defer b.mu.Unlock()
	delete(b.data, id)
	return nil
}
