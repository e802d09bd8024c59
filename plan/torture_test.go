package plan

import (
	"errors"
	"testing"

	"ofsplan/internal/source"
	"ofsplan/internal/source/torture"
)

// Bad YAML is refused as such, as a plan and as a file of parameters. What a plan of its own makes of values stands in
// testdata/load/torture.
func TestTorture(t *testing.T) {
	const dir = "../internal/source/testdata/torture"
	empty, err := Parse("plan.yaml", []byte("version: 1\nname: n\nsteps: [{id: a, sleep: 1m}]\n"))
	if err != nil {
		t.Fatal(err)
	}
	for name, read := range map[string]torture.Reader{
		"plan": func(file string, data []byte) error { _, err := Parse(file, data); return err },
		"params": func(file string, data []byte) error {
			_, err := empty.ParamsFile(file, data)
			return err
		},
	} {
		t.Run(name, func(t *testing.T) { torture.Play(t, dir, read) })
	}
}

// FuzzParamsFile reads files of parameters, and binds what they hold: nothing panics, every problem has a place in the
// file, and a parameter that was read stands in the file.
func FuzzParamsFile(f *testing.F) {
	for _, c := range torture.Cases(f, "../internal/source/testdata/torture") {
		if len(c.Data) < 4096 {
			f.Add(c.Data)
		}
	}
	f.Add([]byte("region: EMEA\ncodes: [A, 0123, no]\nday: T-1\nn: 007\nflag: true\nx: 1.50\n"))
	f.Add([]byte("region: EMEA\npin: {file: /run/pin}\n"))
	f.Add([]byte("pin: hunter2\nregion: {env: X}\n"))
	f.Add([]byte("region: {a: b}\ncodes: []\nday:\n"))
	const declared = `version: 1
name: n
params:
  region: {enum: [EMEA, APAC]}
  codes: {type: list}
  day: {type: business_date}
  n: {type: int, min: 1}
  x: {type: number}
  flag: {type: bool}
  pin: {sensitive: true}
steps:
  - {id: a, sleep: 1m}
`
	p, err := Parse("plan.yaml", []byte(declared))
	if err != nil {
		f.Fatal(err)
	}
	f.Fuzz(func(t *testing.T, data []byte) {
		given, err := p.ParamsFile("plan.yaml", data)
		if err != nil {
			checkProblems(t, err)
			checkPlaces(t, err, data)
			return
		}
		seen := map[string]bool{}
		for _, g := range given {
			if seen[g.Name] || g.From != "params file" {
				t.Errorf("%+v", g)
			}
			seen[g.Name] = true
		}
		r, err := p.Resolve(Inputs{Now: night, RunID: "run", Target: "sim", Given: given})
		if _, ok := errors.AsType[source.Errors](err); err != nil && !ok {
			t.Errorf("%T: %v", err, err)
		}
		if err == nil && r == nil {
			t.Error("neither a plan nor a problem")
		}
	})
}

// checkPlaces reports problems that are at no place of the file.
func checkPlaces(t *testing.T, err error, data []byte) {
	t.Helper()
	for _, wrong := range torture.Outside("plan.yaml", err.Error(), data) {
		t.Errorf("%s\n%v", wrong, err)
	}
}
