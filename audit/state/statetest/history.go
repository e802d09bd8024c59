package statetest

import (
	"errors"
	"slices"
	"sync"
	"testing"
)

// drawn: what one keeps the next one finds, those who keep at once lose nothing, and who cannot say what to keep changes nothing.
func drawn(t *testing.T, h Host) {
	s := h.Store()
	if got, err := s.History(); got != nil || err != nil {
		t.Fatalf("before anything was kept: got %q, %v", got, err)
	}
	add := func(b byte) func([]byte) ([]byte, error) {
		return func(was []byte) ([]byte, error) { return append(slices.Clone(was), b), nil }
	}
	must(t, s.KeepHistory(add('a')))
	refused := errors.New("no")
	if err := s.KeepHistory(func([]byte) ([]byte, error) { return nil, refused }); !errors.Is(err, refused) {
		t.Errorf("got %v, want what the change said", err)
	}
	var all sync.WaitGroup
	for i := range 8 {
		all.Go(func() { must(t, s.KeepHistory(add('b'+byte(i)))) })
	}
	all.Wait()
	got, err := h.Store().History()
	if slices.Sort(got); string(got) != "abcdefghi" || err != nil {
		t.Errorf("got %q, %v", got, err)
	}
	sim := h.Simulated()
	must(t, sim.KeepHistory(add('a')))
	if got, err := sim.History(); got != nil || err != nil {
		t.Errorf("of simulated runs: got %q, %v", got, err)
	}
}
