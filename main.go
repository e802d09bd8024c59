// Command ofsplan runs plans against the batch scheduler of Oracle Financial Services.
package main

import (
	"io"
	"log"
	"os"
	_ "time/tzdata" // zones mean the same on every host

	"ofsplan/internal/cli"
)

func main() {
	// net/http tells the standard logger what servers send unasked, word for word: no filter, no form, and no use to anybody.
	log.SetOutput(io.Discard)
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
