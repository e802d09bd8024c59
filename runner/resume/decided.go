package resume

import (
	"bytes"
	"encoding/json"
	"fmt"
	"slices"

	"ofsplan/audit"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// addedLater are the optional fields of a decision that a record of this machine number may lack, because it was
// written by a release that did not have them: "commands.permit_kind" is the field permit_kind of each command. A field
// stands here once a release that decides the same, and says more about it, has added it; it is removed with the machine number only.
// Records of machine 3 lack none so far.
var addedLater []string

// sameDecision holds a decision against the one recorded, byte for byte. Only where they differ is the one recorded read
// and written anew, since the journal may spell a character otherwise than we do, and then what the record says has to
// stand in what we decide, and nothing beside it but what was added later.
func sameDecision(r audit.Record, decided runner.Decision) error {
	is, err := record.Decided(decided)
	if err != nil || bytes.Equal(is, r.Decided) {
		return err
	}
	recorded, err := record.Read(r)
	if err != nil {
		return err
	}
	was, err := record.Decided(recorded.Decision)
	if err != nil {
		return err
	}
	if !saysNoLess(is, was, addedLater) {
		return fmt.Errorf("record %d, %s: %w: it says %s, and the machine decides %s",
			r.Seq, r.Type, ErrDiverged, orNothing(was), orNothing(is))
	}
	return nil
}

func orNothing(b []byte) string {
	if len(b) == 0 {
		return "nothing"
	}
	return string(b)
}

// saysNoLess reports whether a decision says all that the recorded one says, and beside that only fields that were added
// later.
func saysNoLess(is, was []byte, added []string) bool {
	if bytes.Equal(is, was) {
		return true
	}
	a, err := decode(is)
	b, otherErr := decode(was)
	return err == nil && otherErr == nil && holds(a, b, "", added)
}

// decode reads one JSON value. Numbers stay the text that they are.
func decode(b []byte) (v any, err error) {
	d := json.NewDecoder(bytes.NewReader(b))
	d.UseNumber()
	return v, d.Decode(&v)
}

// holds reports whether one JSON value is another, but for the keys of objects at the added paths that only the first
// has. A path is the keys that lead to a value, joined by dots; the items of a list have the list's own.
func holds(is, was any, path string, added []string) bool {
	switch was := was.(type) {
	case map[string]any:
		is, ok := is.(map[string]any)
		if !ok {
			return false
		}
		for key, v := range was {
			if now, there := is[key]; !there || !holds(now, v, join(path, key), added) {
				return false
			}
		}
		for key := range is {
			if _, there := was[key]; !there && !slices.Contains(added, join(path, key)) {
				return false
			}
		}
		return true
	case []any:
		is, ok := is.([]any)
		return ok && slices.EqualFunc(is, was, func(a, b any) bool { return holds(a, b, path, added) })
	}
	return is == was
}

func join(path, key string) string {
	if path == "" {
		return key
	}
	return path + "." + key
}
