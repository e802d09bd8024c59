package secret

import (
	"testing"

	"golang.org/x/sys/unix"
)

func TestAProcessThatHoldsASecretIsNotDumped(t *testing.T) {
	New("s3cret")
	if got, err := unix.PrctlRetInt(unix.PR_GET_DUMPABLE, 0, 0, 0, 0); got != 0 || err != nil {
		t.Errorf("the process is dumpable (%d, %v)", got, err)
	}
}
