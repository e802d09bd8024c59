//go:build unix

package operate

import "syscall"

// openFiles is how many files and connections this process may have open at once; 0: nobody knows.
func openFiles() int {
	var limit syscall.Rlimit
	if err := syscall.Getrlimit(syscall.RLIMIT_NOFILE, &limit); err != nil {
		return 0
	}
	return int(min(uint64(limit.Cur), 1<<30)) // some systems say that there is no limit with a very large number
}
