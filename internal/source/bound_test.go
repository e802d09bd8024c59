package source

import "testing"

// Of more problems than anybody reads the first are listed, once however often they are sorted, and no others are kept.
func TestProblemsHaveABound(t *testing.T) {
	var all Errors
	for i := range 3 * MostProblems {
		all.Add(Pos{"p.yaml", i + 1, 1}, "problem %d", i).Hint = "a hint"
	}
	if len(all) != 3*MostProblems {
		t.Errorf("%d are counted: whoever looks whether there are more than before would not notice", len(all))
	}
	for _, got := range []Errors{all.Sort(), all.Sort().Sort(), append(all.Sort(), all...).Sort()} {
		if last := got[len(got)-1]; len(got) != MostProblems+1 || last.Msg != "there are more problems than 1000, and no others are listed" || last.Line != MostProblems || got[MostProblems-1].Hint != "a hint" {
			t.Errorf("%d problems, the last %v", len(got), last)
		}
	}
	few := all[:2]
	if got := few.Sort(); len(got) != 2 {
		t.Errorf("of two: %v", got)
	}
	for _, one := range all[:MostProblems] {
		one.FilesOnly = true
	}
	if got := all.Pinned(); got != nil {
		t.Errorf("a pinned plan is refused: %v", got[:1])
	}
}
