//go:build !unix

package terminal

import (
	"os"
	"syscall"
)

// ignored are the signals of a failed write: the write returns an error of its own.
var ignored = []os.Signal{syscall.SIGPIPE}
