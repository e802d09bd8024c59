// Command ofsplan runs plans against the batch scheduler of Oracle Financial Services.
package main

import (
	"os"
	_ "time/tzdata" // zones mean the same on every host

	"ofsplan/internal/cli"
)

func main() {
	os.Exit(cli.Main(os.Args[1:], os.Stdin, os.Stdout, os.Stderr))
}
