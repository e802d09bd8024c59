package format

import (
	"ofsplan/internal/source"
)

// same holds the file that would be written against the one that was read: it must read without a problem, as the same
// values, and be made of the same pieces.
func same(name string, before *source.Tokens, out []byte) error {
	after, errs := source.Tokenize(name, out)
	if len(errs) > 0 {
		return changed(source.Pos{File: name, Line: 1, Col: 1}, "it would not read any more: "+errs[0].Msg)
	}
	if place := source.Differs(before.Root, after.Root); place != nil {
		return changed(place.Pos, "this would read as another value")
	}
	for i := range before.All {
		if i >= len(after.All) || !alike(before, after, i) {
			return changed(before.Pos(name, i), "this would be lost, or stand elsewhere")
		}
	}
	if len(after.All) > len(before.All) {
		return changed(source.Pos{File: name, Line: 1, Col: 1}, "there would be more in it")
	}
	return nil
}

func changed(pos source.Pos, why string) error {
	var errs source.Errors
	errs.Add(pos, "the file cannot be laid out without changing what it says: %s", why).Hint = "it was left as it is: write this place more plainly"
	return errs
}

// alike reports whether piece i of both files is the same. Scalars are compared as values.
func alike(before, after *source.Tokens, i int) bool {
	a, b := &before.All[i], &after.All[i]
	switch a.Kind {
	case source.TokenSingle, source.TokenDouble:
		return b.Kind == source.TokenSingle || b.Kind == source.TokenDouble
	case source.TokenPlain, source.TokenBlockBody:
		return a.Kind == b.Kind
	}
	return a.Kind == b.Kind && before.Of(a) == after.Of(b)
}
