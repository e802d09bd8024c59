package agree_test

import (
	"testing"

	"ofsplan/internal/fold/agree"
	"ofsplan/internal/frozen"
)

func TestAllAgreeOnFrozenJournals(t *testing.T) {
	for _, j := range frozen.Journals(t, "../../../testdata/journals") {
		if err := agree.Check(j.Data); err != nil {
			t.Errorf("%s: %v", j.Name, err)
		}
	}
}
