package plan

import (
	"slices"
	"strings"

	"ofsplan/internal/source"
)

// The warnings. Numbers are never given twice; W002 is not used. From W101 on they are those of scenarios, from W201 on those of targets.
const (
	warnTwice       = "W001"
	warnInterrupt   = "W003"
	warnNeverMatch  = "W004"
	warnSecret      = "W005"
	warnHeldOut     = "W006"
	warnNoTimeout   = "W007"
	warnGroupDate   = "W008"
	warnHalfToken   = "W009"
	warnOtherToken  = "W010"
	warnNoEffect    = "W011"
	warnPeopleValue = "W012"
	warnNoRepeat    = "W013"
	warnOnceEver    = "W014"
	warnSideBySide  = "W015"
	warnLooseCode   = "W016"
	warnUntoldCode  = "W017"
	warnNearTask    = "W018"
	warnForeign     = "W019"
	warnNoDate      = "W020"
	warnGroupTasks  = "W021"
	warnNoDelay     = "W023"
	warnFastPoll    = "W024"

	warnCalendarEnds = "W022"
	warnConstant     = "W025"
	warnTooLate      = "W026"
	warnIdleIgnore   = "W027"
)

// saidLater are warnings that are found, or also found, when a run starts.
var saidLater = []string{warnHeldOut, warnCalendarEnds}

// aboutOthers are the numbers of warnings that are not about plans, or that are found with validate --at.
var aboutOthers = source.Pattern(`^W(?:028|[12][0-9][0-9])$`)

// Checks lists the warnings there are, by number.
func Checks() []source.Check {
	all := slices.Concat(checksOfOrders(), checksOfRules(), checksOfConditions())
	slices.SortFunc(all, func(a, b source.Check) int { return strings.Compare(a.ID, b.ID) })
	for i := range all {
		c := &all[i]
		c.Why, c.Wrong, c.Right = strings.Join(strings.Fields(c.Why), " "), strings.TrimPrefix(c.Wrong, "\n"), strings.TrimPrefix(c.Right, "\n")
	}
	return all
}
