package plan

import "ofsplan/internal/source"

// checksOfOrders are those about what is sent to the scheduler, and about the plan as a whole.
func checksOfOrders() []source.Check {
	return []source.Check{
		{
			ID: warnTwice, About: "a batch or group is triggered twice with the same date, parameters, tasks and members",
			Why: `The batch runs twice in one night, on the same data. Most often a step was copied and not changed. To run a batch again
				after a failure, use rerun; a batch for each of several entities differs in its parameters, and is not meant.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD}}
- {id: load_again, trigger: {batch: DATA_LOAD}}
`,
			Right: `
- {id: load, trigger: {batch: DATA_LOAD}}
- {id: load_again, if: failed(), rerun: load}
`,
		},
		{
			ID: warnInterrupt, About: "an interrupt that nobody can reach",
			Why: `The step, or the rule, comes when the batch run is over or before it has begun, so it stops nothing. A watch rule acts
				while the batch runs; a step that is to stop a batch must not wait for its end.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD}}
- {id: stop, interrupt: load}
`,
			Right: `
- id: load
  trigger: {batch: DATA_LOAD}
  watch: [{if: 'elapsed > duration("40m")', do: interrupt}]
`,
		},
		{
			ID: warnNeverMatch, About: "an on_failure rule that can never match",
			Why: `The step does not fail in that way, a rule above has ended it by then, or what the rule does is not for that failure.
				Who reads the plan believes that the failure is taken care of.`,
			Wrong: `
- id: load
  trigger: {batch: DATA_LOAD}
  on_failure: [{if: 'failure.kind == "batch_failed"', do: retry}]
`,
			Right: `
- id: load
  trigger: {batch: DATA_LOAD}
  on_failure: [{if: 'failure.kind == "batch_failed"', do: restart}]
`,
		},
		{
			ID: warnSecret, About: "something that looks like a secret is written into the plan",
			Why: `A plan is kept in git and goes into the audit log, where a secret stays for ever. Declare a parameter with sensitive: true, or
				let the target's configuration say where the secret is kept.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD, params: {db_password: hunter2}}}
`,
			Right: `
version: 1
name: example
misdate: 2026-11-20
params: {password: {sensitive: true}}
steps:
  - {id: load, timeout: 1h, trigger: {batch: DATA_LOAD, params: {db_password: "${{ params.password }}"}}}
`,
		},
		{
			ID: warnHeldOut, About: "a code is both excluded and held",
			Why: `What is excluded does not run, so it never comes to be held. One of the two is not meant. Of codes that expressions come to, run,
				plan, rehearse and test say it.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD, excluded: [AUDIT], held: [AUDIT]}}
`,
			Right: `
- {id: load, trigger: {batch: DATA_LOAD, excluded: [AUDIT]}}
`,
		},
		{
			ID: warnNoTimeout, About: "a step waits without a timeout",
			Why: `When the batch hangs, the step waits for ever, and nobody is told. A timeout is of the step, and does not stop the batch run. One for all
				steps that wait for a batch run stands in defaults: {timeout: 3h}; what waits for a file, a check or a run of another plan says its own.`,
			Wrong: `
version: 1
name: example
misdate: 2026-11-20
steps:
  - {id: load, trigger: {batch: DATA_LOAD}}
`,
			Right: `
version: 1
name: example
misdate: 2026-11-20
steps:
  - {id: load, timeout: 3h, trigger: {batch: DATA_LOAD}}
`,
		},
		{
			ID: warnGroupDate, About: "a group gets a date, and its members are not named",
			Why: `The scheduler takes parameters of a group member by member, the date among them. Only one whose target says group_date:
				top_level takes a date for all. List the group's batches.`,
			Wrong: `
- {id: score, trigger: {group: SCORE_ALL}}
`,
			Right: `
- {id: score, trigger: {group: SCORE_ALL, members: [SCORE_DE, SCORE_FR]}}
`,
		},
		{
			ID: warnHalfToken, About: "the name of a run-time parameter lacks a dollar, or is nearly that of the date",
			Why: `The scheduler takes any name, and a batch gets one it does not read beside the one it does. The date of a batch run is
				$FICMISDATE$, and nothing else.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD, params: {$REGION: EMEA, $MISDATE$: 2026-11-19}}}
`,
			Right: `
- {id: load, trigger: {batch: DATA_LOAD, params: {$REGION$: EMEA, $FICMISDATE$: 2026-11-19}}}
`,
		},
		{
			ID: warnOtherToken, About: "a value holds a $NAME$ token that nothing replaces",
			Why: `Of all such tokens only $FICMISDATE$ is replaced, by the date. Any other goes out as it is written. Write an expression.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD, params: {$FILE$: load_$MISDATE$.csv}}}
`,
			Right: `
- {id: load, trigger: {batch: DATA_LOAD, params: {$FILE$: load_$FICMISDATE$.csv}}}
`,
		},
		{
			ID: warnNoEffect, About: "watch, poll or min_expect on a step that does not wait for a batch run",
			Why: `Nobody looks at the batch run again, so no rule is asked and no gap kept. Leave the key out, or let the step wait.`,
			Wrong: `
- {id: load, poll: 10s, trigger: {batch: DATA_LOAD, wait: false}}
`,
			Right: `
- {id: load, poll: 10s, trigger: {batch: DATA_LOAD}}
`,
		},
		{
			ID: warnSideBySide, About: "two steps that may run side by side restart or rerun the same batch",
			Why: `Whoever comes second interrupts what the first began, or is refused. Steps with two different conditions may exclude each other, and are
				not meant. Let one need the other.`,
			Wrong: `
- {id: load, allow_failure: true, trigger: {batch: DATA_LOAD}}
- {id: again, needs: load, restart: load}
- {id: anew, needs: load, rerun: load}
`,
			Right: `
- {id: load, allow_failure: true, trigger: {batch: DATA_LOAD}}
- {id: again, needs: load, restart: load}
- {id: anew, needs: again, rerun: load}
`,
		},
		{
			ID: warnForeign, About: "a value holds a template or a variable of another tool, which nothing replaces",
			Why: `%%ODATE, $(date), {{ ds }}, ${X} and $x are filled in by other tools. Here the scheduler gets them as they are written. An expression
				is written ${{ … }}.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD, params: {$DAY$: "%%ODATE"}}}
`,
			Right: `
- {id: load, trigger: {batch: DATA_LOAD, params: {$DAY$: "${{ misdate }}"}}}
`,
		},
		{
			ID: warnNoDate, About: "a trigger without a date: the scheduler takes its own day",
			Why: `That day is the one in UTC when the request comes, which after midnight is another than that of the night. Set misdate at the top of
				the plan. Said once for a plan; ofsplan batch trigger says so too, unless --no-misdate is given.`,
			Wrong: `
version: 1
name: example
steps:
  - {id: load, timeout: 1h, trigger: {batch: DATA_LOAD}}
`,
			Right: `
version: 1
name: example
params: {misdate: {type: business_date, default: T-1}}
misdate: ${{ params.misdate }}
steps:
  - {id: load, timeout: 1h, trigger: {batch: DATA_LOAD}}
`,
		},
		{
			ID: warnGroupTasks, About: "status asks for tasks of a group, of which the scheduler tells none",
			Why: `Of a group the scheduler tells the members, all of them. Leave tasks out, and read steps.ID.members.CODE.`,
			Wrong: `
- {id: score, trigger: {group: SCORE_ALL, members: [SCORE_DE]}}
- {id: look, status: {step: score, tasks: [STAGE]}}
`,
			Right: `
- {id: score, trigger: {group: SCORE_ALL, members: [SCORE_DE]}}
- {id: look, status: score}
`,
		},
	}
}

// checksOfRules are those about conditions, rules and texts.
func checksOfRules() []source.Check {
	return []source.Check{
		{
			ID: warnPeopleValue, About: "an expression in a text for people, which is printed as it is written",
			Why: `Names, descriptions and runbooks are not evaluated: whoever reads them at two in the morning sees the expression. Say in words what is
				meant; the card of a failure shows parameters, dates and batch runs.`,
			Wrong: `
- {id: load, runbook: "restart the load of ${{ misdate }}", trigger: {batch: DATA_LOAD}}
`,
			Right: `
- {id: load, runbook: restart the load of the MIS date, trigger: {batch: DATA_LOAD}}
`,
		},
		{
			ID: warnNoRepeat, About: "duplicate_safe without a retry rule that matches a request in doubt",
			Why: `duplicate_safe permits a repeat, and a rule of on_failure makes it. Without one a request in doubt waits for a person, as if the key were
				not there.`,
			Wrong: `
- {id: load, duplicate_safe: it writes the same file again, trigger: {batch: DATA_LOAD}}
`,
			Right: `
- id: load
  duplicate_safe: it writes the same file again
  trigger: {batch: DATA_LOAD}
  on_failure: [{if: 'failure.kind == "in_doubt"', do: retry}]
`,
		},
		{
			ID: warnOnceEver, About: "a plan that runs once and has nothing that moves from run to run",
			Why: `once is the same for every run, and so is the date: after one success the plan does nothing ever again, with exit code 0. Give the plan a
				misdate that moves, or name a parameter in once.`,
			Wrong: `
version: 1
name: example
misdate: 2026-11-20
once: EMEA
steps:
  - {id: load, timeout: 1h, trigger: {batch: DATA_LOAD}}
`,
			Right: `
version: 1
name: example
params: {misdate: {type: business_date, default: T-1}}
misdate: ${{ params.misdate }}
once: EMEA
steps:
  - {id: load, timeout: 1h, trigger: {batch: DATA_LOAD}}
`,
		},
		{
			ID: warnCalendarEnds, About: "the calendar ends within 30 days",
			Why: `Whether a day after valid_until is a business day is not known, so a plan that asks stops before it has begun. It is
				counted from the day on which the run starts: a run, a rehearsal and a test say it, and validate, which knows no day, does not.`,
			Wrong: `
version: 1
name: example
calendar: {holidays: [2026-12-25], valid_until: 2026-12-31}
misdate: 2026-12-18
steps:
  - {id: load, timeout: 1h, trigger: {batch: DATA_LOAD}}
`,
			Right: `
version: 1
name: example
calendar: {holidays: [2026-12-25, 2027-01-01], valid_until: 2027-12-31}
misdate: 2026-12-18
steps:
  - {id: load, timeout: 1h, trigger: {batch: DATA_LOAD}}
`,
		},
		{
			ID: warnLooseCode, About: "a code is compared with what is no code of the scheduler, or not with == or in",
			Why: `Codes stand in no order: steps.load.code < 0 holds of what was never started, too, and != 0 of what nothing was told of. batch_status and
				failure.kind say it in words.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD}}
- {id: report, if: always() && steps.load.code < 0, trigger: {batch: REPORT}}
`,
			Right: `
- {id: load, trigger: {batch: DATA_LOAD}}
- {id: report, if: always() && steps.load.batch_status == "failed", trigger: {batch: REPORT}}
`,
		},
		{
			ID: warnUntoldCode, About: "a batch code is made of what a step tells that may be skipped",
			Why: `A step that was skipped tells nothing, and the code would be made of nothing. Give the step an if that asks for it first.`,
			Wrong: `
- {id: load, if: is_month_end(misdate), trigger: {batch: DATA_LOAD}}
- {id: report, trigger: {batch: "REPORT_${{ steps.load.code }}"}}
`,
			Right: `
- {id: load, if: is_month_end(misdate), trigger: {batch: DATA_LOAD}}
- {id: report, if: steps.load.outcome == "succeeded", trigger: {batch: "REPORT_${{ steps.load.code }}"}}
`,
		},
		{
			ID: warnNearTask, About: "an expression names a task that is nearly one that the plan names",
			Why: `STGAE for STAGE, stage, STAGES: of a task that is not there the scheduler tells nothing, so the condition never holds. A plan need not name all
				tasks of a batch, and so this is no error.`,
			Wrong: `
- id: load
  trigger: {batch: DATA_LOAD, tasks: {STAGE: {$MODE$: full}}}
  on_failure: [{if: '"STGAE" in batch_run.failed_tasks', do: restart}]
`,
			Right: `
- id: load
  trigger: {batch: DATA_LOAD, tasks: {STAGE: {$MODE$: full}}}
  on_failure: [{if: '"STAGE" in batch_run.failed_tasks', do: restart}]
`,
		},
		{
			ID: warnNoDelay, About: "factor or max of an on_failure rule has nothing to work on",
			Why: `factor makes each further delay longer than the last, and max bounds that. Without a delay the rule acts at once each time, and without a
				factor the delay does not grow.`,
			Wrong: `
- {id: load, trigger: {batch: DATA_LOAD}, on_failure: [{do: restart, times: 3, factor: 2}]}
`,
			Right: `
- {id: load, trigger: {batch: DATA_LOAD}, on_failure: [{do: restart, times: 3, delay: 5m, factor: 2, max: 15m}]}
`,
		},
		{
			ID: warnFastPoll, About: "poll asks the scheduler more often than once a second",
			Why: `Each step that waits asks for itself, and a batch takes minutes: so many questions are a load for the scheduler and for the gateway before
				it, which may answer 429 then. 30s is usual; a plan for the simulated scheduler may say that it is meant.`,
			Wrong: `
- {id: load, poll: 200ms, trigger: {batch: DATA_LOAD}}
`,
			Right: `
- {id: load, poll: 30s, trigger: {batch: DATA_LOAD}}
`,
		},
	}
}
