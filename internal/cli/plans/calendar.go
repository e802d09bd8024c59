package plans

import (
	"crypto/sha256"
	"fmt"
	"path/filepath"
	"strings"
	"time"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/holidays"
	"ofsplan/internal/readable"
	"ofsplan/plan"
)

// calendars are the commands about calendar files.
func calendars(std *terminal.Streams) *cobra.Command {
	cmd := &cobra.Command{
		Use:     "calendar",
		Short:   "Makes calendar files",
		Example: `  ofsplan calendar import holidays.ics -o calendars/emea.yaml`,
	}
	cmd.AddCommand(importCalendar(std))
	return cmd
}

// importFlags say which years are imported, and where they are written.
type importFlags struct {
	from, years int
	zone, out   string
}

// icsLimit is how large an iCalendar file may be.
const icsLimit = 4 << 20

func importCalendar(std *terminal.Streams) *cobra.Command {
	var f importFlags
	cmd := &cobra.Command{
		Use:   "import HOLIDAYS.ics",
		Short: "Makes a calendar file of the holidays in an iCalendar file",
		Long: `Makes a calendar file of the holidays in an iCalendar (.ics) file, as authorities and exchanges publish them. Look at it,
add weekend, day_starts and closed windows where the bank has them, and commit it beside the plans: no run ever reads
iCalendar.

Events of whole days are taken, each of their days, with their names as comments; what has an hour is left out and said.
Events that come again by a rule are written out for the years that are asked for, without their exceptions, and days that
were moved or canceled count as such. The calendar ends (valid_until) with the last of these years, or with the last year in
which the file names a single day, as those of Easter: beyond it a rule alone does not tell all holidays.`,
		Example: `  ofsplan calendar import holidays.ics -o calendars/emea.yaml
  ofsplan calendar import holidays.ics --from 2026 --years 3 --timezone Europe/London`,
		Args: flags.OneArg("iCalendar file"),
		RunE: func(cmd *cobra.Command, args []string) error {
			if f.from == 0 {
				f.from = time.Now().Year()
			}
			if f.years < 1 {
				return flags.Usage(cmd, fmt.Errorf("--years is how many years are imported, 1 or more"))
			}
			return importHolidays(std, args[0], &f)
		},
	}
	cmd.Flags().IntVar(&f.from, "from", 0, "the first year (default: the one it is)")
	cmd.Flags().IntVar(&f.years, "years", 2, "how many years")
	cmd.Flags().StringVar(&f.zone, "timezone", "", "the calendar's zone, such as Europe/London (default: that of the file, if it names one)")
	cmd.Flags().StringVarP(&f.out, "out", "o", "", "write to this new file in place of standard output")
	return cmd
}

// importHolidays reads the file and writes the calendar.
func importHolidays(std *terminal.Streams, path string, f *importFlags) error {
	data, info, err := files.ReadInfo(path, "the iCalendar file", icsLimit)
	if err != nil {
		return err
	}
	if !info.Mode().IsRegular() {
		return fmt.Errorf("%s: the iCalendar file is no regular file", path)
	}
	list, err := holidays.Read(data, holidays.Span{First: f.from, Last: f.from + f.years - 1})
	if err != nil {
		return fmt.Errorf("%s: %w", path, eachOnALine(err))
	}
	zone := f.zone
	if zone == "" {
		if _, err := time.LoadLocation(list.Zone); err == nil && list.Zone != "" {
			zone = list.Zone
		}
	}
	years := fmt.Sprint(f.from)
	if last := list.Until.Year(); last > f.from {
		years += " to " + fmt.Sprint(last)
	}
	text := list.YAML(zone, fmt.Sprintf("Holidays of %s, from %s,", years, filepath.Base(path)), fmt.Sprintf("SHA-256 %x.", sha256.Sum256(data)))
	if _, err := plan.ParseCalendar("the calendar", text); err != nil {
		return fmt.Errorf("%w\n\tname a zone with --timezone, such as Europe/London", err)
	}
	if err := files.WriteNew(std, f.out, text); err != nil {
		return err
	}
	tellImport(std, list, zone, f.from+f.years-1)
	return nil
}

// tellImport says what a person should know of an import.
func tellImport(std *terminal.Streams, list *holidays.List, zone string, last int) {
	fmt.Fprintf(std.Err, "%s; the calendar is valid until %s\n", readable.Count(len(list.Days), "holiday"), list.Until.Format(time.DateOnly))
	if list.Short {
		fmt.Fprintf(std.Err, "warning: the file names no single day after %d, so that %d would lack the holidays that move from year to year\n", list.Until.Year(), last)
	}
	if zone == "" {
		fmt.Fprintln(std.Err, "warning: the file names no zone, so the calendar is in UTC: give it one with --timezone")
	}
	if len(list.Left) > 0 {
		fmt.Fprintf(std.Err, "warning: left out, since it is not about whole days: %s\n", readable.List(list.Left, 5))
	}
}

// eachOnALine is an error of several lines with all but the first behind a tab.
func eachOnALine(err error) error {
	return fmt.Errorf("%s", strings.ReplaceAll(err.Error(), "\n", "\n\t"))
}
