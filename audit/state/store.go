package state

import (
	"errors"
	"fmt"
	"io"
	"iter"
	"strings"
	"time"

	"ofsplan/audit"
)

// A Store is where runs are kept, those of one root: real runs, or simulated ones. A [Folder] keeps them in files, [Memory]
// in memory; package statetest holds both to the same, and whatever else is to keep them.
//
// A run is named by its id, see [NewRunID], and a once key is a SHA-256 in hex. Methods panic on anything else: it
// must not become part of a path. What a method has made durable is there after its host lost power. Several processes may
// use one store at once, and one goroutine in each a [Run], an [Inbox] or a [Ledger] of it.
type Store interface {
	Runs
	Onces
	Keys
	Drawn
	// Ledger keeps the heads of these runs; nil where they are simulated, since nobody audits them.
	Ledger() Ledger
	// IsSimulated reports whether this is a root of simulated runs. They count for no once key.
	IsSimulated() bool
	// Shared reports whether others than the user to whom the runs belong, and root, can leave statements for them: then it can be told
	// apart who said what.
	Shared() bool
	// Check is an error when no run could be kept here: nothing can be written, or locks cannot be trusted.
	Check() error
	// Cautions are what a person should know of this place before runs are kept in it, and what keeps none from it: that it is lost
	// with a reboot, or that others may change it. A store that does not know has none.
	Cautions() []string
	// Room is an error that wraps ErrNoRoom when less than that many bytes are left to write. Nothing new may be started
	// then, while there is room to record what is under way. A store that does not know has room.
	Room(reserve int64) error
	// Concerns are what others could do to the audit log of a run, or to what stands beside all of them when run is empty: files
	// that anybody may change, and files of somebody whom the store does not belong to. A store that does not know has none.
	Concerns(run string) ([]string, error)
	// Where says to people where the store is.
	Where() string
}

// Runs are the audit logs of runs, and what belongs to each.
type Runs interface {
	// Begin makes a new run, durably, with an audit log that has no record yet. It is this process's own until it is closed.
	// An id that is taken is an error that is fs.ErrExist: draw another suffix. Where locks cannot be trusted, none begins.
	Begin(run string) (*Run, error)
	// TakeUp makes a run this process's own again, and gives the records of its audit log. That is compared with what the
	// ledger keeps of it: a store that was put back from a backup has a run as it stood earlier, and going on from there
	// could do again what has been done. A run that another process has locked is an error that wraps ErrLocked; a damaged
	// audit log, or one that is shorter than the ledger knows, audit.ErrBroken; one that is another than it was, ErrCopied.
	TakeUp(run string, accept Accept) (*Run, []audit.Record, error)
	// Runs are the ids of all runs, the oldest first. A store in which none was begun yet has none.
	Runs() ([]string, error)
	// Backward are the ids of the runs that came to a record, the newest first, in the order in which they began: that in which
	// the ledger named them first, whatever the clocks said that their ids are made from. A run that it does not name has its
	// place by the start in its id. One whose audit log is gone is among them when the ledger names it. Who stops early is not
	// told of the others, and they need not be looked at. An error ends the walk.
	Backward() iter.Seq2[string, error]
	// Open opens the audit log of a run to be read, whoever writes it. A run that has none is an error that is fs.ErrNotExist.
	Open(run string) (*Log, error)
	// Size is how many bytes the audit log of a run has. A run that has none is an error that is fs.ErrNotExist.
	Size(run string) (int64, error)
	// Locked is which process has made a run its own, without a lock being taken. The zero Holder is one that cannot be named.
	Locked(run string) (by Holder, locked bool, err error)
	// Inbox is where other processes leave statements for a run that has begun.
	Inbox(run string) Inbox
	// WhereLog says to people where the audit log of a run is.
	WhereLog(run string) string
}

// Onces are the locks of once keys.
type Onces interface {
	// Once takes the lock of a once key, so that one process at a time looks for runs of the key and begins one, until it
	// closes what it was given. A lock that another process has is an error that wraps ErrLocked.
	Once(key string) (io.Closer, error)
	// OnceLocked is which process has the lock of a once key, without taking it.
	OnceLocked(key string) (by Holder, locked bool, err error)
}

// Keys are one key: that of the digests of secrets.
type Keys interface {
	// Key is the key, durably. It is made at first need: of processes that need it at once, one makes it and all get the same.
	Key() (Key, error)
	// KeptKey is the key there is. That there is none is an error that wraps ErrNoKey.
	KeptKey() (Key, error)
}

// An Inbox is where other processes leave statements for a run. A letter is there whole or not at all, and what stands in it is
// bytes to this package.
type Inbox interface {
	// Put leaves a letter, durably. An id that is taken is an error that is fs.ErrExist.
	Put(id string, data []byte) error
	// Letters are those that wait, in the order of their ids. An inbox nobody has written to is empty.
	Letters() ([]Letter, error)
	// Waits reports whether a letter is still there.
	Waits(id string) (bool, error)
	// Remove takes a letter out that has been dealt with, or that its author takes back. One that is gone is no error. After
	// a loss of power the letter may be there again, or not: so what it said must be on record, durably, before.
	Remove(id string) error
}

// A Letter is one statement that waits.
type Letter struct {
	ID    string
	Owner string // who left it, as far as the store knows, whatever the statement says; empty: it does not
	UID   string // the number of that user; likewise
	Data  []byte // of a letter that is too large only the beginning, which is no JSON any more
	// Unread is why it cannot be read; the others can be all the same. Nil: it can.
	Unread error
}

// A Ledger keeps heads apart from the runs. It shows what an audit log alone cannot: an edited last record, a cut end, a
// deleted run, an old copy put back. Its own lines are numbered and chained, over years; what a line of a kind says that is
// not known here is passed over.
type Ledger interface {
	// Keep writes a head down, durably: at the start of a run, before its first request, when it is detached, and at its
	// end. The head comes from [audit.Journal.Head], so it is never ahead of the log.
	Keep(head audit.Head, of About) error
	// Acknowledge writes down that what is missing of a run is known, durably. See [Acknowledge].
	Acknowledge(k Kept) error
	// Newest gives what was kept last of each run, the newest first: whoever has seen enough stops, and has read no more.
	Newest() iter.Seq2[Kept, error]
	// Begun gives the same in the order in which the ledger first named the runs, the newest first.
	Begun() iter.Seq2[Kept, error]
	// Of is what was kept of one run: of its lines the one with most records. Nil: nothing was.
	Of(run string) (*Kept, error)
	// End is the newest line; the zero LedgerHead when none has a number yet.
	End() (LedgerHead, error)
	// Verify follows the chain from the first line. A head that was kept elsewhere must be in it; nil: none is known.
	Verify(kept *LedgerHead) (LedgerVerdict, error)
	OnceIndex
}

// A OnceIndex knows which runs began with which once key. It is drawn from the ledger, and never lacks a run that the
// ledger names without saying so.
type OnceIndex interface {
	// Claims are the runs of a key, in the order in which they began. Complete is false when the index is missing or lacks some.
	Claims(key string) (runs []string, complete bool, err error)
	// DrawClaims draws all of it from the ledger, and from what unnamed tells of the runs that the ledger does not name. With keep
	// the index is made anew.
	DrawClaims(keep bool, unnamed func(named func(run string) bool) ([]Named, error)) ([]Named, error)
}

// About is what a ledger line says of a run besides its head. The zero About says nothing.
type About struct {
	Plan string `json:"plan,omitempty"` // its plan's name; empty: the line is of a release that did not write it
	// Once is the key under which the run is one of a kind. Empty: it is not.
	Once string `json:"once,omitempty"`
}

// Kept is what a ledger keeps of a run.
type Kept struct {
	audit.Head
	About
	// File identifies the file of the audit log, so that a copy of it is noticed. Empty: the store cannot.
	File string `json:"file,omitempty"`
	// Acknowledged said who knows what is missing of the run, and why; nil: nobody said so.
	Acknowledged *Acknowledgment `json:"acknowledged,omitempty"`
	// WrittenAt is when the line was written, never before that of the line before it. It is the ledger's, not that of who keeps.
	WrittenAt time.Time `json:"-"`
}

// A Run is one that this process has made its own: its audit log, and the lock that keeps every other process from it. Whoever
// loses the lock nevertheless, as a lease can be lost, finds the log poisoned: its next Sync fails, and says so.
type Run struct {
	*audit.Journal
	Lock   io.Closer // nil: no other process can come here
	Copied bool      // the audit log is not the one it was, and was taken up because an operator accepted it
	// discard takes the run away again; nil: this process did not begin it.
	discard func()
}

// Close lets go of the run. It does not sync.
func (r *Run) Close() error {
	err := r.Journal.Close()
	if r.Lock != nil {
		err = errors.Join(err, r.Lock.Close())
	}
	return err
}

// CloseOrDiscard lets go of a run that this process began, and takes it away again when it never came to a record: then nothing was
// sent, and there is nothing to go on with. A run that cannot be taken away stays, without one.
func (r *Run) CloseOrDiscard() error {
	if r.discard != nil && r.Durable() == 0 {
		r.discard()
	}
	return r.Close()
}

// Accept says for what of an audit log somebody answers, so that it is taken up all the same. The zero Accept
// accepts nothing.
type Accept struct {
	// Tail sets a bad last line aside, see [audit.Reopening].
	Tail bool
	// Copy takes up an audit log that is not the one it was: nobody went on with the run since it was copied.
	Copy bool
}

// A Log is an audit log that is read, as long as it was when it was opened.
type Log struct {
	*io.SectionReader
	io.Closer
}

// OpenLog is an audit log that is kept anywhere as a file.
func OpenLog(file string) (*Log, error) {
	r, err := audit.RealDisk{}.Read(file)
	if err != nil {
		return nil, err
	}
	return openLog(r)
}

// openLog is a log as long as it is now.
func openLog(r audit.Reader) (*Log, error) {
	info, err := r.Stat()
	if err != nil {
		return nil, errors.Join(err, r.Close())
	}
	return &Log{io.NewSectionReader(r, 0, info.Size()), r}, nil
}

// Errors of a Store, for errors.Is.
var (
	// ErrNoRun: no run, or more than one, is meant by what a person named.
	ErrNoRun = errors.New("no such run")
	// ErrCopied: an audit log is not the one whose head the ledger kept.
	ErrCopied = errors.New("the audit log is a copy")
	// ErrNoRoom: there is less room than must be kept free.
	ErrNoRoom = errors.New("there is no room for the audit log")
	// ErrLocked: another process has a lock. See [LockedError].
	ErrLocked = errors.New("already running")
)

// Reserve is how much room a store keeps, in bytes: enough to record how everything under way ends, and many statements of
// operators about it.
const Reserve = 16 << 20

// A Holder is the process that has a lock, as it wrote itself down.
type Holder struct {
	Host string `json:"host"`
	PID  int    `json:"pid"`
	Boot string `json:"boot"` // the kernel's id of this boot; empty where there is none
}

// String names the holder for people.
func (h Holder) String() string {
	if h.PID == 0 {
		return "a process that has not said who it is"
	}
	s := fmt.Sprintf("process %d on %s", h.PID, audit.Printable(h.Host))
	if h.Boot != "" {
		s += fmt.Sprintf(" (boot %s)", audit.Printable(h.Boot))
	}
	return s
}

// A LockedError says who has a lock. It wraps ErrLocked.
type LockedError struct{ Holder Holder }

// Error says who has it.
func (e *LockedError) Error() string { return fmt.Sprintf("%v: held by %v", ErrLocked, e.Holder) }

// Unwrap is ErrLocked.
func (e *LockedError) Unwrap() error { return ErrLocked }

// Last names the newest run.
const Last = "last"

// Find is the run that is meant by an id, by the start of one, or by the name last: the newest of all, whatever it is a run of. That
// none is meant, or more than one, is an error that wraps ErrNoRun.
func Find(s Store, name string) (string, error) {
	if name == Last {
		for id, err := range s.Backward() {
			return id, err
		}
	}
	ids, err := s.Runs()
	if err != nil {
		return "", err
	}
	var found []string
	for _, id := range ids {
		if id == name {
			return id, nil
		}
		if name != "" && strings.HasPrefix(id, name) {
			found = append(found, id)
		}
	}
	switch {
	case len(found) == 1:
		return found[0], nil
	case len(found) > 1:
		return "", fmt.Errorf("%w: %q could be any of %d runs, such as %s and %s", ErrNoRun, name, len(found), found[0], found[len(found)-1])
	case len(ids) == 0:
		return "", fmt.Errorf("%w: there are none in %s", ErrNoRun, s.Where())
	}
	return "", fmt.Errorf("%w: %q is neither a run id, nor the start of one, nor \"last\" or \"last:PLAN\"", ErrNoRun, name)
}
