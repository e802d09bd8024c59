package plan

import (
	"fmt"
	"strings"
	"testing"
	"testing/fstest"
	"time"

	"ofsplan/internal/secret"
)

// Every bound of the language lets through what is at it and refuses what is one beyond it.
func TestBoundsOfAPlan(t *testing.T) {
	const code = `a letter, then letters, digits and _, 60 at most`
	step := func(key string) string { return "  - {id: a, trigger: {batch: B}, " + key + "}\n" }
	for _, c := range []struct {
		name, plan, want string // want is part of the error; empty: it loads
	}{
		{"the longest name", header("n"+strings.Repeat("ä", 99), "") + step(""), ""},
		{"a longer name", header("n"+strings.Repeat("ä", 100), "") + step(""), "cannot be the name of a plan"},
		{"the longest code", header("n", "") + "  - {id: a, trigger: {batch: " + strings.Repeat("B", 60) + "}}\n", ""},
		{"a longer code", header("n", "") + "  - {id: a, trigger: {batch: " + strings.Repeat("B", 61) + "}}\n", code},
		{"most at once", header("n", "concurrency: 1000000000\n") + step(""), ""},
		{"more at once", header("n", "concurrency: 1000000001\n") + step(""), `"concurrency" of the plan must be from 1 to 1000000000`},
		{"one at once", header("n", "concurrency: 1\n") + step(""), ""},
		{"none at once", header("n", "concurrency: 0\n") + step(""), `"concurrency" of the plan must be from 1 to 1000000000`},
		{"a factor of one", header("n", "") + step("poll: {every: 1s, factor: 1}"), ""},
		{"a smaller factor", header("n", "") + step("poll: {every: 1s, factor: 0.99}"), `"factor" of "poll" of step "a" must be at least 1`},
		{"max as long as every", header("n", "") + step("poll: {every: 2s, max: 2s}"), ""},
		{"max shorter than every", header("n", "") + step("poll: {every: 2s, max: 1999ms}"), `is shorter than "every"`},
		{"the shortest time", header("n", "") + step("timeout: 1ms"), ""},
		{"no time", header("n", "") + step("timeout: 0s"), "must be longer than nothing"},
		{"a secret's shortest value", header("n", "params: {p: {sensitive: true, enum: ["+strings.Repeat("x", secret.MinLength)+"]}}\n") + step(""), ""},
		{"a shorter one", header("n", "params: {p: {sensitive: true, enum: ["+strings.Repeat("x", secret.MinLength-1)+"]}}\n") + step(""), "this value could never be given"},
		{"a default at both bounds", header("n", "params: {p: {type: int, default: 3, min: 3, max: 3}}\n") + step(""), ""},
		{"a default below them", header("n", "params: {p: {type: int, default: 2, min: 3, max: 3}}\n") + step(""), "2 is less than the minimum 3"},
		{"a default above them", header("n", "params: {p: {type: int, default: 4, min: 3, max: 3}}\n") + step(""), "4 is more than the maximum 3"},
	} {
		t.Run(c.name, func(t *testing.T) {
			_, err := Parse("plan.yaml", []byte(c.plan))
			if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.Contains(err.Error(), c.want)) {
				t.Errorf("got %v, want %q", err, c.want)
			}
		})
	}
}

// header is a plan up to its steps.
func header(name, more string) string {
	return "version: 1\nname: " + name + "\n" + more + "defaults: {timeout: 1h}\nsteps:\n"
}

// A plan may have 100,000 steps, those of finally among them.
func TestMostSteps(t *testing.T) {
	if testing.Short() {
		t.Skip("large plans are for the full run")
	}
	for finally, want := range map[int]string{1: "", 2: "plan.yaml:1:1: the plan has 100001 steps, more than 100000\n\tsplit it"} {
		text := "version: 1\nname: n\nsteps:\n" + strings.Repeat("- x\n", 99_999) + "finally:\n" + strings.Repeat("- x\n", finally)
		_, err := Parse("plan.yaml", []byte(text))
		if err == nil || want != "" && err.Error() != want || want == "" && strings.Contains(err.Error(), "split it") {
			t.Errorf("%d of finally: got %.300v", finally, err)
		}
	}
}

// A file of one byte more than is parsed is not cut to what is.
func TestALargeFileIsNotCut(t *testing.T) {
	if testing.Short() {
		t.Skip("large plans are for the full run")
	}
	text := header("n", "") + "  - {id: a, sleep: 1s}\n"
	for _, c := range []struct {
		size int
		want string
	}{
		{16 << 20, ""},
		{16<<20 + 1, "p.yaml:1:1: the file is larger than 16 MiB\n\tsplit it, or check that it is the right file"},
		{17 << 20, "p.yaml:1:1: the file is larger than 16 MiB\n\tsplit it, or check that it is the right file"},
	} {
		data := []byte(text + strings.Repeat("#"+strings.Repeat("x", 62)+"\n", (c.size-len(text))/64))
		data = append(data, strings.Repeat("\n", c.size-len(data))...)
		_, err := Load(fstest.MapFS{"p.yaml": {Data: data}}, "p.yaml", "")
		if got := fmt.Sprint(err); c.want == "" && err != nil || c.want != "" && got != c.want {
			t.Errorf("%d bytes: got %.300s", c.size, got)
		}
	}
}

// Twenty suggestions of step ids are made, and no more.
func TestSuggestionsEnd(t *testing.T) {
	text := header("n", "")
	for i := range 21 {
		text += fmt.Sprintf("  - {id: step_%d, needs: [stepp_%d], sleep: 1s}\n", i, i)
	}
	_, err := Parse("plan.yaml", []byte(text))
	if err == nil {
		t.Fatal("it loads")
	}
	if got := strings.Count(err.Error(), "did you mean"); got != 20 {
		t.Errorf("%d suggestions, want 20", got)
	}
}

// A gap between two looks grows to its max, or to a day, and never shrinks.
func TestGapsGrowToABound(t *testing.T) {
	const day = 24 * time.Hour
	for _, c := range []struct {
		poll      Poll
		gap, want time.Duration
	}{
		{Poll{Factor: 1}, time.Minute, time.Minute},
		{Poll{Factor: 1.5}, time.Minute, 90 * time.Second},
		{Poll{Factor: 2, Max: 2 * time.Minute}, time.Minute, 2 * time.Minute},
		{Poll{Factor: 2, Max: 2*time.Minute - 1}, time.Minute, 2*time.Minute - 1},
		{Poll{Factor: 2, Max: time.Minute}, time.Hour, time.Hour},
		{Poll{Factor: 2}, day / 2, day},
		{Poll{Factor: 2}, day/2 + 1, day},
		{Poll{Factor: 2}, day/2 - 1, day - 2},
		{Poll{Factor: 4, Max: 2 * day}, day / 2, 2 * day},
		{Poll{Factor: 4, Max: 3 * day}, day / 2, 2 * day},
		{Poll{Factor: 2}, 2 * day, 2 * day},
	} {
		if got := c.poll.Longer(c.gap); got != c.want {
			t.Errorf("%+v after %v: got %v, want %v", c.poll, c.gap, got, c.want)
		}
	}
}

// Nobody who says nothing about it waits longer for a look than half a minute, nor has fewer of them.
func TestUsualPoll(t *testing.T) {
	p := mustParse(t, header("n", "")+"  - {id: a, trigger: {batch: B}}\n")
	if got, want := p.Steps[0].Poll, (Poll{Every: 30 * time.Second, Factor: 1}); got != want {
		t.Errorf("got %+v, want %+v", got, want)
	}
}
