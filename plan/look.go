package plan

import (
	"slices"
	"time"

	"ofsplan/plan/fact"
)

// A look is one value an expression looks at, named by its path.
type look struct {
	name  string // as messages and evidence name it: steps.load.tasks.STAGE.failed
	root  string // the first word
	step  int    // of steps: the index
	part  string // tasks, members or failure, when the path goes through one
	code  string // of tasks and members
	field string // the last word
	kind  kind
	enum  words // the only texts it can be; nil: any
}

// fixed reports whether the value is settled when the run starts.
func (l *look) fixed() bool {
	switch l.root {
	case rootParams, rootMISDate, rootPlan, rootRun, rootTarget:
		return true
	}
	return false
}

// fetch reads the value. It is never nil: what is not known is the zero value of its kind.
func (l *look) fetch(f *fixed, view fact.View) any {
	switch l.root {
	case rootParams:
		return orZero(f.params[l.field], l.kind)
	case rootMISDate:
		return orZero(f.misdate, kindTime)
	case rootPlan:
		return f.plan
	case rootTarget:
		return f.target
	case rootRun:
		if l.field == "id" {
			return f.run
		}
		return orZero(f.startedAt, kindTime)
	case rootSteps:
		return l.ofStep(view.Step(l.step))
	case rootBatch:
		return l.ofRun(view.Run)
	case rootElapsed:
		return view.Elapsed
	case rootAttempt:
		return view.Attempt
	case rootFailure:
		return l.ofFailure(view.Failure)
	case rootOutcome:
		return string(view.Outcome)
	}
	switch l.field { // rootNeeds
	case "succeeded":
		return view.AllGood
	case "failed":
		return view.AnyFailed
	}
	return true
}

// orZero is v, or the zero value of the kind when there is none.
func orZero(v any, k kind) any {
	if v != nil {
		return v
	}
	switch k {
	case kindInt:
		return 0
	case kindNumber:
		return 0.0
	case kindBool:
		return false
	case kindTime:
		return time.Time{}
	case kindDuration:
		return time.Duration(0)
	case kindList:
		return []string{}
	}
	return ""
}

func (l *look) ofStep(s fact.Step) any {
	if l.part == "failure" {
		return l.ofFailure(s.Failure)
	}
	switch l.field {
	case "outcome":
		return string(s.Outcome)
	case "attempts":
		return s.Attempts
	case "started_at":
		return s.StartedAt
	case "finished_at":
		return s.FinishedAt
	case "elapsed":
		return s.Elapsed
	}
	return l.ofRun(s.Run)
}

func (l *look) ofRun(b fact.BatchRun) any {
	switch l.part {
	case "tasks":
		return l.ofPart(b.Tasks)
	case "members":
		return l.ofPart(b.Members)
	}
	switch l.field {
	case "batch_run_id":
		return b.ID
	case "batch_status":
		return statusText(b.Status)
	case "code":
		return b.Code
	case "failed_tasks":
		return failedCodes(b.Tasks)
	}
	return failedCodes(b.Members)
}

// ofPart reads one task or member; one that was not seen is unknown and has not failed.
func (l *look) ofPart(parts []fact.Part) any {
	var p fact.Part
	for i := range parts {
		if parts[i].Code == l.code {
			p = parts[i]
			break
		}
	}
	switch l.field {
	case "status":
		return statusText(p.Status)
	case "code":
		return p.StatusCode
	}
	return hasFailed(p.Status)
}

func (l *look) ofFailure(f fact.Failure) any {
	switch l.field {
	case "kind":
		return string(f.Kind)
	case "code":
		return f.Code
	case "message":
		return f.Message
	case "attempt":
		return f.Attempt
	case "step":
		return f.Step
	case "batch":
		return f.Batch
	}
	return f.BatchRunID
}

// statusText is the word for a status; before the first look it is unknown.
func statusText(s fact.Status) string {
	if s == "" {
		s = fact.Unknown
	}
	return string(s)
}

// hasFailed is what the field failed of a task or member means: it ended badly by itself, failed or aborted.
func hasFailed(s fact.Status) bool { return s == fact.StatusFailed || s == fact.Aborted }

// failedCodes are the codes of the parts that have failed, sorted.
func failedCodes(parts []fact.Part) []string {
	codes := []string{}
	for _, p := range parts {
		if hasFailed(p.Status) {
			codes = append(codes, p.Code)
		}
	}
	slices.Sort(codes)
	return codes
}
