//go:build unix

package local

import (
	"os/exec"
	"syscall"
)

// ownGroup gives a command a process group of its own: who interrupts this program at a terminal does not interrupt the command, and
// when it takes too long all that it started ends with it.
func ownGroup(cmd *exec.Cmd) {
	cmd.SysProcAttr = &syscall.SysProcAttr{Setpgid: true}
	cmd.Cancel = func() error { return syscall.Kill(-cmd.Process.Pid, syscall.SIGKILL) }
}
