package plans

import (
	"errors"

	"github.com/spf13/cobra"

	"ofsplan/internal/cli/flags"
	"ofsplan/internal/cli/terminal"
	"ofsplan/internal/exitcode"
	"ofsplan/internal/rehearse"
	"ofsplan/internal/rehearse/sweep"
	"ofsplan/plan/calendar"
)

// sweepFlags turn a rehearsal into one for every step and every way in which it can end.
type sweepFlags struct {
	on    bool
	cells bool
}

func (f *sweepFlags) register(cmd *cobra.Command) {
	cmd.Flags().BoolVar(&f.on, "sweep", false, "play the night once for every step and every way in which it can end, and print where each ends")
	cmd.Flags().BoolVar(&f.cells, "cells", false, "with --sweep: a line for each night in place of a table")
}

// check refuses flags that do not go together.
func (f *sweepFlags) check(cmd *cobra.Command, audit string) error {
	switch {
	case f.cells && !f.on:
		return flags.Usage(cmd, errors.New("--cells is about a sweep: add --sweep"))
	case f.on && audit != "":
		return flags.Usage(cmd, errors.New("--audit is about one night, and --sweep plays many"))
	}
	return nil
}

// playSweep plays all nights and prints where they end. The exit code is 1 when something must not be.
func playSweep(std *terminal.Streams, usual rehearse.Night, deadline *calendar.Clock, f *sweepFlags, asJSON bool) error {
	swept, err := sweep.Run(usual, sweep.Options{Deadline: deadline})
	if err != nil {
		return err
	}
	broken := len(swept.Broken())
	switch {
	case asJSON:
		err = std.PrintJSON(struct {
			Rehearsal bool `json:"rehearsal"` // always true
			Ok        bool `json:"ok"`
			Nights    int  `json:"nights"`
			Broken    int  `json:"broken_nights"`
			sweep.Result
		}{true, broken == 0, swept.Nights(), broken, swept})
	case f.cells:
		err = swept.WriteCells(std.Out)
	default:
		err = swept.WriteTable(std.Out)
	}
	if err != nil {
		return err
	}
	if broken > 0 {
		return exitcode.Quiet(exitcode.Failed)
	}
	return nil
}
