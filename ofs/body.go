package ofs

import (
	"bytes"
	"encoding/json"
	"fmt"
	"regexp"
	"strings"
	"time"
)

// Bodies are written by hand rather than marshalled: their keys come out in the order given, so that equal
// orders have equal bytes, whatever maps are in the mood for.

// code is what the scheduler takes as a batch, group or task code.
var code = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,59}$`)

// CheckCode reports a batch, group or task code the scheduler would not take.
func CheckCode(text string) error {
	if !code.MatchString(text) {
		return fmt.Errorf("%q is not a code: it begins with a letter, holds letters, digits and _ only, and has at most 60 characters", text)
	}
	return nil
}

// object writes one JSON object, key by key.
type object struct{ buf bytes.Buffer }

func (o *object) key(name string) *bytes.Buffer {
	if o.buf.Len() == 0 {
		o.buf.WriteByte('{')
	} else {
		o.buf.WriteByte(',')
	}
	o.buf.Write(quote(name))
	o.buf.WriteByte(':')
	return &o.buf
}

func (o *object) text(name, value string)     { o.key(name).Write(quote(value)) }
func (o *object) raw(name string, val []byte) { o.key(name).Write(val) }

func (o *object) bytes() []byte {
	if o.buf.Len() == 0 {
		return []byte("{}")
	}
	return append(o.buf.Bytes(), '}')
}

// quote is s as a JSON string, with < > & as they are.
func quote(s string) []byte {
	if asIs(s) {
		return append(append(append(make([]byte, 0, len(s)+2), '"'), s...), '"')
	}
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(s); err != nil {
		panic(err) // no string fails to encode
	}
	return bytes.TrimSuffix(b.Bytes(), []byte("\n"))
}

// asIs reports whether s stands in JSON as it is: nearly every name and code does, and a night asks for the same ones
// some ten thousand times.
func asIs(s string) bool {
	for i := range len(s) {
		if c := s[i]; c < ' ' || c > '~' || c == '"' || c == '\\' {
			return false
		}
	}
	return true
}

// triggerBody is the body of a trigger. External Scheduler Interface API Guide 25.08.01, "Trigger"; the group's
// dynamicParamList follows the other releases, since the guide's own sample is garbled.
func triggerBody(o Order, d Dialect) ([]byte, error) {
	if err := checkOrder(o, d); err != nil {
		return nil, err
	}
	var b object
	b.text("batchName", o.Code)
	if o.Object == Group {
		b.text("batchType", "group")
		if date := groupDate(o); d.GroupDateTopLevel && date != "" {
			b.text(MISDateParam, date)
		}
	} else {
		b.text("batchType", "rest")
	}
	b.text("excludedTasks", strings.Join(o.Excluded, ","))
	b.text("heldTasks", strings.Join(o.Held, ","))
	if len(o.Included) > 0 {
		b.text("includedTasks", strings.Join(o.Included, ","))
	}
	if list := dynamicParams(o, d); list != nil {
		if d.NativeParams {
			b.raw("dynamicParamList", list)
		} else {
			b.text("dynamicParamList", string(list))
		}
	}
	return b.bytes(), nil
}

// dynamicParams is the JSON of dynamicParamList, nil when there is nothing in it.
func dynamicParams(o Order, d Dialect) []byte {
	if o.Object == Batch {
		if len(o.Params) == 0 && len(o.Tasks) == 0 {
			return nil
		}
		var b object
		paramsInto(&b, o.Params, o.Tasks)
		return b.bytes()
	}
	var list bytes.Buffer
	something := false
	for i, m := range o.Members {
		params := withShared(o, d, m)
		// A member that has nothing but the group's date is still named.
		something = something || len(params) > 0 || len(m.Params) > 0 || len(m.Tasks) > 0
		var b object
		b.text("batchName", m.Code)
		paramsInto(&b, params, m.Tasks)
		if i > 0 {
			list.WriteByte(',')
		}
		list.Write(b.bytes())
	}
	if !something {
		return nil
	}
	return []byte("[" + list.String() + "]")
}

func paramsInto(b *object, params []Pair, tasks []TaskParams) {
	b.raw("batchParams", pairs(params))
	var byTask object
	for _, t := range tasks {
		byTask.raw(t.Task, pairs(t.Params))
	}
	b.raw("taskRuntimeParams", byTask.bytes())
}

func pairs(list []Pair) []byte {
	var b object
	for _, p := range list {
		b.text(p.Name, p.Value)
	}
	return b.bytes()
}

// withShared is what is sent for a member: the group's shared parameters that it does not set itself, then
// its own. A date that goes beside batchName stands there alone; a member has its own only where that is another.
func withShared(o Order, d Dialect, m Member) []Pair {
	onTop := ""
	if d.GroupDateTopLevel {
		onTop = groupDate(o)
	}
	var all []Pair
	for _, p := range o.Params {
		if p.Name == MISDateParam && onTop != "" {
			continue
		}
		if _, own := value(m.Params, p.Name); !own {
			all = append(all, p)
		}
	}
	for _, p := range m.Params {
		if p.Name != MISDateParam || p.Value != onTop {
			all = append(all, p)
		}
	}
	return all
}

// groupDate is the date of a group as a whole, or "".
func groupDate(o Order) string {
	if date, ok := value(o.Params, MISDateParam); ok {
		return date
	}
	return o.MISDate
}

func value(list []Pair, name string) (string, bool) {
	for _, p := range list {
		if p.Name == name {
			return p.Value, true
		}
	}
	return "", false
}

// checkOrder reports the first thing the scheduler would refuse or, worse, silently leave out.
func checkOrder(o Order, d Dialect) error {
	if o.Object != Batch && o.Object != Group {
		return fmt.Errorf("%q is neither batch nor group", o.Object)
	}
	codes := append([]string{o.Code}, o.Excluded...)
	codes = append(append(codes, o.Held...), o.Included...)
	for _, m := range o.Members {
		codes = append(codes, m.Code)
	}
	for _, c := range codes {
		if err := CheckCode(c); err != nil {
			return err
		}
	}
	if o.MISDate != "" {
		if err := checkDate(o.MISDate); err != nil {
			return err
		}
	}
	if err := checkParams(o.Params, o.Tasks); err != nil {
		return err
	}
	if o.Object == Batch {
		if len(o.Members) > 0 {
			return fmt.Errorf("batch %q has members: only a group has", o.Code)
		}
		return nil
	}
	return checkGroup(o, d)
}

func checkGroup(o Order, d Dialect) error {
	if len(o.Tasks) > 0 {
		return fmt.Errorf("group %q has task parameters of its own: they belong to its members", o.Code)
	}
	seen := map[string]bool{}
	for _, m := range o.Members {
		if seen[m.Code] {
			return fmt.Errorf("group %q names member %q twice", o.Code, m.Code)
		}
		seen[m.Code] = true
		if err := checkParams(m.Params, m.Tasks); err != nil {
			return fmt.Errorf("member %q: %w", m.Code, err)
		}
	}
	if len(o.Members) > 0 {
		return nil
	}
	for _, p := range o.Params {
		if p.Name != MISDateParam {
			return fmt.Errorf("group %q has parameter %q but no members: the wire format needs their names", o.Code, p.Name)
		}
	}
	if groupDate(o) != "" && !d.GroupDateTopLevel {
		return fmt.Errorf("group %q has a date but no members to carry it\n\tname its members, or set group_date: top_level for a target that takes it (PBSM 26D)", o.Code)
	}
	return nil
}

// checkParams reports a parameter or task named twice, whose JSON would hold a key twice, and a bad date.
func checkParams(params []Pair, tasks []TaskParams) error {
	seen := map[string]bool{}
	for _, p := range params {
		if p.Name == "" {
			return fmt.Errorf("a parameter has no name")
		}
		if seen[p.Name] {
			return fmt.Errorf("parameter %q is set twice", p.Name)
		}
		seen[p.Name] = true
		if p.Name == MISDateParam {
			if err := checkDate(p.Value); err != nil {
				return err
			}
		}
	}
	named := map[string]bool{}
	for _, t := range tasks {
		if err := CheckCode(t.Task); err != nil {
			return err
		}
		if named[t.Task] {
			return fmt.Errorf("task %q is set twice", t.Task)
		}
		named[t.Task] = true
		if err := checkParams(t.Params, nil); err != nil {
			return fmt.Errorf("task %q: %w", t.Task, err)
		}
	}
	return nil
}

func checkDate(text string) error {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return fmt.Errorf("%q is not a date of the form yyyy-mm-dd", text)
	}
	return nil
}
