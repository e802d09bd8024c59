package ofs

import (
	"bytes"
	"crypto/sha256"
	"encoding/hex"
	"errors"
	"fmt"
	"net/http"
	"strings"

	"ofsplan/ofs/runid"
)

// Object is the kind of thing the scheduler runs.
type Object string

// The kinds of object.
const (
	Batch Object = "batch"
	Group Object = "group"
)

// An Order is a batch or a group to trigger. Every list goes out in the order given.
type Order struct {
	Object   Object
	Code     string
	MISDate  string       // yyyy-mm-dd, of a group: sent beside batchName where GroupDateTopLevel is set; empty: none
	Params   []Pair       // batchParams of a batch; of a group: what all members share and do not set themselves
	Tasks    []TaskParams // taskRuntimeParams of a batch
	Members  []Member     // of a group
	Excluded []string     // task codes of a batch, batch codes of a group; likewise Held and Included
	Held     []string
	Included []string // on-premise MMG only
}

// Pair is one run-time parameter.
type Pair struct{ Name, Value string }

// TaskParams are the run-time parameters of one task.
type TaskParams struct {
	Task   string
	Params []Pair
}

// Member is one member batch of a group with its run-time parameters.
type Member struct {
	Code   string
	Params []Pair
	Tasks  []TaskParams
}

// MISDateParam is the run-time parameter that holds the as-of date.
const MISDateParam = "$FICMISDATE$"

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
	Header http.Header // by names as the guide spells them, not in Go's own form; shared by all requests of a client: not to be changed
	Body   []byte
	RunID  string // the batch run it is about; empty for trigger
}

// Headers are all headers of the request as it leaves, with its mark in User-Agent. authorization is what the header of that
// name says, such as "Bearer …"; empty: there is none.
func (f Frozen) Headers(mark, authorization string) http.Header {
	return withAuthorization(f.Header, marked(f.Header.Get("User-Agent"), mark), authorization)
}

// BodySHA256 is the SHA-256 of the body, in hex.
func (f Frozen) BodySHA256() string {
	sum := sha256.Sum256(f.Body)
	return hex.EncodeToString(sum[:])
}

// Trigger freezes the request that starts a batch or a group. Codes, dates and what the wire format cannot say are
// errors. External Scheduler Interface API Guide 25.08.01, "Trigger".
func (c *Client) Trigger(o Order) (Frozen, error) {
	body, err := triggerBody(o, c.cfg.Dialect)
	if err != nil {
		return Frozen{}, err
	}
	return c.freeze(OpTrigger, "", body), nil
}

// Interrupt freezes the request that stops a batch run.
func (c *Client) Interrupt(code, runID string) (Frozen, error) {
	return c.onRun(OpInterrupt, code, runID)
}

// Restart freezes the request that resumes a batch run which failed, was interrupted or is held, from where it
// stopped. Whether its id changes is undocumented: go on with the id in the answer.
func (c *Client) Restart(code, runID string) (Frozen, error) { return c.onRun(OpRestart, code, runID) }

// Rerun freezes the request that runs a batch again, as a new batch run.
func (c *Client) Rerun(code, runID string) (Frozen, error) { return c.onRun(OpRerun, code, runID) }

func (c *Client) onRun(op, code, runID string) (Frozen, error) {
	if err := CheckCode(code); err != nil {
		return Frozen{}, err
	}
	if err := CheckRunID(runID); err != nil {
		return Frozen{}, err
	}
	var b object
	b.text("batchName", code)
	b.text("batchRunId", runID)
	return c.freeze(op, runID, b.bytes()), nil
}

// Status freezes the question after a batch run. Without tasks, all are told.
func (c *Client) Status(runID string, tasks []string) (Frozen, error) {
	if err := CheckRunID(runID); err != nil {
		return Frozen{}, err
	}
	var b object
	b.text("batchRunId", runID)
	if len(tasks) > 0 {
		list := make([][]byte, len(tasks))
		for i, t := range tasks {
			if err := CheckCode(t); err != nil {
				return Frozen{}, err
			}
			list[i] = quote(t)
		}
		b.raw("tasks", []byte("["+string(bytes.Join(list, []byte(",")))+"]"))
	}
	return c.freeze(OpStatus, runID, b.bytes()), nil
}

// freeze adds where the body goes and as whom.
func (c *Client) freeze(op, runID string, body []byte) Frozen {
	return Frozen{Op: op, URL: c.base + op, Header: c.header, Body: body, RunID: runID}
}

// headers are those of every request, but for what is added when it is sent. Names are spelt as in the guide, also on the wire:
// they mean the same in any case, and yet somebody searches a gateway's log for them, or has made a rule of them.
func (c Config) headers() http.Header {
	h := http.Header{}
	for _, pair := range [][2]string{
		{"Content-Type", "application/json"},
		{"Accept", "application/json"},
		{"User-Agent", c.Agent},
		{"ofs_tenant_id", c.Tenant},
		{"ofs_service_id", c.Service},
		{"ofs_workspace_id", c.Workspace},
		{"ofs_remote_user", c.User},
		{"locale", c.Locale},
	} {
		if pair[1] != "" {
			h[pair[0]] = []string{pair[1]}
		}
	}
	return h
}

// maxRunID bounds a batch run id, in bytes. A code has 60 characters, the rest of an id some 30.
const maxRunID = 512

// CheckRunID reports an id that no scheduler mints: empty, overlong, or with anything but printable ASCII in it.
// Beyond that, every id is taken as it is: their form is a custom, not a promise.
func CheckRunID(id string) error {
	switch {
	case id == "":
		return errors.New("the batch run id is empty")
	case len(id) > maxRunID:
		return fmt.Errorf("the batch run id has %d characters, more than %d", len(id), maxRunID)
	case strings.ContainsFunc(id, func(r rune) bool { return r <= ' ' || r > '~' }):
		return fmt.Errorf("%q is not a batch run id: it holds a space, a control character or something beyond ASCII", id)
	}
	return nil
}

// RunCode is the batch or group code in a batch run id of the form that the guide shows. It is the whole id when that has
// another form.
func RunCode(id string) string {
	if code, ok := runid.Code(id); ok && CheckCode(code) == nil {
		return code
	}
	return id
}

func digits(s string) bool {
	return s != "" && !strings.ContainsFunc(s, func(r rune) bool { return r < '0' || r > '9' })
}
