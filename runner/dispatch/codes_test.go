package dispatch_test

import (
	"fmt"
	"strings"
	"testing"

	"ofsplan/ofs"
	"ofsplan/plan"
	"ofsplan/plan/fact"
)

// A plan takes exactly the codes that a request can carry: what one of them refuses must not be found out at night by the
// other.
func TestAPlanTakesTheCodesThatAreSent(t *testing.T) {
	for code, fine := range map[string]bool{
		"A": true, "load_1": true, "Load": true, "L" + strings.Repeat("9", 59): true,
		"L" + strings.Repeat("9", 60): false, "1load": false, "_load": false, "LO-AD": false, "LO AD": false, "LOAD.": false,
		"LÖAD": false, "ＬOAD": false, "LOAD\n": false,
	} {
		if err := ofs.CheckCode(code); (err == nil) != fine {
			t.Errorf("%q can be sent: %v", code, err)
		}
		_, err := plan.Parse("p.yaml", fmt.Appendf(nil, "version: 1\nname: p\nsteps: [{id: a, trigger: {batch: %q}}]\n", code))
		if (err == nil) != fine {
			t.Errorf("%q can be planned: %v", code, err)
		}
	}
}

// The client's words for the state of a batch run are the plan's, and only what has ended for good is final.
func TestStatesAreThePlans(t *testing.T) {
	told := map[fact.Status]bool{}
	for code := -10; code <= 10; code++ {
		told[fact.Status(ofs.StatusOf(code))] = true
	}
	for _, s := range fact.Statuses() {
		if !told[s] {
			t.Errorf("no code says %q", s)
		}
		delete(told, s)
	}
	for s := range told {
		t.Errorf("the client says %q, which a plan does not know", s)
	}
	for code, final := range map[int]bool{0: true, -1: true, -2: true, 3: true, 4: true, 1: false, 2: false, 5: false, 6: false, -3: false, ofs.NoCode: false} {
		if got := fact.Status(ofs.StatusOf(code)).Final(); got != final {
			t.Errorf("code %d is final: %t", code, got)
		}
	}
}

// The plan and the scheduler's interface agree which parameter holds the date.
func TestADateIsSentUnderItsName(t *testing.T) {
	p, err := plan.Parse("p.yaml", []byte("version: 1\nname: p\nmisdate: 2026-11-20\nsteps: [{id: a, trigger: {batch: A}}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	r, err := p.Resolve(plan.Inputs{})
	if err != nil {
		t.Fatal(err)
	}
	o, err := r.Order(r.Steps[0], fact.View{})
	if want := (fact.Pair{Name: ofs.MISDateParam, Value: "2026-11-20"}); err != nil || len(o.Params) != 1 || o.Params[0].Name != want.Name || o.Params[0].Value != want.Value {
		t.Errorf("got %+v, %v", o.Params, err)
	}
}
