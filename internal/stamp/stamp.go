// Package stamp puts the digest of a program behind its last byte, and finds it there again. What is stamped runs as before: whatever loads a
// program passes over what stands behind it. A stamp shows a byte that was changed by accident or by somebody who does not know of it. Who
// knows can stamp again; so the digest is also published, and compared by a person.
package stamp

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"os"
)

// begin is what stands before the digest: 64 hexadecimal digits and a newline follow, and nothing else.
const begin = "\nofsplan program, SHA-256 of all before this line: "

// size is that of a stamp in bytes.
const size = len(begin) + 2*sha256.Size + 1

// The errors of [Verify].
var (
	ErrNone    = errors.New("this program has no stamp: it was not made by make dist")
	ErrChanged = errors.New("this program is not what was made: its digest is not the one that was stamped into it")
)

// Verify compares a program with the digest that was stamped into it, and gives that of the whole file, stamp and all, as sha256sum does.
// The error wraps [ErrNone] or [ErrChanged].
func Verify(path string) (digest string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	program, stamped, found := split(b)
	if !found {
		return "", ErrNone
	}
	if is := digestOf(program); is != stamped {
		return "", fmt.Errorf("%w: it is %s, and %s was stamped", ErrChanged, is, stamped)
	}
	return digestOf(b), nil
}

// Stamp stamps a program, in the place of a stamp that it may have, and gives the digest of the whole file.
func Stamp(path string) (digest string, err error) {
	b, err := os.ReadFile(path)
	if err != nil {
		return "", err
	}
	info, err := os.Stat(path)
	if err != nil {
		return "", err
	}
	program, _, _ := split(b)
	b = fmt.Appendf(bytes.Clone(program), "%s%s\n", begin, digestOf(program))
	return digestOf(b), os.WriteFile(path, b, info.Mode().Perm())
}

// split takes the stamp off a program.
func split(b []byte) (program []byte, digest string, found bool) {
	if len(b) < size {
		return b, "", false
	}
	at := len(b) - size
	if !bytes.HasPrefix(b[at:], []byte(begin)) || b[len(b)-1] != '\n' {
		return b, "", false
	}
	return b[:at], string(b[at+len(begin) : len(b)-1]), true
}

func digestOf(b []byte) string {
	sum := sha256.Sum256(b)
	return hex.EncodeToString(sum[:])
}
