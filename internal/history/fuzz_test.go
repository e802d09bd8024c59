package history

import (
	"slices"
	"testing"
)

// Whatever stands in the file, it is refused or tells times that can be; and what is told is read as it was kept.
func FuzzHistory(f *testing.F) {
	f.Add([]byte(`{"v":1,"runs":4,"batches":[{"object":"batch","code":"LOAD","took_s":[1200,1200,1260],"day":"2026-11-23"}]}`))
	f.Add([]byte(`{"v":1,"batches":[{"object":"group","code":"G","restarted":true,"took_s":[1],"members":["A"]}]}`))
	f.Add([]byte(`{"v":1,"batches":[null]}`))
	f.Fuzz(func(t *testing.T, text []byte) {
		h, err := parse(text)
		if err != nil {
			return
		}
		kept, err := h.bytes()
		if err != nil {
			t.Fatal(err)
		}
		again, err := parse(kept)
		if err != nil {
			t.Fatalf("what was kept is refused: %v", err)
		}
		for k, p := range h.all {
			u, known := h.Usual(k)
			if known && (u.Median < 0 || u.Most < u.Median || u.Times > Last) {
				t.Errorf("%+v", u)
			}
			if q := again.all[k]; len(h.all) <= mostKeys && (q == nil || !slices.Equal(p.Took, q.Took)) {
				t.Errorf("kept as %+v, read as %+v", p, q)
			}
		}
	})
}
