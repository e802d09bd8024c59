// Package secret holds what must not be printed.
//
// A [Value] prints itself as "[redacted]" wherever it is put; only [Value.Reveal] gives it away, so a search
// for Reveal finds every use. A [Ref] says where a secret is kept and reads it. A [Filter] takes known secrets
// out of text that others wrote, in every encoding they may have been put in.
package secret

import (
	"fmt"
	"io"
	"log/slog"
)

// Redacted is what is printed in place of a secret.
const Redacted = "[redacted]"

// A Value is a secret. The zero Value holds none.
//
// The text stands behind a pointer, because fmt prints the unexported fields of an enclosing struct without
// asking their methods, and prints a pointer inside one as an address.
type Value struct{ text *string }

// New makes text a secret. From the first on, the memory of this process is kept out of core files, where the system can do that.
func New(text string) Value {
	if text != "" {
		held()
	}
	return Value{&text}
}

// Reveal is the secret itself, "" for the zero Value.
func (v Value) Reveal() string {
	if v.text == nil {
		return ""
	}
	return *v.text
}

// Empty reports whether there is nothing to hide.
func (v Value) Empty() bool { return v.Reveal() == "" }

// String is "[redacted]", whatever the value.
func (v Value) String() string { return Redacted }

// GoString is what %#v prints.
func (v Value) GoString() string { return Redacted }

// Format writes "[redacted]" for every verb.
func (v Value) Format(f fmt.State, _ rune) { _, _ = io.WriteString(f, Redacted) }

// MarshalText is what encoders of JSON, YAML and the like write.
func (v Value) MarshalText() ([]byte, error) { return []byte(Redacted), nil }

// LogValue is what log/slog writes.
func (v Value) LogValue() slog.Value { return slog.StringValue(Redacted) }
