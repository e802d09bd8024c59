package runid_test

import (
	"testing"

	"ofsplan/ofs/runid"
)

func TestCode(t *testing.T) {
	for id, want := range map[string]string{
		"LOAD_2026-11-20_1795803777230_1":      "LOAD",
		"LOAD_X_2026-11-20_1795803777230_12":   "LOAD_X",
		"load_2026-11-20_1_1":                  "load",
		"_2026-11-20_1_1":                      "",
		"LOAD_2026-13-20_1_1":                  "",
		"LOAD_2026-11-20_x_1":                  "",
		"LOAD_2026-11-20_1_":                   "",
		"LOAD":                                 "",
		"":                                     "",
		"b5f0c2a4-7d1e-4c1a-9c57-0a3a3f0c9d11": "",
		"2026-11-20_1_1":                       "",
		"A_2026-11-20_1_1_2026-11-21_2_2":      "A_2026-11-20_1_1",
	} {
		if got, ok := runid.Code(id); got != want || ok != (want != "") {
			t.Errorf("Code(%q) = %q, %t", id, got, ok)
		}
	}
}

func TestBegins(t *testing.T) {
	for _, c := range []struct {
		id, code string
		want     bool
	}{
		{"LOAD_7", "LOAD", true}, {"load_7", "LOAD", true}, {"LOAD", "LOAD", true}, {"LOADER_7", "LOAD", false},
		{"LOAD7", "LOAD", false}, {"LOA", "LOAD", false}, {"LOAD_7", "", false},
	} {
		if got := runid.Begins(c.id, c.code); got != c.want {
			t.Errorf("Begins(%q, %q) = %t", c.id, c.code, got)
		}
	}
}
