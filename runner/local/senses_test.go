package local

import (
	"context"
	"encoding/json"
	"errors"
	"os"
	"path/filepath"
	"runtime"
	"slices"
	"strings"
	"testing"
	"time"

	"ofsplan/plan/fact"
)

// old is when files of the tests were modified, in steps of a minute.
var old = time.Date(2026, 11, 20, 22, 0, 0, 0, time.UTC)

// leave writes a file that was modified that many minutes after old.
func leave(t *testing.T, name string, minutes int) {
	t.Helper()
	at := old.Add(time.Duration(minutes) * time.Minute)
	if err := errors.Join(os.MkdirAll(filepath.Dir(name), 0o755), os.WriteFile(name, []byte("x,y\n"), 0o644), os.Chtimes(name, at, at)); err != nil {
		t.Fatal(err)
	}
}

func TestFilesAreSeenAsTheyStand(t *testing.T) {
	dir := t.TempDir()
	in := func(name string) string { return filepath.Join(dir, name) }
	leave(t, in("txn_1.dat"), 1)
	leave(t, in("txn_3.dat"), 3)
	leave(t, in("txn_2.dat"), 3)
	leave(t, in("[x]/b.dat"), 1)
	leave(t, in("de/day/fx.dat"), 1)
	leave(t, in("uk/day/fx.dat"), 2)
	if err := errors.Join(os.Mkdir(in("txn_9.dat"), 0o755), os.Symlink(in("txn_1.dat"), in("link.dat")), os.Symlink(in("nothing"), in("gone.dat"))); err != nil {
		t.Fatal(err)
	}
	for _, c := range []struct {
		name, path, want string
		minutes          int
	}{
		{"a file", in("txn_1.dat"), "txn_1.dat", 1},
		{"the newest of a pattern, and of two of one moment the later name; a folder only where there is no file", in("txn_*.dat"), "txn_3.dat", 3},
		{"a relative path", "txn_1.dat", "txn_1.dat", 1},
		{"a pattern over folders", in("*/day/fx.dat"), "uk/day/fx.dat", 2},
		{"a class", "txn_[12].dat", "txn_2.dat", 3},
		{"a link", "link.dat", "link.dat", 1},
		{"no file", in("txn_4.dat"), "", 0},
		{"a link to nothing", in("gone.dat"), "", 0},
		{"no match", in("fx_*.dat"), "", 0},
		{"a folder that is not there", in("fr/day/*.dat"), "", 0},
		{"a file in place of a folder", in("txn_1.dat/*"), "", 0},
	} {
		s := &Senses{Folder: dir}
		got := s.Look(t.Context(), fact.Sought{File: &fact.SoughtFile{Path: c.path}})
		want := fact.Sight{}
		if c.want != "" {
			want.File = &fact.SeenFile{Path: in(c.want), Size: 4, Modified: old.Add(time.Duration(c.minutes) * time.Minute)}
		}
		if text(got) != text(want) {
			t.Errorf("%s: got %s, want %s", c.name, text(got), text(want))
		}
	}
	// The folder of the target is a folder, whatever its name looks like.
	s := &Senses{Folder: in("[x]")}
	if got := s.Look(t.Context(), fact.Sought{File: &fact.SoughtFile{Path: "*.dat"}}); got.File == nil || got.File.Path != in("[x]/b.dat") {
		t.Errorf("in a folder called [x]: got %s", text(got))
	}
}

// text is a sight for a message.
func text(s fact.Sight) string {
	b, _ := json.Marshal(s)
	return string(b)
}

func TestWhatCannotBeLookedAtIsTrouble(t *testing.T) {
	dir := t.TempDir()
	shut := filepath.Join(dir, "shut")
	if err := os.Mkdir(shut, 0); err != nil {
		t.Fatal(err)
	}
	cases := []struct{ name, path, want string }{{"a relative path without a folder", "x.dat", "is relative"}}
	if os.Getuid() != 0 {
		cases = append(cases, struct{ name, path, want string }{"a folder that nobody may read", shut + "/*.dat", "permission denied"})
	}
	for _, c := range cases {
		got := (&Senses{}).Look(t.Context(), fact.Sought{File: &fact.SoughtFile{Path: c.path}})
		if got.File != nil || !strings.Contains(got.Trouble, c.want) {
			t.Errorf("%s: got %s, want trouble with %q", c.name, text(got), c.want)
		}
	}
}

// A look that has not come back is not asked for a second time.
func TestALookThatHangsIsAlone(t *testing.T) {
	s := &Senses{busy: map[string]bool{"/hangs": true}}
	if got := s.Look(t.Context(), fact.Sought{File: &fact.SoughtFile{Path: "/hangs"}}); !strings.Contains(got.Trouble, "hangs") {
		t.Errorf("got %s", text(got))
	}
	s.end("/hangs")
	if got := s.Look(t.Context(), fact.Sought{File: &fact.SoughtFile{Path: "/hangs"}}); got != (fact.Sight{}) {
		t.Errorf("afterwards: got %s", text(got))
	}
}

// script is a check that runs these lines of a shell.
func script(t *testing.T, lines string) Command {
	t.Helper()
	if runtime.GOOS == "windows" {
		t.Skip("a shell is wanted")
	}
	file := filepath.Join(t.TempDir(), "check.sh")
	if err := os.WriteFile(file, []byte(lines), 0o644); err != nil {
		t.Fatal(err)
	}
	return Command{Argv: []string{"/bin/sh", file, "one"}, Timeout: 10 * time.Second}
}

func TestChecksAnswer(t *testing.T) {
	for _, c := range []struct{ name, lines, want string }{
		{"yes", "echo all there", `{"check":{"yes":true,"line":"all there"}}`},
		{"not yet, with the last line", "echo first; echo '17 of 40'; echo; exit 1", `{"check":{"yes":false,"line":"17 of 40"}}`},
		{"not yet, without a word", "exit 1", `{"check":{"yes":false}}`},
		{"another code", "echo boom >&2; exit 2", `{"trouble":"check rows ended with 2, which is neither yes (0) nor not yet (1): boom"}`},
		{"a signal", "kill -9 $$", `{"trouble":"check rows was ended by a signal (signal: killed)"}`},
		{"what it is told", `read -r told; echo "$told $OFSPLAN_WITH_FEED $1 $#"; exit 1`, `{"check":{"yes":false,"line":"{\"day\":\"2026-11-20\",\"feed\":\"a b\"} a b one 1"}}`},
		{"its environment", `echo "$KEPT $OFSPLAN_WITH_OTHER."; exit 1`, `{"check":{"yes":false,"line":"kept ."}}`},
		{"a secret in what it says", "echo password hunter2; exit 1", `{"check":{"yes":false,"line":"password ***"}}`},
	} {
		t.Run(strings.ReplaceAll(c.name, " ", "_"), func(t *testing.T) {
			s := &Senses{
				Checks: map[string]Command{"rows": script(t, c.lines)}, Env: []string{"PATH=/bin:/usr/bin", "KEPT=kept", "OFSPLAN_WITH_OTHER=inherited"},
				Told: func(said string) string { return strings.ReplaceAll(said, "hunter2", "***") },
			}
			got := s.Look(t.Context(), fact.Sought{Check: &fact.SoughtCheck{Name: "rows", With: []fact.Pair{{Name: "feed", Value: "a b"}, {Name: "day", Value: "2026-11-20"}}}})
			if text(got) != c.want {
				t.Errorf("got  %s\nwant %s", text(got), c.want)
			}
		})
	}
}

func TestACheckIsLeftWithTheRun(t *testing.T) {
	s := &Senses{Checks: map[string]Command{"rows": script(t, "sleep 60")}, Env: []string{"PATH=/bin:/usr/bin"}}
	ctx, cancel := context.WithCancelCause(t.Context())
	cancel(errors.New("the run is being left"))
	if got := s.Look(ctx, fact.Sought{Check: &fact.SoughtCheck{Name: "rows"}}); !strings.Contains(got.Trouble, "the run is being left") {
		t.Errorf("got %s", text(got))
	}
}

func TestACheckThatCannotBeRunIsTrouble(t *testing.T) {
	s := &Senses{Checks: map[string]Command{"rows": {Argv: []string{"/nowhere/rows"}, Timeout: time.Second}}}
	for name, want := range map[string]string{"rows": "cannot be run", "other": "is not named by the target"} {
		if got := s.Look(t.Context(), fact.Sought{Check: &fact.SoughtCheck{Name: name}}); got.Check != nil || !strings.Contains(got.Trouble, want) {
			t.Errorf("%s: got %s, want %q", name, text(got), want)
		}
	}
	if CanRun([]string{"/nowhere/rows"}) == nil {
		t.Error("a program that is not there can be run")
	}
}

func TestOfWhatACommandSaysTheEndIsKept(t *testing.T) {
	out := &tail{}
	for range 10_000 {
		_, _ = out.Write([]byte("a line of a command that says much\n"))
	}
	_, _ = out.Write([]byte("the last\n"))
	s := &Senses{}
	if got := s.lastLine(out.kept); got != "the last" || len(out.kept) > 3*mostSaid {
		t.Errorf("got %q, %d bytes kept", got, len(out.kept))
	}
	if got := shortened(strings.Repeat("ä", 300)); len([]rune(got)) != 200 {
		t.Errorf("a long line has %d characters", len([]rune(got)))
	}
}

func TestPathsAreEscaped(t *testing.T) {
	if got, want := escaped(`/a[b]*c?\d`), `/a\[b]\*c\?\\d`; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
	names, err := matches("/")
	if err != nil || !slices.Equal(names, []string{"/"}) {
		t.Errorf("got %q, %v", names, err)
	}
}
