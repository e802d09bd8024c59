package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
)

// Once is what made a run one of a kind beside plan, target and MIS date, and whether it was started although another
// run had been. Who said so and why are in [RunStarted.By] and [RunStarted.Reason].
type Once struct {
	Value string `json:"value"`
	Again bool   `json:"again,omitempty"` // an operator had it started again
	// After is the run that would have kept this one from starting, and Found how it stood. Both are empty when there
	// was none.
	After string `json:"after,omitempty"`
	Found string `json:"found,omitempty"`
}

// OnceKey names a run and all others that count as the same: the SHA-256, in hex, of the plan's name, the target's name,
// the MIS date as yyyy-mm-dd (or nothing) and the value of once, with a newline between. It is empty for a run that may
// be started as often as one likes.
func (e RunStarted) OnceKey() string {
	if e.Once == nil {
		return ""
	}
	sum := sha256.Sum256([]byte(strings.Join([]string{e.Plan, e.Target.Name, e.MISDate, e.Once.Value}, "\n")))
	return hex.EncodeToString(sum[:])
}
