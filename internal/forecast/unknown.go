package forecast

import (
	"fmt"
	"strconv"
	"strings"
)

// unknown is what is shown for a value that only the run will know.
func unknown(expr string) string { return "<known at run time: " + expr + ">" }

// unknowns let a request be made although not all of it is known yet. The scheduler's interface takes only codes and dates
// of the right form, so a stand-in of that form goes into the request, and is taken out when it is finished. They are a
// [plan.Unknowns].
type unknowns struct {
	expressions []string
	standIns    []string // pairs: the stand-in, and what is shown for it
}

// Text is a stand-in for what an expression will come to. It has the form of a code.
func (u *unknowns) Text(expr string) string {
	u.expressions = append(u.expressions, expr)
	in := "Zq" + strconv.FormatInt(int64(len(u.standIns)/2), 36) + "qxZ"
	u.standIns = append(u.standIns, in, unknown(expr))
	return in
}

// Date is a date that stands for one that is not known yet.
func (u *unknowns) Date(text string) string {
	n := len(u.standIns) / 2
	in := fmt.Sprintf("97%02d-11-%02d", n/28%100, n%28+1)
	u.standIns = append(u.standIns, in, u.shown(text))
	return in
}

// shown is a text with what is unknown in place of the stand-ins.
func (u *unknowns) shown(text string) string {
	return strings.NewReplacer(u.standIns...).Replace(text)
}
