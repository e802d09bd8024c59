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

// A LedgerFile is a [Ledger] of one JSON line for each head, the newest of a run last. Several processes may keep heads in
// one file.
type LedgerFile struct {
	disk  audit.Disk
	path  string
	named bool                    // its name is known to be durable
	file  func(run string) string // which file a run's audit log is; nil: it is not asked
}

var _ Ledger = (*LedgerFile)(nil)

// NewLedgerFile is the ledger at that path. Nothing is touched before the first Keep.
func NewLedgerFile(disk audit.Disk, path string) *LedgerFile {
	return &LedgerFile{disk: disk, path: path}
}

// Ledger is the folder's ledger; nil in the simulated root.
func (f *Folder) Ledger() Ledger {
	if f.simulated {
		return nil
	}
	l := NewLedgerFile(f.disk, filepath.Join(f.path, "ledger.jsonl"))
	l.file = f.file
	return l
}

// Keep writes a head down.
func (l *LedgerFile) Keep(head audit.Head, once string) error {
	k := Kept{Head: head, Once: once}
	if l.file != nil {
		k.File = l.file(head.Run)
	}
	return l.write(k)
}

// Acknowledge writes down once more what was kept last of a run, with an acknowledgment that what is missing is known.
func (l *LedgerFile) Acknowledge(run string, a Acknowledgment) error {
	k, err := mustBeKept(l, run)
	if err != nil {
		return err
	}
	k.Acknowledged = &a
	return l.write(k)
}

// write adds a line and makes it durable.
func (l *LedgerFile) write(k Kept) error {
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

// open opens the ledger for appending, making it when it is missing. Its name is made durable once, whoever made it: that
// process may have died over it.
func (l *LedgerFile) open() (audit.File, error) {
	dir := filepath.Dir(l.path)
	f, err := l.disk.Append(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		if err := audit.MakeDirs(l.disk, dir); err != nil {
			return nil, err
		}
		f, err = l.disk.Create(l.path)
		if errors.Is(err, fs.ErrExist) { // another process was quicker
			f, err = l.disk.Append(l.path)
		}
	}
	if err != nil || l.named {
		return f, err
	}
	if err := l.disk.SyncDir(dir); err != nil {
		return nil, errors.Join(err, f.Close())
	}
	l.named = true
	return f, nil
}

// Heads are what was kept last of each run. A line that a crash tore is passed over. A ledger that does not exist is empty.
func (l *LedgerFile) Heads() ([]Kept, error) {
	f, err := l.disk.Read(l.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the ledger: %w", err)
	}
	defer f.Close()
	var heads newestHeads
	for line, err := range audit.Scan(f) {
		if err != nil {
			return nil, fmt.Errorf("read the ledger %s: %w", l.path, err)
		}
		if k, ok := parseHead(line.Bytes); ok {
			heads.add(k)
		}
	}
	return heads.all, nil
}

// parseHead reads one line of a ledger. A head that was glued to the torn line of a crash is found behind it.
func parseHead(line []byte) (Kept, bool) {
	if i := bytes.LastIndex(line, []byte(`{"run":"`)); i > 0 {
		line = line[i:]
	}
	var k Kept
	err := json.Unmarshal(line, &k)
	return k, err == nil && k.Run != "" && isDigest(k.Hash)
}

// newestHeads is what was kept last of each run, in the order in which the runs first appeared.
type newestHeads struct {
	all []Kept
	at  map[string]int // of each run in all
}

// add takes a head in, unless it is older than the one there is. A run keeps its once key.
func (n *newestHeads) add(k Kept) {
	if n.at == nil {
		n.at = map[string]int{}
	}
	i, seen := n.at[k.Run]
	switch {
	case !seen:
		n.at[k.Run] = len(n.all)
		n.all = append(n.all, k)
	case k.Count >= n.all[i].Count:
		k.Once = cmp.Or(k.Once, n.all[i].Once)
		n.all[i] = k
	}
}

// headsOf are the heads a ledger keeps; none when there is no ledger.
func headsOf(l Ledger) ([]Kept, error) {
	if l == nil {
		return nil, nil
	}
	return l.Heads()
}

// keptOf is what a ledger keeps of one run; nil when that is nothing, or there is no ledger.
func keptOf(l Ledger, run string) (*Kept, error) {
	all, err := headsOf(l)
	for i := range all {
		if all[i].Run == run {
			return &all[i], err
		}
	}
	return nil, err
}

// mustBeKept is what a ledger keeps of one run. That it keeps nothing is an error that wraps ErrNoRun.
func mustBeKept(l Ledger, run string) (Kept, error) {
	k, err := keptOf(l, run)
	if err == nil && k == nil {
		err = fmt.Errorf("%w: the ledger does not name %q", ErrNoRun, run)
	}
	if err != nil {
		return Kept{}, err
	}
	return *k, nil
}

// HeadOf is the newest head that a ledger keeps of a run; nil when it keeps none, or there is no ledger.
func HeadOf(l Ledger, run string) (*audit.Head, error) {
	k, err := keptOf(l, run)
	if k == nil {
		return nil, err
	}
	return &k.Head, err
}
