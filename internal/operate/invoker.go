package operate

import (
	"context"
	"os"
	"os/user"
	"path/filepath"
	"strconv"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/git"
	"ofsplan/internal/secret"
	"ofsplan/runner"
)

// gitLimit is how long git may take to say which commit a plan comes from. A run never waits longer.
const gitLimit = 2 * time.Second

// ThisProcess says who started this process: the user, the host and the invoker. Whether it has a terminal its caller knows.
func ThisProcess(onTerminal bool) runner.By {
	by := runner.By{User: "unknown", Host: "unknown", PID: os.Getpid(), Invoker: invoker(onTerminal), LoginUID: loginUID(), TTY: tty()}
	by.Sudo = audit.Printable(os.Getenv("SUDO_USER"))
	uid := os.Geteuid()
	if uid >= 0 {
		by.UID = strconv.Itoa(uid)
	}
	if u, err := user.LookupId(by.UID); err == nil {
		by.User = u.Username
	} else if uid >= 0 {
		by.User = "uid " + by.UID
	} else if u, err := user.Current(); err == nil { // no system with numbers
		by.User = u.Username
	}
	if h, err := os.Hostname(); err == nil {
		by.Host = h
	}
	return by
}

// unset is the number that the kernel gives to who never logged in: a service, or a job of cron's daemon.
const unset = "4294967295"

// loginUID is the number of the user who logged in, which no process can change once it is set. Empty: nobody did, or the system does
// not keep it.
func loginUID() string {
	b, err := os.ReadFile("/proc/self/loginuid")
	id := strings.TrimSpace(string(b))
	if _, bad := strconv.ParseUint(id, 10, 32); err != nil || bad != nil || id == unset {
		return ""
	}
	return id
}

// tty is the terminal of this process; empty when it has none, or the system does not tell.
func tty() string {
	for _, fd := range []string{"0", "2", "1"} {
		name, err := os.Readlink("/proc/self/fd/" + fd)
		if err == nil && (strings.HasPrefix(name, "/dev/pts/") || strings.HasPrefix(name, "/dev/tty")) {
			return strings.TrimPrefix(name, "/dev/")
		}
	}
	return ""
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

// gitState is which commit the plan's folder is at and whether the tree has changes. No git, no
// repository or no answer in time is nil: a run never depends on it. It inherits none of the secrets that the filter knows of.
func gitState(ctx context.Context, file string, secrets *secret.Filter) *runner.Git {
	ctx, cancel := context.WithTimeout(ctx, gitLimit)
	defer cancel()
	commit, dirty := git.Folder{Path: filepath.Dir(file), Secrets: secrets}.State(ctx)
	if commit == "" {
		return nil
	}
	return &runner.Git{Commit: commit, Dirty: dirty}
}
