//go:build editor

package schema_test

import (
	"bufio"
	"encoding/json"
	"fmt"
	"io"
	"os"
	"os/exec"
	"path/filepath"
	"strings"
	"testing"
	"time"

	"ofsplan/schema"
)

// serverVersion is the language server that editors use, from the npm registry.
const serverVersion = "2.0.0"

// What people see who write our files in an editor: what is explained under the cursor, what is offered, what is marked. It is asked of
// the server that VS Code and Neovim use. Without npm, or without its registry, it is skipped, and says so.
func TestEditor(t *testing.T) {
	s := startServer(t)
	t.Run("a mistake says what to write", s.marks)
	t.Run("each key is explained by its own words", s.explains)
	t.Run("keys, words and snippets are offered", s.offers)
}

func (s *server) marks(t *testing.T) {
	for _, c := range []struct{ kind, text, want string }{
		{"plan", "version: 1\nname: n\nsteps:\n  - id: a\n", "A step does one thing: write trigger, wait,"},
		{"plan", "version: 1\nname: n\nsteps:\n  - {id: A1, sleep: 1m}\n", "It is a small letter, then small letters, digits and _"},
		{"plan", "version: 1\nname: n\nsteps:\n  - {id: a, timeout: 10, trigger: {batch: A}}\n", "Write a time with its unit: 90s, 30m"},
		{"plan", "version: 1\nname: n\nsteps:\n  - {id: a, timeout: 1 hour, trigger: {batch: A}}\n", "Write a time with its unit: 90s, 30m"},
		{"plan", "version: 1\nname: n\nsteps:\n  - {id: a, trigger: {batch: A, group: B}}\n", "A trigger starts a batch or a group: leave one of the two out."},
		{"plan", "version: 1\nname: n\nsteps:\n  - {id: a, trigger: {params: {x: 1}}}\n", "Say what is started: batch: CODE or group: CODE."},
		{"plan", "version: 1\nname: n\nsteps:\n  - {id: a, trigger: {batch: A-B}}\n", "A code is a letter, then letters, digits and _, 60 at most"},
		{"plan", "version: 1\nname: n\nsteps:\n  - {id: a, trigger: {batch: A}, depends_on: b}\n", "depends_on is not allowed"},
		{"targets", "targets:\n  prod: {url: ofs.example.com, user: U, auth: {grant: token, token: {file: t}}}\n", "An address is written https://host/path"},
		{"targets", "targets:\n  prod: {url: https://ofs.example.com, user: U, auth: {grant: token, token: abc}}\n", "Say where the secret is kept, never the secret itself"},
		{"scenario", "version: 1\nbatches: {A: {starts: [{fails: true, at: soon}]}}\n", "Write a time with its unit"},
		{"calendar", "holidays: [25.12.2026]\n", "Write a date: 2026-11-20."},
	} {
		_, marked := s.open(t, c.kind, c.text)
		if all := strings.Join(marked, "\n"); !strings.Contains(all, c.want) {
			t.Errorf("%q is not said of\n%s\nbut\n%s", c.want, c.text, all)
		}
	}
	for _, kind := range []struct{ kind, file string }{{"plan", everyKey}, {"targets", everyTarget}} {
		text, err := os.ReadFile(kind.file)
		if err != nil {
			t.Fatal(err)
		}
		if _, marked := s.open(t, kind.kind, string(text)); len(marked) > 0 {
			t.Errorf("%s is right, and marked: %s", kind.file, strings.Join(marked, "\n"))
		}
	}
}

func (s *server) explains(t *testing.T) {
	const text = "version: 1\nname: n\nmisdate: 2026-11-20\nsteps:\n  - id: a\n    timeout: 1h\n    expect: 30m\n    poll: 30s\n    if: always()\n    trigger:\n      batch: A\n    on_failure:\n      - do: retry\n"
	doc, _ := s.open(t, "plan", text)
	for line, want := range map[int]string{
		2: "The date put as $FICMISDATE$", 5: "The step fails with kind timeout", 6: "Later than this is a warning", 7: "How often to ask", 8: "Whether the step runs",
		9: "Starts a batch or a group", 10: "The code of the batch to start", 12: "What is done about the failure",
	} {
		column := len(strings.Split(text, "\n")[line]) - len(strings.TrimLeft(strings.Split(text, "\n")[line], " -")) + 1
		got := s.hover(t, doc, line, column)
		if !strings.Contains(strings.ReplaceAll(got, "\\", ""), want) || strings.Contains(got, "version 1") {
			t.Errorf("line %d is explained by %q, want %q", line+1, got, want)
		}
	}
	targets, _ := s.open(t, "targets", "targets:\n  prod:\n    user: U\n    auth:\n      grant: token\n")
	for line, want := range map[int]string{2: "as whom batches are started", 4: "How a token is got"} {
		if got := s.hover(t, targets, line, 8); !strings.Contains(got, want) {
			t.Errorf("line %d of targets is explained by %q, want %q", line+1, got, want)
		}
	}
}

func (s *server) offers(t *testing.T) {
	rule, _ := s.open(t, "plan", "version: 1\nname: n\nsteps:\n  - id: a\n    trigger: {batch: A}\n    on_failure:\n      - do: \n")
	step, _ := s.open(t, "plan", "version: 1\nname: n\nsteps:\n  - id: a\n    trigger: {batch: A}\n    \n")
	has := func(what string, labels []string, wanted ...string) {
		for _, want := range wanted {
			found := false
			for _, label := range labels {
				found = found || label == want
			}
			if !found {
				t.Errorf("%s: %q is not offered, but %q", what, want, labels)
			}
		}
	}
	has("what a rule does", s.complete(t, rule, 6, 12), "restart", "rerun", "retry", "continue")
	has("keys of a step", s.complete(t, step, 5, 4), "timeout", "needs", "watch", "runbook")
	empty, _ := s.open(t, "plan", "")
	has("an empty file", s.complete(t, empty, 0, 0), "a plan", "steps", "name")
	steps, _ := s.open(t, "plan", "version: 1\nname: n\nsteps:\n  - \n")
	has("a new step", s.complete(t, steps, 3, 4), "trigger a batch", "trigger a group")
	grants, _ := s.open(t, "targets", "targets:\n  prod:\n    auth:\n      grant: \n")
	has("grants", s.complete(t, grants, 3, 13), "client_credentials", "token")
	target, _ := s.open(t, "targets", "targets:\n  prod:\n    kind: cloud\n    \n")
	has("keys of a target", s.complete(t, target, 3, 4), "url", "user", "tls")
}

// A server is a language server that has been started and greeted.
type server struct {
	in     io.Writer
	events chan message
	schema string // the folder of the schemas
	opened int
	asked  int
}

// A message is one of its protocol, JSON-RPC.
type message struct {
	ID     any             `json:"id,omitempty"`
	Method string          `json:"method,omitempty"`
	Params json.RawMessage `json:"params,omitempty"`
	Result json.RawMessage `json:"result,omitempty"`
	Error  json.RawMessage `json:"error,omitempty"`
}

// startServer gets the server and greets it.
func startServer(t *testing.T) *server {
	t.Helper()
	npm, err := exec.LookPath("npm")
	if err != nil {
		t.Skip("there is no npm here, so no editor was asked")
	}
	dir := t.TempDir()
	get := exec.Command(npm, "install", "--prefix", dir, "--no-audit", "--no-fund", "--ignore-scripts", "yaml-language-server@"+serverVersion)
	get.Dir = dir
	if out, err := get.CombinedOutput(); err != nil {
		t.Skipf("the registry of npm gives no yaml-language-server, so no editor was asked: %v\n%s", err, out)
	}
	s := &server{events: make(chan message, 100), schema: dir}
	for name, text := range map[string][]byte{"plan": schema.Plan, "targets": schema.Targets, "scenario": schema.Scenario, "calendar": schema.Calendar} {
		if err := os.WriteFile(filepath.Join(dir, name+".schema.json"), text, 0o600); err != nil {
			t.Fatal(err)
		}
	}
	cmd := exec.Command("node", filepath.Join(dir, "node_modules", "yaml-language-server", "bin", "yaml-language-server"), "--stdio")
	if s.in, err = cmd.StdinPipe(); err != nil {
		t.Fatal(err)
	}
	out, err := cmd.StdoutPipe()
	if err != nil {
		t.Fatal(err)
	}
	if err := cmd.Start(); err != nil {
		t.Skipf("node does not start, so no editor was asked: %v", err)
	}
	go s.listen(out)
	t.Cleanup(func() {
		if err := cmd.Process.Kill(); err != nil {
			t.Error(err)
		}
		_ = cmd.Wait() // it was killed
		for range s.events {
		}
	})
	s.ask(t, "initialize", map[string]any{
		"processId": os.Getpid(), "rootUri": nil, "capabilities": map[string]any{
			"workspace":    map[string]any{"configuration": true},
			"textDocument": map[string]any{"hover": map[string]any{"contentFormat": []string{"markdown"}}, "completion": map[string]any{"completionItem": map[string]any{"snippetSupport": true}}},
		},
	})
	s.tell(t, "initialized", map[string]any{})
	s.tell(t, "workspace/didChangeConfiguration", map[string]any{"settings": map[string]any{}})
	return s
}

// listen reads what the server says until it ends.
func (s *server) listen(from io.Reader) {
	defer close(s.events)
	r := bufio.NewReader(from)
	for {
		length := 0
		for {
			line, err := r.ReadString('\n')
			if err != nil {
				return
			}
			if line = strings.TrimSpace(line); line == "" {
				break
			}
			_, _ = fmt.Sscanf(line, "Content-Length: %d", &length) // other headers are passed over
		}
		text := make([]byte, length)
		if _, err := io.ReadFull(r, text); err != nil {
			return
		}
		var m message
		if json.Unmarshal(text, &m) == nil {
			s.events <- m
		}
	}
}

func (s *server) send(t *testing.T, v any) {
	t.Helper()
	text, err := json.Marshal(v)
	if err != nil {
		t.Fatal(err)
	}
	if _, err := fmt.Fprintf(s.in, "Content-Length: %d\r\n\r\n%s", len(text), text); err != nil {
		t.Fatal(err)
	}
}

func (s *server) tell(t *testing.T, method string, params any) {
	t.Helper()
	s.send(t, map[string]any{"jsonrpc": "2.0", "method": method, "params": params})
}

// ask waits for the answer to a question.
func (s *server) ask(t *testing.T, method string, params any) json.RawMessage {
	t.Helper()
	s.asked++
	s.send(t, map[string]any{"jsonrpc": "2.0", "id": s.asked, "method": method, "params": params})
	return s.until(t, func(m message) bool { return m.Method == "" && m.ID == float64(s.asked) }).Result
}

// until waits for a message, and answers what the server asks meanwhile.
func (s *server) until(t *testing.T, wanted func(message) bool) message {
	t.Helper()
	late := time.After(time.Minute)
	for {
		select {
		case m, open := <-s.events:
			switch {
			case !open:
				t.Fatal("the server has ended")
			case wanted(m):
				return m
			case m.Method == "workspace/configuration":
				s.send(t, map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": []any{
					map[string]any{"validate": true, "hover": true, "completion": true, "schemaStore": map[string]any{"enable": false}}, nil, nil, nil, nil,
				}})
			case m.Method != "" && m.ID != nil:
				s.send(t, map[string]any{"jsonrpc": "2.0", "id": m.ID, "result": nil})
			}
		case <-late:
			t.Fatal("the server says nothing for a minute")
		}
	}
}

// open shows the server a file of that kind, and returns its name and what is marked in it.
func (s *server) open(t *testing.T, kind, text string) (uri string, marked []string) {
	t.Helper()
	s.opened++
	uri = fmt.Sprintf("file://%s/f%d.yaml", s.schema, s.opened)
	text = "# yaml-language-server: $schema=" + kind + ".schema.json\n" + text
	s.tell(t, "textDocument/didOpen", map[string]any{"textDocument": map[string]any{"uri": uri, "languageId": "yaml", "version": 1, "text": text}})
	m := s.until(t, func(m message) bool {
		return m.Method == "textDocument/publishDiagnostics" && strings.Contains(string(m.Params), uri)
	})
	var found struct {
		Diagnostics []struct{ Message string }
	}
	if err := json.Unmarshal(m.Params, &found); err != nil {
		t.Fatal(err)
	}
	for _, d := range found.Diagnostics {
		marked = append(marked, d.Message)
	}
	return uri, marked
}

// place is one in a file that was opened: the first line names the schema.
func place(uri string, line, column int) map[string]any {
	return map[string]any{"textDocument": map[string]any{"uri": uri}, "position": map[string]any{"line": line + 1, "character": column}}
}

func (s *server) hover(t *testing.T, uri string, line, column int) string {
	t.Helper()
	var found struct{ Contents struct{ Value string } }
	if err := json.Unmarshal(s.ask(t, "textDocument/hover", place(uri, line, column)), &found); err != nil {
		return ""
	}
	return found.Contents.Value
}

func (s *server) complete(t *testing.T, uri string, line, column int) (labels []string) {
	t.Helper()
	var found struct{ Items []struct{ Label string } }
	if err := json.Unmarshal(s.ask(t, "textDocument/completion", place(uri, line, column)), &found); err != nil {
		t.Fatal(err)
	}
	for _, i := range found.Items {
		labels = append(labels, i.Label)
	}
	return labels
}
