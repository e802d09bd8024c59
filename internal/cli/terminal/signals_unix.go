//go:build unix

package terminal

import (
	"os"
	"syscall"
)

// ignored are signals that tell of a failed write, which has an error of its own.
var ignored = []os.Signal{syscall.SIGPIPE, syscall.SIGXFSZ}
