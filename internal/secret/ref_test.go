package secret

import (
	"context"
	"errors"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

func TestRefResolve(t *testing.T) {
	dir := t.TempDir()
	write := func(name, text string, mode os.FileMode) string {
		t.Helper()
		path := filepath.Join(dir, name)
		if err := os.WriteFile(path, []byte(text), mode); err != nil {
			t.Fatal(err)
		}
		if err := os.Chmod(path, mode); err != nil {
			t.Fatal(err)
		}
		return path
	}
	t.Setenv("OFSPLAN_TEST_SECRET", canary)
	t.Setenv("OFSPLAN_TEST_EMPTY", "")
	t.Setenv("OFSPLAN_TEST_LINE", canary+"\n")
	t.Setenv("OFSPLAN_TEST_CRLF", canary+"\r\n")
	t.Setenv("OFSPLAN_TEST_BLANK", "\n")
	tests := []struct {
		name string
		ref  Ref
		want string
		err  string // part of the message
	}{
		{"file", Ref{File: write("a", canary+"\n", 0o600)}, canary, ""},
		{"file with CRLF", Ref{File: write("b", canary+"\r\n", 0o440)}, canary, ""},
		{"only one newline goes", Ref{File: write("c", "x\n\n", 0o600)}, "x\n", ""},
		{"file others can read", Ref{File: write("d", canary, 0o644)}, "", "mode 0644"},
		{"file others can change", Ref{File: write("e", canary, 0o602)}, "", "mode 0602"},
		{"empty file", Ref{File: write("f", "\n", 0o600)}, "", "it is empty"},
		{"large file", Ref{File: write("h", strings.Repeat("x", maxSize), 0o600)}, strings.Repeat("x", maxSize), ""},
		{"huge file", Ref{File: write("g", strings.Repeat("x", maxSize+1), 0o600)}, "", "larger than 64 KiB"},
		{"no file", Ref{File: filepath.Join(dir, "none")}, "", "no such file"},
		{"folder", Ref{File: dir}, "", "not a regular file"},
		{"env", Ref{Env: "OFSPLAN_TEST_SECRET"}, canary, ""},
		{"env with a newline", Ref{Env: "OFSPLAN_TEST_LINE"}, canary, ""},
		{"env with CRLF", Ref{Env: "OFSPLAN_TEST_CRLF"}, canary, ""},
		{"env with a newline alone", Ref{Env: "OFSPLAN_TEST_BLANK"}, "", "it is empty"},
		{"command with CRLF", Ref{Command: []string{"printf", "%s\r\n", canary}}, canary, ""},
		{"command that leaves a daemon", Ref{Command: []string{"sh", "-c", "sleep 5 & echo s3cret-of-a-daemon"}}, "s3cret-of-a-daemon", ""},
		{"command whose daemon holds its complaints", Ref{Command: []string{"sh", "-c", "sleep 5 >/dev/null & echo s3cret-of-a-daemon"}}, "s3cret-of-a-daemon", ""},
		{"command that leaves a daemon and half a line", Ref{Command: []string{"sh", "-c", "sleep 5 & printf half"}}, "", "it said no whole line"},
		{"command that leaves a daemon and fails", Ref{Command: []string{"sh", "-c", "sleep 5 & echo s3cret-of-a-daemon; exit 3"}}, "", "exit status 3"},
		{"command without an end", Ref{Command: []string{"yes"}}, "", "printed more than 64 KiB"},
		{"command that does not mind", Ref{Command: []string{"sh", "-c", "trap '' PIPE; while :; do echo more and more and more 2>/dev/null; done"}}, "", "printed more than 64 KiB"},
		{"command that complains without an end", Ref{Command: []string{"sh", "-c", "yes >&2"}}, "", "more than 1 MiB on standard error"},
		{"env not set", Ref{Env: "OFSPLAN_TEST_NONE"}, "", `"OFSPLAN_TEST_NONE": it is not set`},
		{"env empty", Ref{Env: "OFSPLAN_TEST_EMPTY"}, "", "it is empty"},
		{"command", Ref{Command: []string{"printf", "%s\n", canary}}, canary, ""},
		{"command without a shell", Ref{Command: []string{"echo", "$HOME;`id`"}}, "$HOME;`id`", ""},
		{"command that fails", Ref{Command: []string{"sh", "-c", "echo '" + canary + "' >&2; exit 3"}}, "", "exit status 3; what it said about that is not shown"},
		{"command that fails silently", Ref{Command: []string{"sh", "-c", "exit 3"}}, "", "exit status 3"},
		{"no command", Ref{Command: []string{"/nowhere/at-all"}}, "", "no such file"},
		{"command that prints much", Ref{Command: []string{"cat", write("i", strings.Repeat("x", maxSize), 0o600)}}, strings.Repeat("x", maxSize), ""},
		{"command that prints too much", Ref{Command: []string{"cat", write("j", strings.Repeat("x", maxSize+1), 0o600)}}, "", "printed more than 64 KiB"},
		{"endless command", Ref{Command: []string{"head", "-c", "100000", "/dev/zero"}}, "", "printed more than 64 KiB"},
		{"nothing", Ref{}, "", "one of file, env, command"},
		{"two", Ref{File: "a", Env: "b"}, "", "only one of"},
	}
	for _, tt := range tests {
		t.Run(tt.name, func(t *testing.T) {
			got, err := tt.ref.Resolve(t.Context(), nil)
			if tt.err != "" {
				if err == nil || !strings.Contains(err.Error(), tt.err) {
					t.Fatalf("error %v, want one with %q", err, tt.err)
				}
				if strings.Contains(err.Error(), canary) {
					t.Errorf("the error holds the secret: %v", err)
				}
				return
			}
			if err != nil || got.Reveal() != tt.want {
				t.Errorf("got %q, %v, want %q", got.Reveal(), err, tt.want)
			}
		})
	}
}

func TestRefCommandEndsWithItsContext(t *testing.T) {
	ctx, cancel := context.WithCancelCause(t.Context())
	stop := errors.New("the operator left")
	cancel(stop)
	if _, err := (Ref{Command: []string{"sleep", "60"}}).Resolve(ctx, nil); !errors.Is(err, stop) {
		t.Errorf("got %v, want %v", err, stop)
	}
}

// A command inherits neither our own variables nor those that hold secrets, and all others, its way to a vault among them.
func TestWhatACommandInherits(t *testing.T) {
	for name, value := range map[string]string{
		"OFSPLAN_PARAM_PIN": "canary-1", "OFSPLAN_TARGET_AUTH_PASSWORD": "canary-2", "ofsplan_param_other": "canary-3", "BANK_SECRET": "canary-4",
		"VAULT_TOKEN": "kept-1", "HTTP_PROXY": "http://kept-2:3128", "OFSPLAN_STATE": "kept-3", "https_proxy": "http://me:canary-5@proxy",
	} {
		t.Setenv(name, value)
	}
	filter := NewFilter()
	filter.HideVariables("BANK_SECRET")
	seen, err := Ref{Command: []string{"env"}}.Resolve(t.Context(), filter)
	if err != nil {
		t.Fatal(err)
	}
	for _, kept := range []string{"kept-1", "kept-2", "kept-3"} {
		if !strings.Contains(seen.Reveal(), kept) {
			t.Errorf("%s is missing", kept)
		}
	}
	if strings.Contains(seen.Reveal(), "canary") {
		t.Errorf("it inherits\n%s", seen.Reveal())
	}
	if bare, err := (Ref{Command: []string{"env"}}).Resolve(t.Context(), nil); err != nil || strings.Contains(bare.Reveal(), "canary-1") || !strings.Contains(bare.Reveal(), "canary-4") {
		t.Errorf("without a filter: %v", err)
	}
}
