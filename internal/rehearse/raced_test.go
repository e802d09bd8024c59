//go:build race

package rehearse

// slower is how many times as long a night takes with the race detector: as many times fewer are drawn.
const slower = 8
