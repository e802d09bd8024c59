//go:build man

// Command manual writes the manual pages of ofsplan into the folder it is given: see make man.
package main

import (
	"fmt"
	"os"

	"ofsplan/internal/cli"
)

func main() {
	if len(os.Args) != 2 {
		fmt.Fprintln(os.Stderr, "usage: manual FOLDER")
		os.Exit(2)
	}
	if err := cli.Man(os.Args[1]); err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
