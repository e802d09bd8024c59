package sim

import (
	"fmt"
	"maps"
	"slices"
)

// An Apart is how a batch goes when it is started with certain run-time parameters. Its starts are counted apart from those of
// the batch otherwise.
type Apart struct {
	Where map[string]string // by the name of a run-time parameter, dollars and all; each must have that value. Not empty
	Batch
}

// fits reports whether an order with these run-time parameters is meant.
func (a Apart) fits(params map[string]string) bool {
	for name, value := range a.Where {
		if got, there := params[name]; !there || got != value {
			return false
		}
	}
	return true
}

// At is the batch as it goes under apart, from 1; 0 is the batch otherwise. Apart must be there.
func (b Batch) At(apart int) Batch {
	if apart == 0 {
		return b
	}
	return b.Apart[apart-1].Batch
}

// With is the batch with how it goes under apart in place of what it was there.
func (b Batch) With(apart int, one Batch) Batch {
	if apart == 0 {
		one.Apart = b.Apart
		return one
	}
	b.Apart = slices.Clone(b.Apart)
	b.Apart[apart-1].Batch = one
	return b
}

// pick is the unit of a batch for these run-time parameters, whose starts are counted under key, and which of its parts that is.
func (s *Scheduler) pick(code string, params map[string]string) (u *unit, key string, apart int, no refusal) {
	for i, a := range s.sc.Batches[code].Apart {
		if a.fits(params) {
			return s.apart[code][i], fmt.Sprintf("%s, entry %d", code, i+1), i + 1, refusal{}
		}
	}
	u, no = s.batch(code)
	return u, code, 0, no
}

// apartUnits makes the parts of a batch ready.
func apartUnits(b Batch, otherwise *Length) []*unit {
	var all []*unit
	for _, a := range b.Apart {
		all = append(all, newUnit(a.Batch, otherwise))
	}
	return all
}

// entries checks a batch that is written as a list.
func (c checker) entries(b Batch) {
	for i, a := range b.Apart {
		at := c.in(fmt.Sprint(i))
		at.batch(a.Batch)
		where := at.in("where")
		if len(a.Where) == 0 {
			where.say("an entry of a list says for which run-time parameters it is").Hint = "write where: {$ENTITY$: DE}; only the last entry may leave it out"
		}
		for j, before := range b.Apart[:i] {
			if len(a.Where) > 0 && maps.Equal(before.Where, a.Where) {
				where.say("entry %d is for the same run-time parameters", j+1)
				break
			}
		}
	}
	if len(b.Apart) > 0 {
		c.in(fmt.Sprint(len(b.Apart))).batch(b)
	} else {
		c.batch(b)
	}
}
