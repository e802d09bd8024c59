package cli

import (
	"encoding/base64"
	"encoding/hex"
	"encoding/json"
	"fmt"
	"html"
	"io"
	"log"
	"net/http"
	"net/http/httptest"
	"net/url"
	"slices"
	"strconv"
	"strings"
	"sync"
	"testing"
	"time"

	"ofsplan/ofs/sim"
)

// A spelling is a way to write a secret down.
type spelling struct {
	name  string
	spell func(string) []string
}

var spellings = []spelling{
	{"plain", func(s string) []string { return []string{s} }},
	{"base64", basic},
	{"base64 of the form encoding", func(s string) []string { return basic(url.QueryEscape(s)) }},
	{"percent", func(s string) []string {
		return []string{url.QueryEscape(s), url.PathEscape(s), strings.ReplaceAll(url.QueryEscape(s), "+", "%20"), percent("%%%02X", s)}
	}},
	{"percent in lower case", func(s string) []string {
		return []string{lower(url.QueryEscape(s)), lower(url.PathEscape(s)), percent("%%%02x", s)}
	}},
	{"JSON", func(s string) []string { return []string{inJSON(s, true), inJSON(s, false)} }},
	{"JSON in ASCII", func(s string) []string { return []string{strings.Trim(strconv.QuoteToASCII(s), `"`), asciiJSON(s)} }},
	{"JSON in JSON", func(s string) []string {
		return []string{inJSON(inJSON(s, true), true), inJSON(inJSON(s, false), false)}
	}},
	{"HTML", func(s string) []string {
		named := strings.NewReplacer("&", "&amp;", "<", "&lt;", ">", "&gt;", `"`, "&quot;", "'", "&#x27;").Replace(s)
		return []string{html.EscapeString(s), named, strings.ReplaceAll(named, "&#x27;", "&#39;"), strings.ReplaceAll(named, "&#x27;", "&apos;")}
	}},
	{"hex", func(s string) []string {
		return []string{hex.EncodeToString([]byte(s)), strings.ToUpper(hex.EncodeToString([]byte(s)))}
	}},
	{"quoted by Go", func(s string) []string { q := strconv.Quote(s); return []string{q[1 : len(q)-1]} }},
}

// basic is a text in base64, both alphabets, at each place it can have in something longer, without the characters
// that depend on what stands beside it; so its paddings are in it.
func basic(s string) (all []string) {
	for _, enc := range []*base64.Encoding{base64.RawStdEncoding, base64.RawURLEncoding} {
		for before, shared := range []int{0, 2, 3} {
			whole := enc.EncodeToString(append(make([]byte, before), s...))
			all = append(all, whole[shared:(before+len(s))*8/6])
		}
	}
	return all
}

func percent(format, s string) string {
	var b strings.Builder
	for i := range len(s) {
		fmt.Fprintf(&b, format, s[i])
	}
	return b.String()
}

// lower is percent encoding with its digits in lower case.
func lower(s string) string {
	parts := strings.Split(s, "%")
	for i, p := range parts[1:] {
		parts[i+1] = strings.ToLower(p[:2]) + p[2:]
	}
	return strings.Join(parts, "%")
}

func inJSON(s string, careful bool) string {
	var b strings.Builder
	enc := json.NewEncoder(&b)
	enc.SetEscapeHTML(careful)
	if err := enc.Encode(s); err != nil {
		panic(err) // a string always encodes
	}
	quoted := strings.TrimSpace(b.String())
	return quoted[1 : len(quoted)-1]
}

// asciiJSON is a string as encoders write it that keep to ASCII and escape slashes.
func asciiJSON(s string) string {
	var b strings.Builder
	for _, r := range strings.ReplaceAll(inJSON(s, false), "/", `\/`) {
		switch {
		case r > 0xffff:
			r -= 0x10000
			fmt.Fprintf(&b, `\u%04x\u%04x`, 0xd800+r>>10, 0xdc00+r&0x3ff)
		case r > 0x7e:
			fmt.Fprintf(&b, `\u%04x`, r)
		default:
			b.WriteRune(r)
		}
	}
	return b.String()
}

// A parrot is a scheduler and identity service that repeats what it received, and every secret there is, wherever it can.
type parrot struct {
	*httptest.Server
	sim http.Handler

	mu           sync.Mutex
	given        int // tokens
	echoed       int
	known        []string          // the secrets it has received, or could have
	fromRequests []string          // what requests hold, beside who makes them
	on           map[string]answer // by operation
	style        spelling
}

// An answer is what the parrot does with a call.
type answer struct {
	tells bool // a look comes to an end by it: it is not asked again
	say   func(p *parrot, w http.ResponseWriter, r *http.Request)
}

func newParrot(t *testing.T) *parrot {
	t.Helper()
	s, err := sim.New(sim.Scenario{
		Unknown:   sim.Unknown{Duration: sim.Lasting(0)},
		Elsewhere: map[string]sim.Elsewhere{aRun: {Code: "LOAD"}},
	}, sim.Options{NoToken: true})
	if err != nil {
		t.Fatal(err)
	}
	p := &parrot{on: map[string]answer{}}
	server := httptest.NewUnstartedServer(p)
	p.sim = s.Handler(time.Now)
	server.Config.ErrorLog = log.New(io.Discard, "", 0)
	server.Start()
	p.Server = server
	t.Cleanup(server.Close)
	return p
}

// knowsSecretsOf makes the parrot repeat the secrets of a target.
func (p *parrot) knowsSecretsOf(target string) {
	p.mu.Lock()
	defer p.mu.Unlock()
	// Of a refresh token and an access token, the parrot repeats what it gave out last.
	access, refresh := fmt.Sprint(canaries.access, p.given+1), fmt.Sprint(canaries.refresh, p.given+1)
	p.known = []string{canaries.clientID, canaries.clientSecret, canaries.username, canaries.password, access, refresh}
	switch target {
	case "machine":
		p.known = []string{canaries.clientID, canaries.clientSecret, access}
	case "ready":
		p.known = []string{canaries.ready}
	case "far", "far_tls":
		p.known = []string{canaries.clientID, canaries.clientSecret, canaries.proxyPassword} // no token comes from there
	}
	p.known = append(p.known, p.fromRequests...)
	if _, refuses := p.on["token"]; refuses {
		p.known = slices.DeleteFunc(p.known, func(s string) bool { return s == access || s == refresh })
	}
}

// set says what is done with one operation from now on; everything else goes well.
func (p *parrot) set(op string, d answer, s spelling) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.style = s
	p.on = map[string]answer{op: d}
}
