package cli

import (
	"encoding/json"
	"fmt"
	"io"
	"net/http"
	"net/http/httptest"
	"path"
	"strconv"
	"strings"
)

// ServeHTTP answers this operation as was set, and lets all others go well.
func (p *parrot) ServeHTTP(w http.ResponseWriter, r *http.Request) {
	op := path.Base(r.URL.Path)
	if r.Method == http.MethodConnect {
		op = "connect"
	}
	p.mu.Lock()
	d, bad := p.on[op]
	p.mu.Unlock()
	switch {
	case bad:
		d.say(p, w, r)
	case op == "token":
		p.give(w)
	default:
		p.sim.ServeHTTP(w, r)
	}
}

// give answers with tokens.
func (p *parrot) give(w http.ResponseWriter) {
	p.mu.Lock()
	defer p.mu.Unlock()
	p.given++
	w.Header().Set("Content-Type", "application/json")
	body := map[string]any{
		"access_token": fmt.Sprint(canaries.access, p.given), "refresh_token": fmt.Sprint(canaries.refresh, p.given),
		"token_type": "Bearer", "expires_in": 3600,
	}
	if err := json.NewEncoder(w).Encode(body); err != nil {
		panic(err) // a map of texts
	}
}

// echo is some canaries in the present style, others each time, and how the caller showed who he is.
func (p *parrot) echo(r *http.Request) string {
	p.mu.Lock()
	defer p.mu.Unlock()
	var b strings.Builder
	for range min(3, len(p.known)) {
		spelt := p.style.spell(p.known[p.echoed%len(p.known)])
		b.WriteString(spelt[p.echoed/len(p.known)%len(spelt)] + " ")
		p.echoed++
	}
	return b.String() + r.Header.Get("Authorization") + " " + r.Header.Get("Proxy-Authorization")
}

// page answers with a web page.
func page(status int) answer {
	return answer{tells: status == 403 || status == 404, say: func(p *parrot, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "text/html")
		w.Header().Set("WWW-Authenticate", `Basic realm="`+p.echo(r)+`"`)
		w.Header().Set("X-Echo", p.echo(r))
		w.Header().Set("Retry-After", p.echo(r))
		w.WriteHeader(status)
		fmt.Fprintf(w, "<html><body><h1>%d</h1><pre>%s</pre></body></html>", status, p.echo(r))
	}}
}

// moved points elsewhere.
func moved(status int) answer {
	return answer{tells: status == 307, say: func(p *parrot, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Location", "https://elsewhere.example.com/?code="+p.echo(r)+"#access_token="+p.echo(r))
		w.WriteHeader(status)
	}}
}

// object answers with JSON made of an echo; every %s of it is another one.
func object(status int, format string) answer {
	return answer{say: func(p *parrot, w http.ResponseWriter, r *http.Request) {
		w.Header().Set("Content-Type", "application/json")
		w.WriteHeader(status)
		rest := format
		for strings.Contains(rest, "%s") {
			quoted, err := json.Marshal(p.echo(r))
			if err != nil {
				panic(err) // a string always encodes
			}
			before, after, _ := strings.Cut(rest, "%s")
			io.WriteString(w, before+string(quoted))
			rest = after
		}
		io.WriteString(w, rest)
	}}
}

// raw answers with bytes that are not HTTP, or hardly; %s is an echo.
func raw(format string) answer {
	return answer{say: func(p *parrot, w http.ResponseWriter, r *http.Request) {
		if _, err := io.ReadAll(r.Body); err != nil {
			panic(http.ErrAbortHandler)
		}
		conn, _, err := http.NewResponseController(w).Hijack()
		if err != nil {
			panic(err) // HTTP/1 without TLS
		}
		defer conn.Close()
		fmt.Fprintf(conn, format, p.echo(r))
	}}
}

// rawAnswers are answers that are not HTTP, or hardly.
var rawAnswers = map[string]answer{
	"a status line of canaries": raw("HTTP/1.1 %s\r\n\r\n"),
	"a header line of canaries": raw("HTTP/1.1 200 OK\r\n%s\r\n\r\n"),
	"no HTTP at all":            raw("%s\r\n\r\n"),
	"a wrong length":            raw("HTTP/1.1 200 OK\r\nContent-Length: %s\r\n\r\n"),
	"a wrong encoding":          raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: %s\r\n\r\n"),
	"chunks of canaries":        raw("HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n%s\r\n"),
	"cut":                       raw("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: 9000\r\n\r\n{\"a\":\"%s"),
	"an early hint":             raw("HTTP/1.1 103 Early Hints\r\nLink: %s\r\n\r\nHTTP/1.1 599 \r\n\r\n"),
}

// tokenAnswers are what the parrot does with the call for a token.
var tokenAnswers = with(rawAnswers, map[string]answer{
	"wrong client":          object(401, `{"error":"invalid_client","error_description":%s}`),
	"wrong password":        object(400, `{"error":"invalid_grant","error_description":%s,"error_uri":%s}`),
	"an error of canaries":  object(400, `{"error":%s}`),
	"an error with 200":     object(200, `{"error":"invalid_grant","error_description":%s}`),
	"down":                  object(503, `{"error":"temporarily_unavailable","error_description":%s}`),
	"a token nobody sends":  object(200, `{"access_token":%s,"refresh_token":%s,"token_type":%s}`),
	"a life of canaries":    object(200, `{"access_token":"x","expires_in":%s}`),
	"page":                  page(200),
	"page with 401":         page(401),
	"page with 403":         page(403),
	"page with 429":         page(429),
	"page with 500":         page(500),
	"moved":                 moved(302),
	"moved for good":        moved(307),
	"a token that is cut":   object(200, `{"access_token":%s`),
	"something else":        object(200, `[%s]`),
	"tokens after a 200 OK": object(200, `{}%s`),
})

// callAnswers are what the parrot does with a call for the scheduler.
var callAnswers = with(rawAnswers, map[string]answer{
	"refused":                telling(object(200, `{"severity":%s,"summary":%s,"details":%s,"batchRunId":%s,"status":%s,"statusCode":"-4"}`)),
	"refused with 400":       telling(object(400, `{"summary":%s,"statusCode":"-3"}`)),
	"failure":                object(200, `{"summary":%s,"statusCode":"-1"}`),
	"an id of canaries":      object(200, `{"summary":%s,"batchRunId":%s,"statusCode":"0"}`),
	"a code of canaries":     object(200, `{"statusCode":%s}`),
	"a status of canaries":   telling(object(200, `{"statusCode":"0","batchStatusCode":"0","batchStatus":%s,"taskStatusList":[{"taskCode":%s,"taskStatus":%s,"statusCode":%s}],"batchList":[{"batchRunId":%s,"batchStatus":%s,"batchStatusCode":%s}]}`)),
	"two values":             object(200, `{"statusCode":"0"}%s`),
	"keys of canaries":       object(200, `{%s:1,"statusCode":"0","statusCode":%s}`),
	"page":                   page(200),
	"page with 401":          page(401),
	"page with 403":          page(403),
	"page with 404":          page(404),
	"page with 409":          page(409),
	"page with 502":          page(502),
	"moved":                  moved(302),
	"moved for good":         moved(307),
	"the token for an id":    {say: tokenForID},
	"a summary of canaries":  {say: chatty},
	"a success that babbles": {say: babble},
})

// telling is an answer by which a look comes to an end.
func telling(d answer) answer {
	d.tells = true
	return d
}

func with(a, b map[string]answer) map[string]answer {
	all := map[string]answer{}
	for _, m := range []map[string]answer{a, b} {
		for name, d := range m {
			all[name] = d
		}
	}
	return all
}

// tokenForID takes an order and gives the caller's token for a batch run id.
func tokenForID(_ *parrot, w http.ResponseWriter, r *http.Request) {
	id := strings.TrimPrefix(r.Header.Get("Authorization"), "Bearer ")
	w.Header().Set("Content-Type", "application/json")
	if err := json.NewEncoder(w).Encode(map[string]string{"batchRunId": id, "statusCode": "0"}); err != nil {
		panic(err) // a map of texts
	}
}

// well is what the parrot would have answered had nothing been set.
func (p *parrot) well(r *http.Request) *httptest.ResponseRecorder {
	w := httptest.NewRecorder()
	if path.Base(r.URL.Path) == "token" {
		p.give(w)
	} else {
		p.sim.ServeHTTP(w, r)
	}
	return w
}

// chatty lets the call go well, and says more than it should.
func chatty(p *parrot, w http.ResponseWriter, r *http.Request) {
	var answer map[string]any
	if err := json.Unmarshal(p.well(r).Body.Bytes(), &answer); err != nil {
		panic(err) // our own scheduler
	}
	answer["summary"], answer["details"], answer["extra"] = p.echo(r), p.echo(r), p.echo(r)
	if err := json.NewEncoder(w).Encode(answer); err != nil {
		panic(err) // it was JSON
	}
}

// babble lets the call go well, and goes on talking on the connection.
func babble(p *parrot, w http.ResponseWriter, r *http.Request) {
	body := p.well(r).Body.String()
	conn, _, err := http.NewResponseController(w).Hijack()
	if err != nil {
		panic(err) // HTTP/1 without TLS
	}
	defer conn.Close()
	fmt.Fprintf(conn, "HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nContent-Length: %s\r\n\r\n%s%s", strconv.Itoa(len(body)), body, p.echo(r))
}
