package secret

import (
	"encoding/json"
	"errors"
	"fmt"
	"log/slog"
	"strings"
	"testing"
)

const canary = `pä/ss@w&o+r%d "x"`

// A struct that holds a secret in an unexported field is what people print by mistake: fmt does not ask the
// field's methods there.
func TestValueIsNeverPrinted(t *testing.T) {
	type auth struct{ password Value }
	v := New(canary)
	var log strings.Builder
	slog.New(slog.NewTextHandler(&log, nil)).Info("x", "v", v)
	asJSON, err := json.Marshal(map[string]any{"v": v, "p": &v})
	if err != nil {
		t.Fatal(err)
	}
	for _, text := range []string{
		fmt.Sprint(v), fmt.Sprintf("%v %+v %#v %s %q %x %d", v, v, v, v, v, v, v),
		fmt.Sprintf("%v %+v %#v", auth{v}, &auth{v}, auth{v}),
		fmt.Sprintf("%v", []any{v, &v, map[string]Value{"a": v}}),
		errors.Join(fmt.Errorf("bad %v", v)).Error(), log.String(), string(asJSON),
	} {
		for _, encoded := range encodings(canary) {
			if strings.Contains(text, encoded) {
				t.Errorf("%q gives the secret away as %q", text, encoded)
			}
		}
	}
	if got := v.Reveal(); got != canary {
		t.Errorf("Reveal() = %q, want %q", got, canary)
	}
	if (Value{}).Reveal() != "" || !(Value{}).Empty() || v.Empty() {
		t.Error("the zero Value alone is empty")
	}
}
