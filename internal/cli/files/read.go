package files

import (
	"errors"
	"fmt"
	"io"
	"io/fs"
	"os"
	"path/filepath"

	"ofsplan/internal/cli/terminal"
)

// Read reads a file of at most so many bytes. What says what it is, for messages.
func Read(path, what string, limit int64) ([]byte, error) {
	data, _, err := ReadInfo(path, what, limit)
	return data, err
}

// ReadInfo is Read with what the file system knows of the file.
func ReadInfo(path, what string, limit int64) ([]byte, fs.FileInfo, error) {
	file, err := os.Open(path)
	if errors.Is(err, fs.ErrNotExist) {
		return nil, nil, fmt.Errorf("%s: %s is not there\n\tcheck the name; the working folder is %s", path, what, WorkingFolder())
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	defer file.Close()
	info, err := file.Stat()
	if err == nil && info.IsDir() {
		return nil, nil, fmt.Errorf("%s: %s is a folder\n\tname the file in it", path, what)
	}
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	data, err := io.ReadAll(io.LimitReader(file, limit+1))
	if err != nil {
		return nil, nil, fmt.Errorf("%s cannot be read: %w", what, err)
	}
	if int64(len(data)) > limit {
		return nil, nil, fmt.Errorf("%s: %s is larger than %d MiB", path, what, limit>>20)
	}
	return data, info, nil
}

// WorkingFolder is where relative names are looked up, for messages.
func WorkingFolder() string {
	dir, err := filepath.Abs(".")
	if err != nil {
		return "unknown"
	}
	return dir
}

// WriteNew writes to standard output, or to a file that is not there yet.
func WriteNew(std *terminal.Streams, path string, text []byte) error {
	if path == "" {
		_, err := std.Out.Write(text)
		return err
	}
	file, err := os.OpenFile(path, os.O_WRONLY|os.O_CREATE|os.O_EXCL, 0o644)
	if errors.Is(err, fs.ErrExist) {
		return fmt.Errorf("%s is there already and is not overwritten\n\tchoose another name, or remove it first", path)
	}
	if err != nil {
		return err
	}
	_, err = file.Write(text)
	if err := errors.Join(err, file.Close()); err != nil {
		return fmt.Errorf("%s cannot be written: %w", path, err)
	}
	fmt.Fprintf(std.Err, "wrote %s\n", path)
	return nil
}
