package plan

import "slices"

// The keys of each mapping of a plan. Everything that reads, suggests or completes keys goes by these lists.
var (
	planKeys = []string{
		"version", "name", "description", "params", "calendar", "misdate", "once", "deadline", "alert", "concurrency", "defaults", "steps", "finally",
	}
	calendarFileKeys = []string{"timezone", "weekend", "holidays", "valid_until", "day_starts", "closed"}
	windowKeys       = []string{"from", "to", "days"}
	paramKeys        = []string{"type", "default", "enum", "pattern", "min", "max", "required", "sensitive", "description"}
	calendarKeys     = append(slices.Clone(calendarFileKeys), "all", "any")
	defaultsKeys     = []string{"poll", "timeout"}
	pollKeys         = []string{"every", "max", "factor"}
	verbs            = []string{"trigger", "wait", "status", "interrupt", "restart", "rerun", "sleep", "notify", "file", "check", "approve"}
	finallyKeys      = append([]string{
		"id", "name", "description", "runbook", "if", "timeout", "expect", "min_expect", "poll", "watch", "on_failure", "allow_failure",
		"duplicate_safe",
	}, verbs...)
	loopKeys    = []string{"foreach", "as", "max_parallel"}
	stepKeys    = slices.Concat([]string{"needs"}, loopKeys, finallyKeys)
	watchKeys   = []string{"if", "do"}
	failureKeys = []string{"if", "do", "times", "delay", "factor", "max"}
	triggerKeys = []string{"batch", "group", "params", "tasks", "members", "excluded", "held", "included", "wait"}
	memberKeys  = []string{"params", "tasks"}
	runKeys     = []string{"step", "batch", "group", "run"}
	statusKeys  = append(slices.Clone(runKeys), "tasks")
	againKeys   = append(slices.Clone(runKeys), "wait")
	sleepKeys   = []string{"until", "days"}
	notifyKeys  = []string{"to", "text", "required"}
	dueKeys     = []string{"at", "days"}
	fileKeys    = []string{"path", "min_size", "stable_for", "modified_after"}
	checkKeys   = []string{"name", "with"}
	waitRunKeys = []string{"plan", "misdate", "once", "strict"}
	approveKeys = []string{"message", "not_self", "from"}
	fromKeys    = []string{"users", "groups"}
)

// Keys lists the keys each mapping of a plan may hold, by the mapping's name: "plan", "param", "calendar", "defaults",
// "poll", "step", "finally" (a step of it), "watch" and "on_failure" (one rule), "trigger", "member", "wait",
// "status", "interrupt", "restart", "rerun", "sleep", "deadline", "notify", "file", "check", "approve", "from" (of an approval), and "wait_plan" for the wait of a run of another plan. Keys of a plan that begin with x_ are free beside them.
// It is what completion and the schema's test go by.
func Keys() map[string][]string {
	return map[string][]string{
		"plan": slices.Clone(planKeys), "param": slices.Clone(paramKeys), "calendar": slices.Clone(calendarKeys), "closed": slices.Clone(windowKeys),
		"defaults": slices.Clone(defaultsKeys), "poll": slices.Clone(pollKeys), "step": slices.Clone(stepKeys),
		"finally": slices.Clone(finallyKeys), "watch": slices.Clone(watchKeys), "on_failure": slices.Clone(failureKeys),
		"trigger": slices.Clone(triggerKeys), "member": slices.Clone(memberKeys), "wait": slices.Clone(runKeys),
		"status": slices.Clone(statusKeys), "interrupt": slices.Clone(runKeys), "restart": slices.Clone(againKeys),
		"rerun": slices.Clone(againKeys), "sleep": slices.Clone(sleepKeys), "deadline": slices.Clone(dueKeys),
		"notify": slices.Clone(notifyKeys),
		"file":   slices.Clone(fileKeys), "check": slices.Clone(checkKeys), "wait_plan": slices.Clone(waitRunKeys),
		"approve": slices.Clone(approveKeys), "from": slices.Clone(fromKeys),
	}
}

// synonyms are words that other tools use for our keys.
var synonyms = map[string]string{
	"depends": "needs", "depends_on": "needs", "dependsOn": "needs", "depends-on": "needs", "requires": "needs",
	"after": "needs", "when": "if", "condition": "if", "only_if": "if",
	"continue_on_error": "allow_failure", "continue-on-error": "allow_failure", "ignore_errors": "allow_failure",
	"on_error": "on_failure", "retry": "on_failure", "rescue": "on_failure", "catch": "on_failure", "on_failed": "on_failure",
	"jobs": "steps", "tasks": "steps", "stages": "steps", "inputs": "params", "parameters": "params", "vars": "params",
	"idempotent": "duplicate_safe", "repeatable": "duplicate_safe", "post": "finally", "always": "finally", "on_exit": "finally", "date": "misdate", "as_of": "misdate",
	"unique": "once", "run_once": "once", "idempotency_key": "once",
	"parallelism": "concurrency", "matrix": "foreach", "loop": "foreach", "for_each": "foreach", "with_items": "foreach", "withItems": "foreach", "interval": "poll", "time_limit": "timeout",
	"deadline_seconds": "timeout", "min_duration": "min_expect", "max_duration": "expect", "max_delay": "max", "timeout_minutes": "timeout", "instructions": "runbook", "restart_from": "restart",
	"batchName": "batch", "batchGroupName": "group", "groupName": "group", "batchRunId": "run", "excludedTasks": "excluded",
	"heldTasks": "held", "includedTasks": "included", "batchParams": "params", "taskRuntimeParams": "tasks", "dynamicParamList": "params",
	"start": "trigger", "submit": "trigger", "stop": "interrupt", "kill": "interrupt", "cancel": "interrupt",
	"approval": "approve", "manual": "approve", "sign_off": "approve", "prompt": "message", "approvers": "from",
	"until": "to", "end": "to", "pause": "sleep", "action": "do", "then": "do", "retries": "times", "attempts": "times", "backoff": "delay",
	"wait_for": "wait", "poll_interval": "poll", "exclude": "excluded", "hold": "held", "include": "included",
	"run_id": "run", "batch_run_id": "run", "choices": "enum", "options": "enum", "regex": "pattern", "zone": "timezone",
	"notifications": "alert", "alerts": "alert", "on_alert": "alert", "mail": "notify", "email": "notify", "slack": "notify", "webhook": "notify",
	"send": "notify", "channel": "to", "channels": "to", "recipients": "to", "body": "text", "message": "text",
	"min_bytes": "min_size", "size": "min_size", "stable": "stable_for", "settle": "stable_for", "newer_than": "modified_after", "not_before": "modified_after",
	"secret": "sensitive", "masked": "sensitive", "tz": "timezone", "day_start": "day_starts", "minimum": "min", "maximum": "max",
}
