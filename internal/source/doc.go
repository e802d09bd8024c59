// Package source reads YAML files so that every value keeps the place where it was written.
//
// [Parse] turns bytes into a tree of [Node]s whose scalars are the text as written: nothing is guessed to be
// a number, a date or a boolean. What YAML lets through and a careful reader would not (duplicate keys, a second
// document, tags, bombs of aliases, invisible characters) is reported as positioned [Errors]. A [Reader]
// then walks the tree with the keys and types a file format declares, and collects every problem at once:
//
//	root, errs := source.Parse("targets.yaml", data)
//	r := source.Reader{Errors: errs}
//	m := r.Mapping(root, "the targets file", "version", "targets")
//	version := m.Int("version", 1)
//	return r.Err()
//
// It knows nothing of plans, targets or scenarios, and it is the only importer of the YAML library.
package source
