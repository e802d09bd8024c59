package plantest

import (
	"math"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/source"
)

// The report of a suite as facts for programs. Places are file, line and column, from 1.
type (
	// Facts are all of it.
	Facts struct {
		Simulated bool            `json:"simulated"` // always true
		Passed    bool            `json:"passed"`    // no case failed, no file has a problem, no plan has too little coverage
		Cases     int             `json:"cases"`
		Failed    int             `json:"failed"`
		Files     []fileFacts     `json:"files"`
		Coverage  []coverageFacts `json:"coverage"`
		Problems  []problemFacts  `json:"problems"` // of files: nothing of such a file was run
		Warnings  []problemFacts  `json:"warnings"`
	}
	fileFacts struct {
		File  string      `json:"file"`
		Plan  string      `json:"plan"`
		Cases []caseFacts `json:"cases"`
	}
	caseFacts struct {
		Name        string            `json:"name"`
		At          source.Pos        `json:"at"`
		Passed      bool              `json:"passed"`
		Run         string            `json:"run"`
		Outcome     string            `json:"outcome,omitempty"` // missing: the run has no end
		ExitCode    exitcode.Code     `json:"exit_code"`
		StartedAt   time.Time         `json:"started_at"`
		FinishedAt  time.Time         `json:"finished_at"`
		Differences []differenceFacts `json:"differences"`
	}
	differenceFacts struct {
		At   source.Pos  `json:"at"`
		What string      `json:"what"`
		Step *source.Pos `json:"step,omitempty"` // where the step stands in the plan
		Want []string    `json:"want"`
		Got  []string    `json:"got"`
		Why  string      `json:"why,omitempty"`
	}
	coverageFacts struct {
		Plan      string      `json:"plan"`
		Percent   float64     `json:"percent"` // cut to one decimal
		Exercised int         `json:"exercised"`
		Total     int         `json:"total"`
		Missing   []itemFacts `json:"missing"`
	}
	itemFacts struct {
		Kind ItemKind   `json:"kind"` // step, if_true, if_false, watch, on_failure
		At   source.Pos `json:"at"`
		Step string     `json:"step"`
		Text string     `json:"text,omitempty"`
	}
	problemFacts struct {
		At      source.Pos `json:"at"`
		ID      string     `json:"id,omitempty"` // of a warning
		Message string     `json:"message"`
		Hint    string     `json:"hint,omitempty"`
	}
)

// Facts is the report as facts. Whether a suite has passed is for the caller to say, who knows how much coverage is
// asked for.
func (t *Report) Facts(passed bool, problems, warnings source.Errors) Facts {
	all := Facts{
		Simulated: true, Passed: passed, Cases: t.Cases(), Failed: t.Failed(),
		Files: []fileFacts{}, Coverage: []coverageFacts{},
		Problems: problemsAsFacts(problems), Warnings: problemsAsFacts(warnings),
	}
	for _, f := range t.Files {
		file := fileFacts{File: f.File.File, Plan: f.File.Plan.File, Cases: []caseFacts{}}
		for _, v := range f.Verdicts {
			file.Cases = append(file.Cases, v.facts())
		}
		all.Files = append(all.Files, file)
	}
	for _, c := range t.Coverage {
		facts := coverageFacts{
			Plan: c.Plan, Percent: math.Floor(c.Percent()*10) / 10, Exercised: c.Exercised(), Total: len(c.Items), Missing: []itemFacts{},
		}
		for _, i := range c.Missing() {
			facts.Missing = append(facts.Missing, itemFacts{i.Kind, i.Pos, i.Step, i.Text})
		}
		all.Coverage = append(all.Coverage, facts)
	}
	return all
}

func (v *Verdict) facts() caseFacts {
	facts := caseFacts{
		Name: v.Case.Name, At: v.Case.Pos, Passed: v.Passed(), Run: v.Ended.RunID, Outcome: string(v.Ended.Outcome),
		ExitCode: v.Ended.ExitCode, StartedAt: v.Ended.StartedAt, FinishedAt: v.Ended.FinishedAt, Differences: []differenceFacts{},
	}
	for _, d := range v.Differences {
		one := differenceFacts{At: d.At, What: d.What, Want: listOf(d.Want), Got: listOf(d.Got), Why: d.Why}
		if d.Plan.Line > 0 {
			one.Step = &d.Plan
		}
		facts.Differences = append(facts.Differences, one)
	}
	return facts
}

func problemsAsFacts(all source.Errors) []problemFacts {
	facts := []problemFacts{}
	for _, e := range all {
		facts = append(facts, problemFacts{e.Pos, e.ID, e.Msg, e.Hint})
	}
	return facts
}

// listOf is a list that is never null.
func listOf(list []string) []string {
	if list == nil {
		return []string{}
	}
	return list
}
