package incident

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"strconv"
	"strings"

	"ofsplan/internal/fold"
	"ofsplan/internal/rehearse/plantest"
	"ofsplan/internal/rehearse/scenario"
	"ofsplan/internal/source"
	"ofsplan/plan"
	"ofsplan/plan/fact"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// ErrUnended means that a run has no end, so that no test can expect one.
var ErrUnended = errors.New("the run has not ended")

// TestText writes a test file with one case that goes as the night did and expects what came of it. planFile is the
// plan's name beside the test file, or a full path. A run that has no end yet is [ErrUnended].
func (p *Past) TestText(planFile string) ([]byte, error) {
	if !p.Ended {
		return nil, ErrUnended
	}
	one := []source.Pair{{Key: "name", Value: source.Text(fmt.Sprintf("as in the night of %s, run %s", p.Started.StartedAt.Format("2006-01-02"), p.RunID))}}
	if params := p.params(); len(params) > 0 {
		one = append(one, source.Pair{Key: "params", Value: source.Pairs(params...)})
	}
	if len(p.Started.Skip) > 0 {
		one = append(one, source.Pair{Key: "skip", Value: source.Texts(p.Started.Skip)})
	}
	one = append(one, source.Pair{Key: "scenario", Value: source.Pairs(scenario.Pairs(p.Scenario)...)},
		source.Pair{Key: "expect", Value: source.Pairs(p.expect()...)})
	return source.Write(source.Pairs(
		source.Pair{Key: "version", Value: source.Plain("1"), Note: p.Note()},
		source.Pair{Key: "plan", Value: source.Text(planFile)},
		source.Pair{Key: "cases", Value: source.List(source.Pairs(one...))},
	)), nil
}

// Note says where a scenario or a test comes from and how far it can be believed; lines without a comment's #.
func (p *Past) Note() string {
	lines := []string{
		fmt.Sprintf("How the night of run %s went, from its audit log.", p.RunID),
		"An end was seen by a look, and stands here in the middle between the look before and that one. Of tasks and of a",
		"group's members the log tells little; where it tells nothing, their times are shared out evenly.",
	}
	for _, text := range p.Unsure {
		lines = append(lines, "- "+text)
	}
	return strings.Join(lines, "\n")
}

// params are the run's parameters.
func (p *Past) params() []source.Pair {
	var all []source.Pair
	for _, v := range p.Started.Params {
		switch {
		case v.Sensitive, v.From == plan.FromUnset:
		case v.Items != nil:
			all = append(all, source.Pair{Key: v.Name, Value: source.Texts(v.Items)})
		default:
			all = append(all, source.Pair{Key: v.Name, Value: source.Text(v.Value)})
		}
	}
	return all
}

// expect is what came of the night: the run's outcome, that of every step, and every request.
func (p *Past) expect() []source.Pair {
	var f source.Sparse
	if p.end != nil {
		f.Text("outcome", string(p.end.Outcome))
	}
	exit := drive.Result{End: p.end}.Exit(p.stuck)
	f = append(f, source.Pair{Key: "exit_code", Value: source.Plain(fmt.Sprint(exit))})
	var steps []source.Pair
	run := fold.Turns(p.Resolved.Plan, p.turns)
	if run.Due != nil {
		f = append(f, source.Pair{Key: "late", Value: source.Plain(strconv.FormatBool(run.Late()))})
	}
	for _, s := range run.Steps {
		if _, ended := s.State.Outcome(); ended {
			steps = append(steps, source.Pair{Key: s.ID, Value: wantOf(s)})
		}
	}
	f.Filled("steps", source.Pairs(steps...))
	var calls []source.Pair
	requests := fold.Requests(p.turns)
	for _, op := range []runner.Op{runner.OpTrigger, runner.OpInterrupt, runner.OpRestart, runner.OpRerun} {
		var codes []string
		for _, r := range requests {
			if r.Op == op && !r.TurnedAway {
				codes = append(codes, r.About.Code)
			}
		}
		calls = append(calls, source.Pair{Key: string(op), Value: source.Texts(codes)})
	}
	return append(f, source.Pair{Key: "calls", Value: source.Pairs(calls...)})
}

// wantOf is what is expected of a step that went so.
func wantOf(s *fold.Step) source.Item {
	outcome := source.Text(string(s.State))
	var f source.Sparse
	if s.Attempts > 1 {
		f.Number("attempts", s.Attempts)
	}
	if s.Failure != nil && s.State == runner.State(fact.Failed) {
		f.Text("failure", string(s.Failure.Kind))
	}
	f.Text("healed_by", s.HealedBy())
	f.Flag("continued", s.Mark == runner.MarkContinued)
	if len(f) == 0 {
		return outcome
	}
	return source.Pairs(slices.Concat([]source.Pair{{Key: "outcome", Value: outcome}}, f)...)
}

// TryTest runs a test that TestText wrote, with the plan of that night, and tells what goes another way; nothing when
// the night is reproduced.
func (p *Past) TryTest(ctx context.Context, file string, text []byte) (string, error) {
	suite := plantest.NewSuite(plantest.Sources{Plan: func(string) (*plan.Plan, error) { return p.Resolved.Plan, nil }})
	suite.Add(file, text)
	if err := suite.Problems.Err(); err != nil {
		return "", err
	}
	done, err := suite.Run(ctx, plantest.Options{})
	if err != nil || done.Failed() == 0 {
		return "", err
	}
	var b strings.Builder
	for _, f := range done.Files {
		for _, v := range f.Verdicts {
			for i := range v.Differences {
				b.WriteString(v.Differences[i].String())
			}
		}
	}
	return b.String(), nil
}
