package plantest

import (
	"encoding/json"
	"fmt"
	"maps"
	"slices"
	"strconv"
	"strings"

	"ofsplan/internal/readable"
	"ofsplan/internal/source"
)

// bodies compares what a step's first requests carried with what they must hold.
func (c *comparer) bodies(w bodyWant) {
	var got []string
	for _, r := range c.requests {
		if r.Key.Step == w.Step {
			got = append(got, r.Body)
		}
	}
	def := c.step(w.Step).Def
	for i, want := range w.Bodies {
		what := fmt.Sprintf("body %d of step %q", i+1, w.Step)
		if i >= len(got) {
			d := c.add(want.Pos, what, []string{"a request"}, []string{"none: the step made " + strconv.Itoa(len(got))})
			d.Plan = def.Pos
			continue
		}
		m := bodyMatcher{}
		m.match("", want, decoded(got[i]))
		if len(m.want) > 0 {
			d := c.add(want.Pos, what, m.want, m.got)
			d.Plan, d.Why, d.Diff = def.Pos, "it carried "+shortened(got[i]), nil
			for j := range m.want {
				d.Diff = append(d.Diff, "- "+m.want[j], "+ "+m.got[j])
			}
		}
	}
}

// decoded is a body as values; numbers keep their text. What is no JSON is nothing.
func decoded(body string) any {
	d := json.NewDecoder(strings.NewReader(body))
	d.UseNumber()
	var v any
	if d.Decode(&v) != nil {
		return nil
	}
	return v
}

// bodyMatcher collects the places at which a body is not what it must be, one line each.
// They are as many lines as the other.
type bodyMatcher struct{ want, got []string }

// without is the key beside those of a body that lists what it must not hold.
const without = "without"

// below is the path of a key.
func below(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}

// absent wants none of the listed keys to stand in got, however deep, also in texts that are JSON themselves.
func (m *bodyMatcher) absent(path string, keys *source.Node, got any) {
	list := keys.Items
	if keys.Is(source.Scalar) {
		list = []*source.Node{keys}
	}
	for _, key := range list {
		if at, value, there := find(path, key.Value, got); there {
			m.want, m.got = append(m.want, below(path, "without "+key.Value)), append(m.got, at+": "+jsonText(value))
		}
	}
}

// find looks for a key in a value, and says where it stands.
func find(path, key string, in any) (at string, value any, there bool) {
	switch in := in.(type) {
	case string:
		if inner := decoded(in); inner != nil {
			if _, text := inner.(string); !text {
				return find(path, key, inner)
			}
		}
	case []any:
		for i, item := range in {
			if at, value, there = find(fmt.Sprintf("%s[%d]", path, i), key, item); there {
				return at, value, there
			}
		}
	case map[string]any:
		if value, there = in[key]; there {
			return below(path, key), value, true
		}
		for _, name := range slices.Sorted(maps.Keys(in)) {
			if at, value, there = find(below(path, name), key, in[name]); there {
				return at, value, there
			}
		}
	}
	return "", nil, false
}

// match wants got to hold everything that is written, and lets it hold more: a mapping's keys, a list's items one
// by one. A text that itself is JSON, as the scheduler's parameter lists are, is looked into.
func (m *bodyMatcher) match(path string, want *source.Node, got any) {
	if text, ok := got.(string); ok && (want.Kind == source.Mapping || want.Kind == source.Sequence) {
		if inner := decoded(text); inner != nil { // else it is shown as it was sent
			got = inner
		}
	}
	switch want.Kind {
	case source.Mapping:
		object, ok := got.(map[string]any)
		if !ok {
			m.differ(path, "a mapping", got)
			return
		}
		for _, f := range want.Fields {
			if f.Key == without {
				m.absent(path, f.Value, object)
				continue
			}
			at := below(path, f.Key)
			value, there := object[f.Key]
			if !there {
				m.want, m.got = append(m.want, at+": "+brief(f.Value)), append(m.got, at+" is not there"+nearKey(f.Key, object))
				continue
			}
			m.match(at, f.Value, value)
		}
	case source.Sequence:
		list, ok := got.([]any)
		if !ok || len(list) != len(want.Items) {
			m.differ(path, "a list of "+readable.Count(len(want.Items), "item"), got)
			return
		}
		for i, item := range want.Items {
			m.match(fmt.Sprintf("%s[%d]", path, i), item, list[i])
		}
	case source.Null:
		if got != nil {
			m.differ(path, "null", got)
		}
	default:
		if got == nil || jsonText(got) != want.Value {
			m.differ(path, want.Value, got)
		}
	}
}

// shortened is a body, cut where it would fill the screen.
func shortened(body string) string {
	const most = 1000
	if len(body) <= most {
		return body
	}
	return strings.ToValidUTF8(body[:most], "") + "…"
}

func (m *bodyMatcher) differ(path, want string, got any) {
	lead := ""
	if path != "" {
		lead = path + ": "
	}
	m.want, m.got = append(m.want, lead+want), append(m.got, lead+jsonText(got))
}

// nearKey names the key that was probably meant.
func nearKey(key string, object map[string]any) string {
	return strings.TrimSuffix("; "+source.Meant(key, slices.Sorted(maps.Keys(object))), "; ")
}

// brief is an expected value in one line.
func brief(n *source.Node) string {
	switch {
	case n.Is(source.Scalar):
		return n.Value
	case n.Is(source.Mapping):
		return "{…}"
	case n.Is(source.Sequence):
		return "[…]"
	}
	return "null"
}

// jsonText is a value of a body in one line: a text without its quotes.
func jsonText(v any) string {
	if text, ok := v.(string); ok {
		return text
	}
	b, err := json.Marshal(v)
	if err != nil {
		return fmt.Sprint(v)
	}
	return string(b)
}
