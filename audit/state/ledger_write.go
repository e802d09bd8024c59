package state

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"time"

	"ofsplan/audit"
)

// How long a process waits for the ledger's lock, which another one has for as long as a line takes to be written, and how often it
// asks.
const (
	ledgerPatience = 30 * time.Second
	ledgerPause    = 2 * time.Millisecond
)

// lock keeps other processes from writing, until the function it returns is called.
func (l *LedgerFile) lock() (unlock func() error, err error) {
	if !l.real {
		l.mu.Lock()
		return func() error { l.mu.Unlock(); return nil }, nil
	}
	for waited := time.Duration(0); ; waited += ledgerPause {
		lock, err := takeLock(filepath.Join(filepath.Dir(l.path), "ledger.lock"))
		taken, is := errors.AsType[*LockedError](err)
		switch {
		case err == nil:
			return lock.Close, nil
		case !is:
			return nil, err
		case waited >= ledgerPatience:
			return nil, fmt.Errorf("the ledger is written by %v, which has not come to its end for %v: is it frozen?", taken.Holder, ledgerPatience)
		}
		time.Sleep(ledgerPause)
	}
}

// write adds a line that keeps k, and makes it durable.
func (l *LedgerFile) write(kind string, k Kept) error {
	err := audit.MakeDirs(l.disk, filepath.Dir(l.path))
	if err == nil {
		err = l.writeLocked(kind, k)
	}
	if err != nil {
		return fmt.Errorf("keep the head of run %q in %s: %w", k.Run, l.path, err)
	}
	return nil
}

func (l *LedgerFile) writeLocked(kind string, k Kept) (err error) {
	unlock, err := l.lock()
	if err != nil {
		return err
	}
	defer func() { err = errors.Join(err, unlock()) }()
	end, err := l.readEnd()
	if err != nil {
		return err
	}
	line := end.next(kind, k)
	if line.Begins, err = l.begins(k.Run); err != nil {
		return err
	}
	if line.Indexed, err = l.indexed(end, line); err != nil {
		return err
	}
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	if err := l.secure(end); err != nil {
		return err
	}
	if end.isOfAYearBefore(line.At) {
		if err := l.turnYear(end); err != nil {
			return err
		}
	}
	return l.add(end, append(text, '\n'))
}

// A ledgerEnd is where a ledger ends, and what the next line needs to follow.
type ledgerEnd struct {
	exists bool       // there is a file of this year
	size   int64      // of its whole lines
	last   audit.Line // its last whole line; no bytes: there is none
	torn   torn       // what stands behind that
	tornAt int64      // where that begins
	whole  bool       // it lacks nothing but its newline
	newest ledgerLine // the newest line with a number, of this year or of one before; the zero line: there is none
	prev   string     // SHA-256 of the line before the next
	before string     // of all before the first line with a number
}

// torn is what to do with a last line without its newline, which was being written when its process died.
type torn int

const (
	nothingTorn torn = iota
	cutOff           // it was never kept
	endHere          // it is whole but for its newline, or stands where lines have no number
)

// readEnd finds where the ledger ends.
func (l *LedgerFile) readEnd() (*ledgerEnd, error) {
	end := &ledgerEnd{prev: audit.Genesis}
	f, err := l.open(l.path)
	if err != nil {
		return nil, err
	}
	if end.exists = f != nil; end.exists {
		defer f.Close()
		info, err := f.Stat()
		if err != nil {
			return nil, err
		}
		if err := end.read(f, info.Size()); err != nil {
			return nil, err
		}
	}
	if end.newest.Number == 0 {
		if err := l.readEndOfYears(end); err != nil {
			return nil, err
		}
	}
	switch {
	case end.newest.Number == 0: // what is torn stands where lines have no number, and is ended
	case end.torn == endHere && !end.whole:
		end.torn, end.size = cutOff, end.tornAt
		fallthrough
	default:
		end.before = ""
	}
	return end, nil
}

// read reads the end of this year's file.
func (e *ledgerEnd) read(f audit.Reader, size int64) error {
	e.size = size
	for line, err := range audit.ScanBackward(f, size) {
		if err != nil {
			return err
		}
		l, ok := parseLine(line.Bytes)
		if line.Torn {
			e.torn, e.tornAt, e.whole = endHere, line.Offset, ok
			if !ok {
				continue
			}
		}
		if e.last.Bytes == nil {
			e.last = audit.Line{Offset: line.Offset, Bytes: bytes.Clone(line.Bytes)}
			e.prev = hashOf(line.Bytes)
			if !ok && e.newest.At.IsZero() { // of a ledger without numbers; or what stands there is no line, and whoever verifies says so
				k, _ := parseKept(line.Bytes)
				e.newest.At = k.Time
			}
		}
		if ok {
			e.newest = l
			return nil
		}
	}
	if size == 0 {
		return nil
	}
	return e.digest(f)
}

// digest makes the digest of all that stands in the file, with the newline that ends it.
func (e *ledgerEnd) digest(f audit.Reader) error {
	sum := sha256.New()
	if _, err := io.Copy(sum, io.NewSectionReader(f, 0, e.size)); err != nil {
		return err
	}
	if e.torn == endHere {
		sum.Write([]byte{'\n'})
	}
	e.before = hex.EncodeToString(sum.Sum(nil))
	return nil
}

// readEndOfYears finds the newest line with a number in the files of the years before: this year's has none yet.
func (l *LedgerFile) readEndOfYears(end *ledgerEnd) error {
	years, err := l.years()
	if err != nil || len(years) == 0 {
		return err
	}
	f, err := l.open(years[len(years)-1])
	if err != nil || f == nil {
		return err
	}
	for line, err := range lines(f) {
		if err != nil {
			return err
		}
		if last, ok := parseLine(line.Bytes); ok {
			end.newest, end.prev = last, hashOf(line.Bytes)
			return nil
		}
	}
	return nil
}

// lines gives the lines of a file, the last one first, and closes it.
func lines(f audit.Reader) func(func(audit.Line, error) bool) {
	return func(yield func(audit.Line, error) bool) { each(f, yield) }
}

// hashOf is the SHA-256 of a line, in hex.
func hashOf(line []byte) string {
	sum := sha256.Sum256(line)
	return hex.EncodeToString(sum[:])
}

// startSlack is by how much the clock that made a run's id may be ahead of the one that its first line was written by.
const startSlack = 24 * time.Hour

// begins reports whether no line names a run yet. No line is looked at that is older than the run.
func (l *LedgerFile) begins(run string) (bool, error) {
	if l.knows == run {
		return false, nil
	}
	var start time.Time
	year := 0
	if ValidRunID(run) {
		start, _ = time.Parse("20060102T150405Z", run[:len("20060102T150405Z")])
		year = start.Year()
	}
	l.knows = run
	for line, err := range l.backward(year) {
		switch {
		case err != nil:
			return false, err
		case string(runIn(line.Bytes)) == run:
			return false, nil
		case timeIn(line.Bytes).Before(start.Add(-startSlack)) && numbered(line.Bytes):
			return true, nil
		}
	}
	return true, nil
}

// next is the next line. Its time is never before that of the line before.
func (e *ledgerEnd) next(kind string, k Kept) ledgerLine {
	line := ledgerLine{Number: e.newest.Number + 1, At: k.written().UTC(), Kind: kind, Kept: k, Before: e.before, Prev: e.prev}
	if line.At.Before(e.newest.At) {
		line.At = e.newest.At
	}
	if line.Number == 1 {
		line.Prev = audit.Genesis
	}
	return line
}

// isOfAYearBefore reports whether this year's file has become that of a year before.
func (e *ledgerEnd) isOfAYearBefore(at time.Time) bool {
	return e.last.Bytes != nil && e.newest.Number > 0 && e.newest.At.Year() < at.Year()
}

// secure makes this year's file end with a whole line that is durable. Whoever wrote it may have died before that, or have
// been told that it failed; then the kernel takes it for written, and only once it is written again does a sync count.
func (l *LedgerFile) secure(end *ledgerEnd) error {
	if !end.exists {
		return nil
	}
	if again := end.last.Bytes; again != nil {
		if !end.whole {
			again = append(again, '\n')
		}
		if err := l.disk.Overwrite(l.path, end.last.Offset, again); err != nil {
			return err
		}
	}
	if end.torn == nothingTorn {
		return nil // the sync of what is added does it
	}
	f, err := l.disk.Append(l.path)
	if err != nil {
		return err
	}
	if end.torn == cutOff {
		err = f.Truncate(end.size)
	} else {
		_, err = f.Write([]byte{'\n'})
	}
	return errors.Join(err, f.Close()) // the sync of what is added does for this too
}

// turnYear gives this year's file the name of the year it was of. Where that is taken, it goes on as it is.
func (l *LedgerFile) turnYear(end *ledgerEnd) error {
	name := l.year(end.newest.At.Year())
	if _, err := l.disk.Lstat(name); !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := l.disk.Append(l.path)
	if err != nil {
		return err
	}
	if err := errors.Join(f.Sync(), f.Close()); err != nil {
		return err
	}
	if err := l.disk.Rename(l.path, name); err != nil {
		return err
	}
	end.exists = false
	return nil
}

// add adds a whole line and makes it durable, with the file's name, whoever made that: it may have died over it.
func (l *LedgerFile) add(end *ledgerEnd, line []byte) error {
	opened := l.disk.Append
	if !end.exists {
		opened = l.disk.Create
	}
	f, err := opened(l.path)
	if err != nil {
		return err
	}
	n, err := f.Write(line)
	if err == nil && n != len(line) {
		err = fmt.Errorf("only %d of %d bytes were written", n, len(line))
	}
	return errors.Join(err, f.Sync(), f.Close(), l.disk.SyncDir(filepath.Dir(l.path)))
}
