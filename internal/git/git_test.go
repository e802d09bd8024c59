package git

import (
	"errors"
	"io/fs"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"

	"ofsplan/internal/secret"
)

// repository is a folder below the root of a repository with two commits.
func repository(t *testing.T) Folder {
	t.Helper()
	if _, err := exec.LookPath("git"); err != nil {
		t.Skip("there is no git here")
	}
	root := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(root))
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", root, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	write := func(name, text string) {
		t.Helper()
		path := filepath.Join(root, name)
		if err := errors.Join(os.MkdirAll(filepath.Dir(path), 0o755), os.WriteFile(path, []byte(text), 0o644)); err != nil {
			t.Fatal(err)
		}
	}
	git("init", "-q")
	write("plans/a.yaml", "first\n")
	write("plans/-b.yaml", "an option?\n")
	write("plans/*.yaml", "a pattern?\n")
	if err := os.Symlink("a.yaml", filepath.Join(root, "plans/link.yaml")); err != nil {
		t.Fatal(err)
	}
	git("add", "-A")
	git("commit", "-q", "-m", "one")
	git("tag", "v1")
	write("plans/a.yaml", "second\n")
	git("commit", "-q", "-a", "-m", "two")
	return Folder{Path: filepath.Join(root, "plans"), Secrets: secret.NewFilter()}
}

func TestATreeIsACommit(t *testing.T) {
	f := repository(t)
	for revision, want := range map[string]string{"HEAD": "second\n", "HEAD~1": "first\n", "v1": "first\n", "v1^{commit}": "first\n"} {
		tree, err := f.Open(t.Context(), revision)
		if err != nil {
			t.Fatal(err)
		}
		if got, err := fs.ReadFile(tree, tree.Prefix+"a.yaml"); string(got) != want || err != nil || tree.Prefix != "plans/" {
			t.Errorf("%s: %q, %v, %q", revision, got, err, tree.Prefix)
		}
	}
	tree, err := f.Open(t.Context(), "HEAD")
	if err != nil {
		t.Fatal(err)
	}
	for name, want := range map[string]string{"plans/-b.yaml": "an option?\n", "plans/*.yaml": "a pattern?\n"} {
		if got, err := fs.ReadFile(tree, name); string(got) != want || err != nil {
			t.Errorf("%s: %q, %v", name, got, err)
		}
	}
	for name, want := range map[string]error{"plans/gone.yaml": fs.ErrNotExist, "../a.yaml": fs.ErrInvalid, "/plans/a.yaml": fs.ErrInvalid, "": fs.ErrInvalid, "plans/?.yaml": fs.ErrNotExist} {
		if _, err := tree.Open(name); !errors.Is(err, want) {
			t.Errorf("%s: %v, want %v", name, err, want)
		}
	}
	if _, err := tree.Open("plans/link.yaml"); err == nil || !strings.Contains(err.Error(), "a link") {
		t.Errorf("a link: %v", err)
	}
	if info, err := fs.Lstat(tree, "plans/link.yaml"); err != nil || info.Mode()&fs.ModeSymlink == 0 {
		t.Errorf("a link: %v, %v", info, err)
	}
	if info, err := fs.Lstat(tree, "plans"); err != nil || !info.IsDir() {
		t.Errorf("a folder: %v, %v", info, err)
	}
}

// What git would take for something else than one revision is not handed to it.
func TestRevisions(t *testing.T) {
	f := repository(t)
	for _, bad := range []string{"", "-x", "--output=x", "a..b", "a...b", "HEAD:plans", "a b", "a\nb", "a\x00b", strings.Repeat("a", 300)} {
		if _, err := f.Open(t.Context(), bad); err == nil || !strings.Contains(err.Error(), "revision") || strings.Contains(err.Error(), "knows no") {
			t.Errorf("%q: %v", bad, err)
		}
	}
	for _, unknown := range []string{"v2", "deadbeef", "@{u}", "HEAD~99", "HEAD^{tree}"} {
		if _, err := f.Open(t.Context(), unknown); err == nil || !strings.Contains(err.Error(), "git knows no revision") {
			t.Errorf("%q: %v", unknown, err)
		}
	}
	if _, err := (Folder{Path: t.TempDir()}).Open(t.Context(), "HEAD"); err == nil || !strings.Contains(err.Error(), "is in no repository") {
		t.Error(err)
	}
}

// An answer has a size, and a program that says more is stopped.
func TestAnAnswerHasASize(t *testing.T) {
	f := repository(t)
	if out, err := f.ask(t.Context(), 4, "cat-file", "blob", "HEAD:plans/a.yaml"); !errors.Is(err, errTooMuch) {
		t.Errorf("%q, %v", out, err)
	}
	t.Setenv("PATH", t.TempDir())
	if _, err := f.Open(t.Context(), "HEAD"); !errors.Is(err, ErrNone) {
		t.Error(err)
	}
}
