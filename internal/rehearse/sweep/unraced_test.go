//go:build !race

package sweep_test

// slower is how many times as long a night takes as usual.
const slower = 1
