package plans

import (
	"cmp"
	"fmt"
	"io"
	"slices"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/forecast"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/plan/calendar"
)

// datesFlags say which nights are meant.
type datesFlags struct {
	params   flags.Params
	from, to string
	at       string
	asJSON   bool
}

// How many nights are told unless it is said, and at most.
const usualNights, mostNights = 30, 400

func dates(std *terminal.Streams) *cobra.Command {
	var f datesFlags
	cmd := &cobra.Command{
		Use:   "dates PLAN",
		Short: "Tells what a plan computes for each of the coming nights",
		Long: `Tells for each night what the plan computes before anything is sent: its MIS date, which conditions hold, and which
batches would run. It is for who reviews a plan or a calendar: a month end, a holiday or a day on which nothing should run
stands in one line. A batch with a ? depends on how the night goes.

The nights are the coming 30 unless --from and --to say others; each begins at 02:00 in the plan's zone unless --at says
another time. Nothing is sent or recorded, and no target is needed. It ends with 2 when a run could not begin in one of
the nights, which says why.`,
		Example: `  ofsplan dates nightly.yaml
  ofsplan dates nightly.yaml --from 2026-12-21 --to 2027-01-08 --at 22:00
  ofsplan dates nightly.yaml -p region=APAC --json`,
		Args:              flags.PlanArg,
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(_ *cobra.Command, args []string) error {
			return tellDates(std, args[0], &f)
		},
	}
	f.params.Register(cmd)
	cmd.Flags().StringVar(&f.from, "from", "", "the first day, such as 2026-12-21, or in words: T+7 (default: today)")
	cmd.Flags().StringVar(&f.to, "to", "", "the last day (default: the 30th)")
	cmd.Flags().StringVar(&f.at, "at", "02:00", "the clock time at which a run begins")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the facts as JSON")
	return cmd
}

// tellDates prints the nights of a plan.
func tellDates(std *terminal.Streams, path string, f *datesFlags) error {
	p, err := files.Plan(path)
	if err != nil {
		return err
	}
	given, err := f.params.Given(p, std.Secrets)
	if err != nil {
		return err
	}
	begins, err := f.begins(p)
	if err != nil {
		return err
	}
	nights, err := forecast.Nights(p, given, begins)
	if err != nil {
		return err
	}
	every := forecast.Every(nights)
	if f.asJSON {
		err = std.PrintJSON(struct {
			Plan   string           `json:"plan"`
			File   string           `json:"file"`
			Zone   string           `json:"zone"`
			Every  []string         `json:"every"` // what each night triggers
			Nights []forecast.Night `json:"nights"`
		}{p.Name, p.File, p.Calendar.Location().String(), every, nights})
	} else {
		err = writeDates(std.Out, p, nights, every, f.at, std.Style(std.Out, false).Width)
	}
	if err == nil && slices.ContainsFunc(nights, func(n forecast.Night) bool { return n.Error != "" }) {
		return exitcode.Quiet(exitcode.Usage)
	}
	return err
}

// begins are the moments at which the nights begin.
func (f *datesFlags) begins(p *plan.Plan) ([]time.Time, error) {
	c := p.Calendar
	clock, err := calendar.ParseClock(f.at)
	if err != nil {
		return nil, fmt.Errorf("--at: %w", err)
	}
	now := time.Now()
	from, err := c.Resolve(cmp.Or(f.from, "T"), false, now)
	if err != nil {
		return nil, fmt.Errorf("--from: %w", err)
	}
	to := from.AddDate(0, 0, usualNights-1)
	if f.to != "" {
		if to, err = c.Resolve(f.to, false, now); err != nil {
			return nil, fmt.Errorf("--to: %w", err)
		}
	}
	switch n := int(to.Sub(from)/(24*time.Hour)) + 1; {
	case n < 1:
		return nil, fmt.Errorf("--to %s is before --from %s", to.Format(time.DateOnly), from.Format(time.DateOnly))
	case n > mostNights:
		return nil, fmt.Errorf("%d nights are too many: at most %d", n, mostNights)
	}
	var all []time.Time
	for d := from; !d.After(to); d = d.AddDate(0, 0, 1) {
		all = append(all, c.At(d, clock).In(c.Location()))
	}
	return all, nil
}

// writeDates prints the nights as a table.
func writeDates(w io.Writer, p *plan.Plan, nights []forecast.Night, every []string, at string, width int) error {
	var b strings.Builder
	fmt.Fprintf(&b, "plan %s (%s): %s that begin at %s (%s)\n", p.Name, p.File, readable.Count(len(nights), "night"), at, p.Calendar.Location())
	if closed := p.Calendar.ClosedWords(); closed != "" {
		fmt.Fprintf(&b, "closed windows: %s\n", closed)
	}
	if len(every) > 0 {
		fmt.Fprintf(&b, "every night runs: %s\n", strings.Join(every, ", "))
	}
	rows := readable.Table{{"night", "misdate", "holds", "runs besides"}}
	for _, n := range nights {
		begins := n.Begins.Format("Mon 2006-01-02")
		if n.Error != "" {
			first, _, _ := strings.Cut(n.Error, "\n")
			rows = append(rows, []string{begins, "", "", "no run could begin: " + first})
			continue
		}
		var besides []string
		for _, code := range n.Batches {
			if !slices.Contains(every, code) {
				besides = append(besides, code)
			}
		}
		if !n.Closed.IsZero() {
			besides = append(besides, "nothing before "+n.Closed.In(n.Begins.Location()).Format("Mon 15:04"))
		}
		rows = append(rows, []string{begins, dayAndDate(n.MISDate), strings.Join(n.Holds, ", "), strings.Join(besides, ", ")})
	}
	b.WriteString("\n")
	rows.Write(&b, readable.Layout{Cell: 44, Screen: width})
	seen := map[string]bool{}
	for _, n := range nights {
		for _, odd := range n.Odd {
			if !seen[odd] {
				seen[odd] = true
				fmt.Fprintf(&b, "from %s: warning %s\n", n.Begins.Format(time.DateOnly), odd)
			}
		}
	}
	_, err := io.WriteString(w, b.String())
	return err
}

// dayAndDate is a date with its day of the week; empty for none.
func dayAndDate(date string) string {
	d, err := calendar.Parse(date)
	if err != nil {
		return ""
	}
	return d.Format("Mon 2006-01-02")
}
