package plan

import (
	"errors"
	"fmt"
	"maps"
	"slices"
	"strings"
	"unicode/utf8"

	"ofsplan/internal/secret"
	"ofsplan/internal/source"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// A sensitive parameter is a secret that goes to the scheduler and nowhere else. Its expressions are sealed: nothing that
// decides, records or shows evaluates them, "[redacted]" stands in their place, and so a replay needs no secret.
// Only what puts a request together opens them, with [Resolved.Reveal], after [Resolved.Unseal].
//
//	${{ params.pin }} ──load──▶ expr.Sealed no. n ──Order──▶ Piece{Sealed: n} ──Reveal──▶ the bytes of one request

// A Sealed is what a [Given] holds of a sensitive parameter, in place of its value.
type Sealed struct {
	Secret secret.Value
	Ref    *secret.Ref // where the secret is kept, when a params file says that: the caller fetches it
}

// seal makes a secret of a value given as text.
func (g Given) seal() Given {
	g.Secret, g.Value = secret.New(g.Value), ""
	return g
}

// unsealed are the secrets of one run.
type unsealed struct {
	params map[string]secret.Value // by name
	exprs  []secret.Value          // what each sealed expression of the plan came to
	failed []bool                  // those that came to nothing, and are in steps that do not run
}

// Sensitive lists the sensitive parameters, in file order.
func (p *Plan) Sensitive() []*Param {
	var all []*Param
	for i := range p.Params {
		if p.Params[i].Sensitive {
			all = append(all, &p.Params[i])
		}
	}
	return all
}

// sensitive reports whether there is a sensitive parameter of that name.
func (p *Plan) sensitive(name string) bool {
	return slices.ContainsFunc(p.Params, func(q Param) bool { return q.Name == name && q.Sensitive })
}

// Sensitive reports whether a sensitive value goes into what the step sends.
func (s *Step) Sensitive() bool {
	if t, ok := s.Do.(*Trigger); ok {
		for one := range t.Values() {
			if one.Value.Sensitive() {
				return true
			}
		}
	}
	return false
}

// sensitive reads the key of that name: such a parameter is a string, and has no default, which would stand in git.
func (l *loader) sensitive(m source.Map) bool {
	if !m.Bool("sensitive", false) {
		return false
	}
	if n := m.Get("type"); n.Is(source.Scalar) && n.Value != string(ParamString) {
		l.Add(n.Pos, "%s is sensitive, so it must be of type string", m.What).Hint =
			"everything is sent as text; a pattern such as [0-9]+ keeps it to digits"
	}
	if f := m.Node.Field("default"); f != nil {
		l.Add(f.KeyPos, "%s is sensitive, so it cannot have a default: whoever reads the plan would know it", m.What).Hint =
			"give it when the plan is run, in a variable OFSPLAN_PARAM_… or in a --params-file; required: false lets it be left out"
	}
	return true
}

// setting compiles the value of a run-time parameter: the one place where a sensitive parameter may be named. Not in a
// date, which is checked, and stands in records.
func (l *loader) setting(n *source.Node, s *Step, name string) *expr.Value {
	if name == ficMISDate {
		return l.value(n, s, expr.InStep)
	}
	return l.value(n, s, expr.InSetting)
}

// bindSensitive checks what is given for a sensitive parameter, and keeps none of it.
func (r *Resolved) bindSensitive(p *Param, g Given, errs *source.Errors) {
	if g.Value != "" || g.Items != nil {
		errs.Add(p.Pos, "parameter %q is sensitive, so it cannot come from the %s", p.Name, g.From).Hint =
			"leave it out: in rehearsals and tests a stand-in takes its place; a run is given it with " + Variable(p.Name) + " or --params-file"
	}
	p.checkSecret(g, errs)
	r.Values = append(r.Values, Bound{Name: p.Name, From: "stand-in", Sensitive: true})
}

// checkSecret holds a secret against the bounds of its parameter. No message repeats any of it.
func (p *Param) checkSecret(g Given, errs *source.Errors) {
	text, what, later := g.Secret.Reveal(), "", false
	switch {
	case text == "":
	case !utf8.ValidString(text):
		what = "it is not UTF-8"
	case source.CheckText(text) != nil:
		what, later = "it holds a character that is not allowed, since it cannot be seen", true
	case len(text) < secret.MinLength:
		what = fmt.Sprintf("it has fewer than %d bytes, too few to be told from other text and kept out of it", secret.MinLength)
	case len(p.Enum) > 0 && !slices.Contains(p.Enum, text):
		what = `it is none of the values under "enum"`
	case p.Pattern != nil && !p.Pattern.MatchString(text):
		what = "it does not match the pattern " + p.patternText()
	}
	if what != "" {
		errs.Add(p.Pos, "parameter %q, from the %s: %s; it is not shown, since it is sensitive", p.Name, g.From, what).FilesOnly = later
	}
}

// Unseal takes the secrets of a run that is to send them, the strongest first, and fills every sealed expression in. What
// is given for other parameters is passed over, and so is an expression that comes to nothing in a step that is known not
// to run. The error is a [source.Errors] and repeats nothing of a secret.
func (r *Resolved) Unseal(given []Given) error {
	v := &unsealed{params: map[string]secret.Value{}, exprs: make([]secret.Value, len(r.sealed)), failed: make([]bool, len(r.sealed))}
	open := *r.fixed
	open.Params = maps.Clone(open.Params)
	var errs source.Errors
	for _, p := range r.Plan.Sensitive() {
		g := p.zero()
		if i := slices.IndexFunc(given, func(g Given) bool { return g.Name == p.Name }); i >= 0 {
			g = given[i]
		}
		if g.Secret.Empty() && p.Required {
			errs.Add(p.Pos, "parameter %q must be given: it is sensitive, and has no default", p.Name).Hint =
				fmt.Sprintf("set the variable %s, or put it into a --params-file that only you can read", Variable(p.Name))
		}
		p.checkSecret(g, &errs)
		if i := slices.IndexFunc(r.Values, func(b Bound) bool { return b.Name == p.Name }); i >= 0 {
			r.Values[i].From = g.From
		}
		v.params[p.Name], open.Params[p.Name] = g.Secret, g.Secret.Reveal()
	}
	for i, x := range r.sealed {
		if len(errs) > 0 {
			break
		}
		text, err := x.Fill(&open)
		if v.failed[i] = err != nil; err != nil && r.sends(i+1) {
			errs.Add(x.Pos, "the expression over a sensitive parameter: %s", err)
		}
		v.exprs[i] = secret.New(text)
	}
	if err := r.count(errs); err != nil {
		return err
	}
	r.unsealed = v
	return nil
}

// sends reports whether a step that may run sends that sealed expression. Of a pinned plan none is asked for here: what its run
// sends was filled in when it began.
func (r *Resolved) sends(sealed int) bool {
	return !r.pinned && slices.ContainsFunc(r.Steps, func(s *Step) bool {
		t, ok := s.Do.(*Trigger)
		if !ok || r.Idle(s) {
			return false
		}
		for one := range t.Values() {
			if slices.ContainsFunc(one.Value.Parts(), func(p *expr.Value) bool { return p.Sealed() == sealed }) {
				return true
			}
		}
		return false
	})
}

// Secrets are all that must not be shown of an unsealed run: the sensitive parameters and what came of them.
func (r *Resolved) Secrets() []secret.Value {
	if r.unsealed == nil {
		return nil
	}
	return append(slices.Collect(maps.Values(r.unsealed.params)), r.unsealed.exprs...)
}

// Secret is what a sensitive parameter of an unsealed run holds; the zero Value for any other.
func (r *Resolved) Secret(name string) secret.Value {
	if r.unsealed == nil {
		return secret.Value{}
	}
	return r.unsealed.params[name]
}

// errSealed is what a request gets that was to be sent without its secrets.
var errSealed = errors.New("it needs sensitive parameters, and this process was not given them")

// errUnfilled is what a request gets whose step was known not to run when the secrets were filled in.
var errUnfilled = errors.New("its sensitive parameters could not be filled in when the run began, since this step was not to run")

// Reveal is the value of a run-time parameter as it is sent. The error is that of a run that was not unsealed.
func (r *Resolved) Reveal(p fact.Pair) (string, error) {
	if p.Pieces == nil {
		return p.Value, nil
	}
	if r.unsealed == nil {
		return "", errSealed
	}
	var out strings.Builder
	for _, piece := range p.Pieces {
		out.WriteString(piece.Text)
		if piece.Sealed > 0 {
			if r.unsealed.failed[piece.Sealed-1] {
				return "", errUnfilled
			}
			out.WriteString(r.unsealed.exprs[piece.Sealed-1].Reveal())
		}
	}
	return out.String(), nil
}

// sealedPair writes a parameter with something sensitive in it. The token of the date is replaced in the plan's own
// words, and left alone in a secret.
func (w *writer) sealedPair(s Setting, date string) fact.Pair {
	out := fact.Pair{Name: s.Name}
	for _, p := range s.Value.Parts() {
		piece := fact.Piece{Sealed: p.Sealed()}
		if text, ok := p.Literal(); ok {
			piece.Text = text
		} else if piece.Sealed == 0 {
			piece.Text = w.write(p)
		} else {
			out.Value += secret.Redacted
		}
		piece.Text = w.dated(s, piece.Text, date)
		out.Value += piece.Text
		out.Pieces = append(out.Pieces, piece)
	}
	return out
}
