//go:build dist

// Stamps the programs named, and prints the digest of each, with its stamp, as sha256sum does.
package main

import (
	"fmt"
	"os"
	"path/filepath"

	"ofsplan/internal/stamp"
)

func main() {
	for _, path := range os.Args[1:] {
		digest, err := stamp.Stamp(path)
		if err != nil {
			fmt.Fprintln(os.Stderr, err)
			os.Exit(1)
		}
		fmt.Printf("%s  %s\n", digest, filepath.Base(path))
	}
}
