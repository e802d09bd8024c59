package resume

import (
	"encoding/json"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// An Acceptance is what the audit log keeps of something wrong with it that somebody answered for.
type Acceptance struct {
	*audit.Aside        // the bad last line; nil of anything else
	By           string `json:"by"`
	Reason       string `json:"reason"`
	// From is which process accepted it, and Tool which program.
	From runner.By   `json:"from,omitzero"`
	Tool runner.Tool `json:"tool,omitzero"`
}

// accept makes good the bad last line that was set aside on somebody's word, now or when a process died over it. The line
// may have said that a request was sent, so what was pending is taken for sent, and is in doubt once the run is resumed.
// The note comes last: a process that dies before it leaves the next one to begin again. A line that was noted before, and
// none at all, add nothing.
func (r *Run) accept(by Answer) error {
	line := r.Accepted()
	if line == nil || noted(r.Records, line) {
		return nil
	}
	if !by.Tail {
		by.Statement = runner.Statement{By: "unknown", Reason: "accepted before, by a process that died over it"}
	}
	if err := r.tell(r.assumed()...); err != nil {
		return err
	}
	return r.Note(record.TailAccepted, Acceptance{Aside: line, By: by.By, Reason: by.Reason, From: by.From, Tool: by.Tool})
}

// assumed are the requests that a lost line may have said were sent.
func (r *Run) assumed() []runner.Event {
	var events []runner.Event
	for _, c := range r.Machine.Status().Pending {
		if !c.Mutating() || c.Sent {
			continue
		}
		sent := runner.RequestSent{
			Key: c.Key, Op: c.Key.Op, Assumed: true,
			Permit: c.Permit.And("taken for sent, since the record that may have said so is lost"),
		}
		if r.Machine.Check(sent) == nil {
			events = append(events, sent)
		}
	}
	return events
}

// noted reports whether the audit log says that a line was accepted.
func noted(records []audit.Record, line *audit.Aside) bool {
	for _, r := range records {
		var was Acceptance
		if record.NoteKind(r.Type) == record.TailAccepted && json.Unmarshal(r.Data, &was) == nil && was.Aside != nil && was.File == line.File {
			return true
		}
	}
	return false
}
