package fact

import (
	"slices"
	"strings"
)

// A KindSet is a set of kinds of failure: one bit for each, in the order of [Kinds]. The zero value is the empty set.
type KindSet uint

// SetOf is the set of these kinds; what is none of them is left out.
func SetOf(list ...FailureKind) (set KindSet) {
	all := Kinds()
	for _, k := range list {
		if i := slices.Index(all, k); i >= 0 {
			set |= 1 << i
		}
	}
	return set
}

// AllKinds is the set of all of them.
func AllKinds() KindSet { return 1<<len(Kinds()) - 1 }

// String lists the kinds.
func (s KindSet) String() string {
	var list []string
	for i, k := range Kinds() {
		if s&(1<<i) != 0 {
			list = append(list, string(k))
		}
	}
	return strings.Join(list, ", ")
}
