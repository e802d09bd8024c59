package proof

import (
	"fmt"
	"net/http"
	"net/http/httptest"
	"os"
	"path/filepath"
	"strings"
	"testing"
)

// babbler passes calls on, and says more on the connection than it was asked for.
type babbler struct{ http.Handler }

func (b babbler) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	answer := httptest.NewRecorder()
	b.Handler.ServeHTTP(answer, r)
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // HTTP/1 without TLS
	}
	defer conn.Close()
	body := answer.Body.String()
	fmt.Fprintf(conn, "HTTP/1.1 %d \r\nContent-Type: application/json\r\nContent-Length: %d\r\n\r\n%sunasked words", answer.Code, len(body), body)
}

// What comes on a connection unasked is told to the standard library's logger, as it came. Nobody hears it.
func TestNothingIsToldToTheStandardLogger(t *testing.T) {
	binary, f, dir := buildBinary(t), fragiles[0], t.TempDir()
	y, err := newYard(binary, dir, f.plan, f.scenario)
	if err != nil {
		t.Fatal(err)
	}
	defer y.close()
	loud := httptest.NewServer(babbler{y.server.Handler})
	defer loud.Close()
	if err := os.WriteFile(filepath.Join(dir, "ofsplan.yaml"), fmt.Appendf(nil, labTarget, loud.URL), 0o600); err != nil {
		t.Fatal(err)
	}
	c, code, err := y.run("run", "plan.yaml", "--target", "lab")
	if err != nil || code != 0 {
		t.Fatalf("exit code %d, %v\n%s", code, err, c)
	}
	if text := c.out.String() + c.err.String(); strings.Contains(text, "unasked") || strings.Contains(text, "nsolicited") {
		t.Errorf("somebody was told:\n%s", text)
	}
}
