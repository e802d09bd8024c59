package scenario

import (
	"maps"
	"slices"

	"ofsplan/internal/source"
	"ofsplan/plan"
)

// unorderedID names the warning about a code that no plan orders, and unawaitedID that about what no plan waits for.
const (
	unorderedID = "W101"
	unawaitedID = "W103"
)

// References are the places where scenarios name a batch or a group, and whether some plan played in them orders it. A
// usual night may be shared by the tests of many plans: one that orders it is enough. The zero References has none.
type References struct {
	at    map[source.Pos]*reference
	files map[string][]byte
}

// reference is one place.
type reference struct {
	what, code string
	awaited    bool            // it is what a plan waits for, and not what it orders
	ordered    bool            // or waited for
	known      map[string]bool // what the plans played in this scenario order
}

// Unordered are warnings about codes in a scenario file that a plan with these codes does not order. A file that is not
// YAML has none.
func Unordered(display string, data []byte, codes plan.Codes) source.Errors {
	var all References
	root, _ := source.Parse(display, data)
	if root == nil {
		return nil
	}
	all.AddFile(display, data)
	all.Add(root, codes)
	return all.Unordered()
}

// AddFile takes the text of a file in which scenarios stand: its comments may silence a warning.
func (r *References) AddFile(name string, data []byte) {
	if r.files == nil {
		r.files = make(map[string][]byte)
	}
	r.files[name] = data
}

// Add goes through a scenario that a plan with these codes is played in.
func (r *References) Add(root *source.Node, codes plan.Codes) {
	codes.Known = slices.Clone(codes.Known)
	for _, f := range fieldsOf(root.Get("groups")) {
		if slices.Contains(codes.Loose, f.Key) {
			for _, member := range fieldsOf(f.Value.Get("batches")) {
				codes.Known = append(codes.Known, member.Key)
			}
		}
	}
	for _, kind := range []struct{ key, what string }{{"batches", "batch"}, {"groups", "group"}} {
		for _, f := range fieldsOf(root.Get(kind.key)) {
			r.see(kind.what, f.Key, f.KeyPos, codes)
			if kind.key == "groups" {
				for _, member := range fieldsOf(f.Value.Get("batches")) {
					r.see("member", member.Key, member.KeyPos, codes)
				}
			}
		}
	}
	for _, f := range fieldsOf(root.Get("elsewhere")) {
		for _, what := range []string{"batch", "group"} {
			if n := f.Value.Get(what); n.Is(source.Scalar) {
				r.see(what, n.Value, n.Pos, codes)
			}
		}
	}
	r.await(root, codes.Awaited)
	if faults := root.Get("faults"); faults.Is(source.Sequence) {
		for _, f := range faults.Items {
			if n := f.Get("batch"); n.Is(source.Scalar) {
				r.see("batch", n.Value, n.Pos, codes)
			}
		}
	}
}

// fieldsOf are the fields of a mapping; none of anything else.
func fieldsOf(n *source.Node) []source.Field {
	if n == nil {
		return nil
	}
	return n.Fields
}

// await notes the places of what is not at the scheduler.
func (r *References) await(root *source.Node, a plan.Awaited) {
	for _, kind := range []struct {
		key, what string
		known     []string
		may       func(string) bool
	}{
		{"files", "file", a.Files, a.MayTake},
		{"checks", "check", a.Checks, func(name string) bool { return slices.Contains(a.Checks, name) }},
		{"plans", "plan", a.Plans, func(name string) bool { return a.Unclear || slices.Contains(a.Plans, name) }},
	} {
		for _, f := range fieldsOf(root.Get(kind.key)) {
			one := r.place(kind.what, f.Key, f.KeyPos)
			one.awaited, one.ordered = true, one.ordered || kind.may(f.Key)
			for _, known := range kind.known {
				one.known[known] = true
			}
		}
	}
}

// see notes one place of a code.
func (r *References) see(what, code string, pos source.Pos, codes plan.Codes) {
	one := r.place(what, code, pos)
	one.ordered = one.ordered || codes.May(code)
	for _, known := range codes.Known {
		one.known[known] = true
	}
}

// place is what is known of one place.
func (r *References) place(what, code string, pos source.Pos) *reference {
	one := r.at[pos]
	if one == nil {
		if r.at == nil {
			r.at = make(map[source.Pos]*reference)
		}
		one = &reference{what: what, code: code, known: make(map[string]bool)}
		r.at[pos] = one
	}
	return one
}

// Unordered are the warnings, in file order, without those that a file silences.
func (r *References) Unordered() source.Errors {
	var all source.Errors
	for pos, one := range r.at {
		if one.ordered {
			continue
		}
		id, does := unorderedID, "orders"
		if one.awaited {
			id, does = unawaitedID, "waits for"
		}
		e := all.Add(pos, "the scenario names %s %q, and no plan tested with it %s that", one.what, one.code, does)
		e.ID = id
		e.Hint = source.Meant(one.code, slices.Sorted(maps.Keys(one.known)))
	}
	var loud source.Errors
	for _, e := range all.Sort() {
		loud = append(loud, source.Errors{e}.Silence(e.File, r.files[e.File])...)
	}
	return loud
}
