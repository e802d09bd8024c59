package foreground

import (
	"fmt"

	"ofsplan/audit"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/operate"
)

// DryRun prints every request that a run would send, in the plan's order. It needs no secret, and shows none.
func DryRun(std *terminal.Streams, p *operate.Prepared, f *flags.Run) error {
	all, err := p.Forecast()
	if err != nil {
		return err
	}
	if p.Resolved.Once != "" {
		once, err := foresee(p, f)
		if err != nil {
			fmt.Fprintf(std.Err, "warning: %v\n", err)
		}
		all.Once = once
	}
	for _, c := range p.Concerns() {
		fmt.Fprintf(std.Err, "warning: %s\n", c)
	}
	if f.JSON {
		return std.PrintJSON(all)
	}
	return all.Print(std.Out)
}

// onceForecast is what a run of a plan with once would meet if it began now.
type onceForecast struct {
	Value  string   `json:"value"`
	Meets  *Refusal `json:"meets,omitempty"` // nil: nothing would be in its way
	counts bool     // it is no simulated one
	again  bool
}

// foresee finds what a run would meet.
func foresee(p *operate.Prepared, f *flags.Run) (*onceForecast, error) {
	o := &onceForecast{Value: p.Resolved.Once, counts: p.Counts(), again: p.Again}
	found, err := p.Foresee()
	if found != nil {
		o.Meets = NewRefusal(found, f.Repeat())
	}
	return o, err
}

// String says it for people.
func (o *onceForecast) String() string {
	text := audit.Printable(o.Value) + ": "
	switch {
	case !o.counts:
		return text + "a simulated run never counts"
	case o.Meets == nil:
		return text + "no run of this counts yet: one would begin now"
	case o.again && o.Meets.State != operate.Running:
		return text + o.Meets.Found + ": with --again one would begin now all the same"
	}
	return text + fmt.Sprintf("%s: none would begin now, exit code %d", o.Meets.Found, o.Meets.ExitCode)
}
