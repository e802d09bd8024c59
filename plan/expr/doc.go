// Package expr is the language of expressions: what stands in a plan's conditions and between ${{ and }}.
//
//	names := expr.New(calendar)                        // what the expressions of one plan may name
//	names.Params["region"] = expr.Param{Kind: expr.Text}
//	cond, problems := names.Cond(node, expr.InIf)      // compiled, or told where each mistake stands
//	evidence, err := fixed.Holds(cond, view)           // true or false, and what it was judged on
//
// # What it does
//
// A [Scope] says what may be named, a [Place] which of that where the expression stands. [Scope.Cond] and [Scope.Value]
// parse with the library expr-lang (compile.go), let pass only what our language has (resolver.go), turn each path such as
// steps.load.outcome into one operand (names.go is the table, path.go walks it), and check kinds (check.go, operator.go; what
// is known of a text before the night is its texture). Whatever is wrong is a [source.Errors] in our words, each at the
// character where it stands.
//
// [Fixed] evaluates the tree (eval.go, arithmetic.go): numbers are exact, and what has no value is an error. It holds what is
// known from the start of a run on, and is shown a [fact.View] of the moment. An expression costs what it reads, however
// large the plan. What of it is settled when the run starts is judged apart (early.go, sketch.go).
//
// # What it does not do
//
// It knows no plan, no step and no file, and never changes what it was given. Expressions have no clock, no environment and
// no randomness, and no loop: all functions are ours and all texts have a bound.
package expr
