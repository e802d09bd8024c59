package plan

import "ofsplan/internal/source"

// checksOfConditions are those about what never comes to act, and about comments.
func checksOfConditions() []source.Check {
	return []source.Check{
		{
			ID: warnConstant, About: "a condition, or a part of one, that never holds, or always",
			Why: `Whatever the night brings, it comes to the same: a step is skipped every night, or a rule never acts, and nobody is told. It is found over
				words, truth, what is written out, and the order of dates and numbers. if: false and always() say it outright, and are not meant; nor is what an
				enum of a parameter happens to allow today.`,
			Wrong: `
- {id: load, allow_failure: true, trigger: {batch: DATA_LOAD}}
- {id: report, if: steps.load.outcome == "failed" && steps.load.outcome == "skipped", trigger: {batch: REPORT}}
`,
			Right: `
- {id: load, allow_failure: true, trigger: {batch: DATA_LOAD}}
- {id: report, if: 'steps.load.outcome in ["failed", "skipped"]', trigger: {batch: REPORT}}
`,
		},
		{
			ID: warnTooLate, About: "expect, or a watch rule, that the timeout comes before",
			Why: `The timeout ends the step first, so it is never told late, or the rule never acts. Of a step with a rule that carries it out again,
				expect is about more than one attempt, and is not meant.`,
			Wrong: `
- id: load
  timeout: 1h
  expect: 2h
  trigger: {batch: DATA_LOAD}
  watch: [{if: 'elapsed > duration("90m")', do: interrupt}]
`,
			Right: `
- id: load
  timeout: 3h
  expect: 2h
  trigger: {batch: DATA_LOAD}
  watch: [{if: 'elapsed > duration("90m")', do: interrupt}]
`,
		},
		{
			ID: warnIdleIgnore, About: "a comment that is to silence a warning and silences none",
			Why: `What it was about is mended, stands on another line, or the comment gives no reason. Left where it is, it silences the next mistake of that kind
				before anybody has seen it.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD}}    # ofsplan:ignore W005 the name only sounds like a secret
`,
			Right: `
- {id: load, trigger: {batch: DATA_LOAD}}
`,
		},
	}
}
