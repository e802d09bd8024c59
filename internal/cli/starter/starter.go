// Package starter holds the files that a person starts from: a first plan, its tests and a targets file.
package starter

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"

	"ofsplan/internal/cli/terminal"
)

// The files there are, for [Write].
const (
	Plan    = "plan.yaml"
	Tests   = "nightly_test.yaml"
	Targets = "ofsplan.yaml"
)

//go:embed *.yaml
var files embed.FS

// Write puts one of the files where nothing is yet, and says so.
func Write(std *terminal.Streams, path, name string) error {
	data, err := files.ReadFile(name)
	if err != nil {
		return err
	}
	f, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and is not overwritten\n\tchoose another folder, or remove it first", path)
	}
	if err != nil {
		return err
	}
	if _, err := f.Write(data); err != nil {
		return errors.Join(err, f.Close())
	}
	if err := f.Close(); err != nil {
		return err
	}
	fmt.Fprintf(std.Out, "wrote %s\n", path)
	return nil
}
