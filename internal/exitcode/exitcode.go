// Package exitcode says what the number means that ofsplan ends with.
//
// There is one [Table]. The help is printed from it, and the tables of the documents are tested against it. A code
// never changes meaning: schedulers, crontabs and pipelines decide by it what they do next. A new meaning is a new
// code.
//
// An error carries its code: [With] gives it one, and [Of] reads it wherever the error has been wrapped since. The
// package knows nothing of runs; who ends says how.
package exitcode

import (
	"fmt"
	"slices"
	"strings"
)

// Code is what the program ends with, 0 to 125.
type Code int

// The codes, in words that [Table] explains.
const (
	Succeeded      Code = 0
	Failed         Code = 1
	Usage          Code = 2
	InDoubt        Code = 3
	Canceled       Code = 4
	Unreachable    Code = 5
	AlreadyRunning Code = 6
	AuditLog       Code = 7
	Late           Code = 8
	Ongoing        Code = 9
	Held           Code = 10
	Broken         Code = 70 // EX_SOFTWARE of sysexits.h: the program itself failed
	Detached       Code = 75 // EX_TEMPFAIL of sysexits.h: try again later
)

// Row is what the table says of one code.
type Row struct {
	Code    Code
	Name    string // one or two words, for the legend of a table that shows many codes
	Help    string // for the help of the command; lines are broken where they stand
	Meaning string // for the documents, in Markdown

	// Scheduler is what cron, systemd or Control-M should do when the command they started ends so; empty for a code
	// that ofsplan run never ends with.
	Scheduler string

	// Again tells that a machine may start the same plan again by itself, also one without once: nothing was started.
	Again bool

	// Driven tells that a run ends so once its driver goes: how the plan ended, or why it could not go on. The others
	// are said before a run begins, or of something else.
	Driven bool
}

// Table is every code with its meaning, in order of the codes.
func Table() []Row { return slices.Clone(table) }

var table = []Row{
	{Code: Succeeded, Name: "succeeded", Driven: true,
		Help:      "succeeded, or had already succeeded",
		Meaning:   "succeeded, or had already succeeded",
		Scheduler: "go on"},
	{Code: Failed, Name: "failed", Driven: true,
		Help:    "the plan failed",
		Meaning: "the plan failed",
		Scheduler: "stop what depends on it, call the person on duty: the card says what failed and what the plan's author " +
			"wrote about it"},
	{Code: Usage, Name: "wrong usage",
		Help:      "wrong usage, invalid plan, parameters or configuration: nothing was sent",
		Meaning:   "wrong usage, invalid plan, parameters or configuration: nothing was sent",
		Scheduler: "stop, call the author; starting again changes nothing"},
	{Code: InDoubt, Name: "in doubt", Driven: true,
		Help:    "in doubt: a person must say what happened",
		Meaning: "in doubt: a request may or may not have been carried out, and a person must say what happened",
		Scheduler: "stop, call a person, who says with `ofsplan resolve` what happened; " +
			"**never start again by itself**"},
	{Code: Canceled, Name: "canceled", Driven: true,
		Help:      "canceled by an operator, or rejected by one",
		Meaning:   "canceled by an operator, or an approval was rejected and nothing else failed",
		Scheduler: "stop: somebody wanted that"},
	{Code: Unreachable, Name: "no contact", Driven: true, Again: true,
		Help: "the scheduler or the identity service could not be reached or refused the\ncredentials, and nothing was started",
		Meaning: "the scheduler or the identity service could not be reached or refused the credentials, and nothing " +
			"was started",
		Scheduler: "starting again later is safe"},
	{Code: AlreadyRunning, Name: "already running",
		Help:      "already running",
		Meaning:   "already running: another process has the run, or one with the same `once` key",
		Scheduler: "leave it alone"},
	{Code: AuditLog, Name: "audit log", Driven: true,
		Help:      "audit log damaged or cannot be written",
		Meaning:   "audit log damaged or cannot be written: disk full, no permission",
		Scheduler: "stop, call a person, look before resuming"},
	{Code: Late, Name: "late", Driven: true,
		Help:      "succeeded, but late (deadline)",
		Meaning:   "succeeded, but after its deadline: that of the plan, or `rehearse --deadline`",
		Scheduler: "go on; tell whoever waits for the night that it was late"},
	{Code: Ongoing, Name: "still going on",
		Help:    "batch status, batch wait, audit verify: still going on or incomplete",
		Meaning: "`batch status`, `batch wait`, `audit verify`: still going on or incomplete"},
	{Code: Held, Name: "held",
		Help:    "batch status, batch wait: held",
		Meaning: "`batch status`, `batch wait`: held"},
	{Code: Broken, Name: "program failed",
		Help:      "the program failed: batches go on; resume",
		Meaning:   "the program itself failed; the batches it started go on, and `ofsplan resume` carries the run on",
		Scheduler: "`ofsplan resume --unfinished`, and tell who maintains the program; **do not start again**"},
	{Code: Detached, Name: "stopped", Driven: true,
		Help:      "stopped and resumable (signal)",
		Meaning:   "stopped by a signal; the batches it started go on, and `ofsplan resume` carries the run on",
		Scheduler: "`ofsplan resume --unfinished`; **do not start again**"},
}

// Killed is the row of what no program can say of itself: that a signal ended it. A shell says 128 and the number of the signal; the
// Code of this row is that 128 alone, and no code of ours.
func Killed() Row {
	return Row{Code: 128, Name: "killed",
		Help:      "ended by signal n (134: it crashed, 137: killed): batches go on; resume",
		Meaning:   "ended by signal n, as shells say it (134: the program crashed, 137: it was killed); the batches it started go on, and `ofsplan resume` carries the run on",
		Scheduler: "`ofsplan resume --unfinished`; **do not start again**"}
}

// fromWorst are the codes of runs, the worst first: what a person must see comes before what a machine can do, and that
// before what needs nothing.
var fromWorst = []Code{
	AuditLog, InDoubt, Usage, Broken, Detached, Canceled, Unreachable, Failed, AlreadyRunning, Late, Succeeded,
}

// Worst is the code of several runs together: 7, 3, 2, 70, 75, 4, 5, 1, 6, 8 and 0, in this order, or of other codes the
// greatest before all of them. Of none it is Succeeded.
func Worst(codes ...Code) Code {
	if len(codes) == 0 {
		return Succeeded
	}
	return slices.MinFunc(codes, func(a, b Code) int {
		i, j := slices.Index(fromWorst, a), slices.Index(fromWorst, b)
		if i < 0 && j < 0 {
			return int(b - a)
		}
		return i - j
	})
}

// Row is the code's row of the table; false for a number that is none of ours.
func (c Code) Row() (Row, bool) {
	i := slices.IndexFunc(table, func(r Row) bool { return r.Code == c })
	if i < 0 {
		return Row{}, false
	}
	return table[i], true
}

// Help is the table as the help of the command shows it.
func Help() string {
	var b strings.Builder
	b.WriteString("Exit codes:\n")
	for _, r := range table {
		fmt.Fprintf(&b, "  %-3d %s\n", r.Code, strings.ReplaceAll(r.Help, "\n", "\n      "))
	}
	fmt.Fprintf(&b, "  128+n %s\n", Killed().Help)
	return b.String()
}
