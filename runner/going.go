package runner

import "time"

// ends is a step that runs, and when it is over.
type ends struct {
	at   time.Time
	step int
}

// going hands out what runs by its end.
type going []ends

func (h going) Len() int { return len(h) }
func (h going) Less(a, b int) bool {
	if !h[a].at.Equal(h[b].at) {
		return h[a].at.Before(h[b].at)
	}
	return h[a].step < h[b].step
}
func (h going) Swap(a, b int) { h[a], h[b] = h[b], h[a] }

// Push belongs to container/heap.
func (h *going) Push(x any) { *h = append(*h, x.(ends)) }

// Pop belongs to container/heap.
func (h *going) Pop() any {
	old := *h
	x := old[len(old)-1]
	*h = old[:len(old)-1]
	return x
}
