package view

import (
	"cmp"
	"fmt"
	"io"
	"strings"
	"time"

	"ofsplan/audit"
	"ofsplan/internal/explain"
	"ofsplan/internal/readable"
	"ofsplan/plan/fact"
	"ofsplan/runner"
)

// mostHistory is how many records of a step's past are printed, the newest.
const mostHistory = 12

// mostWaits is how many things are printed that a step waits for.
const mostWaits = 12

// Why prints why a step stands where it stands. Driver says who drives the run, or what to type so that somebody does; it may be empty.
func Why(w io.Writer, style Style, r *explain.Reason, driver string) error {
	var b strings.Builder
	fmt.Fprintf(&b, "%s of run %s (%s): %s\n", audit.Printable(r.Step), r.Run, audit.Printable(r.At), r.Does)
	b.WriteString(standing(r))
	fmt.Fprintf(&b, "as of record %d, %s\n", r.AsOf.Record, readable.Stamp(r.AsOf.Time))
	if driver != "" {
		b.WriteString(driver + "\n")
	}
	waiting(&b, style, r)
	conditions(&b, style, &r.Conditions)
	past(&b, style, r.History)
	return style.write(w, b.String())
}

// standing is how the step stands, since when and why, in a line or two.
func standing(r *explain.Reason) string {
	text := verdict(r.State, r.Mark, r.By)
	if r.Since.Record > 0 {
		text += fmt.Sprintf(" since %s (record %d)", readable.Clock(r.Since.Time), r.Since.Record)
	} else {
		text += " from the start"
	}
	if r.Attempt > 1 {
		text += fmt.Sprintf(", attempt %d", r.Attempt)
	}
	if r.Why != "" {
		text += ": " + audit.Printable(r.Why)
	}
	if c := r.Cause; c != nil {
		text += fmt.Sprintf("\nit began with %s, which is %s: %s", audit.Printable(c.Step), readable.Words(c.State), audit.Printable(c.Why))
	}
	return text + "\n"
}

// waiting is what the step waits for, and until when.
func waiting(b *strings.Builder, style Style, r *explain.Reason) {
	if len(r.Waits) == 0 {
		return
	}
	b.WriteString("\nwhat it waits for\n")
	var rows readable.Table
	for i, one := range r.Waits {
		if i == mostWaits {
			rows = append(rows, []string{"", "", "", fmt.Sprintf("and %d more: --json has them", len(r.Waits)-i)})
			break
		}
		text := audit.Printable(one.Text)
		if !one.Until.IsZero() {
			text = strings.TrimSuffix("until "+readable.Stamp(one.Until)+"; "+text, "; ")
		}
		rows = append(rows, []string{readable.Words(one.For), audit.Printable(one.Step), readable.Words(one.State), text})
	}
	for _, limit := range []struct {
		what string
		at   time.Time
		does string
	}{{"timeout", r.Timeout, "then it fails, unless it has ended"}, {"expect", r.Late, "then it is late"}} {
		if !limit.at.IsZero() {
			rows = append(rows, []string{limit.what, "", "", "at " + readable.Stamp(limit.at) + "; " + limit.does})
		}
	}
	rows.Write(b, style.layout("  ", nil))
}

// conditions are the step's condition and rules, each with how it was judged last below it.
func conditions(b *strings.Builder, style Style, c *explain.Conditions) {
	if c.Condition != "" {
		b.WriteString("\nits condition\n")
		asked(b, style, c.Condition, c.If, c.IfNow)
	}
	if len(c.Watch) > 0 {
		b.WriteString("\nits watch rules, each of which acts once in an attempt\n")
	}
	for _, rule := range c.Watch {
		asked(b, style, fmt.Sprintf("%d  %s", rule.Number, rule.Does), rule.Last)
	}
	if len(c.OnFailure) > 0 {
		b.WriteString("\nits on_failure rules, of which the first that holds acts\n")
	}
	for _, rule := range c.OnFailure {
		asked(b, style, fmt.Sprintf("%d  %s (acted %d of %s)", rule.Number, rule.Does, rule.Acted, readable.Count(rule.Times, "time")), rule.Last)
	}
}

// asked writes a condition or a rule, and below it how it was judged; with nothing to tell, that it was not.
func asked(b *strings.Builder, style Style, what string, all ...*explain.Judged) {
	rows := readable.Table{{audit.Printable(strings.Join(strings.Fields(what), " "))}}
	for _, j := range all {
		if j != nil {
			rows = append(rows, []string{"  " + judged(j)})
		}
	}
	if len(rows) == 1 {
		rows = append(rows, []string{"  has not been judged"})
	}
	rows.Write(b, style.layout("  ", nil))
}

// judged is how a condition was judged and when, in words.
func judged(j *explain.Judged) string {
	if j.Record > 0 {
		return fmt.Sprintf("record %d: %s", j.Record, verdictOf(j))
	}
	return "as things stand: " + verdictOf(j)
}

// verdictOf is how a condition was judged, in words.
func verdictOf(j *explain.Judged) string {
	var text string
	switch {
	case j.NoValue:
		text = "has no value: " + j.Why
	case j.Why != "" && j.Expr == "":
		text = "was not asked: " + j.Why
	case j.Acts && j.Of == runner.JudgedIf:
		text = "holds"
	case j.Acts && j.Expr == "":
		text = "has no condition, and acts"
	case j.Acts:
		text = "holds, and acts"
	case j.Holds:
		text = "holds, but " + j.Why
	case j.Why != "":
		text = "does not hold, " + j.Why
	default:
		text = "does not hold"
	}
	return audit.Printable(text + readAs(j.Values))
}

// readAs is what an expression read, as the end of a sentence.
func readAs(values []fact.Seen) string {
	var b strings.Builder
	for i, v := range values {
		b.WriteString([]string{", with ", ", "}[min(i, 1)] + v.Name + " = " + cmp.Or(v.Value, `""`))
	}
	return b.String()
}

// past is what happened to the step, the newest records.
func past(b *strings.Builder, style Style, all []explain.Entry) {
	b.WriteString("\nwhat happened\n")
	var rows readable.Table
	if n := len(all) - mostHistory; n > 0 {
		rows, all = append(rows, []string{"", "", fmt.Sprintf("%d before: --json has them", n)}), all[n:]
	}
	for _, e := range all {
		text := audit.Printable(e.Text)
		switch {
		case e.Said != nil:
			text = audit.Printable(fmt.Sprintf("%s, on the word of %s: %s", Says(e.Said), e.By, e.Reason))
		case e.From != e.To:
			text = strings.TrimSuffix(fmt.Sprintf("%s -> %s: %s", readable.Words(e.From), readable.Words(e.To), text), ": ")
		}
		lines := make([]string, 0, len(e.Judged)+1)
		if text != "" {
			lines = append(lines, text)
		}
		for _, j := range e.Judged {
			what := string(j.Of)
			if j.Rule > 0 {
				what += fmt.Sprintf(" rule %d", j.Rule)
			}
			lines = append(lines, what+" "+verdictOf(&j))
		}
		for i, line := range lines {
			row := []string{"", "", line}
			if i == 0 {
				row[0], row[1] = fmt.Sprintf("record %d", e.Record), readable.Clock(e.Time)
			}
			rows = append(rows, row)
		}
	}
	if len(all) == 0 {
		rows = append(rows, []string{"nothing: it has not begun"})
	}
	rows.Write(b, style.layout("  ", nil))
}

// Evaluated prints what an expression came to.
func Evaluated(w io.Writer, style Style, e *explain.Evaluated) error {
	text := audit.Printable(e.Value)
	if e.Items != nil {
		items := make([]string, len(e.Items))
		for i, item := range e.Items {
			items[i] = audit.Quote(audit.Printable(item))
		}
		text = "[" + strings.Join(items, ", ") + "]"
	}
	out := fmt.Sprintf("%s\n%s, as of record %d, %s%s\n", text, e.Kind, e.AsOf.Record, readable.Stamp(e.AsOf.Time), audit.Printable(readAs(e.Read)))
	return style.write(w, out)
}
