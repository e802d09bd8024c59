package sim

import (
	"bytes"
	"cmp"
	"encoding/json"
	"errors"
	"fmt"
	"io"
	"regexp"
	"slices"
	"strings"
	"time"
)

// An order is a trigger that was understood: what to start, and what not to.
type order struct {
	group    bool
	code     string
	date     string // yyyy-mm-dd; empty: the day of the start
	excluded []string
	held     []string
	included []string
	parts    []part // a batch has one, a group one for each member it names
}

// A part is what an order says about one batch.
type part struct {
	code   string
	date   string // its own; may be empty
	params map[string]string
	tasks  []string // those it has run-time parameters for
}

// dateKey is the run-time parameter that holds the as-of date.
const dateKey = "$FICMISDATE$"

// codeForm is our own reading of the guide, and not the client's: a fake that shares the rule shares the mistake.
var codeForm = regexp.MustCompile(`^[A-Za-z][A-Za-z0-9_]{0,59}$`)

// A triggerBody is the body of a trigger. The lists are texts with commas.
type triggerBody struct {
	BatchName     *string         `json:"batchName"`
	BatchType     *string         `json:"batchType"`
	ExcludedTasks string          `json:"excludedTasks"`
	HeldTasks     string          `json:"heldTasks"`
	IncludedTasks string          `json:"includedTasks"`
	Params        json.RawMessage `json:"dynamicParamList"`
	Date          string          `json:"$FICMISDATE$"` // of a group, from PBSM 26D
}

// batchParams is the dynamicParamList of a batch, and with a name one element of that of a group.
type batchParams struct {
	BatchName string                       `json:"batchName"`
	Date      string                       `json:"$FICMISDATE$"`
	Params    map[string]string            `json:"batchParams"`
	Tasks     map[string]map[string]string `json:"taskRuntimeParams"`
}

// strictly decodes one JSON value with known keys only. Errors are in words of a scheduler, not in those of a library.
func strictly(data []byte, into any) error {
	d := json.NewDecoder(bytes.NewReader(data))
	d.DisallowUnknownFields()
	if err := d.Decode(into); err != nil {
		return unreadable(err)
	}
	if d.More() {
		return fmt.Errorf("something follows the value")
	}
	return nil
}

// unreadable says what is wrong with JSON.
func unreadable(err error) error {
	if e, ok := errors.AsType[*json.UnmarshalTypeError](err); ok {
		if e.Field == "" {
			return fmt.Errorf("the value cannot be of type %s", e.Value)
		}
		return fmt.Errorf("%s cannot be of type %s", e.Field, e.Value)
	}
	if e, ok := errors.AsType[*json.SyntaxError](err); ok {
		return fmt.Errorf("it is not JSON from character %d on", e.Offset)
	}
	if key, ok := strings.CutPrefix(err.Error(), "json: unknown field "); ok {
		return fmt.Errorf("the key %s is not known", key)
	}
	if errors.Is(err, io.EOF) {
		return fmt.Errorf("there is nothing in it")
	}
	return fmt.Errorf("it is not complete JSON")
}

// mostCodes is how many codes a list may have. A batch with more tasks has not been heard of, and each costs memory for as long as
// the scheduler lives.
const mostCodes = 10000

// readOrder understands a trigger's body, or says what is wrong with it.
func readOrder(body []byte) (*order, error) {
	var b triggerBody
	if err := strictly(body, &b); err != nil {
		return nil, err
	}
	switch {
	case b.BatchName == nil || !codeForm.MatchString(*b.BatchName):
		return nil, fmt.Errorf("batchName is missing or no code")
	case b.BatchType == nil || *b.BatchType != "rest" && *b.BatchType != "group":
		return nil, fmt.Errorf(`batchType must be "rest" or "group"`)
	}
	o := &order{group: *b.BatchType == "group", code: *b.BatchName}
	var err error
	lists := []struct {
		name, text string
		into       *[]string
	}{
		{"excludedTasks", b.ExcludedTasks, &o.excluded},
		{"heldTasks", b.HeldTasks, &o.held},
		{"includedTasks", b.IncludedTasks, &o.included},
	}
	for _, l := range lists {
		if *l.into, err = readCodes(l.text); err != nil {
			return nil, fmt.Errorf("%s: %w", l.name, err)
		}
	}
	if b.Date != "" {
		if !o.group {
			return nil, fmt.Errorf("%s stands beside the name of a group only", dateKey)
		}
		if o.date, err = readDate(b.Date); err != nil {
			return nil, err
		}
	}
	if err := o.readParams(b.Params); err != nil {
		return nil, fmt.Errorf("dynamicParamList: %w", err)
	}
	return o, nil
}

// readParams understands both wire forms: the JSON itself, and a string that holds it.
func (o *order) readParams(raw json.RawMessage) error {
	if len(raw) > 0 && raw[0] == '"' {
		var text string
		if err := json.Unmarshal(raw, &text); err != nil {
			return unreadable(err)
		}
		raw = []byte(text)
	}
	if len(raw) == 0 {
		return nil
	}
	var list []batchParams
	if o.group {
		if err := strictly(raw, &list); err != nil {
			return err
		}
	} else {
		var one batchParams
		if err := strictly(raw, &one); err != nil {
			return err
		}
		if one.BatchName != "" || one.Date != "" {
			return fmt.Errorf("a batch has batchParams and taskRuntimeParams only")
		}
		one.BatchName = o.code
		list = append(list, one)
	}
	for _, p := range list {
		if err := o.addPart(p); err != nil {
			return err
		}
	}
	return nil
}

// addPart takes over what is said about one batch.
func (o *order) addPart(p batchParams) error {
	if !codeForm.MatchString(p.BatchName) {
		return fmt.Errorf("batchName is missing or no code")
	}
	if slices.ContainsFunc(o.parts, func(q part) bool { return q.code == p.BatchName }) {
		return fmt.Errorf("%s stands there twice", p.BatchName)
	}
	one := part{code: p.BatchName, params: p.Params}
	for _, date := range []string{p.Date, p.Params[dateKey]} {
		if date == "" {
			continue
		}
		var err error
		if one.date, err = readDate(date); err != nil {
			return err
		}
		o.date = cmp.Or(o.date, one.date)
	}
	for task := range p.Tasks {
		if !codeForm.MatchString(task) {
			return fmt.Errorf("%q is no task code", task)
		}
		one.tasks = append(one.tasks, task)
	}
	slices.Sort(one.tasks)
	o.parts = append(o.parts, one)
	return nil
}

// readCodes splits a text with commas; the empty text holds none.
func readCodes(text string) ([]string, error) {
	if text == "" {
		return nil, nil
	}
	if strings.Count(text, ",") >= mostCodes {
		return nil, fmt.Errorf("it has more than %d codes", mostCodes)
	}
	codes := strings.Split(text, ",")
	for i, c := range codes {
		if codes[i] = strings.TrimSpace(c); !codeForm.MatchString(codes[i]) {
			return nil, fmt.Errorf("%q is no code", c)
		}
	}
	return codes, nil
}

// readDate accepts a day of the calendar as yyyy-mm-dd.
func readDate(text string) (string, error) {
	if _, err := time.Parse(time.DateOnly, text); err != nil {
		return "", fmt.Errorf("%s %q is no day as yyyy-mm-dd", dateKey, text)
	}
	return text, nil
}

// named are the codes the order's lists speak of.
func (o *order) named() []string { return slices.Concat(o.excluded, o.held, o.included) }

// part is what the order says about one batch.
func (o *order) part(code string) part {
	if i := slices.IndexFunc(o.parts, func(p part) bool { return p.code == code }); i >= 0 {
		return o.parts[i]
	}
	return part{code: code}
}

// fix says what each of the names is from the beginning: excluded, held, or neither (not started). Excluded
// wins over held. The answer is nil when nothing is fixed.
func (o *order) fix(names, holds []string) []int {
	if len(o.excluded)+len(o.held)+len(o.included)+len(holds) == 0 {
		return nil
	}
	fixed := make([]int, len(names))
	for i, n := range names {
		switch {
		case slices.Contains(o.excluded, n), len(o.included) > 0 && !slices.Contains(o.included, n):
			fixed[i] = codeExcluded
		case slices.Contains(o.held, n), slices.Contains(holds, n):
			fixed[i] = codeHeld
		default:
			fixed[i] = codeNotStarted
		}
	}
	return fixed
}

// nothingLeft reports whether all of something is excluded.
func nothingLeft(fixed []int) bool {
	return len(fixed) > 0 && !slices.ContainsFunc(fixed, func(code int) bool { return code != codeExcluded })
}
