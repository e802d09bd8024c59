package forecast

import (
	"bytes"
	"encoding/json"
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

// body is the body of a request with what is unknown in place of the stand-ins: JSON still, also where the words for it
// hold quotes, and in a text that is JSON itself. What holds no stand-in stays as it is, byte for byte.
func (u *unknowns) body(text string) string {
	if u.shown(text) == text {
		return text
	}
	var out strings.Builder
	for {
		begin := strings.IndexByte(text, '"')
		if begin < 0 {
			return out.String() + text
		}
		var inner string
		d := json.NewDecoder(strings.NewReader(text[begin:]))
		if d.Decode(&inner) != nil {
			return out.String() + u.shown(text) // it is no JSON
		}
		end := begin + int(d.InputOffset())
		out.WriteString(text[:begin])
		if u.shown(inner) == inner {
			out.WriteString(text[begin:end])
		} else {
			out.WriteString(quoted(u.within(inner)))
		}
		text = text[end:]
	}
}

// within is a text of a body: JSON itself, or any other.
func (u *unknowns) within(text string) string {
	if (strings.HasPrefix(text, "{") || strings.HasPrefix(text, "[")) && json.Valid([]byte(text)) {
		return u.body(text)
	}
	return u.shown(text)
}

// quoted is a text as JSON writes it in a request.
func quoted(text string) string {
	var b bytes.Buffer
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(false)
	if err := enc.Encode(text); err != nil {
		panic(err) // it is a text
	}
	return strings.TrimSuffix(b.String(), "\n")
}
