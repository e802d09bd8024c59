package local

import (
	"context"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path"
	"path/filepath"
	"strings"
	"sync"
	"time"

	"ofsplan/plan/fact"
)

// Senses look at this machine's files, ask commands of the target, and have runs of other plans looked for.
type Senses struct {
	Folder string             // what relative paths of files are in; empty: they are in none
	Checks map[string]Command // by name
	// Env is what a command finds in its environment, beside what it is told.
	Env []string
	// Told is what people may read of what a command says: without secrets, one line. Nil: as it is.
	Told func(string) string
	// Run finds the newest run that is waited for; nil, nil: there is none.
	Run func(fact.SoughtRun) (*fact.SeenRun, error)

	mu   sync.Mutex
	busy map[string]bool // paths of which a look has not come back: a file server may hang
}

// lookLimit is how long one look at a file may take. A look that has not come back by then is left to itself.
const lookLimit = 30 * time.Second

// Look looks once.
func (s *Senses) Look(ctx context.Context, what fact.Sought) fact.Sight {
	switch {
	case what.File != nil:
		return s.file(ctx, *what.File)
	case what.Check != nil:
		return s.check(ctx, *what.Check)
	}
	seen, err := s.Run(*what.Run)
	if err != nil {
		return fact.Sight{Trouble: err.Error()}
	}
	return fact.Sight{Run: seen}
}

// file looks for a file, and waits for that no longer than the limit.
func (s *Senses) file(ctx context.Context, want fact.SoughtFile) fact.Sight {
	pattern := want.Path
	if !filepath.IsAbs(pattern) {
		if s.Folder == "" {
			return fact.Sight{Trouble: fmt.Sprintf("%s is relative, and the target names no folder of files", pattern)}
		}
		pattern = filepath.Join(escaped(s.Folder), pattern)
	}
	if !s.begin(pattern) {
		return fact.Sight{Trouble: fmt.Sprintf("the last look for %s has not come back: its file system hangs", want.Path)}
	}
	done := make(chan fact.Sight, 1)
	go func() {
		defer s.end(pattern)
		done <- newest(pattern)
	}()
	limit := time.NewTimer(lookLimit)
	defer limit.Stop()
	select {
	case seen := <-done:
		return seen
	case <-limit.C:
		return fact.Sight{Trouble: fmt.Sprintf("to look for %s took longer than %v", want.Path, lookLimit)}
	case <-ctx.Done():
		return fact.Sight{Trouble: context.Cause(ctx).Error()}
	}
}

func (s *Senses) begin(pattern string) bool {
	s.mu.Lock()
	defer s.mu.Unlock()
	if s.busy[pattern] {
		return false
	}
	if s.busy == nil {
		s.busy = make(map[string]bool)
	}
	s.busy[pattern] = true
	return true
}

func (s *Senses) end(pattern string) {
	s.mu.Lock()
	defer s.mu.Unlock()
	delete(s.busy, pattern)
}

// newest is the newest of what a pattern matches: a regular file where there is one. Nothing is opened, so that no FIFO waits.
func newest(pattern string) fact.Sight {
	names, err := matches(pattern)
	if err != nil {
		return fact.Sight{Trouble: err.Error()}
	}
	var best *fact.SeenFile
	for _, name := range names {
		info, err := os.Stat(name)
		switch {
		case errors.Is(err, fs.ErrNotExist): // it went meanwhile, or is a link to nothing
			continue
		case err != nil:
			return fact.Sight{Trouble: err.Error()}
		}
		one := fact.SeenFile{Path: name, Size: info.Size(), Modified: info.ModTime().UTC().Truncate(time.Microsecond), NotFile: notFile(info.Mode())}
		if best == nil || newer(one, *best) {
			best = &one
		}
	}
	return fact.Sight{File: best}
}

// newer reports whether a is taken and not b: a file before what is none, the one modified last, and of two of one moment the one
// whose name comes last.
func newer(a, b fact.SeenFile) bool {
	if (a.NotFile == "") != (b.NotFile == "") {
		return a.NotFile == ""
	}
	if c := a.Modified.Compare(b.Modified); c != 0 {
		return c > 0
	}
	return a.Path > b.Path
}

// notFile is what something is that is no regular file.
func notFile(m fs.FileMode) string {
	switch {
	case m.IsRegular():
		return ""
	case m.IsDir():
		return "a folder"
	case m&fs.ModeNamedPipe != 0:
		return "a FIFO"
	case m&fs.ModeSocket != 0:
		return "a socket"
	case m&fs.ModeDevice != 0:
		return "a device"
	}
	return "no regular file"
}

// meta are the characters that make a pattern.
const meta = `*?[\`

// escaped is a path as a pattern that matches it alone.
func escaped(name string) string {
	if !strings.ContainsAny(name, meta) {
		return name
	}
	var out strings.Builder
	for _, r := range name {
		if strings.ContainsRune(meta, r) {
			out.WriteByte('\\')
		}
		out.WriteRune(r)
	}
	return out.String()
}

// matches are the names that a pattern matches; what is no pattern matches itself. A folder that is not there has none, and one that
// cannot be read is an error, unlike in filepath.Glob.
func matches(pattern string) ([]string, error) {
	if !strings.ContainsAny(pattern, meta) {
		return []string{pattern}, nil
	}
	dir, last := path.Split(pattern)
	folders := []string{"/"}
	if dir = strings.TrimRight(dir, "/"); dir != "" {
		var err error
		if folders, err = matches(dir); err != nil {
			return nil, err
		}
	}
	var all []string
	for _, folder := range folders {
		names, err := namesIn(folder)
		if err != nil {
			return nil, err
		}
		for _, name := range names {
			if fits, _ := path.Match(last, name); fits {
				all = append(all, filepath.Join(folder, name))
			}
		}
	}
	return all, nil
}

// namesIn are the names in a folder; none when it is not there, or is no folder.
func namesIn(folder string) ([]string, error) {
	info, err := os.Stat(folder)
	if errors.Is(err, fs.ErrNotExist) || err == nil && !info.IsDir() {
		return nil, nil
	}
	f, err := os.Open(folder)
	if err != nil {
		return nil, err
	}
	defer f.Close()
	return f.Readdirnames(-1)
}
