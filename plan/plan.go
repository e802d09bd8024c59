package plan

import (
	"iter"
	"slices"
	"strings"
	"time"

	"ofsplan/internal/source"
	"ofsplan/plan/calendar"
	"ofsplan/plan/expr"
	"ofsplan/plan/fact"
)

// A Plan is a runbook as it was written: loaded, checked and compiled, not yet bound to a night.
// It is never changed after [Load], so any number of runs may share one. It has a field for each key at the top of the file,
// and so more than a struct of ours usually has.
type Plan struct {
	File        string // as it was given to Load
	Name        string
	Description string
	Params      []Param               // in file order
	Calendar    *calendar.Calendar    // never nil; UTC with a Saturday-and-Sunday weekend when the plan names none
	MISDate     *expr.Value           // nil: the plan puts no date into its triggers
	Once        *expr.Value           // nil: the plan may run as often as one likes
	Deadline    *Deadline             // nil: the run may end whenever it does
	Alert       []Channel             // where people are told what becomes of a run; none: nobody is
	Concurrency int                   // how many steps may run at once; 0: no limit
	Steps       []*Step               // in file order, those of finally last; Step.Index is the position here
	FinallyAt   int                   // index of the first finally step; len(Steps) without one
	Sources     []Source              // every file the plan was read from, the plan's own first
	Warnings    []*source.Error       // what validate shows and run tolerates, in file order
	sealed      []expr.Sealed         // every expression over a sensitive parameter
	pinned      bool                  // a log has pinned it: see ParsePinned
	ends        map[string]source.Pos // where the valid_until of a calendar stands, by its file
	written     *Plan                 // of the plan of a run: as it is written, when that is another one
}

// A Source is one file a plan was read from, byte for byte, so that a run can pin it.
type Source struct {
	Name string // of the plan's own what was given to [Load]; of another its way from that plan's folder, with slashes
	Data []byte
	file string // as messages name it
}

// Silence leaves out the warnings that a comment in the file they stand in silences.
func (p *Plan) Silence(all source.Errors) source.Errors {
	for _, f := range p.Sources {
		all = all.Silence(f.file, f.Data)
	}
	return all
}

// idleIgnores warns of comments in the plan's files that silence none of these warnings. Those about a warning that is also said later than
// by validate, or about files of another kind, are left alone.
func (p *Plan) idleIgnores(all source.Errors) (idle source.Errors) {
	for _, f := range p.Sources {
		for _, i := range all.Idle(f.file, f.Data) {
			if e := idleIgnore(&idle, i); e != nil {
				e.ID = warnIdleIgnore
			}
		}
	}
	return idle
}

func idleIgnore(to *source.Errors, i source.Ignore) *source.Error {
	var e *source.Error
	switch {
	case slices.Contains(saidLater, i.ID), aboutOthers().MatchString(i.ID):
		return nil
	case !slices.ContainsFunc(Checks(), func(c source.Check) bool { return c.ID == i.ID }):
		e = to.Add(i.Pos, "there is no warning %q, so this comment silences nothing", source.Short(i.ID))
		e.Hint = "write # ofsplan:ignore W007 REASON, with the number that is printed"
	case i.Reason == "":
		e = to.Add(i.Pos, "this comment gives no reason, so it silences nothing")
		e.Hint = "write # ofsplan:ignore " + i.ID + " REASON"
	default:
		e = to.Add(i.Pos, "this comment silences nothing: there is no %s where it points", i.ID)
		e.Hint = "remove it; it is about its own line, or about the next one when it stands alone"
	}
	return e
}

// Step returns the step with that id, or nil.
func (p *Plan) Step(id string) *Step {
	for _, s := range p.Steps {
		if s.ID == id {
			return s
		}
	}
	return nil
}

// A Step is one node of the plan: one verb, what it waits for, and what to do when it goes wrong.
type Step struct {
	Index   int
	ID      string
	Pos     source.Pos // of the step's first key
	Finally bool
	Text
	Gate
	Limits
	Rules
	Do Verb
	Chained
	Multiple
}

// Multiple is what makes several steps of one: see foreach.go and expand.go. The zero value is a step that stands for itself.
type Multiple struct {
	// Each is the list that a step as it is written goes over; nil: none. In a run it stays with the step of the whole, whose verb is
	// an [*Items].
	Each *Foreach
	// Parent is, in a run, the step of the whole of which this step does one item; nil: it stands for itself.
	Parent *Step
	Item   string // which item it is; empty without Parent
	// bound is what binds its expressions in a run; nil where they are read as they are written.
	bound *expr.Bound
}

// Text is what a step says to people.
type Text struct {
	Name        string
	Description string
	Runbook     string // printed when the step fails
}

// Gate is what decides whether, and from when on, a step may start.
type Gate struct {
	// Needs are the indexes of the steps named under needs, in the order written.
	// Empty and Above false: the step starts at once.
	Needs []int
	// Above is true when the step has no needs key: it waits for every step written above it.
	// The list is not spelt out, since a plan of n such steps would hold n²/2 edges.
	Above bool
	// If is nil when the step has none, which means succeeded().
	If *expr.Cond
}

// Limits are a step's times.
type Limits struct {
	Timeout time.Duration // from request.sent (from its start, for sleep and what rests); 0: none
	Expect  time.Duration // later than this is a warning; 0: none
	// MinExpect is how long the work takes at least: when it succeeds sooner than this, that is a warning. 0: none.
	MinExpect time.Duration
	Poll      Poll
}

// Poll says how often a batch run is looked at.
type Poll struct {
	Every  time.Duration // never 0 after Load: 30 s unless said
	Max    time.Duration // the longest gap Factor may lead to; 0: Every, or no bound with a factor
	Factor float64       // each gap is this many times the last; 1 unless said
}

// maxGap bounds how far a gap grows without a max.
const maxGap = 24 * time.Hour

// Longer is the gap that follows a gap between two looks. It grows to Max, and without one to a day, and never shrinks: a gap
// that is longer already stays as it is.
func (p Poll) Longer(gap time.Duration) time.Duration {
	if p.Factor <= 1 {
		return gap
	}
	most := maxGap
	if p.Max > 0 {
		most = p.Max
	}
	if next := float64(gap) * p.Factor; next < float64(most) {
		return time.Duration(next)
	}
	return max(gap, most)
}

// Rules are what a step does about trouble.
type Rules struct {
	Watch        []WatchRule
	OnFailure    []FailureRule
	AllowFailure bool
	// DuplicateSafe is why carrying out a trigger or rerun of this step twice does no harm, in the author's words, in one line.
	// With it a retry rule may repeat one whose fate is unknown; empty: nothing ever does.
	DuplicateSafe string
}

// Chained is what ties a step to others by the batch run it is about: see healing.go. [Load] fills it in.
type Chained struct {
	// Chain is the index of the step with which this step's chain began, its own index when it is that step; -1 for a step
	// that has no batch run, such as a sleeping one.
	Chain int
	// Healers are the indexes of the steps that heal this step's chain, see [Step.Heals], in file order, this step
	// itself included when it is one. Dependents of a failed step wait until those of them are decided that
	// [Step.WaitsForHealer] tells of. It is empty for a step that does not wait for a batch run, and so cannot fail by one,
	// and for those of finally. The steps of a chain share the slice.
	Healers []int
	// Rank is the step's place in an order in which each step comes after all it waits for, healers included. It has gaps,
	// and means nothing for steps of finally.
	Rank int
}

// A WatchRule is looked at on every status answer and acts once per attempt.
type WatchRule struct {
	Pos source.Pos
	If  *expr.Cond
	Do  WatchAction
}

// String is the rule in one line: interrupt if elapsed > duration("4h").
func (r WatchRule) String() string { return ruleText(string(r.Do), r.If) }

// WatchAction is what a watch rule does.
type WatchAction string

// The actions of a watch rule.
const (
	WatchInterrupt WatchAction = "interrupt"
	WatchWarn      WatchAction = "warn"
)

// A FailureRule is one row of on_failure.
type FailureRule struct {
	Pos    source.Pos
	If     *expr.Cond // nil: always
	Do     FailureAction
	Times  int           // 1 unless said
	Delay  time.Duration // before acting; 0: at once
	Factor float64       // each further delay is this many times the last; 1 unless said
	Max    time.Duration // the longest delay that Factor may lead to; 0: a week
}

// String is the rule in one line, without its times and delays: restart if failure.code == 3.
func (r FailureRule) String() string { return ruleText(string(r.Do), r.If) }

func ruleText(do string, cond *expr.Cond) string {
	if cond == nil {
		return do
	}
	return do + " if " + strings.Join(strings.Fields(cond.String()), " ")
}

// FailureAction is what an on_failure rule does.
type FailureAction string

// The actions of an on_failure rule.
const (
	DoRestart   FailureAction = "restart"
	DoRerun     FailureAction = "rerun"
	DoRetry     FailureAction = "retry"
	DoInterrupt FailureAction = "interrupt"
	DoContinue  FailureAction = "continue"
	DoFail      FailureAction = "fail"
)

// A Verb is the one thing a step does: [*Trigger], [*OnRun], [*Sleep], [*Notify], [*Approve] or a [Sensor]; of the whole of a foreach step in a run, [*Items].
type Verb interface {
	// Keyword is the verb as the plan writes it.
	Keyword() string
}

// Trigger starts a batch or a group.
type Trigger struct {
	Object   fact.Object
	Code     *expr.Value
	Params   []Setting // batchParams, in file order
	Tasks    []TaskSettings
	Members  []Member // of a group
	Excluded []*expr.Value
	Held     []*expr.Value
	Included []*expr.Value
	NoWait   bool // wait: false
}

// Setting is one run-time parameter. The name is always literal.
type Setting struct {
	Name  string
	Value *expr.Value
	Pos   source.Pos // of the name
}

// setting finds a parameter by its name.
func setting(params []Setting, name string) (Setting, bool) {
	i := slices.IndexFunc(params, func(s Setting) bool { return s.Name == name })
	if i < 0 {
		return Setting{}, false
	}
	return params[i], true
}

// TaskSettings are the run-time parameters of one task.
type TaskSettings struct {
	Task   string
	Params []Setting
}

// Member is one member batch of a group, with what is set for it alone.
type Member struct {
	Code   *expr.Value
	Params []Setting
	Tasks  []TaskSettings
}

// Keyword is the verb as the plan writes it.
func (*Trigger) Keyword() string { return "trigger" }

// Values yields everything in the trigger that may hold an expression: the code, the run-time parameters of the batch and of
// its tasks, the same of each member, and the codes left out, held and put in. A code is a setting without a name.
func (t *Trigger) Values() iter.Seq[Setting] {
	return func(yield func(Setting) bool) {
		codes := func(list ...*expr.Value) bool {
			for _, v := range list {
				if !yield(Setting{Value: v}) {
					return false
				}
			}
			return true
		}
		settings := func(params []Setting, tasks []TaskSettings) bool {
			for _, s := range params {
				if !yield(s) {
					return false
				}
			}
			for _, task := range tasks {
				for _, s := range task.Params {
					if !yield(s) {
						return false
					}
				}
			}
			return true
		}
		if !codes(t.Code) || !settings(t.Params, t.Tasks) {
			return
		}
		for _, m := range t.Members {
			if !codes(m.Code) || !settings(m.Params, m.Tasks) {
				return
			}
		}
		_ = codes(t.Excluded...) && codes(t.Held...) && codes(t.Included...)
	}
}

// OnRun is a verb about a batch run that exists: wait, status, interrupt, restart, rerun.
type OnRun struct {
	Op     Op
	Step   int         // index of the step whose chain is meant; -1 when Object, Code and RunID say it
	Object fact.Object // with Step -1
	Code   *expr.Value
	RunID  *expr.Value
	Tasks  []*expr.Value // of status: the tasks asked for; none: all
	NoWait bool          // wait: false, of restart and rerun
}

// Op is one of the five things OnRun does.
type Op string

// The operations of OnRun.
const (
	OpWait      Op = "wait"
	OpStatus    Op = "status"
	OpInterrupt Op = "interrupt"
	OpRestart   Op = "restart"
	OpRerun     Op = "rerun"
)

// Keyword is the verb as the plan writes it.
func (v *OnRun) Keyword() string { return string(v.Op) }

// Sleep waits, for a time or until a clock time in the calendar's zone.
type Sleep struct {
	For   time.Duration
	Until calendar.Clock // used when For is 0
	Days  *int           // on which day after the one the run starts on Until is meant; nil: see [calendar.Calendar.Meant]
}

// Keyword is the verb as the plan writes it.
func (*Sleep) Keyword() string { return "sleep" }
