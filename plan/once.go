package plan

import (
	"errors"
	"fmt"
	"slices"
	"strings"
	"unicode"
	"unicode/utf8"

	"golang.org/x/text/unicode/norm"

	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// maxOnce is how long the value of once may be, in characters: people read it in messages.
const maxOnce = 200

// once compiles what makes a run unique: a text, or an expression over what is fixed when the run starts and the same
// when the plan is started again.
func (l *loader) once(n *source.Node) *expr.Value {
	if n = l.Scalar(n, `"once" of the plan`); n == nil {
		return nil
	}
	v, errs := l.names.Value(n, expr.InOnce)
	l.Errors = append(l.Errors, errs...)
	if v == nil {
		return nil
	}
	if text, ok := v.Literal(); ok {
		if err := checkOnce(text); err != nil {
			l.Add(n.Pos, `"once" of the plan: %s`, err)
		} else if err := checkKey(text); err != nil {
			l.Add(n.Pos, `"once" of the plan: %s`, err).FilesOnly = true
		} else if name, ok := strings.CutPrefix(text, "params."); ok && l.declared(name) {
			l.Add(n.Pos, `"once" of the plan is the text %q, the same for every run`, source.Short(text)).Hint =
				"for what the parameter holds write ${{ " + text + " }}"
		}
	} else if v.Kind() == expr.List {
		l.Add(n.Pos, `"once" of the plan must be a single value, but this is %s`, v.Kind()).Hint = `write ${{ join(params.regions, ",") }}`
	}
	return v
}

// declared reports whether the plan has a parameter of that name.
func (l *loader) declared(name string) bool {
	return slices.ContainsFunc(l.plan.Params, func(p Param) bool { return p.Name == name })
}

// checkOnce refuses a value that tells no run from another, or that people cannot read.
func checkOnce(text string) error {
	switch {
	case strings.TrimSpace(text) == "":
		return errors.New("it is empty, and must name what makes a run unique: leave the key out when the plan may run as often as one likes")
	case utf8.RuneCountInString(text) > maxOnce:
		return fmt.Errorf("it is longer than %d characters", maxOnce)
	}
	for _, r := range text {
		if !unicode.IsPrint(r) {
			return fmt.Errorf("%q holds a character that cannot be read", source.Short(text))
		}
	}
	return nil
}

// checkKey refuses a text that makes a key and can be told from another only by what nobody sees: a run of it would not be
// found again. It is never changed into the other.
func checkKey(text string) error {
	switch {
	case strings.TrimSpace(text) != text:
		return fmt.Errorf("%q begins or ends with a blank, and it makes a key: leave the blank out, or write trim(…)", source.Short(text))
	case !norm.NFC.IsNormalString(text):
		return fmt.Errorf("%q is not in Unicode's normal form C, and it makes a key: type it anew, or convert it (uconv -x nfc)", source.Short(text))
	}
	return nil
}

// bindOnce settles what makes this run unique.
func (r *Resolved) bindOnce(errs *source.Errors) {
	v := r.Plan.Once
	if v == nil {
		return
	}
	text, err := r.fixed.ByValue().Text(v, fact.View{}) // 0.1 and 0.10 are one night's
	if err == nil {
		err = checkOnce(text)
	}
	if err != nil {
		errs.Add(v.Pos(), `"once" of the plan: %s`, unplaced(err, v.Pos()))
	} else if err = checkKey(text); err != nil {
		errs.Add(v.Pos(), `"once" of the plan: %s`, err).FilesOnly = true
	}
	r.Once = text
}

// once warns of a plan that would succeed one time and then do nothing for good.
func (w *warner) once() {
	p := w.plan
	if p.Once != nil {
		w.foreignTemplate("once", p.Once)
	}
	if p.Once == nil || p.Once.Moves() || p.MISDate != nil && p.MISDate.Moves() {
		return
	}
	w.warn(warnOnceEver, p.Once.Pos(), "once is the same for every run, and so is the date: after one success the plan does nothing ever again").Hint =
		"give the plan a misdate that moves, or name a parameter: once: ${{ params.region }}"
}
