package expr

import (
	"errors"
	"fmt"
	"unicode/utf8"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
)

// A Sealed is an expression over a sensitive parameter: only [Sealed.Fill] evaluates it. Where a value is evaluated that
// holds one, "[redacted]" stands in its place. It reads nothing but what is settled when the run starts.
type Sealed struct {
	Pos  source.Pos // of the value it is in
	expr *expression
}

// Sealed lists the sealed expressions compiled so far; the number n of one is its place in the list, counted from 1.
func (s *Scope) Sealed() []Sealed { return s.sealed }

// seal gives a sealed expression its number.
func (s *Scope) seal(x *expression, pos source.Pos) int {
	s.sealed = append(s.sealed, Sealed{pos, x})
	return len(s.sealed)
}

// Fill evaluates the expression; f holds the sensitive parameters too. What the evaluation says of a failure could tell
// the secret, so the error does not say it.
func (x Sealed) Fill(f *Fixed) (string, error) {
	text, err := x.expr.fill(&facts{fixed: f})
	switch {
	case err != nil || len(text) > maxText || !utf8.ValidString(text):
		return "", errors.New("it cannot be filled in with what was given; why is not shown, since that could tell it")
	case text != "" && len(text) < secret.MinLength:
		return "", fmt.Errorf("it comes to fewer than %d bytes, too few to be told from other text and kept out of it", secret.MinLength)
	}
	return text, nil
}

// open reports whether a sensitive parameter may be named here, and that it may not.
func (r *resolver) open(n ast.Node, name string) bool {
	if r.place&nameSecret == 0 {
		r.fail(n, "%s is sensitive, and may stand only in the values of a trigger's params and tasks, dates aside", name).Hint =
			"anywhere else it would come into the audit log, or onto a screen"
		return false
	}
	if r.sealed == nil {
		r.sealed = n
	}
	return true
}

// keepApart reports a sensitive parameter beside what only the night tells: what comes of the two would not be known
// beforehand, and could not be kept out of what is printed.
func (r *resolver) keepApart() {
	if r.sealed == nil {
		return
	}
	for _, o := range r.operands {
		switch {
		case !o.root.fixed:
			r.fail(r.sealed, "a sensitive parameter and %s, which only the night tells, stand in one expression", o.name).Hint =
				"give each a ${{ }} of its own"
		case o.root == loopRoot:
			r.fail(r.sealed, "a sensitive parameter and %s, which differs from item to item, stand in one expression", o.name).Hint =
				"give each a ${{ }} of its own"
		default:
			continue
		}
		return
	}
}
