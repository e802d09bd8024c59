package runner

import (
	"fmt"
	"strconv"
	"strings"
)

// Op is what a command asks of the scheduler.
type Op string

// The operations. Trigger, interrupt, restart and rerun change something; watch and look only ask.
const (
	OpTrigger   Op = "trigger"
	OpInterrupt Op = "interrupt"
	OpRestart   Op = "restart"
	OpRerun     Op = "rerun"
	OpWatch     Op = "watch"
	OpLook      Op = "look"
)

// Mutating reports whether a request of this kind starts or changes a batch run.
func (o Op) Mutating() bool {
	switch o {
	case OpTrigger, OpInterrupt, OpRestart, OpRerun:
		return true
	}
	return false
}

// A Key names one command, and with it at most one request that changes something:
// step/attempt/op/n. Attempt counts the tries of the step's work, N the requests of that kind within it.
type Key struct {
	Step    string
	Attempt int
	Op      Op
	N       int
}

// String is the key as it stands in records and in the User-Agent mark.
func (k Key) String() string { return fmt.Sprintf("%s/%d/%s/%d", k.Step, k.Attempt, k.Op, k.N) }

// MarshalText writes the key as text.
func (k Key) MarshalText() ([]byte, error) { return []byte(k.String()), nil }

// UnmarshalText reads what MarshalText wrote. A step id may itself hold slashes.
func (k *Key) UnmarshalText(b []byte) error {
	parts := strings.Split(string(b), "/")
	if len(parts) < 4 {
		return fmt.Errorf("%q is not a request key: want step/attempt/op/n", b)
	}
	tail := parts[len(parts)-3:]
	attempt, err1 := strconv.Atoi(tail[0])
	n, err2 := strconv.Atoi(tail[2])
	if err1 != nil || err2 != nil {
		return fmt.Errorf("%q is not a request key: want step/attempt/op/n", b)
	}
	*k = Key{strings.Join(parts[:len(parts)-3], "/"), attempt, Op(tail[1]), n}
	return nil
}
