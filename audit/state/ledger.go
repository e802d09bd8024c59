package state

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io/fs"
	"path/filepath"

	"ofsplan/audit"
)

// A Ledger keeps heads beside the runs, one JSON line each, the newest of a run last. It shows what a
// journal alone cannot: an edited last record, a cut end, a deleted run, an old copy put back. Several
// processes may keep heads in one ledger. It belongs to one goroutine.
type Ledger struct {
	disk audit.Disk
	path string
	file func(run string) string // which file a run's journal is; nil: it is not asked
	once string                  // see Claim
}

// A kept head is one line of a ledger.
type kept struct {
	audit.Head
	// File tells the journal's file from a copy of it. Empty: the file system does not tell.
	File string `json:"file,omitempty"`
	// Acknowledged is somebody's word that what is missing of the run is known; nil: nobody said so.
	Acknowledged *Acknowledgment `json:"acknowledged,omitempty"`
	// Once is the key under which the run is one of a kind. Empty: it is not. See Folder.Claims.
	Once string `json:"once,omitempty"`
}

// NewLedger is the ledger at that path. Nothing is touched before the first Keep.
func NewLedger(disk audit.Disk, path string) *Ledger { return &Ledger{disk: disk, path: path} }

// Claim makes every further head say that its run began with that once key, a digest. Empty: it began without one.
func (l *Ledger) Claim(once string) { l.once = once }

// Keep writes a head down and makes it durable: at the start of a run, before its first request, when it is
// detached, and at its end. The head comes from [audit.Journal.Head], so it is never ahead of the journal.
func (l *Ledger) Keep(h audit.Head) error {
	k := kept{Head: h, Once: l.once}
	if l.file != nil {
		k.File = l.file(h.Run)
	}
	return l.write(k)
}

// write adds a line and makes it durable.
func (l *Ledger) write(k kept) error {
	line, err := json.Marshal(k)
	if err != nil {
		return fmt.Errorf("keep the head of run %q: %w", k.Run, err)
	}
	f, err := l.open()
	if err != nil {
		return fmt.Errorf("keep the head of run %q: %w", k.Run, err)
	}
	n, err := f.Write(append(line, '\n'))
	if err == nil && n != len(line)+1 {
		err = fmt.Errorf("only %d of %d bytes were written", n, len(line)+1)
	}
	if err = errors.Join(err, f.Sync(), f.Close()); err != nil {
		return fmt.Errorf("keep the head of run %q in %s: %w", k.Run, l.path, err)
	}
	return nil
}

// Heads are the newest head of each run, in the order in which the runs first appeared. A line that a crash
// tore is passed over. A ledger that does not exist is empty.
func (l *Ledger) Heads() ([]audit.Head, error) {
	all, err := l.all()
	var heads []audit.Head
	for _, k := range all {
		heads = append(heads, k.Head)
	}
	return heads, err
}

// kept is what the ledger kept last of each run; nothing where there is no ledger.
func (f *Folder) kept() ([]kept, error) {
	ledger := f.Ledger()
	if ledger == nil {
		return nil, nil
	}
	return ledger.all()
}

// all is what was kept last of each run.
func (l *Ledger) all() ([]kept, error) {
	f, err := l.disk.Read(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	defer f.Close()
	var all []kept
	at := map[string]int{}
	for line, err := range audit.Scan(f) {
		if err != nil {
			return nil, fmt.Errorf("read the ledger %s: %w", l.path, err)
		}
		k, ok := parseHead(line.Bytes)
		if !ok {
			continue
		}
		i, seen := at[k.Run]
		switch {
		case !seen:
			at[k.Run] = len(all)
			all = append(all, k)
		case k.Count >= all[i].Count:
			k.Once = cmp.Or(k.Once, all[i].Once)
			all[i] = k
		}
	}
	return all, nil
}

// Head is the newest head of one run; nil when the ledger has none.
func (l *Ledger) Head(run string) (*audit.Head, error) {
	k, err := l.of(run)
	if k == nil {
		return nil, err
	}
	return &k.Head, err
}

// of is what was kept last of one run; nil when that is nothing.
func (l *Ledger) of(run string) (*kept, error) {
	all, err := l.all()
	for i := range all {
		if all[i].Run == run {
			return &all[i], err
		}
	}
	return nil, err
}

// parseHead reads one line of a ledger. A head that was glued to the torn line of a crash is found behind it.
func parseHead(line []byte) (kept, bool) {
	if i := bytes.LastIndex(line, []byte(`{"run":"`)); i > 0 {
		line = line[i:]
	}
	var k kept
	err := json.Unmarshal(line, &k)
	return k, err == nil && k.Run != "" && isDigest(k.Hash)
}

// open opens the ledger for appending, making it, durably, when it is missing.
func (l *Ledger) open() (audit.File, error) {
	f, err := l.disk.Append(l.path)
	if !errors.Is(err, fs.ErrNotExist) {
		return f, err
	}
	dir := filepath.Dir(l.path)
	if err := audit.MakeDirs(l.disk, dir); err != nil {
		return nil, err
	}
	f, err = l.disk.Create(l.path)
	if errors.Is(err, fs.ErrExist) { // another process was quicker
		f, err = l.disk.Append(l.path)
	}
	if err != nil {
		return nil, err
	}
	if err := l.disk.SyncDir(dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	return f, nil
}
