package secret

import "context"

// A Ref says where a secret is kept. Exactly one of its fields is set.
type Ref struct {
	File    string   // its content, without the newline at its end; refused when others can read or change it
	Env     string   // an environment variable
	Command []string // argv, run without a shell; what it prints, without the newline at its end
}

// Resolve reads the secret.
func (r Ref) Resolve(ctx context.Context) (Value, error) { panic("") }

// String tells where, never what.
func (r Ref) String() string { panic("") }
