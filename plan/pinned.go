package plan

import (
	"fmt"

	"ofsplan/internal/source"
)

// A log outlives the release that wrote it, and the plan it has pinned was accepted when its run began. So a check that is
// added later refuses files, and not pinned plans: see docs/decisions/0018.
//
// How to add a check: report the problem as any other, at its place and with a hint, and mark it,
//
//	e := l.Add(pos, "…")
//	e.FilesOnly = true
//
// in the loader as in package expr and in [Plan.Resolve]. The reading must go on behind it as if there were no such check:
// [ParsePinned] returns the plan, whole, in spite of it. What the check refused is then evaluated, sent and shown as it was
// before. A check is never taken away. TestPinnedPlans has one plan for each: add yours.

// ParsePinned reads a plan that a log has pinned, as it was accepted then: problems that only a check of a later
// release finds ([source.Error.FilesOnly]) do not count, neither here nor when the plan is resolved. It is for those who read
// logs and nobody else; any other error is that of [Parse].
//
// Files that the plan names are those of the same log, by their [Source.Name]; it wraps [ErrNotPinned] when one of them is
// not there.
func ParsePinned(display string, data []byte, beside ...Source) (*Plan, error) {
	from := newShelf(display, data, pinned(beside))
	p, errs := parse(from)
	if from.lacks {
		return nil, fmt.Errorf("%w: %w", ErrNotPinned, errs.Err())
	}
	if err := errs.Pinned().Err(); err != nil {
		return nil, err
	}
	p.pinned = true
	return p, nil
}

// count returns those of the problems that count for this plan, which may be pinned, as an error.
func (p *Plan) count(errs source.Errors) error {
	if p.pinned {
		errs = errs.Pinned()
	}
	return errs.Err()
}
