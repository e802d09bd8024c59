package plan

import (
	"fmt"
	"strings"
	"testing"
)

// generated writes a plan of n steps, as large as a bank's largest: layers of a hundred, every tenth step with
// a condition, parameters and a rule, every twentieth a healer.
func generated(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\nname: generated\nparams:\n  misdate: {type: business_date, default: T-1}\n" +
		"misdate: ${{ params.misdate }}\ndefaults: {poll: 30s, timeout: 3h}\nsteps:\n")
	for i := range n {
		fmt.Fprintf(&b, "  - id: step_%06d\n", i)
		if i >= 100 {
			fmt.Fprintf(&b, "    needs: step_%06d\n", i-100)
		} else {
			b.WriteString("    needs: []\n")
		}
		switch {
		case i%20 == 19 && i >= 100:
			fmt.Fprintf(&b, "    if: failed()\n    rerun: step_%06d\n", i-100)
		case i%10 == 0:
			fmt.Fprintf(&b, "    if: is_month_end(misdate)\n    trigger: {batch: BATCH_%06d, params: {$DAY$: \"${{ format(misdate, \\\"yyyyMMdd\\\") }}\"}}\n", i)
			b.WriteString("    on_failure: [{if: 'failure.kind == \"batch_failed\"', do: restart}]\n")
		default:
			fmt.Fprintf(&b, "    trigger: {batch: BATCH_%06d}\n", i)
		}
	}
	return []byte(b.String())
}

// above writes a plan of n steps without needs, each of which looks at one far above it.
func above(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\nname: above\ndefaults: {timeout: 3h}\nsteps:\n  - {id: s0, trigger: {batch: B}}\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "  - id: s%d\n    if: steps.s%d.code == 0\n    trigger: {batch: B%d}\n", i, i/2, i)
	}
	return []byte(b.String())
}

// chained writes a plan of n steps, each of which needs the one before it and looks at one far above.
func chained(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\nname: chained\ndefaults: {timeout: 3h}\nsteps:\n  - {id: s0, trigger: {batch: B}}\n")
	for i := 1; i < n; i++ {
		fmt.Fprintf(&b, "  - id: s%d\n    needs: s%d\n    if: steps.s%d.code == 0\n    trigger: {batch: B%d}\n", i, i-1, i/2, i)
	}
	return []byte(b.String())
}

// sideBySide writes a plan of n steps: batches side by side, for each a step that stops it and one that restarts it, those one
// below the other.
func sideBySide(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\nname: healed\ndefaults: {timeout: 3h}\nsteps:\n")
	for i := range n / 3 {
		fmt.Fprintf(&b, "  - {id: s%d, needs: [], trigger: {batch: B%d}}\n", i, i)
	}
	for i := range n / 3 {
		fmt.Fprintf(&b, "  - {id: stop%d, needs: s%d, if: failed(), interrupt: s%d}\n", i, i, i)
	}
	for i := range n - n/3*2 {
		fmt.Fprintf(&b, "  - {id: again%d, if: failed(), restart: s%d}\n", i, min(i, n/3-1))
	}
	return []byte(b.String())
}

// oneByOne writes a plan of n steps: one batch, and again and again a step that looks at it and one that restarts it.
func oneByOne(n int) []byte {
	var b strings.Builder
	b.WriteString("version: 1\nname: healed\ndefaults: {timeout: 3h}\nsteps:\n  - {id: s, trigger: {batch: B}}\n")
	for i := 1; i+1 < n; i += 2 {
		fmt.Fprintf(&b, "  - {id: look%d, if: failed(), status: s}\n  - {id: again%d, if: failed(), restart: s}\n", i, i)
	}
	return []byte(b.String())
}

// BenchmarkLoad loads plans of 10,000 steps and of ten times as many: aim for a tenth of a second, and for at most
// eleven times that.
func BenchmarkLoad(b *testing.B) {
	for _, shape := range []struct {
		name string
		make func(int) []byte
	}{{"layers", generated}, {"above", above}, {"chained", chained}, {"side by side", sideBySide}, {"one by one", oneByOne}} {
		for _, n := range []int{10_000, 100_000} {
			data := shape.make(n)
			b.Run(fmt.Sprintf("%s/%d", shape.name, n), func(b *testing.B) {
				b.SetBytes(int64(len(data)))
				for b.Loop() {
					if _, err := Parse("plan.yaml", data); err != nil {
						b.Fatal(err)
					}
				}
			})
		}
	}
}

// A large plan loads, whichever way its steps hang together, and one that is too large says so.
func TestLargePlansLoad(t *testing.T) {
	if testing.Short() {
		t.Skip("takes seconds")
	}
	const n = 5000
	shapes := map[string][]byte{
		"layers": generated(n), "above": above(n), "chained": chained(n), "side by side": sideBySide(n), "one by one": oneByOne(n),
	}
	for name, data := range shapes {
		p, err := Parse("plan.yaml", data)
		if err != nil {
			t.Errorf("%s: %.300s", name, err.Error())
			continue
		}
		if len(p.Steps) != n && len(p.Steps) != n-1 {
			t.Errorf("%s: %d steps, want %d", name, len(p.Steps), n)
		}
	}
	_, err := Parse("plan.yaml", []byte("version: 1\nname: n\nsteps:\n"+strings.Repeat("- x\n", maxSteps+1)))
	if want := "plan.yaml:1:1: the plan has 100001 steps, more than 100000\n\tsplit it"; err == nil || err.Error() != want {
		t.Errorf("got %.300v, want %s", err, want)
	}
}
