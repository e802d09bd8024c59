package audit

import (
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"
	"strconv"
	"strings"
	"time"
)

// FileName is the journal's name in a run's folder.
const FileName = "audit.jsonl"

// ErrPoisoned is what every call on a journal wraps once a write or a sync has failed. Nobody knows what
// the disk holds then, so the journal is never written again and nothing new may be started.
var ErrPoisoned = errors.New("nothing more is written to it")

// keepBuffer is the largest buffer kept from one Append to the next; a pinned file may need a larger one.
const keepBuffer = 1 << 20

// A Head names a journal's last durable record. Kept outside the file, it shows an edited last line and a
// cut end, which the chain alone cannot.
type Head struct {
	Run   string    `json:"run"`
	Count int64     `json:"count"` // records so far; 0: none
	Hash  string    `json:"hash"`  // SHA-256 of the last line without its newline, hex; Genesis without one
	Size  int64     `json:"size"`  // bytes up to and including that line's newline
	Time  time.Time `json:"time"`  // of the last record
}

// Short is the head as it is printed and given back: the number of records, a colon, and the hash.
func (h Head) Short() string { return fmt.Sprintf("%d:%s", h.Count, h.Hash) }

// ParseShort reads what [Head.Short] wrote: a number from 1 on, and a SHA-256 in hex.
func ParseShort(text string) (number int64, hash string, err error) {
	count, hash, _ := strings.Cut(text, ":")
	number, err = strconv.ParseInt(count, 10, 64)
	if err != nil || number < 1 || !isHash(hash) {
		return 0, "", fmt.Errorf("%q is no head: write it as it was printed, a number, a colon and 64 hexadecimal digits", text)
	}
	return number, hash, nil
}

// A Journal is a run's audit log, open for writing. It belongs to one goroutine.
type Journal struct {
	disk    Disk
	file    File
	path    string
	written Head // the last record handed to the disk
	synced  Head // the last record known to be durable
	buf     []byte
	removedLines
	err error // set once, by the first write or sync that failed; from then on every call returns it (law L9)
}

// Create begins a journal in dir, which it makes when it is missing; both names are durable when it
// returns. A journal that exists already is an error that is fs.ErrExist.
func Create(disk Disk, dir, run string) (*Journal, error) {
	if err := MakeDirs(disk, dir); err != nil {
		return nil, fmt.Errorf("create the audit log of run %q: %w", run, err)
	}
	path := filepath.Join(dir, FileName)
	f, err := disk.Create(path)
	if err != nil {
		return nil, fmt.Errorf("create the audit log of run %q: %w", run, err)
	}
	if err := errors.Join(f.Sync(), disk.SyncDir(dir)); err != nil {
		return nil, fmt.Errorf("create the audit log of run %q: %w", run, errors.Join(err, f.Close()))
	}
	head := Head{Run: run, Hash: Genesis}
	return &Journal{disk: disk, file: f, path: path, written: head, synced: head}, nil
}

// Path is the journal's file.
func (j *Journal) Path() string { return j.path }

// Durable is the number of the last record known to be on disk for good; 0 before the first Sync.
func (j *Journal) Durable() int64 { return j.synced.Count }

// Head is the head of the durable part, so a head that is kept elsewhere can never be ahead of the file.
func (j *Journal) Head() Head { return j.synced }

// Append adds the entries, in order, with one write. They are durable after the next Sync and not before.
// An entry that cannot be encoded is refused and nothing is written; a write that fails or falls short
// poisons the journal.
func (j *Journal) Append(entries ...Entry) error {
	if j.err != nil {
		return j.err
	}
	if len(entries) == 0 {
		return nil
	}
	b, head := j.buf[:0], j.written
	for i := range entries {
		from := len(b)
		next, err := entries[i].appendLine(b, place{head.Run, head.Count + 1, j.synced.Count, head.Hash})
		if err != nil {
			return err
		}
		sum := sha256.Sum256(next[from:])
		b = append(next, '\n')
		head.Count++
		head.Hash = hex.EncodeToString(sum[:])
		head.Size += int64(len(b) - from)
		head.Time = entries[i].Time.UTC().Truncate(time.Microsecond)
	}
	if cap(b) <= keepBuffer {
		j.buf = b[:0]
	}
	n, err := j.file.Write(b)
	if err == nil && n < len(b) {
		err = fmt.Errorf("only %d of %d bytes were written", n, len(b))
	}
	if err != nil {
		return j.poison("write", err)
	}
	j.written = head
	return nil
}

// Sync makes everything appended so far durable. It costs nothing when there is nothing new.
// A sync that fails poisons the journal.
func (j *Journal) Sync() error {
	if j.err != nil {
		return j.err
	}
	if j.synced.Count == j.written.Count {
		return nil
	}
	if err := j.syncFile(j.written.Size); err != nil {
		return j.poison("sync", err)
	}
	j.synced = j.written
	return nil
}

// syncFile makes the first size bytes durable under the journal's name. It fails when somebody removed or cut the file while
// it was written: its bytes are on disk then, and nobody finds them (law L2). Any goroutine may call it.
func (j *Journal) syncFile(size int64) error {
	if err := j.file.Sync(); err != nil {
		return err
	}
	switch there, err := j.disk.Size(j.path); {
	case errors.Is(err, fs.ErrNotExist):
		return fmt.Errorf("the file is gone, somebody removed or moved it: %w", err)
	case err != nil:
		return err
	case there < size:
		return fmt.Errorf("somebody cut the file: %d of %d bytes are left", there, size)
	}
	return nil
}

// Err is why nothing more is written to the journal; nil while it can be written.
func (j *Journal) Err() error { return j.err }

// Close lets go of the file. It does not sync.
func (j *Journal) Close() error { return j.file.Close() }

func (j *Journal) poison(what string, err error) error {
	j.err = fmt.Errorf("%w: %s %s after record %d: %w", ErrPoisoned, what, j.path, j.synced.Count, err)
	return j.err
}

// Flush begins to make everything appended so far durable, for an owner who has other things to do meanwhile. It
// returns nil, nil when there is nothing new. Otherwise sync does it, once and in any goroutine, while the
// owner may go on to append; afterwards the owner, and nobody else, calls settle with what sync returned. What
// settle returns is what [Journal.Sync] would have. One flush at a time.
func (j *Journal) Flush() (sync func() error, settle func(error) error) {
	if j.err == nil && j.synced.Count == j.written.Count {
		return nil, nil
	}
	begun, broken := j.written, j.err
	sync = func() error {
		if broken != nil {
			return broken
		}
		return j.syncFile(begun.Size)
	}
	settle = func(err error) error {
		switch {
		case j.err != nil: // poisoned before, or meanwhile by an append: what this sync made durable is not known (law L9)
			return j.err
		case err != nil:
			return j.poison("sync", err)
		}
		j.synced = begun
		return nil
	}
	return sync, settle
}
