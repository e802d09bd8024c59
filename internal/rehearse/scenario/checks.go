package scenario

import "ofsplan/internal/source"

// Checks lists the warnings about scenarios, by number.
func Checks() []source.Check {
	return []source.Check{
		{
			ID: unorderedID, About: "a scenario names a batch or a group that the plan does not order",
			Why: "What is written of it never happens in the night, so a test may pass for want of the trouble it was to try. Most often the " +
				"code is misspelt. A scenario that the tests of several plans share is right when one of them orders it.",
			Wrong: "version: 1\nbatches:\n  DATA_LAOD: 40m    # the plan triggers DATA_LOAD\n",
			Right: "version: 1\nbatches:\n  DATA_LOAD: 40m\n",
		},
		{
			ID: missingID, About: "a step is about a batch run that others start, and in this night nobody does",
			Why: "The simulated scheduler knows nothing of such a batch run, and the step fails, on each night that is played. Say in the scenario " +
				"which batch it is of, and how long it takes.",
			Wrong: "version: 1\n",
			Right: "version: 1\nelsewhere:\n  GL_1: {batch: GL_CLOSE, duration: 30m}\n",
		},
		{
			ID: unawaitedID, About: "a scenario names a file, a check or a plan that the plan does not wait for",
			Why: "What is not named is there from the beginning, so a misspelt name lets the night go well that was to be tried. A file of a pattern " +
				"has to match it.",
			Wrong: "version: 1\nfiles:\n  feeds/txm.dat: {appears: \"02:10\"}    # the plan waits for feeds/txn.dat\n",
			Right: "version: 1\nfiles:\n  feeds/txn.dat: {appears: \"02:10\"}\n",
		},
	}
}
