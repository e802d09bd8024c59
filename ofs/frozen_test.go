package ofs

import (
	"net/http"
	"testing"

	"github.com/google/go-cmp/cmp"
)

func TestFrozen(t *testing.T) {
	c := onto(t, nil)
	h := http.Header{
		"Content-Type": {"application/json"}, "Accept": {"application/json"}, "User-Agent": {"ofsplan"},
		"ofs_tenant_id": {"acme"}, "ofs_service_id": {"OFS_AMLCS"}, "ofs_workspace_id": {"WS001"},
		"ofs_remote_user": {"BATCHUSER"}, "locale": {"en-US"},
	}
	on := `{"batchName":"DATA_LOAD","batchRunId":"` + runID + `"}`
	base := "http://ofs.example.com" + CloudPath + "/"
	for _, tt := range []struct {
		op   string
		body string
		id   string
	}{
		{OpTrigger, string(frozen(t, c, OpTrigger).Body), ""},
		{OpInterrupt, on, runID}, {OpRestart, on, runID}, {OpRerun, on, runID},
		{OpStatus, `{"batchRunId":"` + runID + `"}`, runID},
	} {
		want := Frozen{Op: tt.op, URL: base + tt.op, Header: h, Body: []byte(tt.body), RunID: tt.id}
		if diff := cmp.Diff(want, frozen(t, c, tt.op)); diff != "" {
			t.Errorf("%s (-want +got):\n%s", tt.op, diff)
		}
	}
	f, err := c.Status(runID, []string{"T2", "T1"})
	if want := `{"batchRunId":"` + runID + `","tasks":["T2","T1"]}`; err != nil || string(f.Body) != want {
		t.Errorf("got %s, %v, want %s", f.Body, err, want)
	}
	if got, want := (Frozen{Body: []byte("{}")}).BodySHA256(), "44136fa355b3678a1146ad16f7e8649e94fb4fc21fe77e8310c060f61caaff8a"; got != want {
		t.Errorf("got %s, want %s", got, want)
	}
}

func TestFrozenOnPremise(t *testing.T) {
	c, err := New(Config{BaseURL: "https://mmg:7002/MMG/", Identity: Identity{User: "U", Workspace: "W", Locale: "de-DE"}, Dialect: Dialect{OnPremise: true}}, nil, Transport{Mutating: http.DefaultTransport, Reading: http.DefaultTransport})
	if err != nil {
		t.Fatal(err)
	}
	f := frozen(t, c, OpStatus)
	header := map[string][]string(f.Header) // the names leave as the guide spells them
	if f.URL != "https://mmg:7002/MMG/rest-api/v1/external/status" || header["ofs_workspace_id"][0] != "W" || header["locale"][0] != "de-DE" {
		t.Errorf("got %+v", f)
	}
	if _, ok := header["ofs_tenant_id"]; ok {
		t.Error("an empty tenant is sent")
	}
}

func TestConfigIsChecked(t *testing.T) {
	rt := Transport{Mutating: http.DefaultTransport, Reading: http.DefaultTransport}
	_, err := New(Config{Path: "x", Identity: Identity{Locale: "a\nb"}}, nil, rt)
	if err == nil {
		t.Fatal("accepted")
	}
	contains(t, err.Error(), "url is missing", "path", "user is missing", "tenant is missing", "service is missing", "locale")
	for _, bad := range []string{"ofs.example.com", "ftp://x", "https://me:pw@x", "https://x?a=b", "http://[::1"} {
		if _, err := New(config(bad), nil, rt); err == nil {
			t.Errorf("%q was accepted", bad)
		}
	}
	if _, err := New(config("http://x"), nil, Transport{}); err == nil {
		t.Error("no transport was accepted")
	}
}

func TestRunCode(t *testing.T) {
	for id, want := range map[string]string{
		"B1_2026-11-20_1701839464230_1":     "B1",
		"A_B_C_2026-11-20_1701839464230_12": "A_B_C",
		"odd":                               "odd",
		"B_2026-13-20_1701839464230_1":      "B_2026-13-20_1701839464230_1",
		"_2026-11-20_1701839464230_1":       "_2026-11-20_1701839464230_1",
	} {
		if got := RunCode(id); got != want {
			t.Errorf("RunCode(%q) = %q, want %q", id, got, want)
		}
	}
}

func TestCodes(t *testing.T) {
	for code, want := range map[int]string{0: "succeeded", -1: "failed", -2: "interrupted", 1: "not_started", 2: "ongoing", 3: "aborted", 4: "excluded", 5: "held", 6: "unknown", -3: "unknown", NoCode: "unknown"} {
		if got := StatusOf(code); got != want {
			t.Errorf("StatusOf(%d) = %q, want %q", code, got, want)
		}
	}
}
