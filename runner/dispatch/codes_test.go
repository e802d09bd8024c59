package dispatch_test

import (
	"fmt"
	"strings"
	"testing"

	"ofsplan/ofs"
	"ofsplan/plan"
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
