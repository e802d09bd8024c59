package plandiff

import (
	"encoding/json"
	"fmt"
	"strings"

	"ofsplan/internal/forecast"
)

// compareRequests finds what changes in what a step would send. Its rules are compared as rules; their requests are told when
// nothing else of them differs.
func (c *comparison) compareRequests(old, new *forecast.Step) (all []Change) {
	for k := range min(len(old.Requests), len(new.Requests)) {
		was, is := &old.Requests[k], &new.Requests[k]
		if k > 0 && (len(old.Requests) != len(new.Requests) || len(all) > 0) {
			break
		}
		name := "request"
		if k > 0 {
			name = "request " + strings.Join(strings.Fields(is.When)[:1], " ")
		}
		if was.Method+" "+was.URL != is.Method+" "+is.URL {
			all = append(all, Change{What: name, Was: was.Method + " " + was.URL, Is: is.Method + " " + is.URL})
		}
		all = append(all, compareBodies(name, c.old.text(was.Body), is.Body)...)
	}
	return all
}

// compareBodies finds which values of two bodies differ. Bodies that differ in nothing but bytes are told whole.
func compareBodies(name, old, new string) []Change {
	if old == new {
		return nil
	}
	was, fine := valuesOf(old)
	is, also := valuesOf(new)
	if fine && also {
		if all := changesOf(was, is); len(all) > 0 {
			for i := range all {
				all[i].What = name + " " + all[i].What
			}
			return all
		}
	}
	return []Change{{What: name + ", its bytes", Was: old, Is: new}}
}

// valuesOf are the values of a JSON text by their ways, in the order in which they stand. A text in it that is JSON itself is looked
// into, as the scheduler does.
func valuesOf(text string) (all []fact, fine bool) {
	d := json.NewDecoder(strings.NewReader(text))
	d.UseNumber()
	w := walker{decoder: d}
	fine = w.value("") && !d.More()
	return w.facts, fine
}

// A walker goes through a JSON text.
type walker struct {
	decoder *json.Decoder
	facts   []fact
}

// value reads the value that comes next.
func (w *walker) value(way string) bool {
	token, err := w.decoder.Token()
	if err != nil {
		return false
	}
	switch v := token.(type) {
	case json.Delim:
		return w.inside(way, v)
	case string:
		if strings.HasPrefix(v, "{") || strings.HasPrefix(v, "[") {
			if inner, fine := valuesOf(v); fine {
				for _, f := range inner {
					f.what = join(way, f.what)
					w.facts = append(w.facts, f)
				}
				return true
			}
		}
		w.facts = append(w.facts, fact{way, quotedText(v), nil})
	default:
		w.facts = append(w.facts, fact{way, fmt.Sprint(v), nil})
	}
	return true
}

// inside reads a mapping or a list up to its end.
func (w *walker) inside(way string, open json.Delim) bool {
	n := 0
	for ; w.decoder.More(); n++ {
		name := fmt.Sprint(n + 1)
		if open == '{' {
			key, err := w.decoder.Token()
			if err != nil {
				return false
			}
			name = fmt.Sprint(key)
		}
		if !w.value(join(way, name)) {
			return false
		}
	}
	if n == 0 {
		w.facts = append(w.facts, fact{way, map[json.Delim]string{'{': "{}", '[': "[]"}[open], nil})
	}
	_, err := w.decoder.Token()
	return err == nil
}

// quotedText is a text as JSON writes it, so that 1 and "1" are not the same.
func quotedText(text string) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		return text
	}
	return strings.TrimSuffix(b.String(), "\n")
}
