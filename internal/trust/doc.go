// Package trust says who may change a file or folder, and who may read one that holds a secret.
//
// What decides where secrets go, which commands run and what has been done already, must be in nobody's hands but those of
// the user that we are and of root, who may do everything anyhow. A [Judge] follows a path as the kernel does and looks at each
// folder on the way, since whoever may change one can put another file in place of what stands below. [Judge.Check] refuses
// what others may change, [Private] a file with a secret that everybody can reach. There is no other place that knows these rules.
//
// It opens nothing and changes nothing. Where a system has no owners and modes that we know of, everything passes.
package trust
