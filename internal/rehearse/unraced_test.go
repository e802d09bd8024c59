//go:build !race

package rehearse

// slower is how many times as long a night takes as usual.
const slower = 1
