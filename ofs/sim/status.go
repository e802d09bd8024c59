package sim

import (
	"encoding/json"
	"net/http"
	"slices"
)

// Status answers are written by hand: nearly every request of a night is a look, and a reflecting encoder would
// be most of its cost. The keys stand in the order of the guide's samples.

// codeUnheardOf is a code of no meaning, for the fault unknown_status.
const codeUnheardOf = 6

// words are what the scheduler calls the codes of a run or task.
var words = map[int]string{
	codeSuccess: "SUCCESSFUL", codeFailure: "FAILED", codeInterrupted: "INTERRUPTED", codeNotStarted: "NOT-STARTED",
	codeOngoing: "ON-GOING", codeAborted: "ABORTED", codeExcluded: "EXCLUDED", codeHeld: "HELD",
	codeUnheardOf: "UNKNOWN",
}

// status looks.
func (s *Scheduler) status(c *call) Reply {
	r := s.runs[c.runID]
	if r == nil {
		return c.refuse(callNoObject, "there is no run "+c.runID)
	}
	if !r.order.group && r.unit.scripted {
		if strange := r.unit.stranger(c.tasks); strange != "" {
			return c.refuse(callBadArguments, strange+" is no task of "+r.order.code)
		}
	}
	b := make([]byte, 0, 256+64*len(r.leg.spans)+128*len(r.members))
	b = append(b, `{"severity":"info","batchRunId":`...)
	b = appendText(b, r.id)
	if !r.order.group {
		b = c.appendTasks(append(b, `,"taskStatusList":[`...), r)
		b = append(b, ']')
	}
	code := c.codeOf(r)
	b = append(append(b, `,"batchStatusCode":`...), c.style.code(code)...)
	b = c.appendMembers(append(b, `,"batchList":[`...), r)
	b = append(append(b, `],"batchStatus":"`...), words[code]...)
	b = append(append(b, `","status":"success","statusCode":`...), c.style.code(codeSuccess)...)
	return Reply{Status: http.StatusOK, Header: jsonHeader, Body: append(b, '}')}
}

// appendTasks lists all tasks, or those asked for. A task that nobody knows is left out: where the scenario says
// which there are, it was refused before.
func (c *call) appendTasks(b []byte, r *run) []byte {
	first := true
	for i, name := range r.unit.names {
		if len(c.tasks) > 0 && !slices.Contains(c.tasks, name) {
			continue
		}
		if !first {
			b = append(b, ',')
		}
		first = false
		code := c.codeOfTask(r, i)
		b = appendText(append(b, `{"taskCode":`...), name)
		b = append(append(b, `,"taskStatus":"`...), words[code]...)
		b = append(append(b, `","statusCode":`...), c.style.code(code)...)
		b = append(b, '}')
	}
	return b
}

func (c *call) appendMembers(b []byte, r *run) []byte {
	for i, m := range r.members {
		if i > 0 {
			b = append(b, ',')
		}
		code := c.codeOfMember(r, i)
		b = appendText(append(b, `{"batchRunId":`...), m.id)
		b = append(append(b, `,"batchStatusCode":`...), c.style.code(code)...)
		b = append(append(b, `,"batchStatus":"`...), words[code]...)
		b = append(b, `"}`...)
	}
	return b
}

// appendText writes a JSON string.
func appendText(b []byte, text string) []byte {
	if plainText(text) {
		return append(append(append(b, '"'), text...), '"')
	}
	quoted, err := json.Marshal(text)
	if err != nil {
		panic(err) // a text always marshals
	}
	return append(b, quoted...)
}

// plainText reports whether a text stands in JSON as it is.
func plainText[T string | []byte](text T) bool {
	for i := range len(text) {
		if c := text[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return len(text) > 0
}
