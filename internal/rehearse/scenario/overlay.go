package scenario

import (
	"ofsplan/internal/source"
)

// Lay returns base with over laid on it; either may be nil. It changes a few things of a usual night, as JSON merge
// patches do (RFC 7386): what is a mapping in both is laid over key by key, everything else is taken from above, lists
// such as starts and faults included, so that a case shows all of a list it changes. A null that is written out takes its
// key away; one that there is nothing to take away for is reported at its key.
//
// A duration alone stands for {duration: …}, below and above, so that laying starts over "DATA_LOAD: 40m" keeps
// the 40 minutes, and laying "2h" over a batch keeps its tasks.
func Lay(errs *source.Errors, base, over *source.Node) *source.Node {
	return overlay{errs}.lay(base, over)
}

// An overlay is being laid.
type overlay struct{ *source.Errors }

// lay lays what stands at a path. Nodes keep the places where they were written.
func (o overlay) lay(base, over *source.Node, path ...string) *source.Node {
	switch {
	case over == nil:
		return base
	case base == nil:
		base = &source.Node{Kind: source.Mapping, Pos: over.Pos}
	}
	if lasts(path) {
		base, over = spelt(base, over), spelt(over, base)
	}
	if base.Kind != source.Mapping || over.Kind != source.Mapping {
		return over
	}
	laid := *base
	laid.Fields = append([]source.Field(nil), base.Fields...)
	for _, f := range over.Fields {
		o.put(&laid, f, append(path[:len(path):len(path)], f.Key))
	}
	return &laid
}

// put lays one field over a mapping.
func (o overlay) put(onto *source.Node, f source.Field, path []string) {
	at := onto.Field(f.Key)
	switch {
	case f.Value.Kind == source.Null && f.Value.Value != "":
		o.remove(onto, f)
	case at == nil:
		onto.Fields = append(onto.Fields, f)
	default:
		at.KeyPos, at.Value = f.KeyPos, o.lay(at.Value, f.Value, path...)
	}
}

// remove takes a key away.
func (o overlay) remove(from *source.Node, f source.Field) {
	var keys []string
	for i := range from.Fields {
		if from.Fields[i].Key == f.Key {
			from.Fields = append(from.Fields[:i], from.Fields[i+1:]...)
			return
		}
		keys = append(keys, from.Fields[i].Key)
	}
	o.Add(f.KeyPos, "null takes a key away, and the scenario has no %q here", f.Key).Hint = source.Meant(f.Key, keys)
}

// lasts reports whether what stands at a path takes time, and so may be written as a duration alone: a batch, a
// member, a task.
func lasts(path []string) bool {
	if len(path) < 2 {
		return false
	}
	above := path[len(path)-2]
	return above == "batches" || above == "tasks"
}

// spelt is a duration alone as a mapping, where the other side is one.
func spelt(n, other *source.Node) *source.Node {
	if n.Kind != source.Scalar || other.Kind != source.Mapping {
		return n
	}
	return &source.Node{Kind: source.Mapping, Pos: n.Pos, Fields: []source.Field{{Key: "duration", KeyPos: n.Pos, Value: n}}}
}
