package plans

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"unicode/utf8"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/config"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source"
	"ofsplan/plan"
)

// Checks are the warnings there are, about plans, scenarios and targets, by number.
func Checks() []source.Check {
	all := slices.Concat(plan.Checks(), checksOfNights(), scenario.Checks(), config.Checks())
	slices.SortFunc(all, func(a, b source.Check) int { return strings.Compare(a.ID, b.ID) })
	return all
}

// everyCheck is the word for all of them.
const everyCheck = "all"

// checkIDs are what --explain takes.
func checkIDs() []string {
	ids := []string{everyCheck}
	for _, c := range Checks() {
		ids = append(ids, c.ID)
	}
	return ids
}

// explained is a warning as JSON has it.
type explained struct {
	ID    string `json:"id"`
	About string `json:"about"`
	Why   string `json:"why"`
	Wrong string `json:"wrong"`
	Right string `json:"right,omitempty"`
}

// explain prints what a warning means, or of all of them in a line each.
func explain(cmd *cobra.Command, std *terminal.Streams, id string, json bool) error {
	var found []source.Check
	for _, c := range Checks() {
		if strings.EqualFold(id, everyCheck) || strings.EqualFold(id, c.ID) {
			found = append(found, c)
		}
	}
	switch {
	case len(found) == 0:
		return flags.Usage(cmd, fmt.Errorf("there is no warning %q\n\t%s", id,
			cmp.Or(source.Meant(strings.ToUpper(id), checkIDs()), "ofsplan validate --explain all lists them")))
	case json:
		out := []explained{}
		for _, c := range found {
			out = append(out, explained(c))
		}
		return std.PrintJSON(struct {
			Warnings []explained `json:"warnings"`
		}{out})
	case len(found) == 1:
		explainOne(std.Out, found[0])
		return nil
	}
	for _, c := range found {
		fmt.Fprintf(std.Out, "%s  %s\n", c.ID, c.About)
	}
	return nil
}

func explainOne(out io.Writer, c source.Check) {
	fmt.Fprintf(out, "%s: %s\n\n%s\n\nwarned about:\n\n%s", c.ID, c.About, wrapped(c.Why), indented(c.Wrong))
	if c.Right != "" {
		fmt.Fprintf(out, "\nmeant, most likely:\n\n%s", indented(c.Right))
	}
	fmt.Fprintf(out, "\nWhere it is wrong about your file, silence it on its line or above it, with a reason:\n\n    # ofsplan:ignore %s REASON\n", c.ID)
}

// indented is a text with blanks before each line.
func indented(text string) string {
	var b strings.Builder
	for line := range strings.Lines(text) {
		b.WriteString("    " + line)
	}
	return b.String()
}

// wrapped is a text in lines of at most 80 characters.
func wrapped(text string) string {
	const most = 80
	var lines []string
	line := ""
	for _, word := range strings.Fields(text) {
		if line != "" && utf8.RuneCountInString(line)+1+utf8.RuneCountInString(word) > most {
			lines = append(lines, line)
			line = ""
		}
		if line != "" {
			line += " "
		}
		line += word
	}
	return strings.Join(append(lines, line), "\n")
}
