//go:build man

package cli

import (
	"os"

	"github.com/spf13/cobra/doc"

	"ofsplan/internal/cli/terminal"
)

// Man writes a manual page for every command into the folder dir, making it when it is missing. It is not part of the
// program itself, which would grow by what writes them.
func Man(dir string) error {
	if err := os.MkdirAll(dir, 0o755); err != nil {
		return err
	}
	root := newRoot(terminal.New(os.Stdin, os.Stdout, os.Stderr), nil)
	return doc.GenManTree(root, &doc.GenManHeader{Title: "OFSPLAN", Section: "1", Source: "ofsplan"}, dir)
}
