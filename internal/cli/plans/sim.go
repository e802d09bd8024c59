package plans

import (
	"context"
	"fmt"
	"os"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/files"
	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/ofs/sim"
)

// simLimit is the size a scenario file may have.
const simLimit = 16 << 20

// simFlags say how the simulated scheduler behaves and listens.
type simFlags struct {
	scenario  string
	speed     float64
	port      int
	tls       bool
	caOut     string
	onPremise bool
	basic     string
	asJSON    bool
}

func simulator(std *terminal.Streams) *cobra.Command {
	var f simFlags
	cmd := &cobra.Command{
		Use:   "sim",
		Short: "Serves a simulated scheduler on loopback until it is stopped",
		Long: `Serves a simulated scheduler on loopback until it is stopped: the five operations and the token endpoint,
as the scheduler's guide has them. Without a scenario it plays a night in which batches take seconds. It accepts any
client and password, and starts nothing anywhere.`,
		Example: `  ofsplan sim --port 8080
  ofsplan sim --scenario night.yaml --speed 60
  ofsplan sim --tls --ca-out ca.pem`,
		Args: cobra.NoArgs,
		RunE: func(cmd *cobra.Command, _ []string) error {
			if f.caOut != "" && !f.tls {
				return flags.Usage(cmd, fmt.Errorf("--ca-out writes the certificate of --tls, which is not set"))
			}
			if f.speed <= 0 {
				return flags.Usage(cmd, fmt.Errorf("--speed must be more than 0, not %g", f.speed))
			}
			if f.basic != "" && f.basic != sim.BasicRaw && f.basic != sim.BasicForm {
				return flags.Usage(cmd, fmt.Errorf("--basic must be raw or form, not %q", f.basic))
			}
			return serve(std, cmd.Context(), &f)
		},
	}
	cmd.Flags().StringVar(&f.scenario, "scenario", "", "a scenario file: how the night goes")
	cmd.Flags().Float64Var(&f.speed, "speed", 1, "how many seconds of the night pass in a real one")
	cmd.Flags().IntVar(&f.port, "port", 0, "where to listen on 127.0.0.1 (default: a free port)")
	cmd.Flags().BoolVar(&f.tls, "tls", false, "serve HTTPS with a certificate made for this server")
	cmd.Flags().StringVar(&f.caOut, "ca-out", "", "write what a client must trust to this file, for ca_file")
	cmd.Flags().BoolVar(&f.onPremise, "on-premise", false, "do not ask for tenant and service")
	cmd.Flags().StringVar(&f.basic, "basic", "", "take client id and secret in one form only: raw, as in the guide, or form (default: either)")
	cmd.Flags().BoolVar(&f.asJSON, "json", false, "print the facts as JSON")
	return cmd
}

// serve serves until a signal comes.
func serve(std *terminal.Streams, ctx context.Context, f *simFlags) error {
	scenario, err := readScenario(f.scenario)
	if err != nil {
		return err
	}
	scheduler, err := sim.New(scenario, sim.Options{Speed: f.speed, OnPremise: f.onPremise, Credentials: sim.Credentials{Basic: f.basic}})
	if err != nil {
		return err
	}
	server, err := sim.Serve(scheduler, sim.ServeOptions{Port: f.port, TLS: f.tls})
	if err != nil {
		return err
	}
	defer server.Close()
	if f.caOut != "" {
		if err := os.WriteFile(f.caOut, server.CAPEM, 0o644); err != nil {
			return fmt.Errorf("the certificate cannot be written: %w", err)
		}
	}
	ctx, release := std.StopOnSignal(ctx)
	defer release()
	if f.asJSON {
		err = std.PrintJSON(struct {
			URL       string  `json:"url"`
			Simulated bool    `json:"simulated"`
			Speed     float64 `json:"speed"`
			CAFile    string  `json:"ca_file,omitempty"`
		}{server.URL, true, f.speed, f.caOut})
		if err != nil {
			return err
		}
	} else {
		fmt.Fprintf(std.Out, "simulated scheduler and identity service on %s\n", server.URL)
		fmt.Fprintf(std.Err, simHelp, server.URL, server.URL, caLine(f.caOut))
	}
	<-ctx.Done()
	return nil
}

// simHelp is a targets file for the server, so that trying it needs no reading.
const simHelp = `point a target at it:
    targets:
      lab:
        url: %s
        iam: %s
        tenant: any
        service: any
        user: ANY
        auth: {grant: client_credentials, client_id: {env: USER}, client_secret: {env: USER}}
%sstop it with Ctrl-C
`

func caLine(file string) string {
	if file == "" {
		return ""
	}
	return fmt.Sprintf("        tls: {ca_file: %s}\n", file)
}

// readScenario reads a scenario file, or is the built-in night.
func readScenario(path string) (sim.Scenario, error) {
	if path == "" {
		return sim.Demo(), nil
	}
	data, err := files.Read(path, "the scenario", simLimit)
	if err != nil {
		return sim.Scenario{}, err
	}
	return scenario.Read(path, data)
}
