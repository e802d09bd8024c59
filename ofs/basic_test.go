package ofs

import (
	"bufio"
	"encoding/base64"
	"errors"
	"net"
	"net/http"
	"strconv"
	"strings"
	"testing"
	"time"

	"ofsplan/internal/secret"
)

// heard answers one request of each connection with text, and keeps the lines of its head byte for byte as they came.
func heard(t *testing.T, answer string) (url string, heads chan []string) {
	t.Helper()
	heads = make(chan []string, 10)
	url, _, _ = peer(t, false, func(conn net.Conn, _ *count) {
		in := bufio.NewReader(conn)
		var head []string
		for {
			line, err := in.ReadString('\n')
			if err != nil {
				return
			}
			if line == "\r\n" {
				break
			}
			head = append(head, strings.TrimSuffix(line, "\r\n"))
		}
		heads <- head
		_, _ = conn.Write([]byte("HTTP/1.1 200 OK\r\nContent-Type: application/json\r\nConnection: close\r\nContent-Length: " + strconv.Itoa(len(answer)) + "\r\n\r\n" + answer)) // who asked sees what came
	})
	return url, heads
}

// headerIn is a header of a head, by its very spelling.
func headerIn(head []string, name string) string {
	for _, line := range head {
		if v, ok := strings.CutPrefix(line, name+": "); ok {
			return v
		}
	}
	return ""
}

// The names of headers leave as the guide spells them, of requests that change something and of looks.
func TestHeadersAreSpeltAsInTheGuide(t *testing.T) {
	url, heads := heard(t, accepted)
	c := client(t, url, nil)
	c.Send(t.Context(), frozen(t, c, OpTrigger), "r/s.1.trigger.1", committed)
	_, _ = c.Ask(t.Context(), frozen(t, c, OpStatus))
	for range 2 {
		head := <-heads
		for name, want := range map[string]string{
			"ofs_tenant_id": "acme", "ofs_service_id": "OFS_AMLCS", "ofs_workspace_id": "WS001", "ofs_remote_user": "BATCHUSER",
			"locale": "en-US", "Content-Type": "application/json", "Accept": "application/json",
		} {
			if got := headerIn(head, name); got != want {
				t.Errorf("%s: %q, want %q, in %q", name, got, want, head)
			}
		}
	}
}

// Id and secret stand under HTTP Basic as in the guide's own sample, or form-encoded where the target says so, in one request
// that nobody repeats in the other form.
func TestBasicHasTwoForms(t *testing.T) {
	const id, pass = "cl@ient!x", "p+q/r=s t%:é"
	for _, tt := range []struct {
		form      BasicForm
		id, pass  string
		want, say string
	}{
		{BasicRaw, "aaitestdev1001-prd_APPID", "42b2eaee-658a-483b-a1b6-0ec5430fad05", "aaitestdev1001-prd_APPID:42b2eaee-658a-483b-a1b6-0ec5430fad05", ""},
		{BasicEncoded, "aaitestdev1001-prd_APPID", "42b2eaee-658a-483b-a1b6-0ec5430fad05", "aaitestdev1001-prd_APPID:42b2eaee-658a-483b-a1b6-0ec5430fad05", ""},
		{BasicRaw, id, pass, id + ":" + pass, "sent raw"},
		{BasicEncoded, id, pass, "cl%40ient%21x:p%2Bq%2Fr%3Ds+t%25%3A%C3%A9", "sent form-encoded"},
		{BasicEncoded, "a:b", "c", "a%3Ab:c", "sent form-encoded"},
	} {
		url, heads := heard(t, `{"error":"invalid_client"}`)
		a := auth(url, GrantClient)
		a.Basic, a.ClientID, a.ClientSecret, a.Agent = tt.form, secret.New(tt.id), secret.New(tt.pass), "ofsplan/7"
		tok, _ := tokens(t, a)
		err := tok.Fetch(t.Context())
		if err == nil || !strings.Contains(err.Error(), "check auth.client_id and auth.client_secret") || !strings.Contains(err.Error(), tt.say) {
			t.Errorf("%s: %v", tt.id, err)
		}
		head := <-heads
		if got, want := headerIn(head, "Authorization"), "Basic "+base64.StdEncoding.EncodeToString([]byte(tt.want)); got != want {
			t.Errorf("%s: %q, want %q", tt.id, got, want)
		}
		if headerIn(head, "User-Agent") != "ofsplan/7" || headerIn(head, "Accept") != "application/json" {
			t.Errorf("got %q", head)
		}
		if len(heads) > 0 {
			t.Errorf("%s: asked again", tt.id)
		}
		if got := a.BasicDiffers(); got != (tt.say != "") {
			t.Errorf("%s: differs %v", tt.id, got)
		}
		if clean := string(a.Filter.Clean([]byte(headerIn(head, "Authorization")))); !strings.Contains(clean, secret.Redacted) && len(tt.pass) >= secret.MinLength {
			t.Errorf("the filter does not know %q", clean)
		}
	}
}

// An id with a colon cannot be told from a shorter one with a longer secret; form-encoded it can.
func TestAnIDHoldsNoColon(t *testing.T) {
	for _, tt := range []struct {
		grant Grant
		form  BasicForm
		bad   bool
	}{{GrantClient, BasicRaw, true}, {GrantPassword, BasicRaw, true}, {GrantBasic, BasicRaw, true}, {GrantBasic, BasicEncoded, true}, {GrantClient, BasicEncoded, false}} {
		a := auth("http://127.0.0.1", tt.grant)
		a.ClientID, a.Basic = secret.New("ab:cd"), tt.form
		_, err := NewTokens(a, time.Now, http.DefaultTransport)
		if (err != nil) != tt.bad || err != nil && (!strings.Contains(err.Error(), "auth.client_id holds a colon") || strings.Contains(err.Error(), "ab:cd")) {
			t.Errorf("%s %q: %v", tt.grant, tt.form, err)
		}
	}
}

// A scheduler that wants HTTP Basic itself gets it with each request, and refused ones are not shown again at once.
func TestGrantBasic(t *testing.T) {
	url, heads := heard(t, accepted)
	a := Auth{Grant: GrantBasic, Credentials: Credentials{ClientID: secret.New("MMG"), ClientSecret: secret.New("secret one")}}
	tok, _ := tokens(t, a)
	c, err := New(config(url), tok, transport(t, TLS{}, nil))
	if err != nil {
		t.Fatal(err)
	}
	if tok.Fresh(0) || tok.Fetch(t.Context()) != nil || !tok.Fresh(time.Hour) {
		t.Fatal("the credentials are not ready")
	}
	c.Send(t.Context(), frozen(t, c, OpTrigger), "", committed)
	_, _ = c.Ask(t.Context(), frozen(t, c, OpStatus))
	for range 2 {
		if got, want := headerIn(<-heads, "Authorization"), "Basic "+base64.StdEncoding.EncodeToString([]byte("MMG:secret one")); got != want {
			t.Errorf("got %q, want %q", got, want)
		}
	}
	_, number, _ := tok.current()
	tok.spoil(number)
	fail, ok := errors.AsType[*CallError](tok.Fetch(t.Context()))
	if !ok || fail.Kind != KindUnauthorized || fail.RetryAfter != 10*time.Minute || !strings.Contains(fail.Error(), "did not accept the client id and secret") {
		t.Errorf("got %v", fail)
	}
}

// A token service may stand elsewhere than in the cloud, and a refresh asks for the scope alone.
func TestTokenPath(t *testing.T) {
	url, heads := heard(t, `{"access_token":"a1"}`)
	a := auth(url+"/mmg/", GrantClient)
	a.TokenPath = "/security/token"
	tok, _ := tokens(t, a)
	if err := tok.Fetch(t.Context()); err != nil {
		t.Fatal(err)
	}
	if head := <-heads; head[0] != "POST /mmg/security/token HTTP/1.1" {
		t.Errorf("got %q", head[0])
	}
	a.Scopes = []string{"urn:opc:idm:__myscopes__ offline_access urn:opc:resource:expiry=60"}
	if got := a.scopes(grantRefresh); strings.Join(got, " ") != "urn:opc:idm:__myscopes__ urn:opc:resource:expiry=60" {
		t.Errorf("got %q", got)
	}
}
