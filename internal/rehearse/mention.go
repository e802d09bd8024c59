package rehearse

import (
	"fmt"
	"maps"
	"regexp"
	"slices"

	"ofsplan/internal/source"
)

// codeForm is a code at the scheduler.
var codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,59}$`)

// strangerID names the warning about a code that no plan orders.
const strangerID = "W101"

// mentions are the places where scenarios name a batch or a group, and whether some plan played in them orders
// it. A usual night may be shared by the tests of many plans: one that orders it is enough.
type mentions struct {
	at    map[source.Pos]*mention
	files map[string][]byte
}

// mention is one place.
type mention struct {
	what, code string
	ordered    bool
	known      map[string]bool // what the plans played in this scenario order
}

// look goes through a scenario that a plan with these orders is played in.
func (m mentions) look(root *source.Node, o orders) {
	o.codes = slices.Clone(o.codes)
	for _, f := range fieldsOf(root.Get("groups")) {
		if slices.Contains(o.loose, f.Key) {
			for _, member := range fieldsOf(f.Value.Get("batches")) {
				o.codes = append(o.codes, member.Key)
			}
		}
	}
	for _, kind := range []struct{ key, what string }{{"batches", "batch"}, {"groups", "group"}} {
		for _, f := range fieldsOf(root.Get(kind.key)) {
			m.see(kind.what, f.Key, f.KeyPos, o)
			if kind.key == "groups" {
				for _, member := range fieldsOf(f.Value.Get("batches")) {
					m.see("member", member.Key, member.KeyPos, o)
				}
			}
		}
	}
	for _, f := range fieldsOf(root.Get("elsewhere")) {
		for _, what := range []string{"batch", "group"} {
			if n := f.Value.Get(what); n.Is(source.Scalar) {
				m.see(what, n.Value, n.Pos, o)
			}
		}
	}
	if faults := root.Get("faults"); faults.Is(source.Sequence) {
		for _, f := range faults.Items {
			if n := f.Get("batch"); n.Is(source.Scalar) {
				m.see("batch", n.Value, n.Pos, o)
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

// see notes one place.
func (m mentions) see(what, code string, pos source.Pos, o orders) {
	one := m.at[pos]
	if one == nil {
		one = &mention{what: what, code: code, known: make(map[string]bool)}
		m.at[pos] = one
	}
	one.ordered = one.ordered || o.open || slices.Contains(o.codes, code)
	for _, known := range o.codes {
		one.known[known] = true
	}
}

// strangers are the warnings, in file order, without those that a file silences.
func (m mentions) strangers() source.Errors {
	var all source.Errors
	for pos, one := range m.at {
		if one.ordered {
			continue
		}
		e := all.Add(pos, "the scenario names %s %q, and no plan tested with it orders that", one.what, one.code)
		e.ID = strangerID
		if better := source.Suggest(one.code, slices.Sorted(maps.Keys(one.known))); better != "" {
			e.Hint = fmt.Sprintf("did you mean %q?", better)
		}
	}
	var loud source.Errors
	for _, e := range all.Sort() {
		loud = append(loud, source.Errors{e}.Silence(m.files[e.File])...)
	}
	return loud
}
