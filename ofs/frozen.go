package ofs

import (
	"crypto/sha256"
	"encoding/hex"
	"net/http"
)

// The operations, as they stand at the end of the URL and in [Frozen].
const (
	OpTrigger   = "trigger"
	OpStatus    = "status"
	OpInterrupt = "interrupt"
	OpRestart   = "restart"
	OpRerun     = "rerun"
)

// Frozen is one request, byte for byte as it will leave, but for Authorization and the mark in User-Agent, which are
// added when it is sent.
type Frozen struct {
	Op     string
	URL    string
	Header http.Header
	Body   []byte
	RunID  string // the batch run it is about; empty for trigger
}

// BodySHA256 is the SHA-256 of the body, in hex.
func (f Frozen) BodySHA256() string {
	sum := sha256.Sum256(f.Body)
	return hex.EncodeToString(sum[:])
}
