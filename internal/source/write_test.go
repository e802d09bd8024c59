package source

import (
	"testing"
	"time"

	"pgregory.net/rapid"
)

func TestDurationText(t *testing.T) {
	for d, want := range map[time.Duration]string{
		0: "0s", -time.Hour: "0s", 999 * time.Microsecond: "0s", time.Millisecond: "1ms", 90 * time.Second: "1m30s",
		4250*time.Millisecond + time.Microsecond: "4s250ms", 26*time.Hour + 3*time.Second: "1d2h3s", 40 * time.Minute: "40m",
	} {
		if got := DurationText(d); got != want {
			t.Errorf("%s: got %s, want %s", d, got, want)
		}
	}
}

func TestDurationTextIsReadBack(t *testing.T) {
	rapid.Check(t, func(t *rapid.T) {
		d := time.Duration(rapid.Int64Range(0, int64(1000*24*time.Hour)).Draw(t, "d"))
		if got, err := Duration(DurationText(d)); err != nil || got != d.Truncate(time.Millisecond) {
			t.Fatalf("%s reads as %s, %v", d, got, err)
		}
	})
}

func TestQuotedTextIsReadBack(t *testing.T) {
	try := func(t interface{ Fatalf(string, ...any) }, text string) {
		file := Quote(text) + ": {in: [" + Quote(text) + ", x]}\nat: " + Quote(text) + "\n"
		n, errs := Parse("f", []byte(file))
		if len(errs) > 0 {
			t.Fatalf("%q is written as %s: %v", text, file, errs)
		}
		inner := n.Get(text)
		if !inner.Is(Mapping) || !inner.Get("in").Is(Sequence) || inner.Get("in").Items[0].Value != text || n.Get("at").Value != text {
			t.Fatalf("%q is written as %s", text, file)
		}
	}
	for _, text := range []string{"DATA_LOAD", "true", "no", "0123", "02:10", "2026-11-20", "40m ± 10%", "- a", "a: b", "a #b", `"`, "~", "<<", "{}", "${{ x }}", "it's"} {
		try(t, text)
	}
	rapid.Check(t, func(t *rapid.T) {
		text := rapid.StringMatching(`[ -~äß€]{1,20}`).Draw(t, "text")
		if text != "at" {
			try(t, text)
		}
	})
}

func TestWrite(t *testing.T) {
	long := Text("a text that is long enough to need a line of its own when another one stands beside it in the list")
	got := string(Write(Pairs(
		Pair{Key: "version", Value: Plain("1")},
		Pair{Key: "no", Value: List(), Note: "two lines\nof a comment"},
		Pair{Key: "batches", Value: Pairs(
			Pair{Key: "LOAD", Value: Pairs(Pair{Key: "duration", Value: Plain("40m")}, Pair{Key: "after", Value: List(Text("A"), Text("0"))})},
			Pair{Key: "MANY", Value: List(long, Pairs(Pair{Key: "a", Value: long}, Pair{Key: "b", Value: List(long, long)}))},
			Pair{Key: "NOTED", Value: Pairs(Pair{Key: "x", Value: Plain("1"), Note: "why"})},
		)},
	)))
	want := `version: 1
# two lines
# of a comment
no: []
batches:
  LOAD: {duration: 40m, after: [A, "0"]}
  MANY:
    - "a text that is long enough to need a line of its own when another one stands beside it in the list"
    - a: "a text that is long enough to need a line of its own when another one stands beside it in the list"
      b:
        - "a text that is long enough to need a line of its own when another one stands beside it in the list"
        - "a text that is long enough to need a line of its own when another one stands beside it in the list"
  NOTED:
    # why
    x: 1
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	n, errs := Parse("f", []byte(got))
	if len(errs) > 0 || len(n.Get("batches").Get("MANY").Items) != 2 {
		t.Error(errs)
	}
}

func TestWriteInALayout(t *testing.T) {
	long := Quoted("a text that is long enough to need a line of its own when another one stands beside it in the list")
	got := string(Write(Pairs(
		Pair{Key: "short", Value: Pairs(Pair{Key: "a", Value: Quoted("b")}).In(Block)},
		Pair{Key: "empty", Value: Pairs().In(Block)},
		Pair{Key: "none", Value: List().In(Block)},
		Pair{Key: "long", Value: List(long, Pairs(Pair{Key: "a", Value: long})).In(Flow)},
		Pair{Raw: `"no"`, Value: List(Pairs(Pair{Key: "x", Value: Plain("1")}, Pair{Key: "y", Value: Texts([]string{"z"})}).In(Block))},
		Pair{Key: "in", Value: Pairs(Pair{Key: "out", Value: List(Text("x")).In(Block)}).In(Flow)},
	)))
	want := `short:
  a: "b"
empty: {}
none: []
long: ["a text that is long enough to need a line of its own when another one stands beside it in the list", {a: "a text that is long enough to need a line of its own when another one stands beside it in the list"}]
"no":
  - x: 1
    y: [z]
in:
  out:
    - x
`
	if got != want {
		t.Errorf("got:\n%s\nwant:\n%s", got, want)
	}
	if _, errs := Parse("f", []byte(got)); len(errs) > 0 {
		t.Error(errs)
	}
}
