package calendar

import (
	"errors"
	"testing"
	"time"

	"pgregory.net/rapid"
)

// Of combined calendars each day is what the parts make it, whatever their order, and weekends that leave no day are refused.
func TestCombined(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		c := &Calendar{Parts: []*Calendar{calendars(t), calendars(t), calendars(t)}, Any: rapid.Bool().Draw(t, "any")}
		turned := &Calendar{Parts: []*Calendar{c.Parts[2], c.Parts[0], c.Parts[1]}, Any: c.Any}
		every, some := false, false // a day of the week is a business day in each, in one
		for n := range 7 {
			each, one := true, false
			for _, part := range c.Parts {
				rests := part.rests(time.Weekday(n))
				each, one = each && !rests, one || !rests
			}
			every, some = every || each, some || one
		}
		if open := c.Check() == nil; open != (c.Any && some || !c.Any && every) {
			t.Fatalf("%+v: open %v", c, open)
		}
		if c.Check() != nil {
			return
		}
		d := Date(2026, 1, 1+rapid.IntRange(0, 400).Draw(t, "day"))
		yes := 0
		for _, part := range c.Parts {
			if business(part, d) {
				yes++
			}
		}
		if got := business(c, d); got != (yes == 3 || c.Any && yes > 0) || got != business(turned, d) {
			t.Fatalf("%v is a business day in %d of 3: %v (any %v)", d, yes, got, c.Any)
		}
		next, err := c.AddBusinessDays(d, 1)
		if err != nil || !business(c, next) || !next.After(d) {
			t.Fatalf("the business day after %v: %v, %v", d, next, err)
		}
	})
}

// What hangs on a day after the last one is not known; what does not hang on it is.
func TestBeyond(t *testing.T) {
	ends := &Calendar{Weekend: []time.Weekday{time.Saturday, time.Sunday}, Validity: Validity{Name: "ends.yaml", Until: day("2026-12-31")}}
	open := &Calendar{Weekend: []time.Weekday{time.Saturday, time.Sunday}, Holidays: map[time.Time]bool{day("2027-01-01"): true}}
	for name, x := range map[string]struct {
		c     *Calendar
		on    string
		is    bool
		known bool
	}{
		"the last day":                     {ends, "2026-12-31", true, true},
		"the day after it":                 {ends, "2027-01-01", false, false},
		"a weekend after it":               {ends, "2027-01-02", false, false},
		"no business day in one is enough": {&Calendar{Parts: []*Calendar{ends, open}}, "2027-01-01", false, true},
		"a business day in one is not":     {&Calendar{Parts: []*Calendar{open, ends}}, "2027-01-04", false, false},
		"a business day in any":            {&Calendar{Parts: []*Calendar{ends, open}, Any: true}, "2027-01-04", true, true},
		"no business day in any":           {&Calendar{Parts: []*Calendar{ends, open}, Any: true}, "2027-01-01", false, false},
	} {
		is, err := x.c.IsBusinessDay(day(x.on))
		if (err == nil) != x.known || errors.Is(err, ErrBeyond) == x.known || x.known && is != x.is {
			t.Errorf("%s: %v, %v", name, is, err)
		}
	}
	for name, f := range map[string]func() (any, error){
		"over it":         func() (any, error) { return ends.AddBusinessDays(day("2026-12-30"), 2) },
		"back over it":    func() (any, error) { return ends.AddBusinessDays(day("2027-01-20"), -1) },
		"month end":       func() (any, error) { return ends.IsMonthEnd(day("2027-01-04")) },
		"a term":          func() (any, error) { return ends.Resolve("T", true, day("2027-01-04")) },
		"a date in full":  func() (any, error) { return ends.Resolve("2027-01-04", true, day("2026-11-20")) },
		"last of a month": func() (any, error) { return ends.LastBusinessDay(day("2027-01-04")) },
	} {
		if got, err := f(); !errors.Is(err, ErrBeyond) {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	for name, f := range map[string]func() (any, error){
		"up to it":          func() (any, error) { return ends.AddBusinessDays(day("2026-12-30"), 1) },
		"no business days":  func() (any, error) { return ends.Resolve("T+1", false, day("2027-01-04")) },
		"the day before it": func() (any, error) { return ends.Resolve("T-1", true, day("2027-01-01")) },
	} {
		if got, err := f(); err != nil {
			t.Errorf("%s: %v, %v", name, got, err)
		}
	}
	both := &Calendar{Parts: []*Calendar{open, ends}}
	if v := both.Ends(); v.Name != "ends.yaml" || !v.Until.Equal(day("2026-12-31")) {
		t.Errorf("the end of both: %v", v)
	}
}
