//go:build race

package sweep_test

// slower is how many times as long a night takes with the race detector: as many times fewer are reproduced.
const slower = 8
