package expr

import (
	"slices"
	"strings"

	"github.com/expr-lang/expr/ast"

	"ofsplan/internal/source"
)

// A Named is a task or member that an expression names, or the file of a step.
type Named struct {
	Step    int // the index of the step whose batch run it is of; -1: the batch run at hand
	Members bool
	Code    string
	Pos     source.Pos
	File    bool // the file that the step took: it has no code
}

// Named lists the tasks and members that the condition names.
func (c *Cond) Named() []Named { return c.expr.named }

// Named lists the tasks and members that the value names.
func (v *Value) Named() []Named {
	var all []Named
	for _, p := range v.parts {
		if p.expr != nil {
			all = append(all, p.expr.named...)
		}
	}
	return all
}

// Param is the name of the parameter that is all the value consists of; empty: it is anything else.
func (v *Value) Param() string {
	if len(v.parts) != 1 || v.parts[0].expr == nil {
		return ""
	}
	if name, ok := v.parts[0].expr.tree.(*ast.IdentifierNode); ok {
		if param, ok := strings.CutPrefix(name.Value, "params."); ok {
			return param
		}
	}
	return ""
}

// Untold lists the steps of which the value reads what only one tells that has run, and of which it does not ask how they ended.
func (v *Value) Untold() []Ref {
	asked := make(map[int]bool)
	told := make(map[int]bool)
	for _, p := range v.parts {
		if p.expr == nil {
			continue
		}
		for _, o := range p.expr.operands {
			if o.root.name != "steps" {
				continue
			}
			if o.asks() {
				asked[o.step] = true
			} else {
				told[o.step] = true
			}
		}
	}
	return slices.DeleteFunc(v.Refs(), func(r Ref) bool { return asked[r.Step] || !told[r.Step] })
}

// asks reports whether an operand of a step says something of one that did not run, too.
func (o operand) asks() bool {
	field := o.name[strings.LastIndexByte(o.name, '.')+1:]
	return slices.Contains([]string{"outcome", "batch_status", "status", "failed", "attempts", "kind"}, field)
}
