package operate

import (
	"context"
	"os"
	"os/exec"
	"os/user"
	"path/filepath"
	"runtime/debug"
	"slices"
	"strconv"
	"strings"
	"time"

	"ofsplan/runner"
)

// gitLimit is how long git may take to say which commit a plan comes from. A run never waits longer.
const gitLimit = 2 * time.Second

// ThisTool is the program that runs, as the go command stamped it.
func ThisTool() runner.Tool {
	t := runner.Tool{Version: "devel", Machine: runner.MachineVersion}
	if info, ok := debug.ReadBuildInfo(); ok && info.Main.Version != "" && info.Main.Version != "(devel)" {
		t.Version = info.Main.Version
	}
	return t
}

// ThisProcess says who started this process: the user, the host and the invoker. Whether it has a terminal its caller knows.
func ThisProcess(onTerminal bool) runner.By {
	by := runner.By{User: "unknown", Host: "unknown", PID: os.Getpid(), Invoker: invoker(onTerminal)}
	if u, err := user.Current(); err == nil {
		by.User = u.Username
	} else if uid := os.Getuid(); uid >= 0 {
		by.User = "uid " + strconv.Itoa(uid)
	}
	if h, err := os.Hostname(); err == nil {
		by.Host = h
	}
	return by
}

// invoker guesses what started us from the marks each of them leaves: Control-M's agent and systemd set
// variables of their own, Kubernetes puts its service into every pod, a person sits at a terminal, and
// cron is the parent process.
func invoker(onTerminal bool) string {
	for _, name := range os.Environ() {
		if strings.HasPrefix(name, "CTM_") || strings.HasPrefix(name, "CTMORDERID=") || strings.HasPrefix(name, "CONTROLM=") {
			return "control-m"
		}
	}
	switch {
	case onTerminal:
		return "terminal"
	case os.Getenv("KUBERNETES_SERVICE_HOST") != "":
		return "kubernetes"
	case os.Getenv("INVOCATION_ID") != "":
		return "systemd"
	case calledByCron():
		return "cron"
	}
	return "unknown"
}

// calledByCron walks up the processes of this host, where /proc shows them, looking for a cron daemon.
func calledByCron() bool {
	for pid, hops := os.Getppid(), 0; pid > 1 && hops < 16; hops++ {
		stat, err := os.ReadFile("/proc/" + strconv.Itoa(pid) + "/stat")
		if err != nil {
			return false
		}
		// pid (name) state ppid …; the name may hold blanks and brackets.
		open, shut := strings.IndexByte(string(stat), '('), strings.LastIndexByte(string(stat), ')')
		if open < 0 || shut < open {
			return false
		}
		switch strings.ToLower(string(stat[open+1 : shut])) {
		case "cron", "crond", "anacron", "fcron":
			return true
		}
		rest := strings.Fields(string(stat[shut+1:]))
		if len(rest) < 2 {
			return false
		}
		if pid, err = strconv.Atoi(rest[1]); err != nil {
			return false
		}
	}
	return false
}

// gitState asks git which commit the plan's folder is at and whether the tree has changes. No git, no
// repository or no answer in time is nil: a run never depends on it.
func gitState(ctx context.Context, file string) *runner.Git {
	ctx, cancel := context.WithTimeout(ctx, gitLimit)
	defer cancel()
	ask := func(args ...string) (string, error) {
		cmd := exec.CommandContext(ctx, "git", append([]string{"-C", filepath.Dir(file), "-c", "core.fsmonitor=false"}, args...)...)
		cmd.Env = append(withoutOwnVariables(os.Environ()), "GIT_OPTIONAL_LOCKS=0", "GIT_TERMINAL_PROMPT=0", "LC_ALL=C")
		cmd.WaitDelay = 100 * time.Millisecond
		out, err := cmd.Output()
		return strings.TrimSpace(string(out)), err
	}
	commit, err := ask("rev-parse", "HEAD")
	if err != nil || commit == "" {
		return nil
	}
	changes, err := ask("status", "--porcelain", "--untracked-files=normal", "--", ".")
	if err != nil {
		return nil
	}
	return &runner.Git{Commit: commit, Dirty: changes != ""}
}

// withoutOwnVariables is an environment without our own variables: sensitive parameters and the secrets of a target are among
// them, and git, with what a repository makes it start, has no use for any.
func withoutOwnVariables(environ []string) []string {
	return slices.DeleteFunc(environ, func(entry string) bool { return strings.HasPrefix(entry, "OFSPLAN_") })
}
