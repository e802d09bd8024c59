package view

import (
	"fmt"

	"ofsplan/runner"
)

// Says is what an operator's statement means, in words: what comes of it for the run.
func Says(e runner.Event) string {
	switch e := e.(type) {
	case runner.OperatorResolved:
		switch e.As {
		case runner.AsStarted:
			return fmt.Sprintf("the request of %s was carried out, as batch run %s", e.Step, e.BatchRunID)
		case runner.AsNotStarted:
			return fmt.Sprintf("the request of %s was not carried out", e.Step)
		}
		return fmt.Sprintf("%s, which was in doubt, counts as %s", e.Step, e.As)
	case runner.OperatorAdopted:
		return fmt.Sprintf("%s watches batch run %s", e.Step, e.BatchRunID)
	case runner.OperatorRetried:
		return e.Step + " gets another attempt"
	case runner.OperatorMarked:
		if e.As == runner.AsSkipped {
			return e.Step + " is left out"
		}
		return e.Step + " counts as succeeded"
	case runner.OperatorApproved:
		return e.Step + " is approved"
	case runner.OperatorRejected:
		return e.Step + " is rejected"
	case runner.OperatorCanceled:
		if e.Interrupt {
			return "the run is canceled, and batch runs that go on are interrupted"
		}
		return "the run is canceled, and batch runs that go on are left to themselves"
	}
	return e.Type()
}
