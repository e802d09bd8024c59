// Package explain tells why a step of a recorded run stands where it stands, and what an expression comes to there.
//
//	log, err := explain.Read(file)
//	why, err := explain.Why(log, "publish", 0)        // as the last record left it
//	answer, err := explain.Eval(log, `steps.load.code`, "", 17)
//
// It replays the run with the machine and the expressions that decided it, and looks on: which conditions were judged, on which values, which
// rules acted and why others did not. It decides nothing, asks nobody and changes nothing, and what it tells is of a record, so that it is the same
// tomorrow. Of answers about a batch run only those are on record that decided something; so a watch rule is told about as of these.
package explain

import (
	"crypto/sha256"
	"errors"
	"fmt"
	"io"
	"slices"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner/resume"
)

// A Log is an audit log, as far as it could be read.
type Log struct {
	Records []audit.Record
	Warning string // why it was read no further, or is not what it was; empty: it is whole
}

// Read reads an audit log up to its end, or to the first line that is no record: of a run that goes on the last line may be half written.
func Read(r io.Reader) (*Log, error) {
	l := &Log{}
	prev := audit.Genesis
	for rec, err := range audit.Records(r) {
		if bad, ok := errors.AsType[*audit.LineError](err); ok {
			l.Warning = fmt.Sprintf("line %d is not a whole record, and what follows it is not looked at; ofsplan audit verify tells more", bad.Line)
			break
		}
		if err != nil {
			return nil, err
		}
		if rec.Prev != prev && l.Warning == "" {
			l.Warning = fmt.Sprintf("record %d does not follow from the line before it: this audit log was changed; ofsplan audit verify tells more", rec.Seq)
		}
		prev = fmt.Sprintf("%x", sha256.Sum256(rec.Line.Bytes))
		l.Records = append(l.Records, rec.Record)
	}
	if len(l.Records) == 0 {
		return nil, errors.New("there is no record in this audit log")
	}
	return l, nil
}

// last is the number of the last record that counts, which a person may have named.
func (l *Log) last(until int64) (int64, error) {
	end := l.Records[len(l.Records)-1].Seq
	switch {
	case until == 0:
		return end, nil
	case until < 0 || until > end:
		return 0, fmt.Errorf("there is no record %d: the audit log has records 1 to %d", until, end)
	}
	return until, nil
}

// AsOf is the record that something is told of.
type AsOf struct {
	Record int64     `json:"record"`
	Time   time.Time `json:"time"`
}

// asOf is that of the last record up to a number that was applied.
func (l *Log) asOf(until int64) AsOf {
	for _, r := range slices.Backward(l.Records) {
		if r.Seq <= until && !r.Note {
			return AsOf{r.Seq, r.Time}
		}
	}
	return AsOf{}
}

// replay replays the log. That it is not what the machine decides is a damaged log; that another machine number wrote it is not.
func (l *Log) replay(w resume.Watcher) (resume.Replayed, error) {
	r, err := w.Replay(l.Records)
	if errors.Is(err, resume.ErrOtherMachine) || err == nil {
		return r, err
	}
	return r, exitcode.With(exitcode.AuditLog, err)
}

// step finds a step of a replayed run.
func step(r *resume.Replayed, id string) (int, error) {
	i := slices.IndexFunc(r.Resolved.Steps, func(s *plan.Step) bool { return s.ID == id })
	if i >= 0 {
		return i, nil
	}
	var ids []string
	for _, s := range r.Resolved.Steps {
		ids = append(ids, s.ID)
	}
	hint := ""
	if near := source.Meant(id, ids); near != "" {
		hint = "\n\t" + near
	}
	return 0, fmt.Errorf("the plan of this run has no step %q%s", id, hint)
}

// Evaluated is what an expression came to.
type Evaluated struct {
	Run   string      `json:"run"`
	Step  string      `json:"step,omitempty"` // whose expression it was taken for
	Expr  string      `json:"expr"`
	AsOf  AsOf        `json:"as_of"`
	Kind  string      `json:"kind"`
	Value string      `json:"value"`
	Items []string    `json:"items,omitempty"` // of a list
	Read  []fact.Seen `json:"read,omitempty"`  // what it read
}

// Eval evaluates an expression over a run as a record left it, as one of a step or with no step of the run as a whole.
func Eval(l *Log, text, id string, until int64) (*Evaluated, error) {
	end, err := l.last(until)
	if err != nil {
		return nil, err
	}
	r, err := l.replay(resume.Watcher{Until: end})
	if err != nil {
		return nil, err
	}
	var of *plan.Step
	if id != "" {
		i, err := step(&r, id)
		if err != nil {
			return nil, err
		}
		of = r.Resolved.Steps[i]
	}
	view, _ := r.Machine.View(id)
	a, err := r.Resolved.Ask(text, of, view)
	if err != nil {
		return nil, err
	}
	return &Evaluated{Run: l.Records[0].Run, Step: id, Expr: text, AsOf: l.asOf(end), Kind: a.Kind, Value: a.Text, Items: a.Items, Read: a.Read}, nil
}
