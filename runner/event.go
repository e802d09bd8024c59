package runner

import (
	"crypto/sha256"
	"encoding/hex"
	"strings"
	"time"

	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// An Event is something that happened, told to [Machine.Apply] and written as a record of the same name.
// Events are plain structs: their JSON is the record's data and is read for ten years.
type Event interface {
	// Type is the record's type: past tense, noun first.
	Type() string
	// Subject is the key the event is about; the zero Key for an event about the run.
	Subject() Key
}

// RunStarted opens a run. It carries who and where, for the auditor; what decides is in the machine already. It is as wide
// as its record.
type RunStarted struct {
	Plan      string    `json:"plan"`
	File      string    `json:"file"`
	MISDate   string    `json:"misdate,omitempty"`
	Params    []Param   `json:"params,omitempty"`
	Target    Target    `json:"target"`
	Tool      Tool      `json:"tool"`
	By        By        `json:"by"`
	Git       *Git      `json:"git,omitempty"`
	Simulated bool      `json:"simulated,omitempty"`
	StartedAt time.Time `json:"started_at"`
	Skip      []string  `json:"skip,omitempty"`    // steps an operator left out: skipped, and good for what needs them
	Once      *Once     `json:"once,omitempty"`    // nil: the plan may run as often as one likes
	DueAt     time.Time `json:"deadline,omitzero"` // by when the run is to be over; zero: its plan has no deadline
	Reason    string    `json:"reason,omitempty"`  // an operator's reason that came with the start
	// Approver is who starts it, where the part that is left out passes approvals and who starts it may give them; nil: it passes none.
	Approver *Approver `json:"approver,omitempty"`
}

// Param is the parameter with that name; the zero Param when there is none.
func (e RunStarted) Param(name string) Param {
	for _, p := range e.Params {
		if p.Name == name {
			return p
		}
	}
	return Param{}
}

// StartOf is how a run starts as far as its plan tells. By whom, with which program and at which target it is started is
// for the caller to add; of the target the name is there.
func StartOf(r *plan.Resolved) RunStarted {
	e := RunStarted{Plan: r.Name, File: r.File, Target: Target{Name: r.Target}, StartedAt: r.StartedAt, DueAt: r.DueAt}
	if !r.MISDate.IsZero() {
		e.MISDate = r.MISDate.Format(time.DateOnly)
	}
	for _, v := range r.Values {
		e.Params = append(e.Params, Param{Name: v.Name, Value: v.Text, Items: v.Items, Sensitive: v.Sensitive, From: v.From})
	}
	if r.Once != "" {
		e.Once = &Once{Value: r.Once}
	}
	return e
}

// ResolvedOf is the plan of a run that started so, with the parameters and at the time that its record says: the reverse of [StartOf]. The
// error is that of [plan.Plan.Resolve].
func ResolvedOf(p *plan.Plan, e RunStarted, run string) (*plan.Resolved, error) {
	in := plan.Inputs{Now: e.StartedAt, RunID: run, Target: e.Target.Name, DueAt: e.DueAt}
	for _, v := range e.Params {
		in.Given = append(in.Given, plan.Given{Name: v.Name, Value: v.Value, Items: v.Items, From: v.From})
	}
	return p.Resolve(in)
}

// CommandLine is the File of a run that is one call to the scheduler without a plan, ordered with ofsplan batch.
const CommandLine = "command line"

// IsCall reports whether the run is one call without a plan.
func (e RunStarted) IsCall() bool {
	return e.File == CommandLine && strings.HasPrefix(e.Plan, "batch_")
}

// Once is what made a run one of a kind beside plan, target and MIS date, and whether it was started although another
// run had been. Who said so and why are in [RunStarted.By] and [RunStarted.Reason].
type Once struct {
	Value string `json:"value"`
	Again bool   `json:"again,omitempty"` // an operator had it started again
	// After is the run that would have kept this one from starting, and Found how it stood. Both are empty when there
	// was none.
	After string `json:"after,omitempty"`
	Found string `json:"found,omitempty"`
	// Looks are what the scheduler said of batch runs of earlier runs that this one starts again, when it was asked before.
	Looks []Look `json:"looks,omitempty"`
	// Unchecked: nobody asked it, or a request of an earlier run is in doubt, and the operator's word alone counts.
	Unchecked bool `json:"unchecked,omitempty"`
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

// Param is one resolved parameter. A sensitive one has no value here: a keyed digest tells whether what is given on
// resume is what was given then, and a rehearsal, which knows no secret, has none.
type Param struct {
	Name      string   `json:"name"`
	Value     string   `json:"value,omitempty"`
	Items     []string `json:"items,omitempty"` // of a list
	Sensitive bool     `json:"sensitive,omitempty"`
	Digest    string   `json:"digest,omitempty"`
	From      string   `json:"from"` // command line, params file, environment, terminal, default, stand-in
}

// Target holds the facts of a target that an auditor asks for or that change decisions, side by side as the record has them.
type Target struct {
	Name          string   `json:"name"`
	URL           string   `json:"url"`
	Tenant        string   `json:"tenant,omitempty"`
	Service       string   `json:"service,omitempty"`
	Workspace     string   `json:"workspace,omitempty"`
	User          string   `json:"user,omitempty"`
	ParamEncoding string   `json:"param_encoding"`
	GroupDate     string   `json:"group_date"`
	Grant         string   `json:"grant"`
	Fingerprint   string   `json:"fingerprint"` // SHA-256 over the facts above, hex
	Warnings      []string `json:"warnings,omitempty"`
}

// Tool is the program that ran.
type Tool struct {
	Version string `json:"version"`
	Machine int    `json:"machine"`         // MachineVersion
	Build   string `json:"build,omitempty"` // Go's id of the build, of which another one differs in some byte; empty: not known
}

// By says on whose word the run started, or who made a statement. Where the system does not tell, a field is empty.
type By struct {
	User    string `json:"user"`
	UID     string `json:"uid,omitempty"` // the user's number
	Host    string `json:"host"`
	PID     int    `json:"pid"`
	Invoker string `json:"invoker"`       // terminal, cron, systemd, control-m, kubernetes, unknown
	TTY     string `json:"tty,omitempty"` // the terminal
	// LoginUID is the number of the user who logged in, which the kernel keeps whatever user the person became since.
	LoginUID string `json:"login_uid,omitempty"`
	// Sudo is what SUDO_USER says. Anybody can set it, so it is noted and nothing goes by it.
	Sudo string `json:"sudo_user,omitempty"`
}

// String names the user and host, and what else is known of who that is.
func (b By) String() string {
	var more []string
	for _, part := range [][2]string{{"uid ", b.UID}, {"logged in as uid ", b.LoginUID}, {"SUDO_USER ", b.Sudo}, {"", b.TTY}} {
		if part[1] != "" {
			more = append(more, part[0]+part[1])
		}
	}
	if len(more) == 0 {
		return b.User + "@" + b.Host
	}
	return b.User + "@" + b.Host + " (" + strings.Join(more, ", ") + ")"
}

// Git is the state of the plan's repository.
type Git struct {
	Commit string `json:"commit"`
	Dirty  bool   `json:"dirty"`
}

// FilePinned keeps the bytes of one file the plan was read from, its own first. It decides nothing.
type FilePinned struct {
	Name   string `json:"name"`
	SHA256 string `json:"sha256"`
	Text   string `json:"text"`
}

// Pins keep every file the plan of a run was read from.
func Pins(r *plan.Resolved) []Event {
	var all []Event
	for _, f := range r.Sources {
		sum := sha256.Sum256(f.Data)
		all = append(all, FilePinned{Name: f.Name, SHA256: hex.EncodeToString(sum[:]), Text: string(f.Data)})
	}
	return all
}

// Pinned are files that a log has pinned, as a plan is read from them.
func Pinned(pins []FilePinned) []plan.Source {
	all := make([]plan.Source, len(pins))
	for i, f := range pins {
		all[i] = plan.Source{Name: f.Name, Data: []byte(f.Text)}
	}
	return all
}

// RequestSent is a command's milestone: from here on it may have been sent. The driver applies it to ask;
// when Apply refuses, the gate stays shut.
type RequestSent struct {
	Key        Key    `json:"key"`
	Op         Op     `json:"op"`
	URL        string `json:"url"`
	BodySHA256 string `json:"body_sha256,omitempty"` // of the body; like it left out when it held something sensitive, which could be guessed from it
	Body       string `json:"body,omitempty"`        // as sent, unless it held something sensitive
	Permit            // why this request may be made
	// Assumed is true when nobody saw the request leave: the line that may have said so is lost, so it is taken for sent.
	Assumed bool `json:"assumed,omitempty"`
}

// Answer is what came back, as it came, for the auditor; nothing is decided by it. The zero Answer: none came, or the record is of a
// release that did not keep it.
type Answer struct {
	Status string `json:"status"`           // the status line, such as "HTTP/1.1 200 OK"
	Size   int    `json:"size"`             // bytes of body that were read
	SHA256 string `json:"sha256,omitempty"` // of the body; left out when it, or the request, held something sensitive
	Body   string `json:"body,omitempty"`   // its beginning without secrets, where it refused or left in doubt
}

// RequestAccepted ends a request the scheduler took.
type RequestAccepted struct {
	Key        Key    `json:"key"`
	HTTP       int    `json:"http"`
	Code       string `json:"code"`
	BatchRunID string `json:"batch_run_id"`
	Summary    string `json:"summary,omitempty"`
	Answer     Answer `json:"answer,omitzero"`
}

// RequestRefused ends a request the scheduler definitely did not carry out. Code is the scheduler's own
// (-3 to -8), empty when the answer was an HTTP status alone.
type RequestRefused struct {
	Key        Key    `json:"key"`
	HTTP       int    `json:"http"`
	Code       string `json:"code,omitempty"`
	Summary    string `json:"summary,omitempty"`
	RetryAfter int    `json:"retry_after,omitempty"` // seconds for which the answer asked to be left alone; 0: it did not
	Answer     Answer `json:"answer,omitzero"`
}

// RequestNotSent ends a request of which no byte left. It needs no RequestSent before it.
type RequestNotSent struct {
	Key          Key    `json:"key"`
	Unauthorized bool   `json:"unauthorized,omitempty"` // the identity service refused us, so nothing was tried
	Message      string `json:"message"`
}

// RequestInDoubt ends a request whose fate is unknown.
type RequestInDoubt struct {
	Key     Key    `json:"key"`
	HTTP    int    `json:"http,omitempty"`
	Message string `json:"message"`
	Answer  Answer `json:"answer,omitzero"`
}

// BatchObserved is one status answer to a watch or a look.
type BatchObserved struct {
	Key     Key         `json:"key"`
	RunID   string      `json:"batch_run_id"`
	Status  fact.Status `json:"status"`
	Code    int         `json:"code"`
	Text    string      `json:"text,omitempty"` // the scheduler's own word for the status
	Tasks   []fact.Part `json:"tasks,omitempty"`
	Members []fact.Part `json:"members,omitempty"`
	Since   time.Time   `json:"since"` // when this very answer was first seen
	// Asked is when the question left, where the answer took more than a second to come; zero: just before.
	Asked  time.Time `json:"asked,omitzero"`
	Answer Answer    `json:"answer,omitzero"`
}

// LookFailed ends a look the scheduler definitely refused, or a watch of a foreign batch run (one of our own only
// waits).
type LookFailed struct {
	Key     Key    `json:"key"`
	HTTP    int    `json:"http"`
	Code    string `json:"code,omitempty"`
	Summary string `json:"summary,omitempty"`
	Answer  Answer `json:"answer,omitzero"`
}

// SensorAnswered is one look of a sensor. With nothing in its sight, nothing of what it seeks is there.
type SensorAnswered struct {
	Key Key `json:"key"`
	fact.Sight
	// Since is when this very sight was first seen: a file has stood from then on.
	Since time.Time `json:"since"`
	// Troubles is how many looks in a row, this one included, told nothing; 0: this one did.
	Troubles int `json:"troubles,omitempty"`
}

// ClockReached says that the time in the record has come; everything due by then fires, in plan order.
type ClockReached struct{}

// RunDetached says that the runner leaves: nothing new starts, the batches go on, resume picks them up.
type RunDetached struct {
	Reason string `json:"reason"`
	// NoContact is true when the first token or the first connection could not be had, so that nothing was started.
	NoContact bool `json:"no_contact,omitempty"`
}

// RunResumed says that another process carries the run on. Requests that may have been sent and were never
// answered are in doubt from here on.
type RunResumed struct {
	By   By   `json:"by"`
	Tool Tool `json:"tool"`
}

// Type names the record.
func (RunStarted) Type() string      { return "run.started" }
func (FilePinned) Type() string      { return "file.pinned" }
func (RequestSent) Type() string     { return "request.sent" }
func (RequestAccepted) Type() string { return "request.accepted" }
func (RequestRefused) Type() string  { return "request.refused" }
func (RequestNotSent) Type() string  { return "request.not_sent" }
func (RequestInDoubt) Type() string  { return "request.in_doubt" }
func (BatchObserved) Type() string   { return "batch.observed" }
func (LookFailed) Type() string      { return "look.failed" }
func (SensorAnswered) Type() string  { return "sensor.answered" }
func (ClockReached) Type() string    { return "clock.reached" }
func (RunDetached) Type() string     { return "run.detached" }
func (RunResumed) Type() string      { return "run.resumed" }

// Subject is the key the event is about.
func (RunStarted) Subject() Key        { return Key{} }
func (FilePinned) Subject() Key        { return Key{} }
func (e RequestSent) Subject() Key     { return e.Key }
func (e RequestAccepted) Subject() Key { return e.Key }
func (e RequestRefused) Subject() Key  { return e.Key }
func (e RequestNotSent) Subject() Key  { return e.Key }
func (e RequestInDoubt) Subject() Key  { return e.Key }
func (e BatchObserved) Subject() Key   { return e.Key }
func (e LookFailed) Subject() Key      { return e.Key }
func (e SensorAnswered) Subject() Key  { return e.Key }
func (ClockReached) Subject() Key      { return Key{} }
func (RunDetached) Subject() Key       { return Key{} }
func (RunResumed) Subject() Key        { return Key{} }
