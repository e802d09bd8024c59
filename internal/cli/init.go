package cli

import (
	"embed"
	"errors"
	"fmt"
	"io/fs"
	"os"
	"path/filepath"

	"github.com/spf13/cobra"
)

// starter holds what init and target init write.
//
//go:embed starter/*.yaml
var starter embed.FS

func (a *app) initCmd() *cobra.Command {
	return &cobra.Command{
		Use:   "init [FOLDER]",
		Short: "Writes a first plan and a targets file to start from",
		Example: `  ofsplan init
  ofsplan init runbooks && ofsplan run runbooks/nightly.yaml --target sim`,
		Args: cobra.MaximumNArgs(1),
		RunE: func(_ *cobra.Command, args []string) error {
			folder := "."
			if len(args) == 1 {
				folder = args[0]
			}
			plan, targets := filepath.Join(folder, "nightly.yaml"), filepath.Join(folder, "ofsplan.yaml")
			if err := os.MkdirAll(folder, 0o755); err != nil {
				return err
			}
			if err := a.write(plan, "starter/plan.yaml"); err != nil {
				return err
			}
			if _, err := os.Lstat(targets); err == nil {
				fmt.Fprintf(a.Out, "kept %s\n", targets)
			} else if err := a.write(targets, "starter/ofsplan.yaml"); err != nil {
				return err
			}
			fmt.Fprintf(a.Out, "next: ofsplan run %s --target sim\n", plan)
			return nil
		},
	}
}

// write puts one starter file where nothing is yet, and says so.
func (a *app) write(path, name string) error {
	data, err := starter.ReadFile(name)
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
	fmt.Fprintf(a.Out, "wrote %s\n", path)
	return nil
}
