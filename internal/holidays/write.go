package holidays

import (
	"fmt"
	"strings"
	"time"
)

// YAML writes the list as a calendar file in that zone, each holiday with its names. The lines of from say where it comes
// from. The same list makes the same bytes. Weekend, day_starts and closed windows are the bank's to add.
func (l *List) YAML(zone string, from ...string) []byte {
	var b strings.Builder
	for _, line := range from {
		fmt.Fprintf(&b, "# %s\n", plain(line))
	}
	if zone != "" {
		fmt.Fprintf(&b, "timezone: %s\n", zone)
	}
	b.WriteString("holidays:\n")
	for _, d := range l.Days {
		fmt.Fprintf(&b, "  - %s # %s\n", d.Date.Format(time.DateOnly), strings.Join(d.Names, " / "))
	}
	fmt.Fprintf(&b, "valid_until: %s\n", l.Until.Format(time.DateOnly))
	return []byte(b.String())
}
