package scenario

import (
	"cmp"
	"fmt"
	"regexp"
	"strconv"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/ofs/sim"
)

// length reads a duration that may vary; nil when there is none.
func (r reader) length(n *source.Node, what string) *sim.Length {
	if n == nil {
		return nil
	}
	l := source.Read(r.Reader, n, "duration of "+what, length)
	return &l
}

var (
	spreadForm  = regexp.MustCompile(`^(.*?)\s*(?:±|\+-|\+/-)\s*(.*)$`)
	percentForm = regexp.MustCompile(`^([0-9]{1,3})\s*%$`)
)

// length reads 40m, 40m ± 10% or 40m ± 5m.
func length(text string) (sim.Length, error) {
	parts := spreadForm.FindStringSubmatch(text)
	if parts == nil {
		mean, err := source.Duration(text)
		return sim.Length{Mean: mean}, err
	}
	mean, err := source.Duration(parts[1])
	if err != nil {
		return sim.Length{}, err
	}
	if percent := percentForm.FindStringSubmatch(parts[2]); percent != nil {
		share, _ := strconv.Atoi(percent[1]) // three digits at most
		if share > 100 {
			return sim.Length{}, fmt.Errorf("a duration cannot vary by more than itself")
		}
		return sim.Length{Mean: mean, Spread: mean / 100 * time.Duration(share)}, nil
	}
	spread, err := source.Duration(parts[2])
	if err != nil {
		return sim.Length{}, fmt.Errorf("%q is no spread: write 40m ± 10%% or 40m ± 5m", parts[2])
	}
	return sim.Length{Mean: mean, Spread: spread}, nil
}

// unknown reads what becomes of unknown batches.
func unknown(text string) (sim.Unknown, error) {
	if text == "refuse" {
		return sim.Unknown{Refuse: true}, nil
	}
	after, ok := strings.CutPrefix(text, "succeed in ")
	if !ok {
		return sim.Unknown{}, fmt.Errorf("%q is not understood: write refuse, or succeed in 5m", text)
	}
	l, err := length(strings.TrimSpace(after))
	return sim.Unknown{Duration: &l}, err
}

// Seed reads a seed: a whole number that is not negative.
func Seed(text string) (uint64, error) {
	n, err := source.Int(text)
	if err == nil && n < 0 {
		err = fmt.Errorf("%q is no seed: it cannot be negative", text)
	}
	return uint64(n), err
}

// instant reads a date with a time and a zone.
func instant(text string) (time.Time, error) {
	t, err := time.Parse(time.RFC3339, text)
	if err != nil {
		return time.Time{}, fmt.Errorf("%q is no moment: write a date and a time with its zone, such as 2026-11-20T22:00:00Z", text)
	}
	return t.UTC(), nil
}

// place reports what the simulator finds impossible where the file says it. A place that has a problem
// already gets no second one: it follows from the first.
func (r reader) place(root *source.Node, problems []*sim.Problem) {
	taken := make(map[source.Pos]bool)
	for _, e := range r.Errors {
		taken[e.Pos] = true
	}
	for _, p := range problems {
		pos := find(root, p)
		if taken[pos] {
			continue
		}
		r.Add(pos, "%s", p.Msg).Hint = cmp.Or(source.Meant(p.Word, p.Known), p.Hint)
	}
}

// find goes down a problem's path as far as the file goes. The place is that of a wrong word where there is one,
// of a key where it stands for all below it.
func find(n *source.Node, p *sim.Problem) source.Pos {
	at := n.Pos
	for _, name := range p.Path {
		if n.Is(source.Sequence) {
			i, err := strconv.Atoi(name)
			if err != nil || i >= len(n.Items) {
				return at
			}
			n = n.Items[i]
			at = n.Pos
			continue
		}
		f := n.Field(name)
		if f == nil {
			return at
		}
		n, at = f.Value, f.KeyPos
		if n.Is(source.Scalar) && !p.Key {
			at = n.Pos
		}
	}
	if p.Word != "" && n.Is(source.Sequence) {
		for _, item := range n.Items {
			if item.Value == p.Word {
				return item.Pos
			}
		}
	}
	return at
}
