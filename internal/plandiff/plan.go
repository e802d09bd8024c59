package plandiff

import (
	"cmp"
	"reflect"
	"strings"

	"ofsplan/plan"
)

// ofPlan are the fields of a plan that are told elsewhere, or are no part of what it says.
var ofPlan = map[string]bool{
	"File": true, "Description": true, "Params": true, "Steps": true, "FinallyAt": true, "Sources": true, "Warnings": true,
}

// comparePlans finds what changes about a plan as a whole, and what its parameters come to tonight.
func comparePlans(old, new *plan.Resolved) []Change {
	all := changesOf(ofWhole(old.Plan), ofWhole(new.Plan))
	was, is := ofParams(old.Plan), ofParams(new.Plan)
	for i := range new.Params {
		name := "params." + new.Params[i].Name
		if was[name] == nil {
			all = append(all, Change{What: name, Is: declared(name, is[name])})
			continue
		}
		all = append(all, changesOf(was[name], is[name])...)
	}
	for i := range old.Params {
		if name := "params." + old.Params[i].Name; is[name] == nil {
			all = append(all, Change{What: name, Was: declared(name, was[name])})
		}
	}
	for _, c := range changesOf(ofNight(old), ofNight(new)) {
		if name := strings.TrimPrefix(c.What, "tonight "); name == c.What || !strings.HasPrefix(name, "params.") || was[name] != nil && is[name] != nil {
			all = append(all, c)
		}
	}
	return all
}

// declared is a parameter in one line.
func declared(name string, facts []fact) string {
	var parts []string
	for _, f := range facts {
		parts = append(parts, strings.TrimPrefix(f.what, name+".")+": "+cmp.Or(f.value, "["+strings.Join(f.list, ", ")+"]"))
	}
	return "{" + strings.Join(parts, ", ") + "}"
}

// ofWhole are the facts of a plan without its steps and parameters.
func ofWhole(p *plan.Plan) []fact {
	t := teller{ids: func(int) string { return "" }}
	v := reflect.ValueOf(*p)
	for i := range v.NumField() {
		if f := v.Type().Field(i); f.IsExported() && !ofPlan[f.Name] {
			t.of(snake(f.Name), v.Field(i))
		}
	}
	return t.facts
}

// ofParams are the facts of a plan's parameters, by their names.
func ofParams(p *plan.Plan) map[string][]fact {
	all := make(map[string][]fact, len(p.Params))
	for i := range p.Params {
		one := &p.Params[i]
		name := "params." + one.Name
		t := teller{ids: func(int) string { return "" }}
		t.add(name+".type", string(one.Type))
		if one.Default != nil {
			t.add(name+".default", quotedText(one.Default.Value))
			if one.Default.Items != nil {
				t.facts[len(t.facts)-1] = fact{what: name + ".default", list: one.Default.Items}
			}
		}
		v := reflect.ValueOf(*one)
		for k := range v.NumField() {
			switch f := v.Type().Field(k); f.Name {
			case "Name", "Type", "Description", "Pos", "Default":
			default:
				what := join(name, snake(f.Name))
				if f.Anonymous {
					what = name
				}
				t.of(what, v.Field(k))
			}
		}
		all[name] = t.facts
	}
	return all
}

// ofNight is what date, once and parameters come to tonight.
func ofNight(r *plan.Resolved) []fact {
	all := []fact{{what: "tonight misdate", value: momentText(r.MISDate)}, {what: "tonight once", value: r.Once}}
	for _, v := range r.Values {
		text := quotedText(v.Text)
		switch {
		case v.Sensitive:
			text = "(sensitive)"
		case v.Items != nil:
			text = "[" + strings.Join(v.Items, ", ") + "]"
		}
		all = append(all, fact{what: "tonight params." + v.Name, value: text})
	}
	return all
}
