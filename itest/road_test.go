package itest

import (
	"errors"
	"fmt"
	"os"
	"path/filepath"
	"strings"
	"testing"
	"time"

	toxiproxy "github.com/Shopify/toxiproxy/v2"
	"github.com/rs/zerolog"

	"ofsplan/ofs"
	"ofsplan/ofs/sim"
)

// A road leads from our client over a proxy that does to connections what it is told, to a scheduler on a real
// socket.
type road struct {
	t      *testing.T
	sim    *sim.Scheduler
	server *sim.Server
	way    ofs.Transport
	cfg    ofs.Config
	told   map[string]ofs.Receipt // what our client says of each request, by mark
	stretch
}

// A stretch is what lies between: the proxy, and our client before it.
type stretch struct {
	proxy  *toxiproxy.Proxy
	client *ofs.Client
}

// newRoad is a road, still without a stretch, whose client waits for an answer as long as patience says; 0 is the
// usual time.
func newRoad(t *testing.T, secure bool, patience time.Duration) *road {
	t.Helper()
	r := &road{t: t, told: map[string]ofs.Receipt{}}
	r.cfg.Tenant, r.cfg.Service, r.cfg.User, r.cfg.AnswerTimeout = "acme", "AML", "BATCHUSER", patience
	var err error
	if r.sim, err = sim.New(sim.Scenario{}, sim.Options{NoToken: true, Speed: 6000}); err != nil {
		t.Fatal(err)
	}
	if r.server, err = sim.Serve(r.sim, sim.ServeOptions{TLS: secure}); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.server.Close)
	trust := ofs.TLS{}
	if secure {
		trust.CAFile = filepath.Join(t.TempDir(), "ca.pem")
		if err := os.WriteFile(trust.CAFile, r.server.CAPEM, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	if r.way, err = ofs.NewTransport(trust); err != nil {
		t.Fatal(err)
	}
	t.Cleanup(r.way.CloseIdle)
	return r
}

// lay makes a new stretch with these toxics on it, each as the proxy's own interface takes it. The proxy is made
// anew each time: its toxics cannot be taken out again under connections without now and then waiting for ever.
func (r *road) lay(toxics ...string) {
	r.t.Helper()
	if r.proxy != nil {
		r.proxy.Stop()
	}
	scheme, upstream, _ := strings.Cut(r.server.URL, "://")
	quiet := toxiproxy.NewServer(toxiproxy.NewMetricsContainer(nil), zerolog.Nop())
	r.proxy = toxiproxy.NewProxy(quiet, "road", "127.0.0.1:0", upstream)
	for _, toxic := range toxics {
		if _, err := r.proxy.Toxics.AddToxicJson(strings.NewReader(toxic)); err != nil {
			r.t.Fatal(err)
		}
	}
	if err := r.proxy.Start(); err != nil {
		r.t.Fatal(err)
	}
	r.t.Cleanup(r.proxy.Stop)
	r.cfg.BaseURL = scheme + "://" + r.proxy.Listen + "/acme"
	var err error
	if r.client, err = ofs.New(r.cfg, nil, r.way); err != nil {
		r.t.Fatal(err)
	}
}

// limit is the toxic that ends a connection after so many bytes in one direction; "upstream" is towards the
// scheduler.
func limit(direction string, n int) string {
	return toxic("limit_data", direction, fmt.Sprintf(`"bytes":%d`, n))
}

func toxic(kind, direction, attributes string) string {
	return fmt.Sprintf(`{"type":%q,"stream":%q,"attributes":{%s}}`, kind, direction, attributes)
}

// trigger sends one request and keeps what our client says of it.
func (r *road) trigger(mark string) ofs.Receipt {
	r.t.Helper()
	order, err := r.client.Trigger(ofs.Order{Code: "LOAD", Object: ofs.Batch, MISDate: "2026-11-20"})
	if err != nil {
		r.t.Fatal(err)
	}
	receipt := r.client.Send(r.t.Context(), order, mark, func() error { return nil })
	r.told[mark] = receipt
	return receipt
}

// settle stops the scheduler and compares what our client says with what was carried out there, by mark.
func (r *road) settle() map[string]sim.Carried {
	r.t.Helper()
	carried := r.carried()
	for mark, receipt := range r.told {
		c, was := carried[mark]
		switch receipt.Class {
		case ofs.Accepted:
			if !was || c.RunID != receipt.BatchRunID {
				r.t.Errorf("%s: a false success: %+v, carried out: %v %s", mark, receipt, was, c.RunID)
			}
		case ofs.InDoubt:
		default:
			if was {
				r.t.Errorf("%s was carried out: %+v", mark, receipt)
			}
		}
	}
	for mark := range carried {
		if _, told := r.told[mark]; !told {
			r.t.Errorf("%s was carried out and nobody sent it", mark)
		}
	}
	return carried
}

// carried stops the scheduler and returns what was carried out there, by mark; never two for one.
func (r *road) carried() map[string]sim.Carried {
	r.t.Helper()
	r.proxy.Stop()
	r.server.Close()
	carried := map[string]sim.Carried{}
	for _, c := range r.sim.Carried() {
		if _, twice := carried[c.Mark]; twice {
			r.t.Errorf("%s was carried out twice", c.Mark)
		}
		carried[c.Mark] = c
	}
	return carried
}

// count is how many receipts have that class.
func (r *road) count(class ofs.Class) int {
	n := 0
	for _, receipt := range r.told {
		if receipt.Class == class {
			n++
		}
	}
	return n
}

// look asks once, and reports whether it was told the truth about a batch run that goes on or has succeeded; an
// error must be lost contact.
func (r *road) look(runID string) bool {
	r.t.Helper()
	question, err := r.client.Status(runID, nil)
	if err != nil {
		r.t.Fatal(err)
	}
	answer, err := r.client.Ask(r.t.Context(), question)
	if err != nil {
		if e, ok := errors.AsType[*ofs.CallError](err); !ok || e.Kind != ofs.KindLost {
			r.t.Errorf("a look: %#v", err)
		}
		return false
	}
	if answer.BatchRunID != runID || answer.Status != "ongoing" && answer.Status != "succeeded" {
		r.t.Errorf("a look was told %+v", answer)
	}
	return true
}
