// Package plan is the language of runbooks: it loads a YAML file, checks everything about it that can be known
// before the night, and binds it to one run.
//
//	p, err := plan.Load(os.DirFS("plans"), "nightly.yaml", "plans/nightly.yaml") // every problem at once
//	r, err := p.Resolve(plan.Inputs{Given: given, Now: now, RunID: id, Target: "prod"})
//	order, err := r.Order(p.Step("load"), view) // what goes to the scheduler
//
// # What it does
//
// [Load] goes over the file once per question, each in its own file: the top of the plan (header.go), the steps (step.go)
// with their verbs (verb.go, trigger.go), the expressions in them (visible.go says what each may name; package expr
// compiles them), and then the plan as a whole (check.go): who waits for whom in a circle, and who is spoken of before
// it has run (graph.go). What is allowed and probably not meant is a warning (lint.go, lint_rules.go).
// All of it is linear in the size of the file, so that a plan of 100,000 steps loads like any other: a step
// without needs waits for all above it, and that list is never spelt out.
//
// A [Plan] is what was written, a [Resolved] plan what it means tonight: parameters read by their types, the MIS date,
// and nothing that changes after midnight. Conditions are judged by [Resolved.Holds] over a [fact.View], the facts a machine
// shows of steps and batch runs.
//
// # What it does not do
//
// It decides nothing about a run and talks to nobody: that is for the packages above. It has no clock, no
// randomness, no environment and no file but the one it is given; time and variables come in as values.
package plan
