package state

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"io/fs"
	"path/filepath"
	"slices"

	"ofsplan/audit"
)

// A onceIndex is a file beside the ledger that says which runs began with which once key, so that a key is looked up without the
// ledgers of all years. It is drawn from them, and from the runs that they do not name; a key is in it before a ledger line
// has it. So it never lacks a run that the ledger names, unless somebody removed, cut or replaced it, which shows by the
// number of its last line; then it is drawn anew.
type onceIndex struct {
	disk  Disk
	path  string
	knows string // the run that is known to be in it
	seen  []byte // what was read, whole lines and what is torn, until this process has its own line in it; nil: nothing was
}

// indexLine is one line: a run with its key, in the order in which the runs began. The first line has neither.
type indexLine struct {
	Once   string `json:"once,omitempty"`
	Run    string `json:"run,omitempty"`
	Number int64  `json:"n"` // of the ledger's line that first had it; of the first line: of the ledger's end when the index was drawn
}

// read is all that the index holds; nil: there is none.
func (x *onceIndex) read() ([]byte, error) {
	f, err := x.disk.Read(x.path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil
	}
	if err != nil {
		return nil, fmt.Errorf("read the index of once keys: %w", err)
	}
	defer f.Close()
	info, err := f.Stat()
	if err != nil {
		return nil, fmt.Errorf("read the index of once keys: %w", err)
	}
	if x.seen == nil || int64(len(x.seen)) != info.Size() { // lines are only added
		x.seen = make([]byte, info.Size())
		if _, err := io.ReadFull(f, x.seen); err != nil {
			x.seen = nil
			return nil, fmt.Errorf("read the index of once keys: %w", err)
		}
	}
	return x.seen[:bytes.LastIndexByte(x.seen, '\n')+1], nil // without a line that a crash tore
}

// reaches is up to which line of the ledger an index goes; -1 of one that is none.
func reaches(index []byte) int64 {
	first, _, _ := bytes.Cut(index, []byte{'\n'})
	var head, last indexLine
	if json.Unmarshal(first, &head) != nil || head.Run != "" {
		return -1
	}
	whole := bytes.TrimSuffix(index, []byte{'\n'})
	if json.Unmarshal(whole[bytes.LastIndexByte(whole, '\n')+1:], &last) != nil {
		return -1
	}
	return max(head.Number, last.Number)
}

// runsOf are the runs of a key, in order.
func runsOf(index []byte, key string) (runs []string) {
	if key == "" {
		return nil
	}
	begins := []byte(`{"once":"` + key + `"`)
	for {
		at := bytes.Index(index, begins)
		if at < 0 {
			return runs
		}
		line, rest, _ := bytes.Cut(index[at:], []byte{'\n'})
		var l indexLine
		if json.Unmarshal(line, &l) == nil && l.Run != "" && !slices.Contains(runs, l.Run) {
			runs = append(runs, l.Run)
		}
		index = rest
	}
}

// indexed puts the run of a ledger line that is about to be written into the index, durably, and gives the number of the newest line
// that did so. Where there is no index, the number says that it lacks this run.
func (l *LedgerFile) indexed(end *ledgerEnd, line ledgerLine) (int64, error) {
	x := l.index
	if line.Once == "" || x == nil || x.knows == line.Run {
		return end.newest.Indexed, nil
	}
	index, err := x.read()
	if err != nil {
		return 0, err
	}
	if reaches(index) < end.newest.Indexed {
		return line.Number, nil
	}
	if slices.Contains(runsOf(index, line.Once), line.Run) {
		if err := x.writeAgain(index, line.Run); err != nil {
			return 0, fmt.Errorf("write the index of once keys: %w", err)
		}
		x.knows, x.seen = line.Run, nil
		return end.newest.Indexed, nil
	}
	if err := x.add(indexLine{line.Once, line.Run, line.Number}, int64(len(index))); err != nil {
		return 0, fmt.Errorf("write the index of once keys: %w", err)
	}
	x.knows, x.seen = line.Run, nil
	return line.Number, nil
}

// writeAgain writes the line of a run once more, and makes it durable: whoever wrote it may have died before that, or have been told that it
// failed.
func (x *onceIndex) writeAgain(index []byte, run string) error {
	at := bytes.Index(index, []byte(`,"run":"`+run+`"`))
	begin, end := bytes.LastIndexByte(index[:at], '\n')+1, at+bytes.IndexByte(index[at:], '\n')+1
	if err := x.disk.Overwrite(x.path, int64(begin), index[begin:end]); err != nil {
		return err
	}
	f, err := x.disk.Append(x.path)
	if err != nil {
		return err
	}
	return errors.Join(f.Sync(), f.Close(), x.disk.SyncDir(filepath.Dir(x.path)))
}

// add adds a line behind the first size bytes, which are whole lines.
func (x *onceIndex) add(line indexLine, size int64) error {
	text, err := json.Marshal(line)
	if err != nil {
		return err
	}
	f, err := x.disk.Append(x.path)
	if err != nil {
		return err
	}
	if there, bad := x.disk.Size(x.path); bad != nil || there > size {
		err = errors.Join(bad, f.Truncate(size))
	}
	if err == nil {
		_, err = f.Write(append(text, '\n'))
	}
	return errors.Join(err, f.Sync(), f.Close(), x.disk.SyncDir(filepath.Dir(x.path)))
}

// Claims are the runs that began with a once key by the index, in the order in which they did. Complete is false when the index
// is missing or lacks some.
func (l *LedgerFile) Claims(key string) (runs []string, complete bool, err error) {
	if l.index == nil {
		return nil, false, nil
	}
	index, err := l.index.read()
	if err != nil || index == nil {
		return nil, false, err
	}
	end, err := l.readEnd()
	if err != nil {
		return nil, false, err
	}
	if reaches(index) < end.newest.Indexed {
		return nil, false, nil
	}
	return runsOf(index, key), true, nil
}

// DrawClaims draws the index from the ledgers of all years, and from what unnamed tells of runs that they do not name, each of
// which has its place by its start. With keep the index is written anew.
func (l *LedgerFile) DrawClaims(keep bool, unnamed func(named func(run string) bool) ([]Named, error)) (all []Named, err error) {
	if keep {
		if err := audit.MakeDirs(l.disk, filepath.Dir(l.index.path)); err != nil {
			return nil, fmt.Errorf("make the state folder: %w", err)
		}
		unlock, err := l.lock()
		if err != nil {
			return nil, err
		}
		defer func() { err = errors.Join(err, unlock()) }()
	}
	end, err := l.readEnd()
	if err != nil {
		return nil, err
	}
	all, named, err := l.named()
	if err != nil {
		return nil, err
	}
	others, err := unnamed(func(run string) bool { _, is := named[run]; return is })
	if err != nil {
		return nil, err
	}
	for _, n := range others {
		later := slices.IndexFunc(all, func(is Named) bool { return is.Once == n.Once && byStart(n.Run, is.Run) < 0 })
		if later < 0 {
			later = len(all)
		}
		all = slices.Insert(all, later, n)
	}
	if keep {
		err = l.index.write(all, end.newest.Number)
	}
	return all, err
}

// named are the runs with a once key that the ledgers of all years name, in the order in which they first did; and all runs they
// name.
func (l *LedgerFile) named() (all []Named, named map[string]string, err error) {
	named = map[string]string{}
	first := map[string]int{} // counted from the end of the ledger
	n := 0
	for line, err := range l.backward(0) {
		if err != nil {
			return nil, nil, err
		}
		n++
		run := string(runIn(line.Bytes))
		if once, seen := named[run]; seen && once != "" {
			first[run] = n
			continue
		} else if seen && !bytes.Contains(line.Bytes, []byte(`,"once":"`)) {
			continue
		}
		if k, ok := parseKept(line.Bytes); ok {
			named[k.Run] = cmp.Or(k.Once, named[k.Run])
			first[k.Run] = n
		}
	}
	for run, once := range named {
		if once != "" && ValidRunID(run) {
			all = append(all, Named{run, once})
		}
	}
	slices.SortFunc(all, func(a, b Named) int { return cmp.Compare(first[b.Run], first[a.Run]) })
	return all, named, nil
}

// write puts a new index in the place of the old one.
func (x *onceIndex) write(all []Named, number int64) error {
	var b bytes.Buffer
	out := json.NewEncoder(&b)
	if err := out.Encode(indexLine{Number: number}); err != nil {
		return err
	}
	for _, n := range all {
		if err := out.Encode(indexLine{n.Once, n.Run, number}); err != nil {
			return err
		}
	}
	x.seen = nil
	temp := x.path + ".new"
	if err := x.disk.Remove(temp); err != nil && !errors.Is(err, fs.ErrNotExist) {
		return err
	}
	f, err := x.disk.Create(temp)
	if err != nil {
		return err
	}
	_, err = f.Write(b.Bytes())
	if err = errors.Join(err, f.Sync(), f.Close()); err == nil {
		err = x.disk.Rename(temp, x.path)
	}
	if err = errors.Join(err, x.disk.SyncDir(filepath.Dir(x.path))); err != nil {
		return fmt.Errorf("write the index of once keys: %w", err)
	}
	return nil
}
