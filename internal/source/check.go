package source

// A Check is one kind of warning. Each is described in the package that warns, and that is the one source of what
// `ofsplan validate --explain` prints, of the page docs/checks.md and of the rules of a SARIF log.
type Check struct {
	ID    string // stable: it is what "# ofsplan:ignore W004 reason" names
	About string // what is warned about, in one line
	Why   string // what comes of it, and what to do, in sentences
	Wrong string // what is warned about: steps of a plan, or a whole file
	Right string // the same as it is meant; empty where only its author can know
}
