package plantest

import (
	"context"
	"errors"
	"fmt"
	"regexp"
	"time"

	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/plan/fact"
)

// Options say what of a suite is run. The zero value runs every case.
type Options struct {
	// Only are the cases whose name matches. Then files without such a case are left out, and there is no
	// coverage. Nil: all.
	Only *regexp.Regexp
	// Keep is handed the audit log of each night, from several goroutines at once. Nil keeps none.
	Keep func(f *File, number int, c *Case, journal []byte) error
	// Workers is how many nights are played at once. 0: as many as there are processors.
	Workers int
}

// A Report is what became of a suite: the same for the same files, whatever the number of workers.
type Report struct {
	Files    []*FileResult // in the order of the suite
	Coverage []*Coverage   // of every plan, in the order in which the suite names them first; none of a part of a suite
}

// A FileResult is what became of one test file.
type FileResult struct {
	File     *File
	Verdicts []*Verdict // of the cases that were run, in file order
}

// A Verdict is what became of one case. It passed when there is no difference.
type Verdict struct {
	Case        *Case
	Differences []Difference
	Ended       Ended
	marks       marks
}

// Ended is how a night went as a whole.
type Ended struct {
	RunID      string        `json:"run"`
	Outcome    fact.Outcome  `json:"outcome,omitempty"` // missing: the run has no end
	ExitCode   exitcode.Code `json:"exit_code"`
	StartedAt  time.Time     `json:"started_at"`
	FinishedAt time.Time     `json:"finished_at"`
}

// Passed reports whether the night went as expected.
func (v *Verdict) Passed() bool { return len(v.Differences) == 0 }

// Night is how long the night was.
func (v *Verdict) Night() time.Duration { return v.Ended.FinishedAt.Sub(v.Ended.StartedAt) }

// Failed is how many cases went another way than expected.
func (t *Report) Failed() (n int) {
	for _, f := range t.Files {
		n += f.failed()
	}
	return n
}

// Cases is how many cases were run.
func (t *Report) Cases() (n int) {
	for _, f := range t.Files {
		n += len(f.Verdicts)
	}
	return n
}

// failed is how many cases of the file went another way than expected.
func (f *FileResult) failed() (n int) {
	for _, v := range f.Verdicts {
		if !v.Passed() {
			n++
		}
	}
	return n
}

// Run plays every case of the suite, each in a night of its own. The error is the context's cause, that of an audit
// log that could not be kept, or that of a night that could not be played at all.
func (s *Suite) Run(ctx context.Context, o Options) (*Report, error) {
	done := &Report{}
	var jobs []job
	for _, f := range s.Files {
		r := &FileResult{File: f}
		for i, c := range f.Cases {
			if o.Only == nil || o.Only.MatchString(c.Name) {
				v := &Verdict{Case: c}
				r.Verdicts = append(r.Verdicts, v)
				jobs = append(jobs, job{f, i + 1, v})
			}
		}
		if o.Only == nil || len(r.Verdicts) > 0 {
			done.Files = append(done.Files, r)
		}
	}
	if err := playAll(ctx, jobs, o); err != nil {
		return nil, err
	}
	if o.Only == nil {
		done.cover()
	}
	return done, nil
}

// cover adds up what the cases of each plan exercised.
func (t *Report) cover() {
	of := make(map[string]*Coverage)
	for _, f := range t.Files {
		c := of[f.File.Plan.File]
		if c == nil {
			c = newCoverage(f.File.Plan)
			of[f.File.Plan.File] = c
			t.Coverage = append(t.Coverage, c)
		}
		for _, v := range f.Verdicts {
			c.add(v.marks)
		}
	}
}

// A job is one case to play.
type job struct {
	file    *File
	number  int // of the case in its file, from 1
	verdict *Verdict
}

// playAll plays the jobs with some workers and returns the error of the first job, in order, that had one.
func playAll(ctx context.Context, jobs []job, o Options) error {
	errs := make([]error, len(jobs))
	rehearse.SideBySide(len(jobs), o.Workers, func(i int) {
		if errs[i] = context.Cause(ctx); errs[i] == nil {
			errs[i] = jobs[i].play(o)
		}
	})
	for i, err := range errs {
		if err != nil {
			return fmt.Errorf("%s: case %q: %w", jobs[i].verdict.Case.Pos, jobs[i].verdict.Case.Name, err)
		}
	}
	return nil
}

// play plays one night and holds it against what is expected.
func (j job) play(o Options) error {
	c := j.verdict.Case
	r, err := c.Night.Run()
	if _, endless := errors.AsType[*rehearse.EndlessError](err); err != nil && !endless {
		return err
	}
	night := newComparer(r, err)
	j.verdict.Ended = Ended{RunID: r.RunID, ExitCode: r.Exit, StartedAt: r.StartedAt, FinishedAt: r.FinishedAt}
	if r.End != nil {
		j.verdict.Ended.Outcome = r.End.Outcome
	}
	j.verdict.Differences = night.compare(&c.expect)
	for i := range j.verdict.Differences {
		if d := &j.verdict.Differences[i]; d.At.Line == 0 {
			d.At = c.Pos
		}
	}
	j.verdict.marks = marksOf(night.run)
	if o.Keep != nil {
		return o.Keep(j.file, j.number, c, r.Journal)
	}
	return nil
}
