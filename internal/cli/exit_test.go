package cli

import (
	"fmt"
	"strings"
	"testing"
)

func TestEveryExitCodeIsInTheHelp(t *testing.T) {
	for _, code := range []int{
		exitSucceeded, exitFailed, exitUsage, exitInDoubt, exitCanceled, exitUnreachable, exitAlreadyRunning,
		exitAuditLog, exitLate, exitOngoing, exitHeld, exitDetached,
	} {
		if !strings.Contains(exitHelp, fmt.Sprintf("\n  %-3d ", code)) {
			t.Errorf("the help does not tell what %d means", code)
		}
	}
}
