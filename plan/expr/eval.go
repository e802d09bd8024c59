package expr

import (
	"errors"
	"fmt"
	"math"
	"strings"
	"time"

	"github.com/expr-lang/expr/file"
	"github.com/expr-lang/expr/vm"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan/fact"
)

// Fixed is what a run settles when it starts, and never again. With a [fact.View] of the moment it is all that an expression
// can read.
type Fixed struct {
	Params    map[string]any // by name: a string, int, float64, bool, time.Time or []string, as the parameter's kind is
	MISDate   time.Time
	Plan      string
	Run       string
	Target    string
	StartedAt time.Time
}

// Holds judges a condition. The evidence is what it was judged on; it is filled in as far as it goes when the error is not
// nil. The error names the place in the plan.
func (f *Fixed) Holds(c *Cond, view fact.View) (fact.Evidence, error) {
	ev := fact.Evidence{Expr: c.text, At: c.pos.String()}
	env := c.expr.read(&facts{f, view})
	for _, o := range c.expr.operands {
		text, err := TextOf(env[o.name])
		if err != nil {
			return ev, evaluating(c.pos, c.text, err)
		}
		ev.Values = append(ev.Values, fact.Seen{Name: o.name, Value: text})
	}
	out, err := c.expr.eval(env)
	if err != nil {
		return ev, evaluating(c.pos, c.text, err)
	}
	ev.Holds, _ = out.(bool) // its kind was checked when it was compiled
	return ev, nil
}

// Text evaluates v as the text that goes to the scheduler, with "[redacted]" for each sealed expression. The error names
// the place in the plan.
func (f *Fixed) Text(v *Value, view fact.View) (string, error) {
	text, err := f.text(v, view)
	if err == nil && len(text) > maxText {
		err = errTooLong
	}
	if err != nil {
		return "", evaluating(v.pos, v.cited(), err)
	}
	return text, nil
}

func (f *Fixed) text(v *Value, view fact.View) (string, error) {
	if v.parts == nil {
		return v.text, nil
	}
	facts := &facts{f, view}
	var out strings.Builder
	for _, p := range v.parts {
		switch {
		case p.expr == nil:
			out.WriteString(p.text)
			continue
		case p.sealed > 0:
			out.WriteString(secret.Redacted)
			continue
		}
		text, err := p.expr.fill(facts)
		if err != nil {
			return "", err
		}
		if out.WriteString(text); out.Len() > maxText {
			return "", errTooLong
		}
	}
	return out.String(), nil
}

// evaluating says which expression came to nothing, and where it stands.
func evaluating(pos source.Pos, text string, err error) error {
	return fmt.Errorf("%s: evaluate %q: %w", pos, source.Short(text), err)
}

// read gathers the operands.
func (x *expression) read(f *facts) map[string]any {
	env := make(map[string]any, len(x.operands))
	for _, o := range x.operands {
		env[o.name] = o.read(f)
	}
	return env
}

// fill evaluates the expression as a text.
func (x *expression) fill(f *facts) (string, error) {
	out, err := x.eval(x.read(f))
	if err != nil {
		return "", err
	}
	return TextOf(out)
}

var (
	errTooLong  = fmt.Errorf("the text is longer than %d KiB", maxText>>10)
	errNoNumber = errors.New("the result is no number: a division by zero")
)

// eval evaluates the expression over operands that were gathered.
func (x *expression) eval(env map[string]any) (any, error) {
	out, err := vm.Run(x.program, env)
	if err != nil {
		if fileError, ok := errors.AsType[*file.Error](err); ok {
			switch prev := fileError.Prev; {
			case prev != nil && strings.HasSuffix(prev.Error(), "integer divide by zero"): // Go's own, from %
				return nil, errNoNumber
			case prev != nil:
				return nil, prev
			}
			return nil, errors.New(fileError.Message)
		}
		return nil, err
	}
	if v, ok := out.(float64); ok && (math.IsNaN(v) || math.IsInf(v, 0)) {
		return nil, errNoNumber
	}
	return out, nil
}
