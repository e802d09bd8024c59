package operate

import (
	"os"
	"os/exec"
	"path/filepath"
	"strconv"
	"strings"
	"testing"

	"ofsplan/internal/secret"
)

func TestTheInvokerLeavesMarks(t *testing.T) {
	for _, name := range []string{"CTMORDERID", "KUBERNETES_SERVICE_HOST", "INVOCATION_ID"} {
		t.Setenv(name, "") // gone again at the end of the test
		os.Unsetenv(name)
	}
	for _, c := range []struct{ variable, want string }{
		{"INVOCATION_ID", "systemd"}, {"KUBERNETES_SERVICE_HOST", "kubernetes"}, {"CTMORDERID", "control-m"},
	} {
		os.Setenv(c.variable, "x")
		if got := invoker(false); got != c.want {
			t.Errorf("with $%s: %q, want %q", c.variable, got, c.want)
		}
	}
}

func TestGitTellsTheCommitAndChanges(t *testing.T) {
	if _, err := exec.LookPath("git"); err != nil {
		t.Log("there is no git here, so nothing is told")
		if got := gitState(t.Context(), "plan.yaml", nil); got != nil {
			t.Errorf("got %+v", got)
		}
		return
	}
	dir := t.TempDir()
	t.Setenv("GIT_CEILING_DIRECTORIES", filepath.Dir(dir))
	t.Setenv("GIT_CONFIG_GLOBAL", os.DevNull)
	t.Setenv("GIT_CONFIG_SYSTEM", os.DevNull)
	plan := filepath.Join(dir, "plan.yaml")
	if err := os.WriteFile(plan, []byte("version: 1\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if got := gitState(t.Context(), plan, nil); got != nil {
		t.Errorf("outside a repository: %+v", got)
	}
	git := func(args ...string) {
		t.Helper()
		cmd := exec.Command("git", append([]string{"-C", dir, "-c", "user.name=t", "-c", "user.email=t@example.com"}, args...)...)
		if out, err := cmd.CombinedOutput(); err != nil {
			t.Fatalf("git %v: %v\n%s", args, err, out)
		}
	}
	git("init", "-q")
	git("add", "plan.yaml")
	git("commit", "-q", "-m", "one")
	got := gitState(t.Context(), plan, nil)
	if got == nil || len(got.Commit) != 40 || got.Dirty {
		t.Fatalf("of a clean repository: %+v", got)
	}
	if err := os.WriteFile(plan, []byte("version: 1\nname: x\n"), 0o600); err != nil {
		t.Fatal(err)
	}
	if again := gitState(t.Context(), plan, nil); again == nil || !again.Dirty || again.Commit != got.Commit {
		t.Errorf("with a change that is not committed: %+v", again)
	}
}

// Git may start what the configuration of a repository names.
func TestGitIsNotGivenOurVariables(t *testing.T) {
	dir := t.TempDir()
	script := "#!/bin/sh\nenv > '" + dir + "/seen'\necho 0123\n"
	if err := os.WriteFile(filepath.Join(dir, "git"), []byte(script), 0o700); err != nil {
		t.Fatal(err)
	}
	t.Setenv("PATH", dir+string(filepath.ListSeparator)+os.Getenv("PATH"))
	t.Setenv("OFSPLAN_PARAM_PIN", "canary-pin")
	t.Setenv("OFSPLAN_TARGET_AUTH_PASSWORD", "canary-password")
	t.Setenv("BANK_SECRET", "canary-named")
	t.Setenv("https_proxy", "http://me:canary-proxy@proxy:3128")
	t.Setenv("http_proxy", "http://canary-host:3128") // git asks nobody
	secrets := secret.NewFilter()
	secrets.HideVariables("BANK_SECRET")
	gitState(t.Context(), filepath.Join(dir, "plan.yaml"), secrets)
	seen, err := os.ReadFile(filepath.Join(dir, "seen"))
	if err != nil {
		t.Fatal(err)
	}
	if strings.Contains(string(seen), "canary") || !strings.Contains(string(seen), "GIT_OPTIONAL_LOCKS=0") {
		t.Errorf("git is given\n%s", seen)
	}
}

// What a start and a statement say of who and which is what the system tells.
func TestAProcessSaysWhoAndWhich(t *testing.T) {
	t.Setenv("SUDO_USER", "alice\x1b[31m")
	by := ThisProcess(false)
	if by.UID != strconv.Itoa(os.Geteuid()) || by.PID != os.Getpid() || by.User == "unknown" {
		t.Errorf("got %+v", by)
	}
	if by.Sudo == "" || strings.ContainsRune(by.Sudo, 0x1b) || !strings.Contains(by.String(), "SUDO_USER alice") {
		t.Errorf("SUDO_USER is %q in %s", by.Sudo, by)
	}
	if by.LoginUID == unset {
		t.Errorf("nobody logged in, and the login is %s", by.LoginUID)
	}
	env := &Env{By: by, Tool: ThisTool()}
	if said := env.statement("why"); said.From != by || said.Tool != env.Tool || said.By != by.User {
		t.Errorf("got %+v", said)
	}
	out, err := exec.Command("go", "tool", "buildid", os.Args[0]).Output()
	if err == nil && strings.TrimSpace(string(out)) != ThisTool().Build {
		t.Errorf("the build is %q, and go says %q", ThisTool().Build, out)
	}
}
