package plans

import (
	"bufio"
	"errors"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/view"
	"ofsplan/plan"
)

// graphFormats are the forms a graph is drawn in.
var graphFormats = []string{"text", "dot", "mermaid", "json"}

func graph(std *terminal.Streams) *cobra.Command {
	var state flags.State
	var part flags.Part
	var format string
	cmd := &cobra.Command{
		Use:   "graph PLAN|RUN",
		Short: "Draws a plan, or a run with how each step stands",
		Example: `  ofsplan graph nightly.yaml
  ofsplan graph nightly.yaml --from score
  ofsplan graph nightly.yaml --format dot | dot -Tsvg > nightly.svg
  ofsplan graph last --format mermaid`,
		Args:              flags.OneArg("plan or run"),
		ValidArgsFunction: flags.PlanFiles,
		RunE: func(cmd *cobra.Command, args []string) error {
			if err := flags.OneOf("format", format, graphFormats); err != nil {
				return flags.Usage(cmd, err)
			}
			g, simulated, err := graphOf(&state, args[0], part.Part)
			if err != nil {
				return err
			}
			if format == "json" {
				return std.PrintJSON(g)
			}
			w := bufio.NewWriter(std.Out)
			switch format {
			case "dot":
				err = g.DOT(w)
			case "mermaid":
				err = g.Mermaid(w)
			default:
				err = g.Text(w, std.Style(std.Out, simulated))
			}
			return errors.Join(err, w.Flush())
		},
	}
	state.Register(cmd, true)
	part.Register(cmd)
	cmd.Flags().StringVar(&format, "format", "text", "text, dot, mermaid or json")
	flags.CompleteValues(cmd, "format", graphFormats)
	return cmd
}

// graphOf draws what an argument names: a file is a plan, of which a part may be meant; anything else is a run.
func graphOf(f *flags.State, arg string, part plan.Part) (g *view.Graph, simulated bool, err error) {
	if info, err := os.Stat(arg); err == nil && !info.IsDir() || files.IsPlan(arg) {
		p, err := files.Plan(arg)
		if err != nil {
			return nil, false, err
		}
		skip, err := p.LeftOut(part)
		if err != nil {
			return nil, false, err
		}
		g = view.PlanGraph(p)
		g.Part(skip)
		return g, false, nil
	}
	if !part.Whole() {
		return nil, false, fmt.Errorf("--only, --from and --skip are about a plan, and %q is a run: it is drawn as it was started", arg)
	}
	run, _, err := f.Find(arg)
	if err != nil {
		return nil, false, err
	}
	g, err = view.RunGraph(run)
	return g, run.Started.Simulated, err
}
