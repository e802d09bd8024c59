package config

import (
	"crypto/sha256"
	"encoding/hex"
	"encoding/json"
	"time"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
)

// The grants: how a target gets its bearer token.
const (
	GrantPassword = "password"           // the guide's: a person's name and password, with a client
	GrantClient   = "client_credentials" // a client alone
	GrantToken    = "token"              // a ready token from a file, the environment or a command
	GrantBasic    = "basic"              // no token: client id and secret go to the scheduler itself; on premise only
	GrantNone     = "none"               // nothing: a client certificate says who we are, or nobody asks
)

// A Target is one scheduler to talk to. It is complete and checked; its secrets are references.
type Target struct {
	Name string
	Pos  source.Pos // of its name in the file; without a line when only the environment describes it
	Address
	Dialect
	Auth   Auth
	TLS    TLS
	Limits Limits
	// Channels are where people are told of runs, in file order.
	Channels []Channel
	Beside

	fileWarning string // who else may change the targets file; empty: nobody
}

// Address says where the scheduler is and what stands in the headers of every call.
type Address struct {
	Kind           string // cloud or on_premise
	URL            string // without a slash at the end
	Path           string // starts with a slash; empty means the guide's
	IAM            string // the identity domain; empty for the grants that need none
	Tenant         string // ofs_tenant_id
	Service        string // ofs_service_id
	Workspace      string // ofs_workspace_id
	User           string // ofs_remote_user
	Locale         string
	AllowPlaintext bool // http outside loopback is wanted
}

// OnPremise reports whether the target is Oracle's software on the bank's own machines.
func (a Address) OnPremise() bool { return a.Kind == "on_premise" }

// Dialect says how this release of the scheduler wants its parameters written.
type Dialect struct {
	NativeParams   bool // param_encoding: native
	DateAtTopLevel bool // group_date: top_level
}

// ParamEncoding is the setting as the file spells it.
func (d Dialect) ParamEncoding() string {
	if d.NativeParams {
		return "native"
	}
	return "string"
}

// GroupDate is the setting as the file spells it.
func (d Dialect) GroupDate() string {
	if d.DateAtTopLevel {
		return "top_level"
	}
	return "members"
}

// Auth says how a token is got. References a grant does not use are nil.
type Auth struct {
	Grant        string
	Scope        string // asked for in place of the grant's usual one; empty: the usual one
	TokenPath    string // comes behind iam; empty: the guide's
	Basic        string // raw or form: how client id and secret are written under HTTP Basic; empty: not said, raw
	ClientID     *secret.Ref
	ClientSecret *secret.Ref
	Username     *secret.Ref
	Password     *secret.Ref
	Token        *secret.Ref
}

// FetchesToken reports whether each request carries a bearer token.
func (a Auth) FetchesToken() bool { return a.Grant != GrantNone && a.Grant != GrantBasic }

// TLS says whom we trust and who we are. Paths are ready to open.
type TLS struct {
	CAFile             string // PEM; empty: the system's
	CertFile, KeyFile  string // PEM; empty: no client certificate
	InsecureSkipVerify bool   // warned about in every run
}

// Beside is what sensors of a plan look at beside the scheduler.
type Beside struct {
	Files  string                  // the folder that relative paths of files are in; empty: there is none
	Checks map[string]CheckCommand // the commands that say whether something is ready, by name
}

// A CheckCommand is a command that a plan can ask by its name. It is run without a shell.
type CheckCommand struct {
	Pos     source.Pos // of its name
	Command []string   // the program, and its arguments
	Timeout time.Duration
}

// Limits are what the loop may ask of the target.
type Limits struct {
	RequestsPerSecond float64 // 0: none
	ConcurrentCalls   int     // 0: none
}

// Warnings are what an operator should hear in every run against this target.
func (t *Target) Warnings() []string {
	var w []string
	if t.fileWarning != "" {
		w = append(w, t.fileWarning)
	}
	if t.TLS.InsecureSkipVerify {
		w = append(w, "insecure_skip_verify is on: anyone on the network path can read and change every call, the token included")
	}
	if t.AllowPlaintext && !encrypted(t.URL) {
		w = append(w, "allow_plaintext is on: the token and every call cross the network unencrypted")
	}
	return w
}

// Fingerprint is the SHA-256, in hex, over the facts of the target that change what a request says or where
// it goes. Secrets are not among them.
func (t *Target) Fingerprint() string {
	facts, err := json.Marshal(struct {
		Address Address
		Dialect Dialect
		Grant   string
		Skip    bool
	}{t.Address, t.Dialect, t.Auth.Grant, t.TLS.InsecureSkipVerify})
	if err != nil {
		panic(err) // plain strings and booleans
	}
	sum := sha256.Sum256(facts)
	return hex.EncodeToString(sum[:])
}
