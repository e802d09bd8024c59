package rehearse_test

import (
	"testing"

	"go.uber.org/goleak"
)

// A night starts no goroutine, and leaves no coroutine behind.
func TestMain(m *testing.M) { goleak.VerifyTestMain(m) }
