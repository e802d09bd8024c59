// Package sample writes expressions at random, for tests: most of them right, some with a value of the wrong kind or a name that is not
// known. The same source of chance writes the same.
package sample

import (
	"fmt"
	"math/rand/v2"
	"strings"
)

// A Kind is what an expression is to come to.
type Kind string

// The kinds, as the language has them.
const (
	Bool     Kind = "bool"
	Text     Kind = "text"
	Int      Kind = "int"
	Number   Kind = "number"
	Day      Kind = "day"
	Moment   Kind = "moment"
	Duration Kind = "duration"
	List     Kind = "list"
)

var kinds = []Kind{Bool, Text, Int, Number, Day, Moment, Duration, List}

// A Writer writes expressions.
type Writer struct {
	Rand *rand.Rand
	// Names are what may be named, by kind. A kind without names has literals all the same.
	Names map[Kind][]string
	// Wrong is how often, of a thousand, something of another kind or a name that is not known is written.
	Wrong int
}

// pick is one of them.
func (w *Writer) pick(from ...string) string { return from[w.Rand.IntN(len(from))] }

// Of is an expression of that kind, most likely, with so many levels at most.
func (w *Writer) Of(k Kind, depth int) string {
	if w.Rand.IntN(1000) < w.Wrong {
		if w.Rand.IntN(4) == 0 {
			return w.pick("params.nothing", "steps.nobody.outcome", "unknown", "steps.load.colour", "now()")
		}
		k = kinds[w.Rand.IntN(len(kinds))]
	}
	if depth <= 0 || w.Rand.IntN(4) == 0 {
		return w.leaf(k)
	}
	of := func(k Kind) string { return w.Of(k, depth-1) }
	if w.Rand.IntN(8) == 0 {
		return fmt.Sprintf("(%s ? %s : %s)", of(Bool), of(k), of(k))
	}
	switch k {
	case Bool:
		return w.bool(of)
	case Text:
		return w.text(of)
	case Int:
		return w.pick(fmt.Sprintf("(%s %s %s)", of(Int), w.pick("+", "-", "*", "%"), of(Int)), "len("+of(w.one(Text, List))+")", "int("+of(w.one(Text, Int, Number))+")", "-("+of(Int)+")")
	case Number:
		return w.pick(fmt.Sprintf("(%s %s %s)", of(Number), w.pick("+", "-", "*", "/"), of(w.one(Int, Number))), "float("+of(w.one(Text, Int))+")", fmt.Sprintf("round(%s, %d)", of(Number), w.Rand.IntN(5)))
	case Day:
		return w.pick(fmt.Sprintf("%s(%s, %s)", w.pick("add_days", "add_months", "add_business_days"), of(w.one(Day, Moment)), of(Int)),
			fmt.Sprintf("%s(%s)", w.pick("month_start", "month_end", "quarter_end", "year_start", "last_business_day"), of(w.one(Day, Moment))), "date("+of(w.one(Text, Moment))+")")
	case Moment:
		return fmt.Sprintf("(%s %s %s)", of(Moment), w.pick("+", "-"), of(Duration))
	case Duration:
		return w.pick(fmt.Sprintf("(%s - %s)", of(Day), of(Day)), fmt.Sprintf("(%s %s %s)", of(Duration), w.pick("+", "-"), of(Duration)), fmt.Sprintf("(%s * %s)", of(Duration), of(w.one(Int, Number))))
	}
	return w.pick(fmt.Sprintf("split(%s, %s)", of(Text), of(Text)), fmt.Sprintf("[%s, %s]", of(Text), of(Text)))
}

// one is one of the kinds.
func (w *Writer) one(from ...Kind) Kind { return from[w.Rand.IntN(len(from))] }

func (w *Writer) bool(of func(Kind) string) string {
	k := kinds[w.Rand.IntN(len(kinds))]
	ordered := w.one(Text, Int, Number, Day, Moment, Duration)
	return w.pick(
		fmt.Sprintf("(%s %s %s)", of(Bool), w.pick("&&", "||", "and", "or"), of(Bool)), fmt.Sprintf("(%s %s %s)", of(Bool), w.pick("&&", "||"), of(Bool)), "!("+of(Bool)+")",
		fmt.Sprintf("(%s %s %s)", of(k), w.pick("==", "!="), of(k)), fmt.Sprintf("(%s %s %s)", of(ordered), w.pick("<", "<=", ">", ">="), of(ordered)),
		fmt.Sprintf("(%s in %s)", of(Text), of(List)), fmt.Sprintf("(%s %s %s)", of(Text), w.pick("contains", "startsWith", "endsWith"), of(Text)),
		fmt.Sprintf("%s(%s)", w.pick("is_month_end", "is_business_day", "is_quarter_end", "is_calendar_year_end"), of(w.one(Day, Moment))),
		fmt.Sprintf("(%s matches %q)", of(Text), "^[A-Z]"))
}

func (w *Writer) text(of func(Kind) string) string {
	return w.pick(fmt.Sprintf("(%s + %s)", of(Text), of(Text)), fmt.Sprintf("%s(%s)", w.pick("lower", "upper", "trim"), of(Text)), "string("+of(kinds[w.Rand.IntN(len(kinds))])+")",
		fmt.Sprintf("format(%s, %q)", of(w.one(Day, Moment)), w.pick("yyyyMMdd", "EEE", "MMM", "yyyy-MM-dd")), "weekday("+of(w.one(Day, Moment))+")",
		fmt.Sprintf("replace(%s, %s, %s)", of(Text), of(Text), of(Text)), fmt.Sprintf("join(%s, %q)", of(List), "-"), fmt.Sprintf("%s[%d]", of(List), w.Rand.IntN(2)))
}

// leaf is a name or a literal.
func (w *Writer) leaf(k Kind) string {
	if names := w.Names[k]; len(names) > 0 && w.Rand.IntN(3) > 0 {
		return names[w.Rand.IntN(len(names))]
	}
	switch k {
	case Bool:
		return w.pick("true", "false")
	case Text:
		return w.pick(`"EMEA"`, `"APAC"`, `"failed"`, `"succeeded"`, `"skipped"`, `"monday"`, `"friday"`, `""`, `"2026-11-20"`, `"12"`, `"x"`)
	case Int:
		return w.pick("0", "1", "2", "5", "-1", "100")
	case Number:
		return w.pick("0.5", "1.5", "-2.25", "0.0")
	case Day:
		return w.pick(`date("2026-11-20")`, `date("2026-01-01")`, `date("2027-06-30")`)
	case Moment:
		return w.pick("run.started_at", "run.started_at")
	case Duration:
		return w.pick(`duration("1h")`, `duration("30m")`, `duration("0s")`)
	}
	return w.pick("[]", `["EMEA"]`, `["failed", "skipped"]`)
}

// OfValue reports an error of an evaluation that is about a value, and no name or kind: a right expression may meet it, as a division
// by zero.
func OfValue(err error) bool {
	for _, words := range []string{
		"division by zero", "too large", "finite decimal", "too long", "out of the range", "is no time", "index out of range", "digits behind the point", "longer than",
		"are too many", "out of range", "is not a date", "is not a whole number", "is not a number", "is not a duration", "is no business day",
	} {
		if strings.Contains(err.Error(), words) {
			return true
		}
	}
	return false
}
