package plandiff

import (
	"cmp"
	"fmt"
	"maps"
	"reflect"
	"regexp"
	"slices"
	"strings"
	"time"
	"unicode"

	"ofsplan/internal/readable"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
)

// A fact is one thing that a plan says: a value, or a list of lines.
type fact struct {
	what  string
	value string
	list  []string
}

// A teller finds the facts of a value by looking at all its exported fields, so that none is overlooked.
type teller struct {
	ids   func(int) string // of a step, by its index
	facts []fact
	depth int
}

// deepest is how far a teller goes into a value: further than any key of a plan.
const deepest = 16

// passed are the fields that are told elsewhere: what a step is called, what it waits for, its texts for people.
var passed = map[reflect.Type][]string{
	reflect.TypeFor[plan.Step]():  {"Index", "ID", "Text", "Chained"},
	reflect.TypeFor[plan.Gate]():  {"Needs", "Above"},
	reflect.TypeFor[plan.OnRun](): {"Op"},
}

// of tells a value under a name.
func (t *teller) of(what string, v reflect.Value) {
	if text, is := single(v); is {
		t.add(what, text)
		return
	}
	if t.depth++; t.depth > deepest {
		panic("plandiff: a value that has no end: " + what) // a type nobody taught us
	}
	defer func() { t.depth-- }()
	switch v.Kind() {
	case reflect.Pointer, reflect.Interface:
		if !v.IsNil() {
			t.of(what, v.Elem())
		}
	case reflect.Struct:
		t.fields(what, v, "")
	case reflect.Slice, reflect.Array:
		t.items(what, v)
	case reflect.Map:
		t.entries(what, v)
	}
}

// add adds a fact that says something.
func (t *teller) add(what, text string) {
	if text != "" {
		t.facts = append(t.facts, fact{what: what, value: text})
	}
}

// fields tells the exported fields of a struct, but for the one that is its name. What is embedded, and what a step does, has no name of
// its own.
func (t *teller) fields(what string, v reflect.Value, name string) {
	for i := range v.NumField() {
		f := v.Type().Field(i)
		if !f.IsExported() || f.Name == name || slices.Contains(passed[v.Type()], f.Name) {
			continue
		}
		called := join(what, snake(f.Name))
		if f.Anonymous || f.Name == "Do" {
			called = what
		}
		value := v.Field(i)
		if f.Name == "Step" && value.Kind() == reflect.Int {
			t.add(called, t.ids(int(value.Int())))
			continue
		}
		t.of(called, value)
	}
}

// items tells a list: by their names when they have any, in one line each when they are several things, and else as one value.
func (t *teller) items(what string, v reflect.Value) {
	if v.Len() == 0 {
		return
	}
	var lines []string
	for i := range v.Len() {
		item := reflect.Indirect(v.Index(i))
		field, name := nameOf(item)
		if name == "" {
			lines = append(lines, t.line(v.Index(i)))
			continue
		}
		before := len(t.facts)
		if t.fields(join(what, name), item, field); len(t.facts) == before {
			t.add(join(what, name), "{}") // it says no more than its name
		}
	}
	if len(lines) > 0 {
		t.facts = append(t.facts, fact{what: what, list: lines})
	}
}

// line is an item of a list in one line.
func (t *teller) line(v reflect.Value) string {
	if text, is := single(v); is {
		return text
	}
	if v.CanInterface() {
		switch r := v.Interface().(type) {
		case plan.FailureRule:
			return failureRule(r)
		case plan.WatchRule:
			return r.String()
		}
	}
	inner := teller{ids: t.ids}
	inner.of("", v)
	var parts []string
	for _, f := range inner.facts {
		text := cmp.Or(f.value, "["+strings.Join(f.list, ", ")+"]")
		if f.what != "" {
			text = f.what + ": " + text
		}
		parts = append(parts, text)
	}
	return strings.Join(parts, ", ")
}

// entries tells a map, by its keys.
func (t *teller) entries(what string, v reflect.Value) {
	byKey := map[string]reflect.Value{}
	for _, k := range v.MapKeys() {
		if text, is := single(k); is {
			byKey[text] = v.MapIndex(k)
		}
	}
	var set []string
	for _, key := range slices.Sorted(maps.Keys(byKey)) {
		if e := byKey[key]; e.Kind() == reflect.Bool { // a set
			if e.Bool() {
				set = append(set, key)
			}
			continue
		}
		t.of(join(what, key), byKey[key])
	}
	if len(set) > 0 {
		t.facts = append(t.facts, fact{what: what, list: set})
	}
}

// nameOf is what an item of a list is called, by its first field when that is its name, and that field.
func nameOf(v reflect.Value) (field, name string) {
	if v.Kind() != reflect.Struct || v.NumField() == 0 {
		return "", ""
	}
	switch field = v.Type().Field(0).Name; field {
	case "Name", "Task", "Code":
		name, _ = single(v.Field(0))
		return field, name
	}
	return "", ""
}

// single is the text of a value that is one thing; empty for what says nothing.
func single(v reflect.Value) (text string, is bool) {
	if v.Kind() == reflect.Interface || v.Kind() == reflect.Pointer && v.IsNil() {
		return "", v.Kind() == reflect.Pointer
	}
	if v.CanInterface() {
		switch x := v.Interface().(type) {
		case *expr.Cond:
			return oneLine(x.String()), true
		case *expr.Value:
			return oneLine(x.String()), true
		case *regexp.Regexp:
			return x.String(), true
		case *time.Location:
			return x.String(), true
		case calendar.Clock:
			return x.String(), true
		case time.Duration:
			return durationText(x), true
		case time.Time:
			return momentText(x), true
		case time.Weekday:
			return strings.ToLower(x.String()), true
		case source.Pos, *source.Pos, *source.Node, *plan.Plan, *plan.Step:
			return "", true
		}
	}
	switch v.Kind() {
	case reflect.Bool, reflect.Int, reflect.Int8, reflect.Int16, reflect.Int32, reflect.Int64, reflect.Uint, reflect.Uint8, reflect.Uint16,
		reflect.Uint32, reflect.Uint64, reflect.Float32, reflect.Float64:
		if v.IsZero() {
			return "", true
		}
		return fmt.Sprint(v), true
	case reflect.String:
		return v.String(), true
	case reflect.Func, reflect.Chan:
		return "", true
	}
	return "", false
}

func durationText(d time.Duration) string {
	if d == 0 {
		return ""
	}
	return readable.Duration(d)
}

func momentText(t time.Time) string {
	switch {
	case t.IsZero():
		return ""
	case t.Equal(t.Truncate(24 * time.Hour)):
		return t.UTC().Format(time.DateOnly)
	}
	return readable.Stamp(t)
}

func oneLine(text string) string { return strings.Join(strings.Fields(text), " ") }

// failureRule is a rule of on_failure in one line, with its times and delays.
func failureRule(r plan.FailureRule) string {
	text := r.String() + ", at most " + readable.Count(r.Times, "time")
	if r.Delay > 0 {
		text += ", after " + readable.Duration(r.Delay)
	}
	if r.Factor > 1 {
		text += fmt.Sprintf(", each delay %g times the last", r.Factor)
	}
	rest := teller{}
	v := reflect.ValueOf(r)
	for i := range v.NumField() {
		switch f := v.Type().Field(i); f.Name {
		case "Pos", "If", "Do", "Times", "Delay", "Factor":
		default:
			rest.of(snake(f.Name), v.Field(i))
		}
	}
	for _, f := range rest.facts {
		text += ", " + f.what + " " + cmp.Or(f.value, strings.Join(f.list, " "))
	}
	return text
}

func join(a, b string) string {
	if a == "" || b == "" {
		return a + b
	}
	return a + "." + b
}

// names are what fields are called in a plan that are not called so in Go.
var names = map[string]string{"MISDate": "misdate", "Zone": "timezone", "Each": "foreach", "Lists": "", "Of": "", "Parallel": "max_parallel", "Every": "", "Value": "", "NoWait": "wait: false", "RunID": "run", "DayStarts": "day_starts"}

// snake is a field's name as a plan would write it.
func snake(field string) string {
	if name, known := names[field]; known {
		return name
	}
	var b strings.Builder
	for i, r := range field {
		if unicode.IsUpper(r) && i > 0 && !unicode.IsUpper(rune(field[i-1])) {
			b.WriteByte('_')
		}
		b.WriteRune(unicode.ToLower(r))
	}
	return b.String()
}

// changesOf are the differences of two lists of facts.
func changesOf(old, new []fact) (all []Change) {
	was := make(map[string]fact, len(old))
	for _, f := range old {
		was[f.what] = f
	}
	seen := make(map[string]bool, len(new))
	for _, f := range new {
		seen[f.what] = true
		if c, differs := changeOf(f.what, was[f.what], f); differs {
			all = append(all, c)
		}
	}
	for _, f := range old {
		if !seen[f.what] {
			if c, differs := changeOf(f.what, f, fact{}); differs {
				all = append(all, c)
			}
		}
	}
	return all
}

func changeOf(what string, old, new fact) (Change, bool) {
	if old.list != nil || new.list != nil {
		if slices.Equal(old.list, new.list) {
			return Change{}, false
		}
		return Change{What: what, Lines: readable.Diff(old.list, new.list)}, true
	}
	return Change{What: what, Was: old.value, Is: new.value}, old.value != new.value
}
