package ofs

import (
	"bytes"
	"encoding/json"
	"errors"
	"fmt"
	"strconv"
	"unicode/utf8"
)

// Answers are read more strictly than encoding/json would: it takes the last of two equal keys, and takes
// "STATUSCODE" for "statusCode", and either could turn a failure into a success.

// What is wrong with an answer that is not one complete JSON object.
var (
	errEmpty     = errors.New("the answer is empty")
	errPage      = errors.New("the answer is a web page, not the scheduler's: a login page, a proxy or a gateway spoke")
	errNotJSON   = errors.New("the answer is not one complete JSON object")
	errDuplicate = errors.New("the answer names a key twice")
)

// fields are the keys of one JSON object, spelt exactly as they came, each at most once.
type fields map[string]json.RawMessage

// decode reads body as one complete JSON object in which no object, at any depth, names a key twice.
func decode(body []byte) (fields, error) {
	trimmed := bytes.Trim(body, " \t\r\n") // and not what other languages take for a blank
	switch {
	case len(trimmed) == 0:
		return nil, errEmpty
	case trimmed[0] == '<':
		return nil, errPage
	case trimmed[0] != '{' || !utf8.Valid(trimmed) || !json.Valid(trimmed):
		return nil, garbage(trimmed)
	}
	w := walker{data: trimmed}
	if key, twice := w.value(); twice {
		return nil, fmt.Errorf("%w: %s", errDuplicate, plain(key))
	}
	var f fields
	if err := json.Unmarshal(trimmed, &f); err != nil {
		return nil, errNotJSON
	}
	return f, nil
}

// text is the string under key, "" when there is none or it is no string.
func (f fields) text(key string) string {
	var s string
	if err := json.Unmarshal(f[key], &s); err != nil {
		return ""
	}
	return s
}

// code is the code under key, a JSON string or number that holds a plain integer. Raw is what stood there, "" for
// nothing; ok is false when it is no integer ("O" for "0", "1.0", "+1").
func (f fields) code(key string) (n int, raw string, ok bool) {
	val := f[key]
	if len(val) == 0 || string(val) == "null" {
		return NoCode, "", false
	}
	raw = string(val)
	if val[0] == '"' {
		raw = f.text(key)
	}
	n, err := strconv.Atoi(raw)
	if err != nil || strconv.Itoa(n) != raw {
		return NoCode, raw, false
	}
	return n, raw, true
}

// list are the objects in the array under key; nil when there is none. An element that is no object is an error.
func (f fields) list(key string) ([]fields, error) {
	val := f[key]
	if len(val) == 0 || string(val) == "null" {
		return nil, nil
	}
	var all []fields
	if err := json.Unmarshal(val, &all); err != nil {
		return nil, fmt.Errorf("%q in the answer is not a list of objects", key)
	}
	for _, one := range all {
		if one == nil { // null
			return nil, fmt.Errorf("%q in the answer is not a list of objects", key)
		}
	}
	return all, nil
}

// walker goes through JSON that is known to be valid and looks for a key named twice in one object. It needs no
// recursion guard of its own: json.Valid refuses what is nested deeper than 10,000.
type walker struct {
	data []byte
	at   int
}

// value passes one value. It stops at the first key that its object has named before.
func (w *walker) value() (key string, twice bool) {
	w.space()
	switch w.data[w.at] {
	case '{':
		return w.object()
	case '[':
		for w.next(']') {
			if key, twice := w.value(); twice {
				return key, true
			}
		}
	case '"':
		w.str()
	default: // a number, true, false, null
		for w.at < len(w.data) && !bytes.ContainsRune([]byte(",]} \t\r\n"), rune(w.data[w.at])) {
			w.at++
		}
	}
	return "", false
}

func (w *walker) object() (key string, twice bool) {
	seen := map[string]bool{}
	for w.next('}') {
		w.space()
		key := w.str()
		if seen[key] {
			return key, true
		}
		seen[key] = true
		w.space()
		w.at++ // the colon
		if key, twice := w.value(); twice {
			return key, true
		}
	}
	return "", false
}

// next passes the opening bracket, a comma, or the closing one, and reports whether a member follows.
func (w *walker) next(closing byte) bool {
	w.space()
	opening := w.data[w.at] == '{' || w.data[w.at] == '['
	if w.data[w.at] == closing {
		w.at++
		return false
	}
	w.at++
	if w.space(); opening && w.data[w.at] == closing {
		w.at++
		return false
	}
	return true
}

// str passes a string and returns what it says: "a" and "\u0061" are one key.
func (w *walker) str() string {
	from := w.at
	escaped := false
	for w.at++; w.data[w.at] != '"'; w.at++ {
		if w.data[w.at] == '\\' {
			escaped = true
			w.at++
		}
	}
	w.at++
	if !escaped {
		return string(w.data[from+1 : w.at-1])
	}
	var s string
	_ = json.Unmarshal(w.data[from:w.at], &s) // it is valid
	return s
}

func (w *walker) space() {
	for w.at < len(w.data) && (w.data[w.at] == ' ' || w.data[w.at] == '\t' || w.data[w.at] == '\r' || w.data[w.at] == '\n') {
		w.at++
	}
}
