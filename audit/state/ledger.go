package state

import (
	"bytes"
	"cmp"
	"errors"
	"fmt"
	"io/fs"
	"iter"
	"path/filepath"
	"regexp"
	"slices"
	"strconv"
	"strings"
	"sync"

	"ofsplan/audit"
)

// A LedgerFile is a [Ledger] of JSON lines: those of this year in one file, and those of each year before in a file of their own
// beside it. A line has the number after that of the line before, and its SHA-256, so that no line can be changed,
// taken out or put in without those after it. Lines are only added, under a lock, by whatever process has something to keep.
//
// Before lines were numbered they were not chained either. Such a ledger is gone on with: the first line that has a number holds
// the digest of all before it.
type LedgerFile struct {
	disk  Disk
	path  string
	real  bool                    // the disk is the machine's, so that other processes come to it
	mu    sync.Locker             // in place of the lock between processes, where none come
	file  func(run string) string // which file a run's audit log is; nil: it is not asked
	knows string                  // a run that it is known to name
	index *onceIndex              // nil: there is none, as beside a ledger that somebody named
}

var _ Ledger = (*LedgerFile)(nil)

// NewLedgerFile is the ledger at that path. Nothing is touched before the first Keep.
func NewLedgerFile(disk Disk, path string) *LedgerFile {
	real := isReal(disk)
	return &LedgerFile{disk: disk, path: path, real: real, mu: &sync.Mutex{}}
}

// newLedger is the ledger of a folder, with the index of its once keys.
func newLedger(disk Disk, dir string) *LedgerFile {
	l := NewLedgerFile(disk, filepath.Join(dir, "ledger.jsonl"))
	l.index = &onceIndex{disk: disk, path: filepath.Join(dir, "once", "runs.jsonl")}
	return l
}

// Ledger is the folder's ledger; nil in the simulated root.
func (f *Folder) Ledger() Ledger {
	if f.simulated {
		return nil
	}
	return f.ledger
}

// Where is the path of the ledger.
func (l *LedgerFile) Where() string { return l.path }

// Keep writes a head down.
func (l *LedgerFile) Keep(head audit.Head, of About) error {
	k := Kept{Head: head, About: of}
	if l.file != nil {
		k.File = l.file(head.Run)
	}
	return l.write(headKind, k)
}

// Acknowledge writes down once more what is kept of a run, with an acknowledgment that what is missing is known.
func (l *LedgerFile) Acknowledge(k Kept) error { return l.write(acknowledgedKind, k) }

// years are the files of the years before, the oldest first.
func (l *LedgerFile) years() ([]string, error) {
	base := strings.TrimSuffix(filepath.Base(l.path), ".jsonl")
	is := regexp.MustCompile(`^` + regexp.QuoteMeta(base) + `-[0-9]{4}\.jsonl$`)
	dir := filepath.Dir(l.path)
	names, err := l.disk.List(dir)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("look for the ledgers of the years before: %w", err)
	}
	var all []string
	for _, name := range names { // sorted
		if is.MatchString(name) {
			all = append(all, filepath.Join(dir, name))
		}
	}
	return all, nil
}

// year is the file of a year before.
func (l *LedgerFile) year(number int) string {
	return fmt.Sprintf("%s-%04d.jsonl", strings.TrimSuffix(l.path, ".jsonl"), number)
}

// backward gives the lines of all years, the newest first. While it goes on the ledger may grow, and the file of this year may
// become that of a year before: then some lines come twice, and none is left out. Files of years before since are not read.
func (l *LedgerFile) backward(since int) iter.Seq2[audit.Line, error] {
	return func(yield func(audit.Line, error) bool) {
		newest, err := l.open(l.path)
		if err != nil {
			yield(audit.Line{}, err)
			return
		}
		years, err := l.years()
		if err != nil {
			yield(audit.Line{}, errors.Join(err, closed(newest)))
			return
		}
		if !each(newest, yield) {
			return
		}
		for i := len(years) - 1; i >= 0 && years[i] >= l.year(since); i-- {
			f, err := l.open(years[i])
			if err != nil {
				yield(audit.Line{}, err)
				return
			}
			if !each(f, yield) {
				return
			}
		}
	}
}

// open opens one file of the ledger to be read; nil when it is not there.
func (l *LedgerFile) open(path string) (audit.Reader, error) {
	f, err := l.disk.Read(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	return f, nil
}

// closed closes a file that may not be there.
func closed(f audit.Reader) error {
	if f == nil {
		return nil
	}
	return f.Close()
}

// each gives the lines of one file, the last one first, and closes it. False: no more are wanted.
func each(f audit.Reader, yield func(audit.Line, error) bool) bool {
	if f == nil {
		return true
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return yield(audit.Line{}, fmt.Errorf("read the ledger: %w", err))
	}
	for line, err := range audit.ScanBackward(f, info.Size()) {
		if err != nil {
			yield(audit.Line{}, fmt.Errorf("read the ledger: %w", err))
			return false
		}
		if !yield(line, nil) {
			return false
		}
	}
	return true
}

// Newest gives what was kept last of each run, the newest first.
func (l *LedgerFile) Newest() iter.Seq2[Kept, error] {
	return func(yield func(Kept, error) bool) {
		seen := map[string]bool{}
		for line, err := range l.backward(0) {
			if err != nil {
				yield(Kept{}, err)
				return
			}
			if seen[string(runIn(line.Bytes))] {
				continue
			}
			k, ok := parseKept(line.Bytes)
			if !ok || seen[k.Run] {
				continue
			}
			seen[k.Run] = true
			if !yield(k, nil) {
				return
			}
		}
	}
}

// Begun gives what was kept last of each run in the order in which they were first named, the newest first.
func (l *LedgerFile) Begun() iter.Seq2[Kept, error] {
	return func(yield func(Kept, error) bool) {
		last := map[string]Kept{} // of runs whose first line has not come yet; the zero Kept of one that was given
		var old []Kept            // of those that have none, in the order of their oldest line so far
		for line, err := range l.backward(0) {
			if err != nil {
				yield(Kept{}, err)
				return
			}
			k, seen := last[string(runIn(line.Bytes))]
			if !seen {
				is, ok := parseKept(line.Bytes)
				if !ok {
					continue
				}
				k, last[is.Run] = is, is
			}
			switch {
			case k.Run == "": // given
			case !numbered(line.Bytes):
				old = append(slices.DeleteFunc(old, func(o Kept) bool { return o.Run == k.Run }), k)
			case bytes.Contains(line.Bytes, []byte(`,"begins":true,`)):
				last[k.Run] = Kept{}
				if !yield(k, nil) {
					return
				}
			}
		}
		for _, k := range old {
			if !yield(k, nil) {
				return
			}
		}
	}
}

// Of is what was kept of one run: of its lines the one with most records, and of these the newest. Nil: nothing was.
func (l *LedgerFile) Of(run string) (*Kept, error) {
	var found *Kept
	since := 0 // a run has no line in the file of a year before its own
	if ValidRunID(run) {
		since, _ = strconv.Atoi(run[:4])
	}
	for line, err := range l.backward(since) {
		if err != nil {
			return nil, err
		}
		if string(runIn(line.Bytes)) != run {
			continue
		}
		k, ok := parseKept(line.Bytes)
		switch {
		case !ok || k.Run != run:
		case found == nil:
			found = &k
		case k.Count > found.Count:
			k.Once = cmp.Or(k.Once, found.Once)
			found = &k
		default:
			found.Once = cmp.Or(found.Once, k.Once)
		}
	}
	return found, nil
}

// Heads are what a ledger keeps of each run, in the order in which it was last kept.
func Heads(l Ledger) ([]Kept, error) {
	var all []Kept
	if l == nil {
		return nil, nil
	}
	for k, err := range l.Newest() {
		if err != nil {
			return nil, err
		}
		all = append(all, k)
	}
	slices.Reverse(all)
	return all, nil
}

// HeadOf is the head with most records that a ledger keeps of a run; nil when it keeps none, or there is no ledger.
func HeadOf(l Ledger, run string) (*audit.Head, error) {
	k, err := keptOf(l, run)
	if k == nil {
		return nil, err
	}
	return &k.Head, err
}

// keptOf is what a ledger keeps of one run; nil when that is nothing, or there is no ledger.
func keptOf(l Ledger, run string) (*Kept, error) {
	if l == nil {
		return nil, nil
	}
	return l.Of(run)
}
