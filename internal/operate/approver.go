package operate

import (
	"context"
	"errors"
	"fmt"
	"slices"
	"time"

	"ofsplan/audit/state"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/readable"
	"ofsplan/plan"
	"ofsplan/runner"
	"ofsplan/runner/drive"
)

// whoLimit is how long the system may take to tell who somebody is, all questions together.
const whoLimit = 15 * time.Second

// who tells who left a letter to a run. Of a simulated one nobody is asked: nothing real follows from what is said to it.
func (env *Env) who(simulated bool) drive.Who {
	return func(ctx context.Context, uid string, q runner.Inquiry) (*runner.Approver, error) {
		if simulated {
			return &runner.Approver{UID: uid, Unasked: true}, nil
		}
		return env.whoIs(ctx, uid, q)
	}
}

// whoIs holds the user of that number against the users and groups of an inquiry. One that asks for none needs no directory.
func (env *Env) whoIs(ctx context.Context, uid string, q runner.Inquiry) (*runner.Approver, error) {
	a := &runner.Approver{UID: uid}
	if len(q.Users)+len(q.Groups) == 0 {
		return a, nil
	}
	ctx, cancel := context.WithTimeoutCause(ctx, whoLimit, fmt.Errorf("no answer within %s", whoLimit))
	defer cancel()
	p, err := env.Directory.Who(ctx, uid, q.Users, q.Groups)
	if err != nil {
		return nil, err
	}
	a.Name, a.Users, a.Groups = p.Name, p.Users, p.Groups
	return a, nil
}

// identified is a statement of this process with who it is, where the run's approvals make that matter.
func (env *Env) identified(ctx context.Context, m *runner.Machine, e runner.Event, simulated bool) (runner.Event, error) {
	e = m.Interpret(e)
	q := m.Inquiry(e)
	if q == nil {
		return e, nil
	}
	by, err := env.who(simulated)(ctx, env.By.UID, *q)
	if err != nil {
		return nil, fmt.Errorf("who says it cannot be told: %w", err)
	}
	return runner.Identified(e, q.Answer(by)), nil
}

// approver is who starts the run, where the part of the plan that it leaves out passes approvals; nil where it passes none. The error is
// that who starts it may not give them.
func (p *Prepared) approver(ctx context.Context) (*runner.Approver, error) {
	q := runner.InquiryAtStart(p.Resolved.Plan, p.Resolved.Skip)
	if q == nil {
		return nil, nil
	}
	by, err := p.env.who(p.Target.Simulated || p.ForShow)(ctx, p.env.By.UID, *q)
	if err != nil {
		return nil, fmt.Errorf("who starts it cannot be told, and the part that is left out passes an approval: %w", err)
	}
	by = q.Answer(by)
	e := runner.RunStarted{By: p.env.By, Simulated: p.Target.Simulated || p.ForShow, Skip: p.Resolved.Skip, Reason: p.Reason, Approver: by}
	if err := runner.CheckStart(p.Resolved.Plan, e); err != nil {
		return nil, exitcode.With(exitcode.Usage, fmt.Errorf("nothing was started: %s", runner.Reason(err)))
	}
	return by, nil
}

// OneAccount is why a plan's approvals mean nothing where all statements to its runs come from one account; nil: they do mean something.
func OneAccount(p *plan.Plan, store state.Store) error {
	i := slices.IndexFunc(p.Approvals(), func(s *plan.Step) bool { return s.Approval().Restricted() })
	if i < 0 || store.Shared() {
		return nil
	}
	s := p.Approvals()[i]
	key := "from"
	if s.Approval().NotSelf {
		key = "not_self"
	}
	return exitcode.With(exitcode.Usage, fmt.Errorf("%s: approval %q has %s, and everything that is said to a run in %s comes from one account, to which the folder belongs: nobody else can leave a word there\n\tlet the group of those who approve in: chgrp GROUP and chmod 0750 on that folder, as docs/operating.md says; or take not_self and from out of the plan",
		s.Pos, s.ID, key, store.Where()))
}

// approvalConcerns are what a person should know of the approvals before the run begins, beside what the system says of those they name.
func (p *Prepared) approvalConcerns() (all []string) {
	if q := runner.InquiryAtStart(p.Resolved.Plan, p.Resolved.Skip); q != nil && p.ForShow && !p.Target.Simulated {
		all = append(all, fmt.Sprintf("the part that is left out passes approvals: only who may give them can start this: %s", readable.List(q.Approves, 10)))
	}
	restricted := slices.ContainsFunc(p.Plan.Approvals(), func(s *plan.Step) bool { return s.Approval().Restricted() })
	switch {
	case !restricted:
	case p.Target.Simulated:
		all = append(all, "the run is simulated: it is asked of nobody who decides its approvals, so not_self and from count for nothing")
	case p.ForShow:
		if err := OneAccount(p.Plan, p.Store); err != nil {
			all = append(all, err.Error())
		}
	}
	return all
}

// Unknown says which users and groups of a plan's approvals the system does not know, or that it cannot be asked, each in a line.
func (env *Env) Unknown(ctx context.Context, p *plan.Plan) (all []string) {
	ctx, cancel := context.WithTimeoutCause(ctx, whoLimit, errors.New("no answer in time"))
	defer cancel()
	told := map[string]bool{}
	for _, s := range p.Approvals() {
		for _, list := range []struct {
			what  string
			names []string
			has   func(context.Context, string) (bool, error)
		}{{"user", s.Approval().Users, env.Directory.HasUser}, {"group", s.Approval().Groups, env.Directory.HasGroup}} {
			for _, name := range list.names {
				if told[list.what+name] {
					continue
				}
				told[list.what+name] = true
				known, err := list.has(ctx, name)
				switch {
				case err != nil:
					return append(all, fmt.Sprintf("%s: who may decide approval %q cannot be told, and no word about it will count: %v", s.Pos, s.ID, err))
				case !known:
					all = append(all, fmt.Sprintf("%s: approval %q is given by %s %q, which this host does not know", s.Pos, s.ID, list.what, name))
				}
			}
		}
	}
	return all
}
