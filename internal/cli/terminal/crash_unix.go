//go:build unix

package terminal

import (
	"runtime/debug"
	"syscall"
)

// CrashWithoutCore lets what no code of ours can catch, such as a fatal error of the Go runtime, end the process by SIGABRT, which a shell
// tells as 134, and not with the exit code 2 that would say that nothing was sent. The kernel is not to write the memory to a file then: there
// may be secrets in it. A limit that cannot be set stays as it was.
func CrashWithoutCore() {
	debug.SetTraceback("crash")
	var limit syscall.Rlimit
	if syscall.Getrlimit(syscall.RLIMIT_CORE, &limit) == nil {
		limit.Cur = 0
		_ = syscall.Setrlimit(syscall.RLIMIT_CORE, &limit)
	}
}
