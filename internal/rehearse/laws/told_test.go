package laws_test

import (
	"os"
	"slices"
	"strings"
	"testing"

	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/laws"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/record"
)

// telling is a night in which people are told something, and what became of it.
func telling(t *testing.T) (rehearse.Night, rehearse.Result) {
	t.Helper()
	p, err := plan.Load(os.DirFS("../../../examples/plans"), "alerting.yaml", "alerting.yaml")
	if err != nil {
		t.Fatal(err)
	}
	n := rehearse.Night{Plan: p}
	r, err := n.Run()
	if err != nil {
		t.Fatal(err)
	}
	if err := n.Laws(r); err != nil {
		t.Fatal(err)
	}
	return n, r
}

// What a channel took must have been ordered for it, and may come twice from two runners, but not from one.
func TestWhatChannelsTookIsSeen(t *testing.T) {
	for _, c := range []struct {
		name, want string
		tamper     func(*rehearse.Result)
	}{
		{"a message taken twice from one runner", "twice from one runner", func(r *rehearse.Result) { r.Took = append(r.Took, r.Took[0]) }},
		{"a message taken again from another runner", "", func(r *rehearse.Result) {
			again := r.Took[0]
			again.Runner = 1
			r.Took = append(r.Took, again)
		}},
		{"a message nobody ordered", "which was not ordered for it", func(r *rehearse.Result) { r.Took[0].Key.N = 99 }},
		{"a message to another channel", "which was not ordered for it", func(r *rehearse.Result) { r.Took[0].Channel = "press" }},
	} {
		n, r := telling(t)
		r.Took = slices.Clone(r.Took)
		c.tamper(&r)
		err := n.Laws(r)
		if c.want == "" && err != nil || c.want != "" && (err == nil || !strings.HasPrefix(err.Error(), "L15: ") || !strings.Contains(err.Error(), c.want)) {
			t.Errorf("%s: got %v, want %q", c.name, err, c.want)
		}
	}
}

// What only a machine that decides wrongly would write.
func TestEveryWrongWordToPeopleIsSeen(t *testing.T) {
	ends := func(t record.Turn) bool { return t.Decision.End != nil }
	says := func(t record.Turn) bool { return t.Event.Type() == (runner.NoticeSent{}).Type() }
	for _, c := range []struct {
		name, want string
		tamper     func([]record.Turn) []record.Turn
	}{
		{"an end that nobody is told", "and channel ops is not told", func(all []record.Turn) []record.Turn {
			all[slices.IndexFunc(all, ends)].Decision.Commands = nil
			return all
		}},
		{"an end that is told as another", "and channel ops is not told", func(all []record.Turn) []record.Turn {
			end := *all[slices.IndexFunc(all, ends)].Decision.End
			end.Outcome = "failed"
			all[slices.IndexFunc(all, ends)].Decision.End = &end
			return all
		}},
		{"a message that never ends", "1 messages have not ended", func(all []record.Turn) []record.Turn { return all[:len(all)-1] }},
		{"a message that ends twice", "which is not under way", func(all []record.Turn) []record.Turn {
			return append(all, all[slices.IndexFunc(all, says)])
		}},
		{"a message that is ordered twice", "is ordered twice", func(all []record.Turn) []record.Turn {
			i := slices.IndexFunc(all, ends)
			all[i].Decision.Commands = append(slices.Clone(all[i].Decision.Commands), all[i].Decision.Commands[0])
			return all
		}},
	} {
		_, r := telling(t)
		if found := laws.Judge(laws.Told, r.Resolved, slices.Clone(r.Turns)); len(found) > 0 {
			t.Fatalf("a night as it should be: %v", found)
		}
		found := laws.Judge(laws.Told, r.Resolved, c.tamper(slices.Clone(r.Turns)))
		if !slices.ContainsFunc(found, func(err error) bool {
			return strings.HasPrefix(err.Error(), "L15: ") && strings.Contains(err.Error(), c.want)
		}) {
			t.Errorf("%s: got %v, want %q", c.name, found, c.want)
		}
	}
}
