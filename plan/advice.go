package plan

import (
	"slices"
	"strings"
)

// advise says what to write for a key that the mapping with these known keys does not have: a word of another tool, or a key of ours
// that belongs elsewhere. It is empty for any other word, which may be a slip of the pen.
func advise(key string, known []string) string {
	has := func(key string) bool { return slices.Contains(known, key) }
	word := strings.ToLower(strings.NewReplacer("-", "_", " ", "_").Replace(key))
	atTop, inStep := has("steps"), has("id") && has("if")
	switch {
	case atTop && word == "on":
		word = "schedule"
	case atTop && slices.Contains([]string{"on_failure", "watch", "on_error", "rescue", "catch", "retry"}, word):
		return "write it into each step that it is about; what is to run however the night went stands under finally"
	case atTop && slices.Contains([]string{"timeout", "poll"}, word):
		return "write defaults: {" + word + ": …} for all steps, or " + word + " into one"
	case inStep && word == "failure":
		return "write on_failure, or the condition failed()"
	}
	if text := adviceFor(word); text != "" && (atTop || inStep) {
		return text
	}
	return belongs(key, atTop, inStep, has)
}

// belongs says where a key of ours that stands in the wrong mapping has its place.
func belongs(key string, atTop, inStep bool, has func(string) bool) string {
	is := func(keys []string) bool { return slices.Contains(keys, key) }
	switch {
	case atTop && is(stepKeys):
		return "it is a key of a step: write it into one, under steps"
	case inStep && is(triggerKeys), inStep && is([]string{"batchName", "groupName", "batchGroupName", "batch_name", "group_name"}):
		return "it belongs into the step's verb, as in trigger: {batch: CODE, params: {…}}"
	case inStep && is(planKeys):
		return "it is a key of the plan: write it at the top"
	case inStep && is([]string{"do", "times", "delay", "factor", "retries", "attempts", "backoff"}):
		return "it belongs into a rule, as in on_failure: [{do: restart, times: 2, delay: 5m}]"
	case inStep && is(pollKeys):
		return "write poll: {every: 30s, max: 5m, factor: 1.5}"
	case inStep && is(sleepKeys):
		return `write sleep: {until: "04:00"}, in a step of its own`
	case (has("batch") || has("do")) && !inStep && is(stepKeys):
		return "it is a key of the step: write it further left, beside id"
	}
	return ""
}

// An advice is what to write for words of other tools.
type advice struct {
	key   string // a key of ours: the advice holds once there is one; empty: always
	words string // small letters, separated by blanks
	text  string
}

// advices are looked through in order.
var advices = []advice{
	{"foreach", "matrix strategy loop for_each foreach with_items with_param withitems withparam repeat each dynamic parallel_for",
		"a step for each of several is written foreach, with as: foreach: {…}"},
	{"", "matrix strategy loop for_each foreach with_items with_param withitems withparam repeat each dynamic parallel_for",
		"write a step for each; what they share stands once, under an anchor: <<: *name"},
	{"", "schedule cron crontab timetable start_at starts_at run_at trigger_at calendar_schedule",
		"a plan does not say when it is started: cron, systemd or Control-M does, see docs/nightly.md"},
	{"approve", "approval approvals manual human confirm confirmation gate pause suspend manual_approval",
		`write approve: {message: "…"}, in a step of its own`},
	{"", "approval approvals manual human confirm confirmation gate manual_approval",
		"nobody is asked in the middle of a run: end the plan here, and let a person start the next one"},
	{"notify", "webhook mail email e_mail slack teams notification notifications message on_success on_complete callback callbacks smtp",
		"write notify: {to: CHANNEL}, in a step of its own; the target names the channels"},
	{"", "webhook mail email e_mail slack teams notify notification notifications alert on_success on_complete callback callbacks smtp",
		"a plan sends nothing: whoever starts it looks at the exit code, or at what --json prints"},
	{"deadline", "sla slas due due_at must_end_by must_finish_by finish_by end_by latest",
		`write deadline: "05:30" at the top; expect: 2h says when one step is late`},
	{"", "sla slas due due_at must_end_by must_finish_by finish_by end_by latest deadline",
		"expect: 2h says when a step is late; ofsplan rehearse --deadline 05:30 asks whether a night is"},
	{"", "not_before start_after earliest wait_until delay_until",
		`put a step before it: sleep: {until: "04:00"}`},
	{"closed", "blackout blackouts blackout_window maintenance maintenance_window freeze closed windows window",
		`write it into the calendar: closed: [{from: "22:00", to: "23:30"}]`},
	{"file", "sensor file_sensor wait_for_file filewatcher file_watcher filewatch",
		"write file: {path: /in/feed.csv}, in a step of its own"},
	{"check", "run shell bash sh cmd command exec script http image container docker python code program",
		"a plan runs no programs: it starts batches, as in trigger: {batch: CODE}; a command that the target names is asked by check: NAME"},
	{"", "run shell bash sh cmd command exec script http image container docker python code program",
		"a plan runs no programs: it starts batches, as in trigger: {batch: CODE}"},
	{"include", "import imports extends uses template templates subplan sub_plan workflow dag call subdag reference",
		"write include: {file: core.yaml}, as a step"},
	{"", "import imports include extends uses template templates subplan sub_plan workflow dag call subdag reference",
		"a plan is one file; what steps share stands once, under an anchor: <<: *name"},
	{"", "with args arguments with_params",
		"what goes to the batch stands in the verb: trigger: {batch: CODE, params: {$NAME$: value}}"},
	{"", "catch except try errors on_failed onfailed error_handling handlers",
		"write on_failure: [{do: restart}], or a later step with if: failed()"},
	{"", "skip disabled enabled inactive",
		`write if: false, or leave the step out of one run: ofsplan run PLAN --skip STEP --reason "…"`},
	{"pool", "queue queues mutex semaphore resource resources lock lock_group", "write pool: NAME; the target says how many may run in it"},
	{"", "queue queues mutex semaphore resource resources lock lock_group pool priority weight",
		"concurrency, at the top, bounds how many steps run at once; within it, steps start in the order of the file"},
	{"", "env environment environments secrets variables var", "what comes from outside is a parameter: params: {region: {default: EMEA}}"},
	{"", "outputs output artifacts register returns", "later steps see what a step came to as steps.ID.outcome, steps.ID.failed_tasks and the like"},
	{"", "type kind job task operator action_type plugin", "a step's verb says what it does: trigger: {batch: CODE}"},
	{"", "title label", "write name or description"},
	{"", "tags labels owner metadata annotations group_id namespace", "what only people or other programs read stands under a key that begins with x_ at the top, or in a comment"},
}

// adviceFor finds the advice for a word.
func adviceFor(word string) string {
	for _, a := range advices {
		if a.key != "" && !slices.Contains(planKeys, a.key) && !slices.Contains(stepKeys, a.key) && !slices.Contains(calendarFileKeys, a.key) {
			continue
		}
		if slices.Contains(strings.Fields(a.words), word) {
			return a.text
		}
	}
	return ""
}
